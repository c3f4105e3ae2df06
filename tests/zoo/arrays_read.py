"""Arrays that nobody writes: indices, slices, broadcasting, reductions, products, creation."""

import numpy as np

from zoo import program

A = np.array([0.7, -1.2, 2.3, 0.4])
B = np.array([1.1, 0.6, -0.8, 1.9])
M = np.array([[0.7, -1.2, 0.3], [2.3, 0.4, -0.8]])
S = np.array([[1.7, -0.2, 0.3], [0.3, 1.4, -0.8], [0.1, 0.5, 2.2]])
T = np.arange(24.0).reshape(2, 3, 4) * 0.1 - 1.05
SCALARS = np.array([0.5])


@program((A,), always=True)
def index(a):
    return a[0] * a[1] + a[-1] ** 2 * a[len(a) - 2]


@program((M,), (np.asfortranarray(M),), (M[:, ::2],))
def index_pair(m):
    return m[0, 0] * m[1, -1] + m[-1][0] * m[0, 0]


@program((A, 0), (A, 3), (A, -2))
def index_variable(a, i):
    return a[i] * a[i - 1] * a[0]


@program((A,), (A[:1],), (A[::-1],))
def slices(a):
    return np.sum(a[1:] * a[:-1]) + np.sum(a[::2] ** 2) + np.sum(a[-3:-1])


@program((A, 1, 3), (A, 2, 2), (A, 0, 9))
def slice_variables(a, low, high):
    return np.sum(a[low:high] ** 2) + np.sum(a[high:low:-1]) + a[0] * a[1]


@program((A,))
def reversed_slice(a):
    return np.sum(a[::-1] * a) + a[::-2][0]


@program((M,))
def row_and_column(m):
    return np.sum(m[0] * m[1]) * m[:, 1][0] + np.sum(m[:, 0] * m[:, -1])


@program((M,))
def block(m):
    return np.sum(m[:, 1:] * m[:, :-1]) + np.sum(m[1:, ::2])


@program((A,))
def new_axis(a):
    return np.sum(a[:, np.newaxis] * a[None, :] * a)


@program((T,))
def ellipsis(t):
    return np.sum(t[..., 0] * t[..., -1]) + np.sum(t[0, ...] ** 2) + t[1, ..., 2][0]


@program((A,), (B,))
def boolean_read(a):
    return np.sum(a[a > 0] ** 2) + np.sum(a[a < -100.0])


@program((A, np.array([0, 2, 2, -1])), (A, np.array([1])), (A, np.array([], dtype=np.int64)))
def fancy_read(a, k):
    return np.sum(a[k] ** 2) + a[0] * a[1]


@program((M, np.array([0, 1, 1]), np.array([2, 0, 0])))
def fancy_pair(m, i, j):
    return np.sum(m[i, j] ** 2) * m[0, 0] + np.sum(m[i] ** 2) + np.sum(m[:, j] * 2.0)


@program((M,))
def shapes(m):
    n, k = m.shape
    return np.sum(m) * n / k * m.ndim * m.size + m[n - 1, k - 1] ** 2 * len(m)


@program((M,), (M[:, :1],))
def transpose(m):
    return np.sum((m.T @ m) * (m.T @ m)) + np.sum(m.T[0] * m[:, 0])


@program((M,), (np.asfortranarray(M),))
def reshape(m):
    return np.sum(m.reshape(3, 2)[0] * m.reshape(-1)[:2]) + m.reshape((6,))[4] ** 2


@program((M,), (np.asfortranarray(M),))
def ravel(m):
    return np.sum(m.ravel()[1:] * m.flatten()[:-1])


@program(
    (A, B), (A[:1], B[:1]), (A, B[:1]), (A[:1], B), (A[:0], B[:1]), argnums=(0, 1), always=True
)
def broadcast_vectors(a, b):
    return np.sum(a * b + a / (b + 3.0) - b * b)


@program((M, M[:1]), (M, M[:, :1]), (M[:1], M[:, :1]), (M, M[:1, :1]), (M, M), argnums=(0, 1))
def broadcast_matrices(a, b):
    return np.sum(a * b - a + b * b)


@program((M, M[0]), (M, M[0, :1]), argnums=(0, 1))
def broadcast_matrix_vector(m, v):
    return np.sum((m + v) * v - m / (3.0 + v))


@program((0.7, M), argnums=(0, 1))
def broadcast_number(x, m):
    return np.sum(x * m + x) + np.sum(m / x) + np.sum(x**2 - m)


@program((A, 0.6), (SCALARS, 0.6), (A[:0], 0.6), argnums=(0, 1))
def number_and_array(a, x):
    b = 2 * a - x
    c = b * b / (1 + x)
    return np.sum(-c + x)


@program((A, 3), (B, 2))
def array_powers(a, n):
    return np.sum(a**n) + np.sum(a**2 * (a * a + 1) ** 0.5) + np.sum(2.0**a)


@program((np.abs(A), B), argnums=(0, 1))
def array_to_array(a, b):
    return np.sum(a**b)


@program((M, A[:3]), (np.asfortranarray(M), A[:3]), (M[:, :1], A[:1]), argnums=(0, 1), always=True)
def matrix_vector(m, v):
    return np.sum((m @ v) ** 2)


@program((M, S), argnums=(0, 1))
def matrix_matrix(m, s):
    p = m @ s
    return np.sum(p * p * m)


@program((A[:2], M), argnums=(0, 1))
def vector_matrix(v, m):
    return np.sum((v @ m) ** 2) + np.dot(v, m)[0]


@program((A, B), (A[:1], B[:1]), (A[::2], B[::2]), argnums=(0, 1))
def dot(a, b):
    return (a @ b) * np.dot(a, a) + a.dot(b) ** 2


@program((A[:3], S), argnums=(0, 1))
def quadratic_form(v, s):
    return v @ s @ v + np.dot(s, v).dot(v)


@program((A, B[:3]), argnums=(0, 1))
def outer(a, b):
    return np.sum(np.outer(a, b) ** 2)


@program((S,))
def trace(s):
    return np.trace(s @ s) + np.sum(np.diag(s) ** 2)


@program((M,), (M[:1],), (M[:, :1],), always=True)
def sum_with_axis(m):
    return np.sum(np.sum(m, axis=0) ** 2) + np.sum(m.sum(axis=1) ** 3) + np.sum(m, axis=-1)[0]


@program((T,))
def sum_with_axes(t):
    return np.sum(np.sum(t, axis=(0, 2)) ** 2) + np.sum(t.sum(axis=1) ** 3)


@program((M,))
def sum_keepdims(m):
    return np.sum(m / (4.0 + np.sum(m, axis=1, keepdims=True))) + np.sum(m, keepdims=True)[0, 0]


@program((M,), (M[:1],))
def mean(m):
    centred = m - np.mean(m, axis=0)
    return np.mean(centred**2) + np.mean(m) ** 2 + np.sum(m.mean(axis=1, keepdims=True) * m)


@program((M,))
def largest_and_smallest(m):
    return np.max(m) * np.min(m) + m.max() ** 2


@program((M,))
def largest_with_axis(m):
    shifted = m - np.max(m, axis=1, keepdims=True)
    return np.sum(shifted**2) + np.sum(np.min(m, axis=0) ** 3) + np.sum(m.max(axis=-1) ** 2)


@program((A,), (A[:1],), (A[:0],), (np.array([0.7, 0.0, 2.0]),), (np.array([0.0, 0.0, 2.0]),))
def product(a):
    return np.prod(a) + 2.0 * a.prod()


@program((M,))
def product_with_axis(m):
    return np.sum(np.prod(m, axis=0) ** 2) + np.prod(m, axis=1, keepdims=True)[1, 0]


@program((A, B), argnums=(0, 1))
def where(a, b):
    return np.sum(np.where(a > 0, a * b, b**2)) + np.sum(np.where(b > 1, a, 3.0))


@program((M, M[0]), (M, M[0, :1]), argnums=(0, 1))
def where_broadcast(m, v):
    return np.sum(np.where(m > 0, v * v, m))


@program((A, 0.6), argnums=(0, 1))
def where_number(a, x):
    return np.sum(np.where(a > x, x * a, x)) + np.where(x > 0, x * x, 2.0) * 1.0


@program((0.6,), (-1.2,))
def creation(x):
    z = np.zeros(3) + x
    o = np.ones((2, 3)) * z
    f = np.full((3,), x * x)
    e = np.eye(3) @ f
    r = np.arange(3) * e + np.linspace(0.0, 1.0, 3)
    return np.sum(o * r)


@program((M,))
def creation_like(m):
    return np.sum((np.ones_like(m) * m - np.zeros_like(m)) * np.full_like(m, 2.0) * m)


@program((0.6, 0.3), argnums=(0, 1), always=True)
def array_of_numbers(x, y):
    a = np.array([x, y, x * y, 1.0])
    return np.sum(a * a) * a[2]


@program((0.6, 0.3), argnums=(0, 1))
def array_of_rows(x, y):
    a = np.array([[x, y], [x * y, 2.0]])
    return (a @ a)[0, 1] * a[1, 0]


@program((A, B), (A[:0], B), argnums=(0, 1))
def concatenate(a, b):
    c = np.concatenate((a, b, a * 2))
    return np.sum(c[1:] * c[:-1])


@program((M, S), argnums=(0, 1))
def concatenate_rows(m, s):
    c = np.concatenate((m, s), axis=0)
    return np.sum((c.T @ c) ** 2)


@program((A, B), argnums=(0, 1))
def stack(a, b):
    c = np.stack((a, b, a * b))
    return np.sum(c[0] * c[2]) + np.sum(np.sum(c, axis=0) ** 2)


@program((A, B), argnums=(0, 1))
def stack_columns(a, b):
    c = np.stack((a, b), axis=1)
    return np.sum(c[:, 0] * c[:, 1] ** 2)


@program((A,), (A[:0],))
def copies(a):
    b = a.copy()
    c = np.array(a)
    return np.sum(b * c * a) + np.sum(np.copy(b))


@program((A,))
def aliases(a):
    b = a
    row = b[1:]
    c = row
    return np.sum(c * a[:-1]) + c[0] * b[1] * a[1]


@program((A,))
def unpacked(a):
    w, x, y, z = a
    return w * x + y * y * z


@program((M,))
def unpacked_rows(m):
    u, v = m
    return np.sum(u * v * v)


@program((A, 2), (A, 0))
def rebinding_in_loop(a, n):
    for i in range(n):
        a = a * 0.5 + np.sin(a) * i
    return np.sum(a * a)


@program((A, 3), (A, 0), always=True)
def array_state(a, n):
    b = np.ones(4)
    i = 0
    while i < n:
        a, b = b * a, a + 0.5 * b
        i += 1
    return np.sum(a * b)


@program((A, 3), (A, 1))
def shrinking(a, n):
    for _ in range(n):
        a = a[1:] * a[:-1]
    return np.sum(a)


@program((A, 2), (A, 0))
def growing(a, n):
    for _ in range(n):
        a = np.concatenate((a, a[:1] * a[-1]))
    return np.sum(a * a)


@program((M, A[:3]), argnums=(0, 1))
def array_result(m, v):
    return np.tanh(m @ v) * v[:2]


@program((M,))
def matrix_result(m):
    return m * m.T[0, 0] + 1.0


@program((M, A[:2]), argnums=(0, 1))
def cross_entropy(w, x):
    z = x @ w
    z = z - np.max(z)
    return np.log(np.sum(np.exp(z))) - z[1]


@program(
    (np.array([[2.0, 1.0], [0.5, 3.0], [1.5, 0.2]]), np.array([0.3, -0.4])), argnums=1, always=True
)
def logistic_regression(x, w):
    z = x @ w
    y = np.array([1.0, 0.0, 1.0])
    return np.mean(np.log(1.0 + np.exp(-z)) * y + np.log(1.0 + np.exp(z)) * (1.0 - y))


@program((A,), (A[:1],))
def in_place_name_only(a):
    b = a * 2.0
    b = b * a
    return np.sum(b * b)


@program((A, 0.7), argnums=(0, 1))
def comparison_weights(a, x):
    return np.sum((a > 0.5) * a * x) + np.sum((a * x)[a < 0.5])


@program((T,))
def three_dimensions(t):
    return np.sum(t[:, 1] * t[:, 2]) + np.sum(t.T[0] ** 2) + np.sum(t.reshape(6, 4) @ t[0, 0])


@program((M,))
def transposed_axes(m):
    return np.sum(np.transpose(m) * np.reshape(m, (3, 2)))
