"""config.debug_nans names the line that made the first NaN."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import diffpy as dp

ZERO = np.float64(0.0)


@pytest.fixture(autouse=True)
def _watching() -> Iterator[None]:
    dp.config.debug_nans = True
    yield
    dp.config.debug_nans = False


def cone(x, y):
    r = np.sqrt(x**3 + y**3)
    return 0.0 * r


def entropy(p):
    return -np.sum(p * np.log(p))


def divided(z):
    return z / (z - z)


def in_callee(x):
    y = divided(x)
    return y - y


def masked(v):
    w = np.where(v > 0, np.sqrt(v), 0.0)
    return np.sum(w)


def recursive(x, n):
    return np.sqrt(x) if n == 0 else x * recursive(x * 0.0, n - 1)


def in_loop(x, n):
    for i in range(n):
        x = np.sin(x) / np.float64(n - i - 2)
    return x


def accumulated(x, n):
    s = np.float64(0.0)
    for i in range(n):
        s += x * np.inf
        s -= x * np.inf
    return s


def failure(call: Any, *args: Any) -> dp.NaNError:
    with pytest.raises(dp.NaNError) as caught:
        call(*args)
    assert isinstance(caught.value, FloatingPointError)
    return caught.value


@pytest.mark.parametrize("backend", ["auto", "numba", "python"])
@pytest.mark.parametrize(
    ("f", "args", "line", "where", "values"),
    [
        (cone, (ZERO, ZERO), "r = np.sqrt(x**3 + y**3)", "in the reverse sweep: ", "r = 0.0"),
        (entropy, (np.array([0.5, 0.0]),), "return -np.sum(p * np.log(p))", "in ", "[0.5 0. ]"),
        (in_callee, (np.float64(2.0),), "return z / (z - z)", "in the reverse sweep: ", "= inf"),
        (masked, (np.array([-1.0, 1.0]),), "w = np.where(v > 0, np.sqrt(v), 0.0)", "in ", "[-1."),
        (recursive, (np.float64(1.0), 2), "return np.sqrt(x)", "in ", "= 0.0"),
        (in_loop, (np.float64(1.0), 4), "x = np.sin(x) / ", "in the forward sweep: ", "x = inf"),
    ],
    ids=lambda case: getattr(case, "__name__", None),
)
def test_first_nan(f: Any, args: Any, line: str, where: str, values: str, backend: str) -> None:
    error = failure(dp.grad(f, backend=backend), *args)
    assert error.place is not None
    assert error.place.filename == __file__
    assert error.place.source_line.strip().startswith(line)
    assert error.why.startswith(where)
    assert values in error.why


def test_forward_mode() -> None:
    error = failure(dp.jvp, cone, (ZERO, ZERO), (1.0, 1.0))
    assert error.place is not None and "np.sqrt" in error.place.source_line


@pytest.mark.parametrize(("f", "line"), [(cone, "np.sqrt"), (in_loop, "np.sin")])
def test_pullback(f: Any, line: str) -> None:
    second = ZERO if f is cone else 4
    error = failure(lambda: dp.vjp(f, ZERO if f is cone else ZERO + 1.0, second)[1](1.0))
    assert error.place is not None and line in error.place.source_line


def test_in_place_operation_of_a_scalar() -> None:
    error = failure(dp.value_and_grad(accumulated), np.float64(1.0), 2)
    assert error.place is not None and error.place.source_line.strip() == "s -= x * np.inf"


def test_given_nan() -> None:
    error = failure(dp.grad(lambda x: x * x), math.nan)
    assert error.place is None and "an argument or a global contains a NaN" in str(error)


def test_masked_nan_is_none() -> None:
    """What does not reach the derivative is no error."""

    def finite(v):
        w = np.where(v > 0, v, v * v)
        unused = np.sqrt(v)
        return np.sum(w) + 0.0 * len(unused)

    np.testing.assert_array_equal(dp.grad(finite)(np.array([-1.0, 1.0])), [-2.0, 1.0])


def test_exceptions_have_their_lines() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        dp.grad(divided)(1.0)
    assert caught.traceback[-1].name == "divided"
