"""Matrices, element by element."""

import math

import numpy as np

from programs import program

A = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -0.7], [0.5, -0.7, 5.0]])
G = np.array([[0.3, 1.2, -0.5], [2.0, 0.4, 0.9], [-0.8, 1.1, 1.7]])
TALL = np.array([[1.0, 0.4], [0.3, 1.5], [-0.6, 0.2], [0.9, -0.8]])
B = np.array([1.0, -2.0, 0.7])


def tridiagonal(a, b, c, d):
    return np.linalg.solve(np.diag(b) + np.diag(a[1:], -1) + np.diag(c[:-1], 1), d)


@program(
    np.array([0.0, 1.0, 0.5, -0.2]),
    np.array([4.0, 3.0, 5.0, 2.0]),
    np.array([0.7, 0.4, 1.1, 0.0]),
    np.array([1.0, 2.0, -1.0, 0.5]),
    like=tridiagonal,
    compiled=True,
)
def thomas(a, b, c, d):
    n = len(d)
    for i in range(1, n):
        w = a[i] / b[i - 1]
        b[i] = b[i] - w * c[i - 1]
        d[i] = d[i] - w * d[i - 1]
    x = np.zeros(n)
    x[-1] = d[-1] / b[-1]
    for i in reversed(range(n - 1)):
        x[i] = (d[i] - c[i] * x[i + 1]) / b[i]
    return x


@program(A, B, like=np.linalg.solve)
def lu(a, b):
    n = len(b)
    for k in range(n):
        for i in range(k + 1, n):
            a[i, k] /= a[k, k]
            for j in range(k + 1, n):
                a[i, j] -= a[i, k] * a[k, j]
    y = np.zeros(n)
    for i in range(n):
        y[i] = b[i]
        for j in range(i):
            y[i] -= a[i, j] * y[j]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            y[i] -= a[i, j] * y[j]
        y[i] /= a[i, i]
    return y


@program(G, B, like=np.linalg.solve)
def gauss_with_pivots(a, b):
    a, b = a.copy(), b.copy()
    n = len(b)
    for k in range(n):
        pivot = k
        for i in range(k + 1, n):
            if abs(a[i, k]) > abs(a[pivot, k]):
                pivot = i
        if pivot != k:
            a[[k, pivot]] = a[[pivot, k]]
            b[k], b[pivot] = b[pivot], b[k]
        for i in range(k + 1, n):
            factor = a[i, k] / a[k, k]
            a[i, k:] -= factor * a[k, k:]
            b[i] -= factor * b[k]
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        x[i] = (b[i] - a[i, i + 1 :] @ x[i + 1 :]) / a[i, i]
    return x


@program(G, like=np.linalg.inv)
def gauss_jordan(a):
    n = a.shape[0]
    both = np.hstack([a, np.eye(n)])
    for k in range(n):
        p = k + np.argmax(np.abs(both[k:, k]))
        swap = both[k].copy()
        both[k] = both[p]
        both[p] = swap
        both[k] /= both[k, k]
        for i in range(n):
            if i != k:
                both[i] -= both[i, k] * both[k]
    return both[:, n:]


@program(G, like=np.linalg.det)
def determinant(m):
    m = [list(row) for row in m]
    n, sign = len(m), 1.0
    for k in range(n - 1):
        if m[k][k] == 0:
            return 0.0
        for i in range(k + 1, n):
            ratio = m[i][k] / m[k][k]
            for j in range(k, n):
                m[i][j] -= ratio * m[k][j]
    for k in range(n):
        sign *= m[k][k]
    return sign


def minor(m, j):
    return np.hstack([m[1:, :j], m[1:, j + 1 :]])


@program(G, like=np.linalg.det)
def determinant_by_minors(m):
    if m.shape[0] == 1:
        return m[0, 0]
    total = 0.0
    for j in range(m.shape[1]):
        total += (-1) ** j * m[0, j] * determinant_by_minors(minor(m, j))
    return total


@program(A, compiled=True, like=lambda a: np.linalg.cholesky(np.tril(a) + np.tril(a, -1).T))
def cholesky(a):
    n = a.shape[0]
    l = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            s = a[i, j]
            for k in range(j):
                s -= l[i, k] * l[j, k]
            l[i, j] = math.sqrt(s) if i == j else s / l[j, j]
    return l


@program(A, like=lambda a: np.linalg.cholesky(np.tril(a) + np.tril(a, -1).T))
def cholesky_in_place(a):
    n = len(a)
    for j in range(n):
        a[j, j] = np.sqrt(a[j, j] - np.dot(a[j, :j], a[j, :j]))
        for i in range(j + 1, n):
            a[i, j] = (a[i, j] - np.dot(a[i, :j], a[j, :j])) / a[j, j]
        a[j, j + 1 :] = 0.0
    return a


def positive_qr(a):
    q, r = np.linalg.qr(a)
    signs = np.sign(np.diag(r))
    return q * signs, signs[:, None] * r


@program(TALL, like=positive_qr)
def gram_schmidt(a):
    m, n = a.shape
    q, r = np.zeros((m, n)), np.zeros((n, n))
    for j in range(n):
        v = a[:, j].copy()
        for i in range(j):
            r[i, j] = q[:, i] @ v
            v -= r[i, j] * q[:, i]
        r[j, j] = np.linalg.norm(v)
        q[:, j] = v / r[j, j]
    return q, r


@program(TALL, like=lambda a: np.abs(np.linalg.qr(a)[1]))
def householder(a):
    r = a.copy()
    m, n = r.shape
    for k in range(n):
        v = r[k:, k].copy()
        v[0] += math.copysign(np.linalg.norm(v), v[0])
        v /= np.linalg.norm(v)
        r[k:, k:] -= 2.0 * np.outer(v, v @ r[k:, k:])
    return np.abs(np.triu(r[:n]))


@program(TALL, like=lambda a: np.abs(np.linalg.qr(a)[1]))
def givens(a):
    m, n = a.shape
    for j in range(n):
        for i in range(m - 1, j, -1):
            x, y = a[i - 1, j], a[i, j]
            radius = math.hypot(x, y)
            c, s = x / radius, y / radius
            for k in range(j, n):
                above, below = a[i - 1, k], a[i, k]
                a[i - 1, k] = c * above + s * below
                a[i, k] = c * below - s * above
    return np.abs(np.triu(a[:n]))


@program(A, B, compiled=True)
def gauss_seidel(a, b):
    x = np.zeros(len(b))
    for sweep in range(5):
        for i in range(len(b)):
            s = 0.0
            for j in range(len(b)):
                if j != i:
                    s += a[i][j] * x[j]
            x[i] = (b[i] - s) / a[i][i]
    return x


@program(A, B)
def jacobi_until_it_settles(a, b):
    x, new = np.zeros(len(b)), np.zeros(len(b))
    change = 1.0
    while change > 1e-3:
        for i in range(len(b)):
            new[i] = (b[i] - a[i] @ x + a[i, i] * x[i]) / a[i, i]
        change = np.max(np.abs(new - x))
        x, new = new, x
    return x


@program(A, B)
def successive_overrelaxation(a, b):
    n, omega = len(b), 1.1
    phi = [0.0] * n
    iterations = 0
    while True:
        largest = 0.0
        for i in range(n):
            sigma = sum(a[i, j] * phi[j] for j in range(n) if j != i)
            old = phi[i]
            phi[i] = (1 - omega) * phi[i] + omega / a[i, i] * (b[i] - sigma)
            largest = max(largest, abs(phi[i] - old))
        iterations += 1
        if largest < 1e-4 or iterations >= 20:
            break
    return np.array(phi)


@program(A, B, like=lambda a, b: np.linalg.solve(0.5 * (a + a.T), b))
def conjugate_gradient(a, b):
    a = 0.5 * (a + a.T)
    x = np.zeros_like(b)
    r = b - a @ x
    p = r.copy()
    rs = r @ r
    steps = 0
    while np.sqrt(rs) > 1e-8:
        ap = a @ p
        alpha = rs / (p @ ap)
        x += alpha * p
        r -= alpha * ap
        new = r @ r
        p *= new / rs
        p += r
        rs = new
        steps += 1
    return x


@program(A)
def power_iteration(a):
    v = np.ones(a.shape[0])
    for _ in range(20):
        w = a @ v
        w /= np.linalg.norm(w)
        v[:] = w
    return v @ a @ v


@program(TALL)
def principal_components(data):
    data = data - data.mean(axis=0)
    covariance = data.T @ data / (len(data) - 1)
    found = np.zeros((2, data.shape[1]))
    for k in range(2):
        v = np.array([1.0, 0.5])
        for _ in range(6):
            v = covariance @ v
            v = v / np.sqrt(np.sum(v**2))
        value = v @ covariance @ v
        found[k] = value * v**2
        covariance -= value * np.outer(v, v)
        covariance += 0.01 * np.eye(2)
    return found


@program(0.3 * G)
def exponential(a):
    norm, squarings = np.max(np.sum(np.abs(a), axis=1)), 0
    while norm > 0.5:
        norm /= 2
        squarings += 1
    a = a / 2**squarings
    result, term = np.eye(len(a)), np.eye(len(a))
    for k in range(1, 12):
        term = term @ a / k
        result += term
    for _ in range(squarings):
        result = result @ result
    return result


@program(G, TALL.T[:, :3].T, like=lambda a, b: a @ b)
def product_by_hand(a, b):
    c = [[0.0 for _ in range(b.shape[1])] for _ in range(a.shape[0])]
    for i in range(3):
        for j in range(2):
            for k in range(3):
                c[i][j] += a[i, k] * b[k, j]
    return np.array(c)


@program(G, like=lambda a: a.T)
def transposed_in_place(a):
    for i in range(len(a)):
        for j in range(i):
            a[i, j], a[j, i] = a[j, i], a[i, j]
    return a


@program(A, like=lambda a: np.linalg.eigvalsh(a)[::-1])
def jacobi_eigenvalues(a):
    a = 0.5 * (a + a.T)
    n = len(a)
    for _ in range(5):
        for p in range(n - 1):
            for q in range(p + 1, n):
                if abs(a[p, q]) < 1e-13:
                    continue
                theta = 0.5 * math.atan2(2 * a[p, q], a[q, q] - a[p, p])
                c, s = math.cos(theta), math.sin(theta)
                for k in range(n):
                    row_p, row_q = a[p, k], a[q, k]
                    a[p, k] = c * row_p - s * row_q
                    a[q, k] = s * row_p + c * row_q
                for k in range(n):
                    column_p, column_q = a[k, p], a[k, q]
                    a[k, p] = c * column_p - s * column_q
                    a[k, q] = s * column_p + c * column_q
    return np.sort(np.diag(a))[::-1]


@program(G)
def power_of_a_matrix(a):
    result, n = np.identity(3), 5
    while n:
        if n % 2:
            result = result @ a
        a = a @ a
        n //= 2
    return np.trace(result)


@program(np.array([1.0, 2.0, 3.0]), np.array([0.5, -0.2, 0.8]))
def polynomial_through_points(x, y):
    n = len(x)
    table = y.copy()
    for j in range(1, n):
        for i in range(n - 1, j - 1, -1):
            table[i] = (table[i] - table[i - 1]) / (x[i] - x[i - j])
    value = table[-1]
    for k in range(n - 2, -1, -1):
        value = value * (1.7 - x[k]) + table[k]
    return value


@program(A, B)
def lanczos(a, start):
    m = 3
    alpha, beta = np.zeros(m), np.zeros(m)
    q_old, q = np.zeros(3), start / np.linalg.norm(start)
    for j in range(m - 1):
        w = a @ q
        alpha[j] = w @ q
        w -= alpha[j] * q
        w -= beta[j] * q_old
        beta[j + 1] = np.linalg.norm(w)
        q_old, q = q, w / beta[j + 1]
    return alpha, beta
