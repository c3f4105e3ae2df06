"""Programs on arrays that once went wrong: silently, with a foreign error, or by a wrong refusal.

Each is compared with differences of the primal in plain Python (differences.py).
"""

from collections.abc import Callable
from typing import Any

import differences
import numpy as np
import pytest

import diffpy as dp

V = np.array([1.2, 0.3, 2.1, 0.7])
M = np.arange(1.0, 13.0).reshape(3, 4) / 7
BOTH = pytest.mark.parametrize("backend", ["python", "numba"])


# --- silently wrong --------------------------------------------------------------------------


def running_product(v):
    return np.sum(np.cumprod(v) ** 2)


def store_by_negative_indices(v):
    a = np.zeros(4)
    for i in range(-4, 4):
        a[i] = v[i] ** 2 * (i + 5)
    return np.sum(a**2)


def store_by_negative_start(v):
    a = np.zeros(4)
    start = -4
    while start < -2:
        start += 1
        for i in range(start, 3):
            a[i] = v[i] ** 2 * (i + 5)
    return np.sum(a**2)


def store_rows_downwards(v):
    a = np.zeros((4, 2))
    for i in range(3, -5, -1):
        a[i] = v[i] ** 2 * (i + 5)
    return np.sum(a**2)


def source_changed_in_place(v):
    b = v * 0.5
    a = b + 0.0
    b *= v
    return np.sum(a**2 * b)


def added_to_its_neighbours(v):
    a = v.copy()
    a[1:] += a[:-1]
    a[:-1] -= a[1:]
    return np.sum(a**3)


# --- foreign errors --------------------------------------------------------------------------


def store_at_pairs(m):
    a, i, j = m.copy(), np.array([0, 0, 2]), np.array([1, 1, 3])
    a[i, j] = m[0, :3] ** 2
    return np.sum(a**2)


def store_repeated_rows(m):
    a, i = m.copy(), np.array([2, 0, 2])
    a[i] = m**2
    return np.sum(a**2)


def store_repeated_columns(m):
    a, j = m.copy(), np.array([3, 1, 3])
    a[:, j] = 2.0 * a[:, j] * m[:, :3]
    a[1, j] = m[2, :3]
    return np.sum(a**2)


def store_one_row_too_many_dimensions(v):
    a = v * v
    a[:] = np.ones((1, 4)) * v
    return np.sum(a**3)


def store_into_spread_tangent(v):
    a = np.outer(v, v) + np.eye(4) * 3.0
    a[0] = a[1] * a[2]
    return np.sum(a**2)


def whole_by_ellipsis(m):
    a = m.copy()
    b = a[...]
    b[..., 0] = a[..., 1] * b[...][0, 0]
    return np.sum(b[...] ** 2)


def zero_dimensions_broadcast(v):
    s = np.zeros(())
    s[()] = v[0]
    s += np.sum(v)
    return np.sum(s * v**2)


def names_of_two_versions(v):
    t = v / 2.0
    t_1 = v * t
    t = v**2 + t_1
    return np.sum(t_1 * t - t)


# --- wrong refusals --------------------------------------------------------------------------


def store_into_gathered(m):
    b, c = m[np.array([0, 1])], m[m > 0.5]
    b[0] = b[1] ** 2
    c[0] = b[0, 1] * c[1]
    return np.sum(b) + np.sum(c**2) + np.sum(m**2)


def store_into_source_of_gathered(m):
    a, i = m.copy(), np.array([0, 1])
    b = a[i]
    a[0] = b[1] * 2.0
    return np.sum(b**2 * a[:2])


def store_into_sorted(v):
    a = np.sort(v)
    a[0] = a[3] ** 2
    return np.sum(a**2)


def lists_as_indices(m):
    a = m.copy()
    a[[0, 1]] = a[[1, 0]]
    a[:, [0, -1]] *= 2.0
    a[0, 1:] = [1.0, m[0, 1], m[1, 1]]
    return np.sum(a**2 * np.arange(4.0)) + np.sum(m[[True, False, True]] ** 2)


def builtin_sum_of_array(v):
    return sum(v * v) ** 2 + max(v) * min(v)


PROGRAMS = [
    (running_product, V),
    (store_by_negative_indices, V),
    (store_by_negative_start, V),
    (store_rows_downwards, V),
    (source_changed_in_place, V),
    (added_to_its_neighbours, V),
    (store_at_pairs, M),
    (store_repeated_rows, M),
    (store_repeated_columns, M),
    (store_one_row_too_many_dimensions, V),
    (store_into_spread_tangent, V),
    (whole_by_ellipsis, M),
    (zero_dimensions_broadcast, V),
    (names_of_two_versions, V),
    (store_into_gathered, M),
    (store_into_source_of_gathered, M),
    (store_into_sorted, V),
    (lists_as_indices, M),
    (builtin_sum_of_array, V),
]
EACH = pytest.mark.parametrize("f, x", PROGRAMS, ids=lambda p: getattr(p, "__name__", ""))


@BOTH
@EACH
def test_reverse(f: Callable, x: Any, backend: str) -> None:
    value, x_bar = dp.value_and_grad(f, backend=backend)(x)
    differences.check_value(f, (x,), value)
    differences.check_gradient(f, (x,), 0, x_bar)


@BOTH
@EACH
def test_forward(f: Callable, x: Any, backend: str) -> None:
    tangents = (differences.random_like(x),)
    differences.check_tangent(f, (x,), tangents, dp.jvp(f, (x,), tangents, backend=backend)[1])


@EACH
def test_second_order(f: Callable, x: Any) -> None:
    df, tangents = dp.grad(f, backend="python"), (differences.random_like(x),)
    _, found = dp.jvp(df, (x,), tangents, backend="python")
    differences.check_tangent(df, (x,), tangents, found)


# --- what raises, and what is refused --------------------------------------------------------


def element_aside(v, w, i):
    return np.sum(v**2) + w[i]


def negative_extent_aside(v, w, i):
    return np.sum(v**2) + np.sum(np.zeros(4 - i))


def unequal_extents_aside(v, w, i):
    return np.sum(v**2) + np.sum(w + np.ones(i))


def unused_element(v, w, i):
    u = v[i]
    return np.sum(v**2)


def unused_store(v, w, i):
    a = np.zeros(4)
    a[i] = 1.0
    return np.sum(v**2)


ASIDE = [
    (element_aside, IndexError),
    (negative_extent_aside, ValueError),
    (unequal_extents_aside, ValueError),
    (unused_element, IndexError),
    (unused_store, IndexError),
]


@pytest.mark.xfail(strict=True, reason="array work that grad does not need is dropped")
@BOTH
@pytest.mark.parametrize("f, error", ASIDE, ids=lambda p: p.__name__)
def test_raises_where_the_derivative_needs_it_not(f: Callable, error: type, backend: str) -> None:
    with pytest.raises(error):
        dp.grad(f, backend=backend)(V, V, 5)


def added_in_place(v, i):
    a = v * v
    a += v[:i]
    return np.sum(a**2 * v)


@BOTH
@pytest.mark.parametrize("i", [2, 3])
def test_unequal_extents_raise_in_place(i: int, backend: str) -> None:
    with pytest.raises(ValueError):
        dp.jvp(added_in_place, (V, i), (V, 0.0), backend=backend)
    with pytest.raises(ValueError):
        dp.grad(added_in_place, backend=backend)(V, i)


def exchanged_now_and_then(v):
    a, c = v.copy(), np.ones(4)
    for i in range(3):
        if i % 2 == 0:
            a, c = c, a
        c[i] = a[1] * 0.3
    return np.sum(a * v) + np.sum(c)


def test_arrays_that_a_loop_may_exchange_are_right_or_refused() -> None:
    try:
        found = dp.grad(exchanged_now_and_then, backend="python")(V)
    except dp.UnsupportedSyntaxError:
        return
    differences.check_gradient(exchanged_now_and_then, (V,), 0, found)


def store_through_element(v):
    a = np.zeros((2, 2))
    a[0][1] = v[0] ** 2
    a[1][:] = a[0] * v[1]
    return np.sum(a**2)


@BOTH
def test_store_through_a_nameless_view(backend: str) -> None:
    found = dp.grad(store_through_element, backend=backend)(V)
    differences.check_gradient(store_through_element, (V,), 0, found)


def store_through_reshaped(v):
    a = np.zeros((2, 2))
    a.reshape(4)[1] = v[0] ** 2
    return np.sum(a**2)


@BOTH
def test_store_through_a_reshape(backend: str) -> None:
    found = dp.grad(store_through_reshaped, backend=backend)(V)
    differences.check_gradient(store_through_reshaped, (V,), 0, found)


def _scaled_dot(x, w):
    return (x * 2) @ w


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize(
    "function",
    [
        _scaled_dot,
        lambda x, w: np.vdot(x, w),
        lambda x, w: np.sum(np.cross(w, x)),
        lambda x, w: np.average(x, weights=w),
        lambda x, w: np.interp(0.3, x, w),
    ],
)
def test_vectors_that_do_not_fit_are_found_though_their_product_is_not_needed(function, backend):
    x, w = np.array([0.1, 0.5, 0.7]), np.ones(4)
    with pytest.raises((ValueError, TypeError)):  # NumPy's average: the latter
        function(x, w)
    with pytest.raises(ValueError):
        dp.grad(function, argnums=(0, 1), backend=backend)(x, w)


@BOTH
def test_the_median_of_a_nan_is_nan(backend):
    value, _ = dp.value_and_grad(lambda v: np.median(v), backend=backend)(
        np.array([1.0, np.nan, 2.0])
    )
    assert np.isnan(value)
