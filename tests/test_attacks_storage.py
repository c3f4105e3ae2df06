"""Programs that store into what they are given: what once went wrong, and what is refused."""

from collections.abc import Callable
from typing import Any

import differences
import numpy as np
import pytest

import diffpy as dp

V = np.array([0.5, 0.7, 0.9, 1.1])
M = np.array([[0.5, 0.7, 0.9], [1.1, 1.3, 1.5]])
BOTH = pytest.mark.parametrize("backend", ["python", "numba"])


def decay(u):
    for k in range(2):
        u[1:-1] = 0.5 * (u[2:] + u[:-2]) * u[1:-1]
        u += 0.1 * u[k]
    return np.sum(u * u)


def scale_rows(m):
    for row in m:
        row *= row[0]
        m[0, 1] += row[1]
    return np.sum(m**2)


# --- layouts, and what stays as it was -------------------------------------------------------

LAYOUTS: dict[str, tuple[Callable[..., Any], np.ndarray]] = {
    "strided": (decay, np.repeat(V, 2)[::2]),
    "reversed": (decay, V[::-1]),
    "single": (decay, V.astype(np.float32)),
    "fortran": (scale_rows, np.asfortranarray(M)),
    "transposed": (scale_rows, np.ascontiguousarray(M.T).T),
}


@BOTH
@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts(name, backend):
    f, x = LAYOUTS[name]
    before = x.copy()
    differences.check_gradient(f, (x,), 0, dp.grad(f, backend=backend)(x))
    assert np.array_equal(x, before)


@BOTH
def test_empty(backend):
    found = dp.grad(lambda u: np.sum(np.multiply(u, 2.0, out=u)), backend=backend)(np.zeros(0))
    assert found.shape == (0,)


@BOTH
def test_pullback_twice(backend):
    x = V.copy()
    _, pullback = dp.vjp(decay, x, backend=backend)
    first, second = pullback(1.0)[0], pullback(1.0)[0]
    assert np.array_equal(first, second) and np.array_equal(x, V)
    differences.check_gradient(decay, (x,), 0, first)


@BOTH
def test_jvp_leaves_both(backend):
    x, t = V.copy(), V[::-1].copy()
    _, found = dp.jvp(decay, (x,), (t,), backend=backend)
    differences.check_tangent(decay, (V,), (V[::-1],), found)
    assert np.array_equal(x, V) and np.array_equal(t, V[::-1])


@BOTH
@pytest.mark.parametrize("f, x", [(decay, V), (scale_rows, M)])
def test_derivative_inside_of_a_program(f, x, backend):
    def norm(u):
        return np.sum(dp.grad(f)(u) ** 2) + u.ravel()[0]

    before = x.copy()
    differences.check_gradient(norm, (x,), 0, dp.grad(norm, backend=backend)(x))
    assert np.array_equal(x, before)


# --- once wrong ------------------------------------------------------------------------------


def part_of_a_transpose_and_the_whole(m):
    return np.sum(np.sin(m.T[-1])) + np.sum(np.sin(m))


def counters_without_a_sign(m):
    a = np.full(3, 200, dtype=np.uint8)
    a[0] -= 90
    a[1:] -= 3
    return np.sum(a * m)


def pairs_by_index_arrays(m):
    y = m.ravel() * 2
    for k in range(5):
        y[[k, k + 1]] = y[[k + 1, k]]
        y[[k, k]] = y[:2] * m[0, 0]
    return np.sum(y * y * np.arange(6))


def elements_of_integers(m):
    a = np.arange(4)
    a[1] += 1.5
    a[2] *= 2.7
    a[3] -= m[0, 1] * 4
    a[0] /= 2
    a *= True
    a[1:] -= np.array([1, 2, 3], dtype=np.int32)
    return m[0, 0] * a[1] + a[2] * m[0, 1] + a[3] * m[0, 2]


def sum_of_small_counters(m):
    k = np.array([200, 100, 7], dtype=np.uint8)
    s = 0
    for i in range(3):
        s += k[i]  # which wraps
    return s * m[0, 0] + sum([v for v in k]) * m[0, 1]


def small_counter_or_negative(m):
    k = np.array([200, 100, 7], dtype=np.uint8)
    s = -1
    for i in range(3):
        if k[i] > s and m[0, i] > 1:
            s = k[i]
    return s * m[0, 0]


ONCE_WRONG = [
    (sum_of_small_counters, (M,)),
    (small_counter_or_negative, (M,)),
    (elements_of_integers, (M,)),
    (part_of_a_transpose_and_the_whole, (M,)),
    (counters_without_a_sign, (M,)),
    (pairs_by_index_arrays, (M,)),
]


@BOTH
@pytest.mark.parametrize("f, args", ONCE_WRONG)
def test_once_wrong(f, args, backend):
    argnums = tuple(range(len(args)))
    found = dp.grad(f, argnums, backend=backend)(*args)
    differences.check_gradient(f, args, argnums, found)
    tangents = differences.random_like(args)
    _, tangent = dp.jvp(f, args, tangents, backend=backend)
    differences.check_tangent(f, args, tangents, tangent)


def _scaled_integers(x):
    a = np.arange(4)
    a[1:] *= 1.5
    return x * a[1]


def _divided_integers(x):
    a = np.arange(4)
    a /= 2
    return x * a[1]


def _added_to_chosen_integers(x):
    a = np.arange(4)
    a[[0, 1]] += x
    return x * a[1]


@pytest.mark.parametrize("f", [_scaled_integers, _divided_integers, _added_to_chosen_integers])
def test_arrays_keep_their_dtype_in_place(f):
    with pytest.raises(TypeError):
        f(1.5)
    with pytest.raises(dp.KindError, match="an array of int64 cannot take a float"):
        dp.grad(f)(1.5)


def _other_step(x):
    c = np.arange(1.0, 7.0) * x
    c[::2] = c[:3]
    return np.sum(np.sin(c))


def _other_step_of_a_view(x, k=2):
    c = np.arange(1.0, 7.0) * x
    d = c[1:]
    d[: 2 * k : k] = c[:2]
    return np.sum(np.sin(c))


@pytest.mark.parametrize("f", [_other_step, _other_step_of_a_view])
def test_overlap_with_another_step_is_refused(f):
    """NumPy makes [1, 2, 2, 4, 2, 6] of the first, as it reads what it has just stored."""
    with pytest.raises(dp.UnsupportedSyntaxError, match="with another step"):
        dp.grad(f)(1.3)


@BOTH
def test_overlaps_that_numpy_copies(backend):
    def f(x):
        c = np.arange(1.0, 9.0) * x
        c[1:] = c[:-1]
        c[:] = c[::-1]
        c[::2] = c[1::2]
        c[:4] = np.sin(c[::2])
        c[::2] = c[:4].copy()
        return np.sum(np.sin(c))

    differences.check_gradient(f, (1.3,), 0, dp.grad(f, backend=backend)(1.3))


# --- overlap ---------------------------------------------------------------------------------


def mix(a, c):
    a[0] = c[1] * a[1]
    return np.sum(a * c)


@BOTH
@pytest.mark.parametrize("a, c", [(V, V), (V[1:], V[:-1]), (V[::2], V[:2])])
def test_overlapping_arguments(a, c, backend):
    with pytest.raises(dp.AliasingError):
        dp.grad(mix, backend=backend)(a, c)


@BOTH
def test_interleaved_arguments(backend):
    args = (V[::2], V[1::2])
    found = dp.grad(mix, (0, 1), backend=backend)(*args)
    differences.check_gradient(mix, args, (0, 1), found)


# --- one memory by several names -------------------------------------------------------------


def argument_or_copy(x):
    def change(v, c):
        if c:
            v = v.copy()
        v[0] = v[0] * v[1]
        return np.sum(v)

    a = np.array([x, x * x])
    return change(a, x > 3) + a[0] * a[1]


def argument_or_another(x):
    def change(v, c):
        w = v if c > 1 else np.ones(2)
        w[0] = v[0] * v[1]
        return np.sum(w)

    a = np.array([x, x * x])
    return change(a, x) + a[0] * a[1]


def perhaps_a_view_of_an_argument(x):
    def change(v):
        w = v.ravel()
        w[0] = x * x
        return np.sum(w)

    return change((np.ones(6) * x)[::2])


def read_before_a_store_in_the_same_expression(x):
    def change(v):
        v[0] = v[1] * v[0]
        return v[2]

    a = np.array([x, 2.0, 3.0])
    return np.sum(a * change(a.reshape(3)))


def base_of_a_perhaps_view(x):
    a = np.ones(6) * x
    b = a[::2].ravel()
    b[0] = x * x
    return np.sum(a)


def one_array_twice(x):
    def change(v, w):
        v[0] = w[1] * v[0]

    a = np.array([x, 2.0])
    change(a, a)
    return np.sum(a)


FOLLOWED = [
    argument_or_copy,
    argument_or_another,
    perhaps_a_view_of_an_argument,
    read_before_a_store_in_the_same_expression,
    base_of_a_perhaps_view,
    one_array_twice,
]


@BOTH
@pytest.mark.parametrize("f", FOLLOWED)
def test_followed(f, backend):
    gradient = dp.grad(f, backend=backend)(1.3)
    differences.check_gradient(f, (1.3,), 0, gradient)
    _, tangent = dp.jvp(f, (1.3,), (0.7,), backend=backend)
    differences.check_tangent(f, (1.3,), (0.7,), tangent)


# --- refused ---------------------------------------------------------------------------------


def derivative_of_a_function_that_writes_what_it_captures(x):
    a = np.array([x, 2.0])

    def change(y):
        a[0] = y
        return a[0] * y

    return dp.grad(change)(x) * a[0]


def rows_of_an_array_that_is_rebound(x):  # once wrong
    m = np.array([[x, 2.0], [3.0, x]])
    for row in m:
        row[0] = x * row[1]
        m = m.copy()
    return np.sum(np.sin(m))


REFUSED = [
    derivative_of_a_function_that_writes_what_it_captures,
    rows_of_an_array_that_is_rebound,
]


@pytest.mark.parametrize("f", REFUSED)
def test_refused(f):
    with pytest.raises(dp.UnsupportedSyntaxError):
        dp.grad(f)(1.3)


def shuffled(v):
    np.random.shuffle(v)
    return v[0]


def integer_output(v):
    return np.sum(np.add(v, 1.0, out=np.zeros(4, dtype=int)))


@pytest.mark.parametrize("f, error", [(shuffled, dp.DiffpyError), (integer_output, TypeError)])
def test_raises(f, error):
    with pytest.raises(error):
        dp.grad(f, backend="python")(V)
