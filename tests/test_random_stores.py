"""Random programs of stores, in both modes, against differences."""

import linecache
import math
from collections.abc import Callable

import differences
import numpy as np
import pytest
import random_stores

import diffpy as dp

POINT = 0.8


def compiled(seed: int) -> Callable[[float], float]:
    """The function of a random program."""
    text, filename = random_stores.program(seed), f"<random stores {seed}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    namespace: dict = {"__name__": f"random_stores_{seed}"}
    exec(compile(text, filename, "exec"), namespace)
    return namespace["f"]


def check(seed: int, backend: str) -> None:
    f = compiled(seed)
    with np.errstate(all="ignore"):
        value = f(POINT)
    if not math.isfinite(value) or abs(value) > 1e4:
        pytest.skip("the program's value grows without bound")
    try:
        expected = differences.directional(f, (POINT,), (1.0,))
    except differences.UnreliableDifferences:
        pytest.skip("the program has a kink or grows too fast here")
    found, gradient = dp.value_and_grad(f, backend=backend)(POINT)
    _, tangent = dp.jvp(f, (POINT,), (1.0,), backend=backend)
    differences.check_value(f, (POINT,), found)
    tolerance = differences.AGAINST_DIFFERENCES["double"]
    differences.assert_close(gradient, expected, tolerance)
    differences.assert_close(tangent, expected, tolerance)


@pytest.mark.parametrize("seed", range(60))
def test_python(seed):
    check(seed, "python")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60, 75))
def test_numba(seed):
    check(seed, "numba")
