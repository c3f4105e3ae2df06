"""Array expressions of one form are compiled once, with what they do unchanged."""

import numpy as np
import pytest

import diffpy as dp
from diffpy.runtime.backends import share_expressions


def many(x, y):
    a = x * y + 2.0
    b = a * y + 2.0
    c = b * x + 2.0
    return np.sum(c[1:-1] * b[1:-1] + a[2:] * b[:-2])


def stretched(x, y):
    a = x[:, None] * y[None, :]
    b = a[1:, :-1] * a[1:, :-1]
    c = b[1:, :-1] - b[1:, 1:]
    c[1:, :] = c[:-1, :]
    c[:, 0] = 2.0
    c[0, :] += c[1, :]
    return np.sum(c * c)


@pytest.mark.parametrize("function", [many, stretched])
def test_derivatives(function):
    args = np.linspace(0.5, 1.5, 6), np.linspace(2.0, 3.0, 6)
    dp.check_grads(function, args, backend="numba", order=1)


def test_forms_are_shared(monkeypatch):
    found = []
    forms = share_expressions.repeated_forms

    def watched(lower):
        found.append(forms(lower))
        return found[-1]

    monkeypatch.setattr("diffpy.runtime.backends.placed_lowering.repeated_forms", watched)
    monkeypatch.setattr(dp.config, "cache", False)

    def fresh(x):
        a = x * x + 3.25
        b = a * a + 3.25
        return np.sum(a[1:] * b[1:])

    dp.grad(fresh, backend="numba")(np.ones(3))
    names = {function.__name__.split("_")[0] for function, _ in set().union(*found)}
    assert names == {"array", "part"}


def test_operands_that_do_not_fit():
    def added(x, y):
        return np.sum((x + y) * (x + y) + (y + x))

    with pytest.raises(ValueError, match="could not be broadcast"):
        dp.grad(added, backend="numba")(np.ones(3), np.ones(4))


def test_stores_that_do_not_fit():
    def stored(x, y):
        a = np.zeros(4)
        a[1:] = x
        a[:2] += y
        return np.sum(a)

    df = dp.value_and_grad(stored, backend="numba")
    with pytest.raises(ValueError, match="could not broadcast input array"):
        df(np.ones(2), np.ones(2))
    with pytest.raises(ValueError, match="could not be broadcast together"):
        df(np.ones(3), np.ones(3))
