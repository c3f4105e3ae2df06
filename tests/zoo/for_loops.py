"""for over ranges, arrays and tuples."""

import math

import numpy as np

from zoo import program

VECTOR = np.array([0.7, -1.2, 2.3, 0.4])
MATRIX = np.array([[0.7, -1.2, 0.3], [2.3, 0.4, -0.8]])


@program((1.2, 0), (1.2, 1), (1.2, 2), (1.2, 7), always=True)
def power_from_one(x, n):
    r = 1
    for _ in range(n):
        r = r * x
    return r * 1.0


@program((1.2, 0), (1.2, 1), (1.2, 2), (1.2, 7))
def sum_from_zero(x, n):
    total = 0
    for i in range(n):
        total += x ** (i + 1) / (i + 1)
    return total + x


@program((0.4, 3.1, 0), (0.4, 3.1, 1), (0.4, 3.1, 10), argnums=(0, 1), always=True)
def logistic(x, r, n):
    for _ in range(n):
        x = r * x * (1 - x)
    return x


@program((1.2, 1, 6), (1.2, 3, 3), (1.2, 5, 2), (1.2, -2, 2))
def start_and_stop(x, start, stop):
    y = x
    for i in range(start, stop):
        y = y * 0.5 + math.sin(x * i)
    return y


@program((1.2, 7, 2), (1.2, 8, 3), (1.2, 0, 1), (1.2, 1, 5))
def steps(x, n, k):
    y = x
    for i in range(0, n, k):
        y = y * 0.5 + x * i
    return y * y


@program((1.2, 6), (1.2, 1), (1.2, 0))
def backwards(x, n):
    y = x
    for i in range(n - 1, -1, -1):
        y = y * x * 0.3 + i
    return y


@program((1.2, 9, 0, -2), (1.2, 0, 9, -2), (1.2, 0, 9, 4), (1.2, 9, 0, 1), (1.2, 9, 1, -4))
def any_step(x, start, stop, step):
    y = x
    for i in range(start, stop, step):
        y = math.sin(y * x) + i * x
    return y


@program((1.2, -3), (1.2, 0))
def negative_count(x, n):
    y = x * x
    for _ in range(n):
        y = y * x
    return y


@program((1.2, 0), (1.2, 1), (1.2, 5))
def variable_after_loop(x, n):
    i = 7
    y = x
    for i in range(n):  # noqa: B007
        y = y * x
    return y * i + x


@program((1.2, 0), (1.2, 1), (1.2, 4))
def body_assigns_variable(x, n):
    y = x
    for i in range(n):
        i = i * 2 + 1  # noqa: PLW2901
        y = y * 0.5 + x * x * i
    return y


@program((1.2, 1), (1.2, 4))
def body_assigns_bound(x, n):
    y = x
    for i in range(n):
        n = n - i
        y = y * 0.5 + x * x * n
    return y * n


@program((1.2, 0, 3), (1.2, 3, 0), (1.2, 2, 3), (1.2, 1, 1))
def nested(x, n, m):
    y = x
    for i in range(n):
        for j in range(m):
            y = math.sin(y + x * i - j)
        y = y * x
    return y


@program((1.2, 0), (1.2, 1), (1.2, 4))
def triangular(x, n):
    total = 0.0
    for i in range(n):
        p = 1.0
        for _ in range(i):
            p = p * x
        total = total + p * p
    return total * x


@program((0.9, 3), (0.9, 0))
def three_deep(x, n):
    y = x
    for i in range(n):
        for j in range(i, n):
            for k in range(j, -1, -1):
                y = 0.7 * y + x * (i - j + k) * y * 0.1
    return y


@program((VECTOR,), (VECTOR[:1],), (VECTOR[:0],), always=True)
def over_array(a):
    p = 1.0
    for v in a:
        p = p * math.sin(v)
    return p


@program((MATRIX,))
def over_rows(a):
    total = 0.0
    for row in a:
        total = total * 0.5 + row[0] * row[2] + np.sum(row * row)
    return total


@program((0.5, VECTOR), (0.5, VECTOR[:0]), argnums=(0, 1))
def horner(x, coefficients):
    y = 0.0
    for c in coefficients:
        y = y * x + c
    return y


@program((VECTOR,), (VECTOR[:1],))
def over_indices(a):
    total = 0.0
    for i in range(len(a)):
        total += a[i] * a[i - 1] * i
    return total + a[0]


@program((0.5, 0.7), argnums=(0, 1))
def over_tuple(x, y):
    p = 1.0
    for v in (x, y, x * y, 2.0):
        p = p * math.cos(v)
    return p


@program(((0.5, 0.7, 1.1),), ((0.5,),))
def over_tuple_argument(values):
    p = 1.0
    for v in values:
        p = p * math.sin(v) + v
    return p


@program((VECTOR,), (VECTOR[:0],))
def enumerated(a):
    total = 0.0
    for i, v in enumerate(a):
        total += v * v * i
    return total


@program((VECTOR,))
def enumerated_from(a):
    total = 1.0
    for i, v in enumerate(a, 1):
        total = total * 0.5 + v**2 / i
    return total


@program((VECTOR, VECTOR[::-1] * 2), argnums=(0, 1))
def zipped(a, b):
    total = 0.0
    for u, v in zip(a, b):
        total += u * u * v
    return total


@program((VECTOR, VECTOR[:2]), (VECTOR, VECTOR[:0]), argnums=(0, 1))
def zipped_unequal(a, b):
    total = a[0]
    for u, v in zip(a, b):
        total = total * u + v
    return total


@program((VECTOR, 3))
def zipped_with_range(a, n):
    total = 0.0
    for i, v in zip(range(n), a):
        total += v ** (i + 1)
    return total


@program((VECTOR, VECTOR + 1), argnums=(0, 1))
def enumerated_zip(a, b):
    total = 0.0
    for i, (u, v) in enumerate(zip(a, b)):
        total += (i + 1) * u * v
    return total


@program((0.4, 0.6, 0), (0.4, 0.6, 1), (0.4, 0.6, 6), argnums=(0, 1))
def fibonacci_pair(a, b, n):
    for _ in range(n):
        a, b = b, a + b * b * 0.3
    return a * b


@program((0.3, 0), (0.3, 1), (0.3, 5))
def branch_in_loop(x, n):
    y = x
    for i in range(n):
        if i % 2 == 0:
            y = y + x * x
        else:
            y = y * x
    return y


@program((0.3, 0), (0.3, 6))
def branch_on_state(x, n):
    y = x
    for _ in range(n):
        if y > 1.0:
            y = y - 1.0 - 0.1 * x
        else:
            y = y * 1.5 + 0.2
    return y * y


@program((VECTOR,))
def largest_by_hand(a):
    best = a[0]
    for v in a:
        if v > best:
            best = v
    return best * best


@program((0.3, 4))
def two_loops(x, n):
    y = x
    for _ in range(n):
        y = math.sin(y) + x
    for _ in range(n - 1):
        y = y * y * 0.5
    return y


@program((0.3, 4), (0.3, 0))
def local_in_body(x, n):
    total = 0.0
    for i in range(n):
        t = x * (i + 1)
        t = t * t
        u = math.sin(t) * t
        total += u * x
    return total


@program((1.0, 0.5, 0.2, 10.0, 28.0, 2.667, 6), argnums=(0, 1, 2, 3, 4, 5), always=True)
def lorenz(x, y, z, sigma, rho, beta, n):
    h = 0.01
    for _ in range(n):
        kx = sigma * (y - x)
        ky = x * (rho - z) - y
        kz = x * y - beta * z
        mx = x + 0.5 * h * kx
        my = y + 0.5 * h * ky
        mz = z + 0.5 * h * kz
        x = x + h * (sigma * (my - mx))
        y = y + h * (mx * (rho - mz) - my)
        z = z + h * (mx * my - beta * mz)
    return x + 2 * y - z


@program((0.3, 4), (0.3, 0))
def unused_loop(x, n):
    y = x
    for i in range(n):
        y = y * i + 1
    return x * x


@program((1.3, 3))
def bound_from_expression(x, n):
    y = x
    for i in range(int(x * n), 2 * n + 2):
        y = y * 0.5 + x * i
    return y
