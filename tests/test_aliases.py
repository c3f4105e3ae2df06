"""One memory by several names, between stores: views, joins, exchanges, overlapping arguments."""

import math
from collections.abc import Callable

import differences
import numpy as np
import pytest

import diffpy as dp


def stored_through_a_reshape(x):
    a = np.zeros((3, 3))
    flat = a.reshape(9)
    flat[::4] = x
    return np.sum(a * a) + a[1, 1]


def stored_into_what_is_ravelled(x):
    a = np.ones((3, 3)) * x
    flat = a.ravel()
    a[1] = x * x
    return np.sum(flat * flat) + flat[4] ** 3


def reshaped_transpose_is_a_copy(x):
    a = np.ones((3, 2)) * x
    flat = a.T.reshape(6)
    a[1] = x * x
    return np.sum(flat * flat) + flat[4] ** 3


def one_array_or_another(x):
    a = np.ones(3) * x
    b = np.ones(3) * 2 * x
    c = a if x > 1 else b
    c[0] = x**2
    a[1] = c[0] * c[1]
    return np.sum(a**2) + np.sum(b**3) + c[1]


def argument_or_copy(x):
    a = np.ones(3) * x

    def clear(v, keep):
        if keep:
            v = v.copy()
        v[0] = v[1] ** 2
        return v[0]

    s = clear(a, True) + clear(a, False)
    return np.sum(a**2) + s


def solve(u, u_new, n):
    for t in range(n):
        u_new[1:-1] = u[1:-1] * u[:-2] + 0.3 * u[2:]
        u, u_new = u_new, u
    return u


def parameters_exchanged_in_a_loop(x):
    u = np.linspace(0, 1, 5) * x
    v = np.zeros(5)
    w = solve(u, v, 3)
    return np.sum(w**2) + np.sum(u) + v[2] ** 2


def multiplied(u, v):
    u[:] = v * u
    u[1] += v[0] ** 2


def overlapping_arguments(x):
    a = np.linspace(0.5, 1, 5) * x
    multiplied(a[1:], a[:-1])
    multiplied(a, a)
    return np.sum(a**2)


def exchanged_under_a_condition(x):
    u = np.linspace(0.5, 1, 5) * x
    v = u * 2
    u0 = u
    for k in range(7):
        v[k % 5] = u[(k + 1) % 5] ** 2 + x
        if k % 3 != 1:
            u, v = v, u
    return np.sum(u0**2) + 2 * np.sum(u) + v[0]


def joined_by_an_inner_loop(x):
    n = 3
    a, b = np.zeros(4), np.zeros(4)
    c = n
    while c > 0:
        c -= 1
        a[0] = math.sin(x)
        for _ in range(n):
            a = b
    return np.sum(a * a) + np.sum(b * b)


def swapped_then_joined(x):
    n = 4
    a, b = np.zeros(4), np.zeros(4)
    for k in range(n):
        a[0] += x
        if k == 1:
            for _ in range(k):
                a, b = b, a
        if k == 2:
            for _ in range(k):
                a = b
    return np.sum(a * a) + np.sum(b * b)


def swapped_then_joined_and_kept(x):
    n = 4
    a, b = np.zeros(4), np.ones(4) * x
    a0 = a
    for k in range(n):
        a[0] += x * b[1]
        b[1] *= a[0]
        if k == 1:
            for _ in range(k):
                a, b = b, a
        a0[2] += b[1]
        if k == 2:
            for _ in range(k):
                a = b
    return np.sum(a * a) + np.sum(b * b) + np.sum(a0 * b)


def stored_through_another_name(x):
    n = 3
    a, b = np.zeros(4), np.ones(4)
    for k in range(n):
        c = a
        while k > 1:
            c = b
            k -= 1
        c[0] = x * k
    return np.sum(a * a) + 2 * np.sum(b * b)


def exchanged_by_a_recursion(x):
    def go(u, v, n):
        if n == 0:
            return u[0] * v[1]
        u[n % 3] = v[(n + 1) % 3] * x
        return go(v, u, n - 1) + u[0]

    a = np.ones(3) * x
    b = np.ones(3)
    return go(a, b, 4) + np.sum(a * b)


def overlapping_in_a_recursion(x):
    def go(u, v, n):
        if n == 0:
            return u[0] * v[1]
        u[n % 3] = v[(n + 1) % 3] * x
        return go(v, u, n - 1) + u[0]

    a = np.ones(4) * x
    return go(a[1:], a[:-1], 4) + np.sum(a * a)


def chosen_in_a_recursion(x):
    def go(u, v, n):
        c = u if n % 2 else v
        c[0] += v[1] * x
        if n == 0:
            return u[0] * v[1]
        return go(v, c, n - 1) + u[0]

    a = np.ones(4) * x
    b = np.ones(4)
    return go(a, b, 4) + np.sum(a * b)


def ravelled_in_a_recursion(x):
    def go(u, n):
        f = u.ravel()
        f[n] += u[0, 1] * x
        if n == 0:
            return u[0, 0]
        return go(u.T, n - 1) + u[1, 1] * f[1]

    a = np.ones((2, 2)) * x
    return go(a, 3) + np.sum(a**2)


def argument_returned(x):
    def pick(u, v, n):
        if n > 3:
            return pick(u, v, n - 1)
        if n > 1:
            return u
        return v

    a = np.ones(3) * x
    b = a * 2
    c = pick(a, b, 5)
    c[0] = x**3
    return np.sum(c * c)


def three_buffers(x):
    a, b, c = np.zeros(4), np.ones(4) * x, np.ones(4)
    keep = (a, b, c)
    for t in range(7):
        for i in range(1, 3):
            c[i] = 2 * b[i] - a[i] + 0.1 * (b[i - 1] - 2 * b[i] + b[i + 1])
        a, b, c = b, c, a
    return np.sum(keep[0] * b) + np.sum(keep[1] ** 2) + keep[2][1] * c[2]


def views_of_views(x):
    a = np.arange(12.0).reshape(3, 4) * x
    b = a
    f = b.reshape(-1)
    g = a[1]
    h = f[2:9]
    h[3] = x**2
    g[0] += h[1]
    b[2, 2] = f[4] * g[3]
    m = h[::2]
    m *= m[0]
    return np.sum(a**2) + f[5] + g[2] * h[6]


def exchanged_by_while(x):
    u, v = np.ones(3) * x, np.zeros(3)
    w = u
    k = 0
    while w[0] < 50 and k < 9:
        v[:] = u * 1.3
        u, v = v, u
        w[1] += u[2]
        k += 1
    return w[0] + w[1] * v[1]


def axes_added_and_taken_away(x):
    a = np.ones((3, 1)) * x
    b = np.squeeze(a, axis=1)
    b[1] = x**2
    c = np.expand_dims(b, 0)
    c[0, 2] = b[1] * x
    d = np.swapaxes(a, 0, 1)
    d[0, 0] += 1
    e = np.moveaxis(a, 0, 1)
    return np.sum(a**2) + e[0, 2] * d[0, 1]


def turned(x):
    a = np.arange(6.0).reshape(2, 3) * x
    b = np.flip(a)
    c = np.rot90(a)
    b[0, 0] = x**2
    c[1, 1] = b[0, 0] * x
    d = np.flipud(a)
    d[0] *= 2
    return np.sum(a**2) + np.sum(b * a) + c[0, 0]


def real_part(x):
    a = np.ones(3) * x
    r = a.real
    a[1] = x**2
    return np.sum(r**2)


def at_least_two_dimensions(x):
    a = np.ones(3) * x
    r = np.atleast_2d(a)
    r[0, 1] = x**2
    return np.sum(a**2)


def split(x):
    a = np.arange(6.0) * x
    p, q = np.split(a, 2)
    p[:] = q * x
    return np.sum(a**2)


def masks_and_places_copy(x):
    a = np.arange(6.0) * x
    m = a > 3
    b = a[m]
    b[0] = 7 * x
    i = a[[0, 1]]
    i[0] = 5 * x
    a[m] = a[m] * 2
    return np.sum(a**2) + np.sum(b) + np.sum(i)


def held_in_a_list(x):
    a = np.zeros(3)
    b = np.ones(3) * x
    l = [a, b]
    l[0][1] = x
    for v in l:
        v[2] += x * b[0]
    c = l[1]
    c[0] = a[2] * a[1]
    return np.sum(a * b)


def exchanged_in_a_dict(x):
    d = {"u": np.ones(3) * x, "v": np.zeros(3)}
    for k in range(3):
        d["v"][1:] = d["u"][:-1] * 1.2
        d["u"], d["v"] = d["v"], d["u"]
    w = d["u"]
    w[0] = x**2
    return np.sum(d["u"] * 2) + np.sum(d["v"] ** 2)


class Stepper:
    def __init__(self, x):
        self.u = np.ones(4) * x
        self.w = np.zeros(4)

    def step(self):
        self.w[1:] = self.u[:-1] ** 2 * 0.5
        self.u, self.w = self.w, self.u


def exchanged_attributes(x):
    s = Stepper(x)
    first = s.u
    for _ in range(3):
        s.step()
    first[2] *= x
    return np.sum(s.u) + np.sum(s.w**2) + first[1]


def argument_or_view_returned(x):
    def choose(a, b, t):
        if t:
            return a
        return b[::-1]

    a = np.ones(3) * x
    b = np.arange(3.0) * x
    c = choose(a, b, x > 5)
    c[0] = x**3
    d = choose(a, b, x < 5)
    d *= 1.5
    return np.sum(a * b) + c[1] * d[2]


def row_or_column(x):
    m = np.ones((3, 3)) * x
    for i in range(3):
        r = m[i] if i % 2 else m[:, i]
        r[1] = m[1, 2] * x + i
        r[0] += r[2]
    return np.sum(m**2)


def new_axis(x):
    a = np.arange(4.0) * x
    b = a[:, None]
    b[1:] = b[:-1]
    c = b[..., 0]
    c[::2] += a[1::2]
    return np.sum(a * c)


def three_dimensions(x):
    a = np.arange(24.0).reshape(2, 3, 4) * x
    b = a.transpose(2, 0, 1)
    b[1, 1] = x**2
    c = a.reshape(6, 4)
    c[2] *= b[0, 0, 1]
    return np.sum(b * x) + a[1, 1, 1] * c[4, 1]


def new_buffer_in_each_iteration(x):
    first = u = np.arange(5.0) * x
    for _ in range(3):
        w = np.zeros(5)
        for i in range(1, 4):
            w[i] = 0.5 * u[i] * u[i - 1] + 0.25 * first[i + 1]
        u = w
    return np.sum(u**2) + np.sum(first)


FOLLOWED = [
    new_buffer_in_each_iteration,
    stored_through_a_reshape,
    stored_into_what_is_ravelled,
    reshaped_transpose_is_a_copy,
    one_array_or_another,
    argument_or_copy,
    parameters_exchanged_in_a_loop,
    overlapping_arguments,
    exchanged_under_a_condition,
    joined_by_an_inner_loop,
    swapped_then_joined,
    swapped_then_joined_and_kept,
    stored_through_another_name,
    exchanged_by_a_recursion,
    overlapping_in_a_recursion,
    chosen_in_a_recursion,
    ravelled_in_a_recursion,
    argument_returned,
    three_buffers,
    views_of_views,
    exchanged_by_while,
    axes_added_and_taken_away,
    turned,
    real_part,
    at_least_two_dimensions,
    split,
    masks_and_places_copy,
    held_in_a_list,
    exchanged_in_a_dict,
    exchanged_attributes,
    argument_or_view_returned,
    row_or_column,
    new_axis,
    three_dimensions,
]


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize("f", FOLLOWED)
def test_followed(f: Callable[..., float], backend: str) -> None:
    value, gradient = dp.value_and_grad(f, backend=backend)(1.7)
    differences.check_value(f, (1.7,), value)
    differences.check_gradient(f, (1.7,), 0, gradient)
    _, tangent = dp.jvp(f, (1.7,), (0.6,), backend=backend)
    differences.check_tangent(f, (1.7,), (0.6,), tangent)


@pytest.mark.parametrize("f", FOLLOWED)
def test_second_derivative(f: Callable[..., float]) -> None:
    df = dp.grad(f, backend="python")
    differences.check_gradient(df, (1.7,), 0, dp.grad(dp.grad(f), backend="python")(1.7))
    _, tangent = dp.jvp(dp.grad(f), (1.7,), (1.0,), backend="python")
    differences.check_tangent(df, (1.7,), (1.0,), tangent)


def swapped_in_inner_loops(x, n):
    a, b = np.zeros(4), np.zeros(4)
    for k in range(n):
        a[0] += x
        for _ in range(2):
            for _ in range(k):
                a, b = b, a
    return np.sum(a * a) + 2 * np.sum(b * b)


@pytest.mark.parametrize("n", range(5))
@pytest.mark.parametrize("backend", ["python", "numba"])
def test_names_exchanged_by_loops_are_followed(n: int, backend: str) -> None:
    gradient = dp.grad(swapped_in_inner_loops, backend=backend)(1.07, n)
    differences.check_gradient(swapped_in_inner_loops, (1.07, n), 0, gradient)


# --- arguments of any layout -----------------------------------------------------------------


def matrix_and_its_elements(m):
    flat = m.ravel()
    flat[1] = m[1, 0] ** 2
    m[0] *= flat[2]
    return np.sum(m**2) + np.sum(flat**3)


def kept_and_exchanged(m, n):
    rows, other = m, np.zeros_like(m)
    for k in range(n):
        other[:, 1:] = rows[:, :-1] * rows[k % 2, 0]
        if k != 1:
            rows, other = other, rows
    return np.sum(m**2) + 2 * np.sum(rows)


MATRIX = np.array([[0.5, 0.7, 0.9], [1.1, 1.3, 1.5]])


@pytest.mark.parametrize("backend", ["python", "numba"])
def test_argument_by_two_names(backend: str) -> None:
    df = dp.grad(matrix_and_its_elements, backend=backend)
    differences.check_gradient(matrix_and_its_elements, (MATRIX,), 0, df(MATRIX))
    with pytest.raises(dp.AliasingError, match="order of C"):
        df(np.asfortranarray(MATRIX))


@pytest.mark.parametrize("n", range(4))
@pytest.mark.parametrize("layout", [np.ascontiguousarray, np.asfortranarray])
@pytest.mark.parametrize("backend", ["python", "numba"])
def test_argument_that_is_exchanged(backend: str, layout: Callable, n: int) -> None:
    args = (layout(MATRIX), n)
    found = dp.grad(kept_and_exchanged, backend=backend)(*args)
    differences.check_gradient(kept_and_exchanged, args, 0, found)


# --- refused ---------------------------------------------------------------------------------


def made_by_the_loop_that_exchanges_it(x):
    first = u = np.ones(3) * x
    for k in range(3):
        u[k] *= x
        first[1] += u[0]
        u = u.copy()
    return np.sum(first**2)


def repeated_by_broadcasting(x):
    a = np.arange(3.0) * x
    b = np.broadcast_to(a, (2, 3))
    a[1] = x**2
    return np.sum(b**2)


def diagonal_view(x):
    a = np.ones((3, 3)) * x
    d = a.diagonal()
    a[1, 1] = x**2
    return np.sum(d**2)


REFUSED = [made_by_the_loop_that_exchanges_it, repeated_by_broadcasting, diagonal_view]


@pytest.mark.parametrize("f", REFUSED)
def test_refused(f: Callable[..., float]) -> None:
    with pytest.raises(dp.UnsupportedSyntaxError, match="shares memory with"):
        dp.grad(f, backend="python")(1.7)


@pytest.mark.parametrize("f", REFUSED[1:])
def test_refused_in_forward_mode(f: Callable[..., float]) -> None:
    with pytest.raises(dp.UnsupportedSyntaxError, match="shares memory with"):
        dp.jvp(f, (1.7,), (1.0,), backend="python")
