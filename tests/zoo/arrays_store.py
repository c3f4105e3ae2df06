"""Stores into fresh local arrays."""

import math

import numpy as np

from zoo import program

A = np.array([0.7, -1.2, 2.3, 0.4])
M = np.array([[0.7, -1.2, 0.3], [2.3, 0.4, -0.8]])


@program((0.6, 1), (0.6, 2), (0.6, 5), always=True)
def fill(x, n):
    a = np.zeros(n)
    for i in range(n):
        a[i] = x ** (i + 1)
    return np.sum(a * a) + a[n - 1]


@program((0.6, 1), (0.6, 2), (0.6, 6), always=True)
def recurrence(x, n):
    a = np.zeros(n)
    a[0] = x
    for i in range(1, n):
        a[i] = a[i - 1] * math.sin(a[i - 1]) + x
    return a[n - 1] * a[0]


@program((0.6, 2), (0.6, 6))
def two_terms_back(x, n):
    a = np.empty(n)
    a[0] = x
    a[1] = x * x
    for i in range(2, n):
        a[i] = a[i - 1] * a[i - 2] + 0.5
    return a[-1]


@program((A,), (A[:1],), (A[:0],), always=True)
def accumulate(v):
    a = np.zeros(len(v) + 1)
    for i in range(len(v)):
        a[i] += v[i] * v[i]
        a[i + 1] += v[i] * a[i]
    return np.sum(a * a)


@program((A,), (A[:1],))
def all_augmented(v):
    a = np.ones(len(v))
    for i in range(len(v)):
        a[i] += v[i]
        a[i] *= v[i] + 3
        a[i] -= v[i] * a[i]
        a[i] /= 2 + a[i] * a[i]
        a[i] **= 2
    return np.sum(a)


@program((A,), (A[:1],), always=True)
def doubled_in_place(v):
    a = v.copy()
    for i in range(len(a)):
        a[i] = 2 * a[i]
    return np.sum(a * a)


@program((A,))
def squared_in_place(v):
    a = v.copy()
    for i in range(len(a)):
        a[i] = a[i] * a[i]
    for i in range(len(a)):
        a[i] = math.sin(a[i]) * a[i - 1]
    return np.sum(a * a)


@program((A, 0.6), (A[:1], 0.6), argnums=(0, 1), always=True)
def shifted_slice(v, x):
    a = v.copy()
    a[1:] = a[:-1] * x
    return np.sum(a * a)


@program((A, 0.6), argnums=(0, 1))
def shifted_back(v, x):
    a = v.copy()
    a[:-1] = a[1:] * a[:-1] * x
    a[0] = a[0] * a[-1]
    return np.sum(a * a)


@program((0.6,), (-1.2,))
def overwritten(x):
    a = np.zeros(2)
    a[0] = x * x
    y = math.sin(a[0]) * a[0]
    a[0] = x * 3.0
    z = a[0] * a[0] * y
    a[0] = 1.0
    return z + a[0] * a[1]


@program((0.6, 4), (0.6, 0), (0.6, 1))
def one_cell(x, n):
    a = np.zeros(1)
    a[0] = x
    for i in range(n):
        a[0] = math.sin(a[0] * x) + a[0] * i
    return a[0] * a[0]


@program((0.6, 3), (0.6, 0))
def in_while(x, n):
    a = np.ones(4)
    i = 0
    while i < n:
        a[i + 1] = a[i] * x + a[i] ** 2
        a[i] = a[i + 1] * a[i]
        i += 1
    return np.sum(a)


@program((0.9, 0.0), (0.9, 5.0), (0.9, 1.0))
def until_value(x, limit):
    a = np.full(3, x)
    k = 0
    while a[0] < limit:
        a[0] = a[0] * 1.5 + a[1] * x
        a[1] = a[0] - a[2] * a[1]
        k += 1
    return a[0] * a[1] + k * x


@program((0.6, 2, 3), (0.6, 0, 3), (0.6, 3, 0), (0.6, 1, 1), always=True)
def two_dimensions(x, n, m):
    a = np.zeros((n + 1, m + 1))
    for i in range(n):
        for j in range(m):
            a[i + 1, j + 1] = a[i, j] * x + math.sin(a[i, j + 1] + x * j) + a[i + 1, j]
    return np.sum(a * a) + a[n, m] + x


@program((M,))
def row_stores(m):
    a = np.zeros((3, 3))
    a[0] = m[0] * m[1]
    a[1, :] = m[1] ** 2
    a[:, 2] = a[:, 0] * 2.0
    a[2] = a[0] + a[1] * a[2]
    return np.sum(a * a)


@program((M,))
def block_stores(m):
    a = np.ones((3, 4))
    a[1:, :3] = m
    a[:2, 1:] *= m
    a[::2, 0] += m[:, 1]
    return np.sum(a**3)


@program((A, 0.6), argnums=(0, 1))
def number_into_slice(v, x):
    a = v * 1.0
    a[1:3] = x
    a[2:] += x * v[0]
    return np.sum(a * a * v)


@program((A, A[:1]), (A, A), argnums=(0, 1))
def broadcast_into_slice(v, w):
    a = np.zeros((2, 4))
    a[0] = w
    a[1] = v * w
    a[:] += w
    return np.sum(a * a)


@program((A,))
def whole_slice(v):
    a = np.zeros(4)
    a[:] = v * v
    a[:] = a * a + v
    a[...] = a * 2.0
    return np.sum(a * v)


@program((A, 0.6), argnums=(0, 1))
def augmented_array(v, x):
    a = v * x
    a += v
    a *= v
    a -= x
    a /= 2.0 + x
    return np.sum(a * a)


@program((0.6, 1), (0.6, 4), (-0.6, 4))
def under_branches(x, n):
    a = np.zeros(n)
    for i in range(n):
        if i % 2 == 0:
            a[i] = x * x * (i + 1)
        elif x > 0:
            a[i] = a[i - 1] * x
        else:
            a[i - 1] = a[i - 1] * a[i - 1]
    return np.sum(a * a)


@program((0.6, 0), (0.6, 3))
def zero_trips(x, n):
    a = np.full(2, x)
    for i in range(n):
        a[i % 2] = a[i % 2] * a[(i + 1) % 2] + x
    return a[0] * a[1]


@program((0.6, 6), (1.6, 6), (0.6, 0))
def with_break(x, n):
    a = np.zeros(n + 1)
    a[0] = x
    for i in range(n):
        a[i + 1] = a[i] * 1.5 + 0.1
        if a[i + 1] > 3:
            break
        a[i] = a[i + 1] * a[i]
    return np.sum(a * a)


@program((0.6, 6), (0.6, 1))
def with_continue_and_return(x, n):
    a = np.ones(n)
    for i in range(n):
        if i == 2:
            continue
        a[i] = a[i - 1] * x + i
        if a[i] > 2.9:
            return a[i] * a[i - 1]
    return np.sum(a)


@program((A,))
def reversed_order(v):
    b = v.copy()
    c = np.array([0.5, 1.5, 2.5, 3.5]) * v
    a = np.append(v, 1.0)
    for i in range(4):
        b[i] = a[i + 1] * a[i]
        a[i] = c[i] * b[i]
    return np.sum(a * a) + np.sum(b * c)


@program((A, 2), (A, 0), always=True)
def jacobi(v, n):
    a = v.copy()
    b = np.zeros(len(v))
    for _ in range(n):
        for i in range(1, len(a) - 1):
            b[i] = (a[i - 1] + a[i] * a[i] + a[i + 1]) / 3
        for i in range(1, len(a) - 1):
            a[i] = b[i]
    return np.sum(a * a)


@program((A, 2), (A, 0))
def seidel(v, n):
    a = v.copy()
    for _ in range(n):
        for i in range(1, len(a) - 1):
            a[i] = (a[i - 1] + a[i] * a[i] + a[i + 1]) / 3
    return np.sum(a * a)


@program((A, 3), (A, 0))
def swapped_buffers(v, n):
    u = v.copy()
    w = np.zeros(len(v))
    for _ in range(n):
        for i in range(1, len(u)):
            w[i] = u[i - 1] * u[i] + 0.3
        u, w = w, u
    return np.sum(u * u) + np.sum(w)


@program((A,))
def swapped_cells(v):
    a = v * v
    a[0], a[1] = a[1], a[0] * a[1]
    t = a[2]
    a[2] = a[3]
    a[3] = t * a[3]
    return np.sum(a * v)


@program((A,))
def insertion_sort(v):
    a = v.copy()
    for i in range(1, len(a)):
        j = i
        while j > 0 and a[j - 1] > a[j]:
            a[j - 1], a[j] = a[j], a[j - 1]
            j -= 1
    return a[0] * 2 + a[1] * a[2] + a[3] ** 2


@program((A, np.array([0, 2, 1, 0])), (A, np.array([3, 3, 3, 3])))
def indirect(v, k):
    a = np.zeros(4)
    for i in range(len(k)):
        a[k[i]] += v[i] * v[i]
        a[k[i]] = a[k[i]] * v[i - 1]
    return np.sum(a * a)


@program((A, np.array([0, 2])), (A, np.array([3, 1, 0])))
def fancy_store(v, k):
    a = v * v
    a[k] = a[k] * v[k] + 1.0
    a[k] += v[0]
    return np.sum(a * a)


@program((A,))
def boolean_store(v):
    a = v * v
    a[v < 0] = v[0]
    a[a > 1] *= v[1]
    return np.sum(a * v)


@program((0.6, 4), (0.6, 0))
def fresh_in_each_iteration(x, n):
    total = 0.0
    for i in range(n):
        a = np.zeros(3)
        a[0] = x * i
        a[1] = a[0] * x + 1
        a[0] = a[1] * a[0]
        total += a[0] * a[1] + a[2]
    return total * x


@program((0.6, 3), (0.6, 0))
def old_value_survives(x, n):
    a = np.full(3, x)
    b = a * a
    for i in range(n):
        a[i] = a[i] * b[i] + b[i - 1]
        b = a * b
    return np.sum(a * b)


@program((0.6, 4), (0.6, 1))
def history(x, n):
    t = np.zeros((n, 2))
    y, v = x, 0.0
    for i in range(n):
        v = v - 0.2 * math.sin(y)
        y = y + 0.2 * v
        t[i, 0] = y
        t[i, 1] = v
    return np.sum(t**2) + t[-1, 0]


@program((A,))
def empty_like(v):
    a = np.empty_like(v)
    a[0] = v[0]
    for i in range(1, len(v)):
        a[i] = a[i - 1] + v[i] ** 2
    return np.prod(a[1:]) * a[0]


@program((0.6, 4), (0.6, 1))
def integer_array_beside(x, n):
    k = np.zeros(n, dtype=np.int64)
    a = np.zeros(n)
    for i in range(n):
        k[i] = i * i + 1
        a[k[i] % n] = x * k[i] + a[i]
    return np.sum(a * k)


@program((A,))
def read_in_call(v):
    a = np.zeros(4)
    for i in range(4):
        a[i] = mean_of(a, i) * v[i] + v[i] ** 2
    return np.sum(a)


def mean_of(a, n):
    total = 0.5
    for i in range(n):
        total += a[i] * a[i]
    return total


@program((A, 3), (A, 1))
def array_result(v, n):
    return triangle(v, n)[1] * np.sum(triangle(v * v, n))


def triangle(v, n):
    a = np.ones(n + 1)
    for i in range(n):
        for j in range(i + 1):
            a[j] = a[j] * v[i] + a[j + 1]
    return a


@program((A,))
def stored_result(v):
    a = np.zeros(4)
    for i in range(4):
        a[i] = v[i] * v[i - 1]
    return a


@program((0.6, A), argnums=(0, 1))
def storage_in_tuple(x, v):
    a, b = v * x, np.zeros(4)
    pair = (a, b)
    for i in range(4):
        b[i] = a[i] * a[i]
    return np.sum(pair[0] * pair[1])


@program((0.6,))
def alias_of_local(x):
    a = np.zeros(3)
    b = a
    b[0] = x
    a[1] = b[0] * x
    b[2] = a[1] * b[1]
    return np.sum(a * b)


@program((A,))
def cumulative_2d(v):
    a = np.zeros((4, 4))
    for i in range(4):
        a[i, 0] = v[i]
        for j in range(1, i + 1):
            a[i, j] = a[i, j - 1] * a[i - 1, j - 1] + v[j]
    return a[3, 3] + np.sum(a[:, 1] * a[:, 0])


@program(
    (np.array([[2.0, 0.3, 0.1], [0.7, 1.5, -0.4], [0.2, 0.6, 1.1]]), np.array([1.0, -0.5, 0.3])),
    argnums=(0, 1),
    always=True,
)
def gauss(m, v):
    a = m.copy()
    x = v.copy()
    n = len(x)
    for k in range(n):
        for i in range(k + 1, n):
            f = a[i, k] / a[k, k]
            for j in range(k, n):
                a[i, j] -= f * a[k, j]
            x[i] -= f * x[k]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            x[i] -= a[i, j] * x[j]
        x[i] /= a[i, i]
    return np.sum(x * x)
