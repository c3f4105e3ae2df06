"""Random programs in which one memory goes by several names, in both modes, against differences."""

import linecache
import math
from collections.abc import Callable

import differences
import numpy as np
import pytest
import random_aliases

import diffpy as dp

POINT = (
    0.8,
    np.array([0.3, -0.2, 0.5, 0.7]),
    np.array([[0.4, 0.1, -0.3, 0.6], [0.2, 0.8, -0.5, 0.35]]),
)
DIRECTION = (0.4, np.array([1.1, -0.7, 0.2, 0.9]), np.cos(np.arange(8.0)).reshape(2, 4))


def compiled(seed: int) -> Callable[..., float]:
    """The function of a random program."""
    text, filename = random_aliases.program(seed), f"<random aliases {seed}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    namespace: dict = {"__name__": f"random_aliases_{seed}"}
    exec(compile(text, filename, "exec"), namespace)
    return namespace["f"]


def expected(f: Callable[..., float]) -> np.ndarray:
    """The derivative in the one direction, by differences."""
    value = f(*(np.copy(a) for a in POINT))
    if not math.isfinite(value) or abs(value) > 1e4:
        pytest.skip("the program's value grows without bound")
    try:
        return differences.directional(f, POINT, DIRECTION)
    except differences.UnreliableDifferences:
        pytest.skip("the program has a kink or grows too fast here")


def check(seed: int, backend: str) -> None:
    f = compiled(seed)
    wanted = expected(f)
    tolerance = differences.AGAINST_DIFFERENCES["double"]
    _, tangent = dp.jvp(f, POINT, DIRECTION, backend=backend)
    differences.assert_close(tangent, wanted, tolerance)
    try:
        value, gradient = dp.value_and_grad(f, (0, 1, 2), backend=backend)(*POINT)
    except dp.UnsupportedSyntaxError as error:
        assert "shares memory" in error.what  # noqa: PT017
        pytest.skip("a loop makes the arrays that it exchanges")
    differences.check_value(f, POINT, value)
    along = sum(np.sum(g * d) for g, d in zip(gradient, DIRECTION, strict=True))
    differences.assert_close(along, wanted, tolerance)


@pytest.mark.parametrize("seed", range(60))
def test_python(seed):
    check(seed, "python")


def test_few_are_refused():
    refused = 0
    for seed in range(60):
        try:
            dp.grad(compiled(seed), backend="python").compile(*POINT)
        except dp.UnsupportedSyntaxError:
            refused += 1
    assert refused < 10


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60, 500))
def test_many_in_python(seed):
    check(seed, "python")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60, 90))
def test_numba(seed):
    check(seed, "numba")
