"""Elements put in or left out, and positions: np.insert, np.ix_, np.where, np.triu_indices."""

import differences
import numpy as np
import pytest

import diffpy as dp

A = np.array([0.5, 0.7, 0.9, 1.1])
M = np.array([[0.5, 0.7, 0.9], [1.1, 1.3, 1.5]])
WEIGHTS = np.arange(1.0, 13.0)


def inserted(a, r):
    b = np.insert(np.insert(a, 1, r), -1, [r, 3.0])
    return np.sin(np.delete(b, -2)) @ WEIGHTS[: len(b) - 1]


def inserted_again_and_again(a, r):
    for k in range(3):
        a = np.insert(a, k, a[-1] * r)
    return a @ WEIGHTS[: len(a)]


def rows(m, r):
    m = np.insert(np.insert(m, 1, r * m[0], axis=0), 3, r, axis=0)
    return np.sum(np.sin(np.delete(m, 0, axis=0)) * WEIGHTS[:9].reshape(3, 3))


def grid(m, r):
    m[np.ix_([0, 1], [2, 0])] += r * m[:, :2]
    m[np.ix_(np.array([False, True]), [1, 2])] *= r
    return np.sum(m[np.ix_([1], [0, 2])] * r) + np.sum(m * m)


def triangles(m, r):
    m[np.triu_indices(2, 1, 3)] *= np.array([r, 2.0, r * r])
    m[np.tril_indices_from(m)] += r
    m[np.diag_indices(2)] *= m[np.triu_indices_from(m, 2)] * m[np.tril_indices(2, -1)]
    return np.sum(np.sin(m) * WEIGHTS[:6].reshape(2, 3))


def where_it_holds(m, r):
    i, j = np.where(m > 0.8)
    m[i, j] *= r
    for a, b in zip(*np.nonzero(m < 0.6)):
        m[a, b] += r * (a + 2 * b)
    for a, b in np.argwhere(m > 1.0):
        m[a, b] *= 1 + a + 2 * b
    cube = np.ones((2, 3, 2)) * r
    cube[:, 1] = 2.0
    cube[np.nonzero(cube < 1.5)] = r * r
    cube[np.nonzero(np.zeros((2, 3, 0)))[:1]] = r
    return np.sum(m * m) + np.sum(np.sin(cube)) * len(np.where(m[0] > 0.6)[0])


PROGRAMS = [
    (inserted, A),
    (inserted_again_and_again, A),
    (rows, M),
    (grid, M),
    (triangles, M),
    (where_it_holds, M),
]


@pytest.mark.parametrize("f, x", PROGRAMS)
@pytest.mark.parametrize("backend", ["python", pytest.param("numba", marks=pytest.mark.slow)])
def test_insertion(f, x, backend):
    value, gradient = dp.value_and_grad(f, (0, 1), backend=backend)(x, 0.6)
    differences.check_value(f, (x, 0.6), value)
    differences.check_gradient(f, (x, 0.6), (0, 1), gradient)


@pytest.mark.parametrize("place", [-5, 5])
def test_out_of_bounds(place):
    with pytest.raises(IndexError):
        dp.grad(lambda a: np.sum(np.insert(a, place, 1.0)), backend="python")(A)
    with pytest.raises(IndexError):
        dp.grad(lambda a: np.sum(np.delete(a, place)), backend="python")(A)


def put_where(a, r):
    b = a * r
    np.putmask(b, a > 0.6, np.array([r, 2.0, r * r]))
    np.putmask(b, a < 0.6, 3.0 * r)
    return np.sum(b * WEIGHTS[:4])


def test_putmask_repeats_its_values():
    differences.check_gradient(put_where, (A, 0.6), (0, 1), dp.grad(put_where, (0, 1))(A, 0.6))


REFUSED = [
    lambda a: np.sum(np.insert(a, [0, 2], 1.0)),
    lambda a: np.sum(np.cov(a)),
    lambda a: np.percentile(a, 30, method="nearest"),
    lambda a: np.put(a, 7, 1.0, mode="clip"),
]


@pytest.mark.parametrize("f", REFUSED)
def test_what_is_left_out_of_a_function_is_refused(f):
    with pytest.raises(dp.MissingRuleError, match="is not supported"):
        dp.grad(f, backend="python")(A)
