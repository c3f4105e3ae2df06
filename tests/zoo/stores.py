"""Stores into arguments, through views, and by functions that write into an argument."""

import numpy as np

from zoo import program

A = np.array([0.7, -1.2, 2.3, 0.4])
B = np.array([1.1, 0.3, -0.6, 1.7])
M = np.array([[0.7, -1.2, 0.3], [2.3, 0.4, -0.8]])


# --- arguments -------------------------------------------------------------------------------


@program((A, 0), (A, 3), always=True)
def relax(u, n):
    for _ in range(n):
        u[1:-1] = 0.5 * (u[2:] + u[:-2]) * u[1:-1]
    return np.sum(u * u)


@program((A, B), argnums=(0, 1))
def update_both(u, v):
    for i in range(3):
        u[i] += v[i + 1] * u[i + 1]
        v *= u[i]
    return np.sum(u * v)


@program((A,))
def changed_and_returned(u):
    u[0] = u[1] * u[2]
    u *= 2.0
    return u


def _step(u, v, dt):
    v[1:-1] = u[1:-1] + dt * (u[2:] - 2 * u[1:-1] + u[:-2])
    v[0], v[-1] = u[0], u[-1]


@program((0.3, 3), always=True)
def callee_writes(dt, n):
    u, v = np.array([dt, 2 * dt, 1.0, 0.5]), np.zeros(4)
    for _ in range(n):
        _step(u, v, dt)
        u, v = v, u
    return np.sum(u * u)


def _halves(v, x):
    h = len(v) // 2
    if h > 0:
        _halves(v[:h], x)
        _halves(v[h:], x)
        v[h:] += x * v[:h] * 0.5
        v[0] = v[0] * v[h] * 0.5


@program((0.8, A), argnums=(0, 1), always=True)
def recursion_writes_into_parts(x, v):
    _halves(v, x)
    return np.sum(v * v)


def _down(v, x):
    if len(v) < 2:
        return v[0] * x
    v[0] *= 0.5 + v[1]
    t = _down(v[1:], x)
    v[0] = v[0] + 0.2 * v[1] * t
    return t + v[-1] * 0.1


@program((0.8, A), argnums=(0, 1), always=True)
def recursion_reads_what_it_left(x, v):
    return _down(v, x) * v[0] + np.sum(v * v)


def _bump(v, x, limit):
    while v[0] < limit:
        v += x
        v *= 1.1


@program((0.8, A))
def argument_updated_in_a_loop(x, v):
    _bump(v, x, 6.0)
    return np.sum(v * v)


def _relaxed(v, x):
    old = v[0]
    v[0] = 0.5 * (v[1] + v[2] * x)
    v[1] = 0.5 * (v[0] + x)
    return abs(v[0] - old)


@program((0.8,))
def test_of_a_while_writes(x):
    v = np.array([3.0, 1.0, 0.5])
    while _relaxed(v, x) > 1e-2:
        v[2] *= 0.9
    return np.sum(v * v)


# --- views -----------------------------------------------------------------------------------


@program((0.8,), always=True)
def view_and_base(x):
    a = np.zeros(5)
    r = a[1:4]
    a[2] = x
    r[0] = a[2] * x
    a[3] = r[1] + r[0]
    r *= a[3]
    return np.sum(a * a) + np.sum(r * r * r)


@program((0.8,), always=True)
def views_of_views(x):
    a = np.ones((3, 4)) * x
    r = a[1:]
    c = r.T[1]
    c[:] = x * a[0, 1]
    r[0] *= c[1]
    a[:, 1] += r[0, 1]
    return np.sum(a * a) * c[0]


@program((0.8,))
def even_and_odd(x):
    a = np.ones(6) * x
    e, o = a[::2], a[1::2]
    for i in range(3):
        e[i] = o[i - 1] * x
        o[i] += np.sum(e) * 0.5
        a[i] *= 1.1
    return np.sum(a * a) + np.sum(e * o)


@program((M,), always=True)
def rows(m):
    for i, row in enumerate(m):
        row /= 1.0 + row[0] ** 2
        m[i - 1, 1] += row[2]
    return np.sum(m**3)


@program((0.8,))
def rows_by_branches(x):
    a = np.ones((2, 3)) * x
    for i in range(4):
        if i % 2:
            r = a[0]
            r[0] = a[1, 1] * 2
            a[0, 0] *= r[0]
        else:
            r = a[1]
            r += a[0]
    return np.sum(a * a)


@program((0.8,))
def view_written_in_a_while(x):
    a = np.array([x, 1.0, 2.0, 0.5])
    r = a[1:]
    while a[0] < 20:
        r[:] = a[:-1] * 1.1
        a[0] = a[0] * r[2] + r[0]
    return np.sum(a * a)


def _scale(row, s):
    row[1:] = row[:-1] * s


@program((0.8,))
def columns_passed_to_a_function(x):
    a = np.ones((3, 3)) * x
    for i in range(3):
        _scale(a.T[i], x + i)
    return np.sum(a**2)


@program((0.8,))
def view_inside_of_a_function(x):
    def change(m):
        d = m[1:, 1:]
        d[0] = m[0, 1:] * x
        m[2] = d[0, 1]
        return np.sum(d)

    a = np.ones((3, 3)) * x
    return change(a) * np.sum(a)


@program((0.8,))
def copy_by_ravel(x):
    a = np.arange(1.0, 7.0) * x
    b = a[::2].ravel()
    b[1:] *= b[:-1]
    c = np.ascontiguousarray(np.ones((2, 3)).T * x)
    c[1:] += c[:-1] ** 2
    return np.sum(b**2) + np.sum(c**2)


# --- functions that write --------------------------------------------------------------------


@program((A, B), argnums=(0, 1), always=True)
def output_arguments(a, b):
    c = np.zeros(5)
    np.multiply(a, b, out=c[1:])
    np.add(c, 1.0, c)
    np.multiply(c[1:], c[:-1], out=c[1:])
    d = np.sin(c, out=np.empty(5))
    return np.sum(c * d)


@program((A,))
def output_where(a):
    c = np.ones(4)
    np.log(a, where=a > 0, out=c)
    np.divide(a, c, out=a, where=a < 1)
    return np.sum(c * a)


@program((M,))
def output_of_reductions(m):
    s, r = np.zeros(3), np.zeros(2)
    np.sum(m, axis=0, out=s)
    np.mean(m * m, axis=1, out=r)
    m.clip(-0.7, 2.0, out=m)
    np.cumsum(s, out=s)
    return np.sum(s**2) + np.sum(r**3) + np.sum(m)


@program((0.8, A), argnums=(0, 1), always=True)
def add_at(x, a):
    i = np.array([0, 1, 0, 2, 0])
    np.add.at(a, i, x * np.arange(5.0))
    np.subtract.at(a, i, a[0])
    m = np.ones((3, 3)) * x
    np.add.at(m, (i, i[::-1]), a[0])
    return np.sum(a**2) + np.sum(m**3)


@program((0.8, A), argnums=(0, 1))
def multiply_at(x, a):
    i = np.array([0, 1, 0, 2, 0])
    np.multiply.at(a, i, x + np.arange(5.0))
    np.maximum.at(a, i, 4.0 * x)
    return np.sum(a**2)


@program((0.8,))
def copyto_put_fill(x):
    a, b = np.zeros(3), np.ones((2, 3))
    np.copyto(a, np.array([x, x * x, 1.0]))
    np.copyto(b, a * 2, where=np.array([True, False, True]))
    np.put(b, np.array([1, -1]), x)
    b[0].fill(x**3)
    a.put(1, a[0] * x)
    np.putmask(a, a > 0.7, a * x)
    return np.sum(b**2 * a)


@program((0.8,))
def sort_and_diagonal(x):
    a = np.array([3.0 * x, x, 2 * x, 5.0])
    a.sort()
    m = np.ones((4, 4)) * x
    np.fill_diagonal(m, a)
    m[1].sort()
    return np.sum(m**2 * np.arange(16.0).reshape(4, 4))
