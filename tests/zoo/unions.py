"""Variables that are of different kinds at different times."""

import math

from zoo import program


@program((0.6, 0), (0.6, 1), (0.6, 4), always=True)
def best_so_far(x, n):
    best = None
    for i in range(n):
        y = math.sin(x * (i + 1))
        if best is None or y > best:
            best = y
    return x if best is None else best * x


@program((0.6, 0), (0.6, 3))
def none_until_found(x, n):
    found = None
    for i in range(n):
        if i == 1:
            found = x * i
            break
    if found is not None and found > 0:
        return found * found
    return x * x


@program((0.6, 0), (0.6, 3))
def not_none_or_zero(x, n):
    y = None
    if n > 0:
        y = x * n
    if not (y is None) and n > 1:  # noqa: E714
        return y * y
    return x


@program((0.6, 3), (0.6, 0))
def integer_and_float_accumulators(x, n):
    count, total = 0, 0
    for i in range(n):
        count += 1
        total += x * i
    return total * count / (1 + n // 2) + x


@program((0.6, 1), (0.6, 2))
def number_or_tuple(x, n):
    y = x if n == 1 else (x, x * x)
    if isinstance(y, tuple):
        return y[0] * y[1]
    return y * y * y


@program((0.6, 1), (0.6, 2), (0.6, 3))
def one_of_three(x, n):
    if n == 1:
        y = None
    elif n == 2:
        y = x
    else:
        y = "text"
    if y is None:
        return x
    if isinstance(y, str):
        return x * len(y)
    return y * y


@program((0.6, 2), (0.6, 0))
def complex_in_between(x, n):
    z = complex(x, 1.0)
    for _ in range(n):
        z = z * z + x
    return z.real * z.imag + abs(z)


@program((0.6,))
def complex_literals(x):
    z = x * 1j + 2
    w = z.conjugate() * z
    return w.real * x


@program((0.6, 3), (0.6, 1))
def previous_value(x, n):
    previous = None
    total = 0.0
    for i in range(n):
        current = x * (i + 1)
        if previous is not None:
            total += (current - previous) * previous
        previous = current
    return total + x


@program((0.6, 0), (0.6, 2))
def optional_pair(x, n):
    pair = None
    for i in range(n):
        pair = (x * i, i)
    if pair is None:
        return x
    a, k = pair
    return a * k * x


@program((0.6,), (0.6, 2.0))
def none_default(x, y=None):
    y = y or x
    return x * y * y


@program((0.6, 0), (0.6, 3))
def or_none(x, n):
    y = None
    for i in range(n):
        y = (y or x) * x
    return (y or 2.0) * x


@program((0.6, 3), (0.6, 0))
def while_not_none(x, n):
    y = x
    value = x if n > 0 else None
    k = 0
    while value is not None:
        y = y * value + x
        k += 1
        value = value + x if k < n else None
    return y
