"""Variables that change kind; NumPy scalars; None, bools and strings; float32."""

import math

import numpy as np

from zoo import program

VECTOR = np.array([0.7, -1.2, 2.3])


@program((0.6,))
def integer_then_float(x):
    y = 2
    z = y // 3 + y**2
    y = y * x
    return y * y + z * x


@program((0.6, 0), (0.6, 1), (0.6, 2), (0.6, 5), always=True)
def product_from_one(x, n):
    r = 1
    for i in range(n):
        r *= x + i
    return x * r


@program((0.6, 0), (0.6, 1), (0.6, 5))
def sum_from_zero(x, n):
    s = 0
    for i in range(n):
        s = s + x * x * i
    return s * x + x


@program((0.6, 0), (0.6, 1), (0.6, 4))
def told_apart(x, n):
    """Floor division by an int or a float tells the kinds of r apart, and so does 2 ** -r."""
    r = 3
    total = x
    for _ in range(n):
        total = total * 0.5 + x * (7 // r)
        r = r - 0.3 * x
    return total * r


@program((0.6, 0), (0.6, 1), (0.6, 4))
def integer_chain(x, n):
    k = 1
    for i in range(n):
        k = k * 3 + i
        x = x * 0.5 + k % 4
    return x * x * k


@program((0.6, 0), (0.6, 3))
def changes_in_branch(x, n):
    if n > 2:
        y = x * x
    else:
        y = 3
    return y * x


@program((0.6, 0), (0.6, 1), (0.6, 5))
def changes_in_loop_branch(x, n):
    y = 1
    for i in range(n):
        if i == 2:
            y = y * x
        else:
            y = y + 1
    return y * x


@program((0.6, None), (0.6, 2.0), (0.6, 3))
def none_or_number(x, k):
    if k is None:
        return x + x
    return x * k


@program((None, 3.0), (2.0, 3.0), argnums=1)
def none_coalesces(x, y):
    z = x if x is not None else y * y
    return z * y


@program((0.6, 0), (0.6, 1), (0.6, 4))
def none_until_set(x, n):
    last = None
    total = x
    for i in range(n):
        y = x * (i + 1)
        if last is not None:
            total = total + y * last
        last = y
    return total


@program((0.6, True), (0.6, False))
def boolean_is_a_number(x, flag):
    return x * flag + (x > 0.5) * x * x + (flag + 1) * x


@program((0.6, 3), (0.6, 0))
def counted_by_tests(x, n):
    hits = 0
    y = x
    for _ in range(n):
        y = math.sin(y * 3)
        hits += y > 0.2
    return y * hits + x


@program((np.float64(0.6),), (-1.2,))
def numpy_float(x):
    y = np.float64(2.0) * x
    return np.sin(y) * y + float(y)


@program((0.6, np.int64(3)), (0.6, 0))
def numpy_integer(x, n):
    y = x
    for i in range(n):
        y = y * x + i
    return y * n + x


@program((np.float32(0.6),), (np.float32(-1.2),))
def single_number(x):
    y = x * x + np.float32(1.0)
    return y * x


@program((VECTOR.astype(np.float32),))
def single_array(a):
    b = a * 0.5 + 1.0
    return np.sum(b * b * a)


@program((VECTOR.astype(np.float32), VECTOR), argnums=(0, 1))
def single_and_double(a, b):
    return np.sum(a * b + a * 2)


@program((VECTOR.astype(np.float32),))
def single_local(a):
    b = np.zeros(len(a), dtype=a.dtype)
    for i in range(len(a)):
        b[i] = a[i] * a[i] * 0.5
    return np.sum(b)


@program((VECTOR, np.array([1, 2, 5])))
def integer_array(a, k):
    return np.sum(a * k) * k[1] + a[k[0]]


@program((VECTOR, np.array([True, False, True])))
def boolean_array(a, keep):
    return np.sum(a * keep) * a[0]


@program((np.array(0.6),), (np.array(-1.2),))
def zero_dimensional(x):
    return x * x * 3.0


@program((0.6,))
def array_then_number(x):
    y = np.full(3, x)
    y = np.sum(y * y)
    return y * x


@program((0.6,))
def number_then_array(x):
    y = x * x
    y = np.full(3, y) * np.arange(3)
    return y[1] * y[2]


@program((0.6, 2), (0.6, 0))
def tuple_changes_inside(x, n):
    state = (1, x)
    for _ in range(n):
        state = (state[0] * x, state[1] + 1)
    return state[0] * state[1]


@program((0.6, "a"), (0.6, "b"))
def string_changes(x, name):
    label = name
    if label == "a":
        label = "ab"
        x = x * x
    return x * len(label)


@program((0.6, 3), (0.6, 1))
def float_count(x, n):
    k = n / 2
    while k > 0:
        x = x * x + k
        k = k - 1
    return x * k


@program((0.6, 5), (0.6, 2))
def negative_integer_power(x, n):
    return x * n**-1 + 2.0**-n * x * x


@program(
    (0.6, 40),
)
def large_integers(x, n):
    k = 1
    for _ in range(n):
        k = k * 2
    return x * (k / 1e12) * x
