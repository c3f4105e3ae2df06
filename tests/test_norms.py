"""Roots of sums of squares: the derivative at zero (`transform/recognise_norms.py`)."""

import math

import differences
import numpy as np
import pytest

from diffpy import grad, jvp

POINTS = np.random.default_rng(0).normal(size=(4, 3))


def distances(p):
    difference = p[:, np.newaxis, :] - p[np.newaxis, :, :]
    return np.sqrt((difference * difference).sum(-1))


def masked_by_index(p):
    d = np.triu(distances(p))
    return np.sum(d[d > 1e-6] ** -6 - 1 / d[d > 1e-6])


def masked_by_where(p):
    d = distances(p)
    return np.sum(np.where(d > 0, 1 / np.where(d > 0, d, 1.0), 0.0))


def masked_by_store(p):
    x, y = p[:, 0:1], p[:, 1:2]
    r = np.sqrt((x.T - x) ** 2 + (y.T - y) ** 2)
    r[r > 0] = 1.0 / r[r > 0]
    return np.sum(np.triu(r, 1))


def squared(p):
    return np.sum(distances(p) ** 2 + distances(p) ** 3)


PROGRAMS = [masked_by_index, masked_by_where, masked_by_store, squared]


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize("function", PROGRAMS)
def test_both_modes(function, backend):
    args = (POINTS,)
    differences.check_gradient(function, args, 0, grad(function, backend=backend)(POINTS))
    tangents = differences.random_like(args)
    _, out_dot = jvp(function, args, tangents, backend=backend)
    differences.check_tangent(function, args, tangents, out_dot)


def norm(x):
    return math.sqrt(x * x)


def by_a_power(x):
    return (x**2 + x * x) ** 0.5


def energy(x):
    return 3.0 * np.sqrt(x**2) ** 2


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize("function", [norm, by_a_power, energy])
def test_the_derivative_at_zero_is_zero(function, backend):
    assert grad(function, backend=backend)(0.0) == 0.0
    assert jvp(function, (0.0,), (1.0,), backend=backend)[1] == 0.0


def root(x):
    return math.sqrt(x) ** 2


def cusp(x):
    return math.sqrt(math.sqrt(x * x))


def written(x):
    s = np.array([x * x, 1.0])
    s[0] = x
    return np.sum(np.sqrt(s) ** 2)


@pytest.mark.parametrize("function", [root, cusp, written])
def test_other_roots_have_none(function):
    """The slope of the first is 1 at zero, which nothing here knows; the others have none."""
    assert math.isnan(grad(function, backend="python")(0.0))


def test_second_order_away_from_zero():
    differences.check_second_order(energy, 1.3)
    differences.check_second_order(norm, -1.3)


def by_hypot(x):
    return np.hypot(x, 2.0 * x) ** 2


def by_math(x):
    return math.hypot(x, 2.0 * x) ** 2


def of_complex(x):
    return abs(x + 1j * x) ** 2


def by_linalg(x):
    return np.linalg.norm(np.array([x, 2.0 * x])) ** 2


NORMS = [energy, by_hypot, by_math, of_complex, by_linalg]


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize("function", NORMS)
def test_the_second_derivative_at_zero_is_not_known(function, backend):
    assert grad(function, backend=backend)(0.0) == 0.0
    assert math.isnan(grad(grad(function), backend=backend)(0.0))
    assert math.isnan(jvp(grad(function), (0.0,), (1.0,), backend=backend)[1])
    differences.check_second_order(function, -1.3)


def whole(a):
    return np.linalg.norm(a)


def of_rows(a):
    return np.sum(np.linalg.norm(a, axis=1, keepdims=True))


def of_complex_rows(a):
    return np.sum(np.linalg.norm(a * (1 + 2j), axis=-1))


def frobenius(a):
    return np.linalg.norm(a, "fro")


def of_each(a):
    total = 0.0
    for row in a:
        total += np.linalg.norm(row)
    return total


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize("function", [whole, of_rows, of_complex_rows, frobenius, of_each])
def test_norms_of_numpy_at_zero(function, backend):
    zero = np.zeros((2, 3))
    assert np.all(grad(function, backend=backend)(zero) == 0.0)
    assert jvp(function, (zero,), (np.ones((2, 3)),), backend=backend)[1] == 0.0


def square_of_abs(x):
    return abs(x) ** 2


def elements(x):
    return np.sum(np.abs(np.array([x, 2 * x])) ** 2 + np.square(np.absolute(x)))


def product(x):
    t = abs(x)
    return t * t


@pytest.mark.parametrize("function, slope", [(square_of_abs, 2), (elements, 14), (product, 2)])
def test_squares_of_absolute_values_have_one(function, slope):
    assert grad(grad(function), backend="python")(0.0) == slope
    assert grad(grad(function), backend="python")(-1.3) == slope


def stored_between(x):
    a = np.array([x, x])
    t = np.abs(a)
    a[0] = 5.0 * x
    return np.sum(t * t)


def test_squares_are_of_the_contents_when_the_absolute_value_was_taken():
    differences.check_gradient(stored_between, (-1.3,), 0, grad(stored_between)(-1.3))
