"""Arguments that decide what a function returns, or of which kind something is."""

from dataclasses import dataclass

import numpy as np
import pytest

import diffpy as dp

BOTH = pytest.mark.parametrize("backend", ["python", "numba"])
M = np.arange(6.0).reshape(2, 3) + 0.5


def full_output(x, full=False, scale=True):
    y = x * x if scale else x
    if full:
        return y, x
    return y


def along(x, axis, order=2):
    return np.sum(np.sum(x, axis=axis) ** order)


def with_gradient(x, gradient=False):
    """Written as SciPy and pvlib have it."""
    value = np.sum(np.exp(x))
    return (value, np.exp(x)) if gradient else value


@dataclass
class Options:
    full: bool
    rate: float


def from_options(x, options):
    return (x, x) if options.full else x * options.rate


@BOTH
def test_flags_that_decide_what_is_returned(backend):
    df = dp.grad(full_output, backend=backend)
    assert [df(3.0), df(3.0, scale=False), df(3.0, full=False), df(3.0)] == [6.0, 1.0, 6.0, 6.0]
    out, pullback = dp.vjp(full_output, 3.0, True, backend=backend)
    assert out == (9.0, 3.0) and pullback((1.0, 0.5)) == (6.5, None)
    assert dp.jvp(full_output, (3.0, True), (1.0, None), backend=backend)[1] == (6.0, 1.0)
    assert dp.value_and_grad(full_output, backend=backend)(3.0, scale=False) == (3.0, 1.0)
    np.testing.assert_allclose(dp.grad(with_gradient, backend=backend)(M), np.exp(M))


def test_the_flags_are_named_by_the_error_of_the_call():
    with pytest.raises(dp.NonScalarOutputError):
        dp.grad(full_output)(3.0, True)


@BOTH
def test_an_integer_that_decides_a_kind(backend):
    df = dp.grad(along, backend=backend)
    for _ in range(2):
        for axis in (0, 1, -1):
            expected = 3 * np.broadcast_to(M.sum(axis, keepdims=True) ** 2, M.shape)
            np.testing.assert_allclose(df(M, axis, 3), expected)
    with pytest.raises(dp.DiffpyError, match="axis"):
        df(M, 2)


@BOTH
def test_a_flag_in_an_object(backend):
    gradient = dp.grad(from_options, argnums=(0, 1), backend=backend)(3.0, Options(False, 2.0))
    assert gradient == (2.0, Options(None, 3.0))


def test_integers_that_decide_nothing_are_operands():
    df = dp.grad(lambda x, n, flag: x**n if flag else n * x)
    assert [df(2.0, n, flag) for n in (2, 3) for flag in (True, False)] == [4.0, 2.0, 12.0, 3.0]
    assert len(list(df._dispatch.table)) == 1


def test_many_values_of_a_decisive_integer_are_said_once():
    df = dp.grad(along, backend="python")
    with pytest.warns(dp.PerformanceWarning, match="more than 8 values"):
        for n in range(9):
            df(np.ones((1,) * 10), n)
