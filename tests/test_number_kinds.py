"""Python's numbers and NumPy's: what an operation means depends on whose operands it has."""

from collections.abc import Callable

import differences
import numpy as np
import pytest

import diffpy as dp

BOTH = pytest.mark.parametrize("backend", ["python", "numba"])


def assert_right(f: Callable, args: tuple, backend: str) -> None:
    """The value is Python's, the derivative that of differences, in both modes."""
    found, gradient = dp.value_and_grad(f, backend=backend)(*args)
    differences.check_value(f, args, found)
    differences.check_gradient(f, args, 0, gradient)
    tangents = tuple(differences.zero_tangent(arg) for arg in args)
    _, out_dot = dp.jvp(f, args, (np.ones_like(args[0]), *tangents[1:]), backend=backend)
    differences.assert_close(out_dot, np.sum(gradient), differences.AMONG_DERIVATIVES["double"])


# --- bools ------------------------------------------------------------------------------------


def accumulated(x, k):
    t = k[0]
    for v in k:
        t += v
    return x / (1.5 + t)


SUMS_OF_BOOLS = [
    accumulated,
    lambda x, k: x / (1.5 + (k[0] + k[1])),
    lambda x, k: x / (1.5 + (k[0] + (x > 0))),
    lambda x, k: x / (1.5 + ((x > 0) + k[0] + True)),
    lambda x, k: x / (1.5 + (np.isfinite(x) + np.isfinite(x))),
    lambda x, k: x / (1.5 + (np.isclose(x, x) + np.isclose(x, 0.0))),
    lambda x, k: x / (1.5 + (np.any(k) + k.all() + k.any())),
    lambda x, k: x / (1.5 + np.add(x > 0, x > 0)),
    lambda x, k: x / (1.5 + (np.array([True, True])[0] + np.array([True, True])[1])),
    lambda x, k: x / (1.5 + ~(k[0] * k[1])),
    lambda x, k: x / (1.5 + (k[0] + k[1]) * 3 + (k[0] + 1)),
    lambda x, k: x / (1.5 + ((k[0] | k[1]) + (k[0] & k[1]) + (k[0] ^ k[1]) + ~k[1])),
    lambda x, k: x / (1.5 + (k[0] // k[0] + k[0] ** k[0] + k[0] % k[0] + (k[0] < k[1]))),
    lambda x, k: x / (1.5 + (bool(k[0]) + bool(k[1]))),
    lambda x, k: x / (1.5 + (float(k[0]) + float(x > 0) + int(k[0]))),
    lambda x, k: x / (1.5 + ((2 in [2, 3]) + (k[0] in [True]))),
    lambda x, k: x / (1.5 + ((not k[0]) + (not k[1]) + isinstance(x, float))),
    lambda x, k: x / (1.5 + ((0 < x < 9) + (0 < x < 5))),
    lambda x, k: x / (1.5 + ((0 < np.sin(x) < 9) + (0 < np.cos(x) + 2 < 9))),
    lambda x, k: x / (1.5 + (((1.0, k[0]) == (1.0, True)) + ([k[0]] == [True]))),
    lambda x, k: x / (1.5 + (any([k[0], k[1]]) + all([k[0]]) + any(v for v in k))),
    lambda x, k: x / (1.5 + (sum(k) + sum([v for v in k]) + sum(bool(v) for v in k))),
    lambda x, k: x * ~(x > 1) + x * ~(x > 9),
    lambda x, k: x * ~((x > 1) | (x > 9)) + x * ~bool(k[0]),
    lambda x, k: x * -(x > 1) + (x > 1) // True + abs(x > 1) + ((x > 1) << 2),
    lambda x, k: x * k[0] ** x + 2.0 ** k[0],
]


@BOTH
@pytest.mark.parametrize("f", SUMS_OF_BOOLS)
def test_bools(f, backend):
    assert_right(f, (1.7, np.array([True, True])), backend)
    assert_right(f, (1.7, np.array([True, False])), backend)


@BOTH
def test_bools_of_two_kinds_are_not_added(backend):
    def f(x, k):
        return x * (((x > 0) and k[0]) + ((x > 1) and k[1]))

    with pytest.raises(dp.DiffpyError, match="Python's on some ways, NumPy's on others"):
        dp.grad(f, backend=backend)(1.7, np.array([True, True]))
