"""break, continue and return at any depth."""

import math

import numpy as np

from zoo import program

VECTOR = np.array([0.7, -1.2, 2.3, 0.4])


@program((1.1, 8), (1.1, 1), (1.1, 0), always=True)
def break_in_for(x, n):
    y = x
    for _ in range(n):
        y = y * 1.3
        if y > 3:
            break
        y = y + 0.1 * x
    return y * y


@program((1.2,), (0.9,))
def break_in_while(x):
    y = x
    while True:
        y = y * 1.5 + 0.3
        if y > 4:
            break
        y = y * x + 0.2
    return y * x


@program((2.0,), (3.0,))
def continue_in_for(x):
    r = 1.0
    for i in range(1, 10):
        if i % 2 == 0:
            continue
        r *= x
    return r


@program((1.2, 7), (1.2, 0))
def continue_in_while(x, n):
    y = x
    while n > 0:
        n -= 1
        if n % 3 == 1:
            continue
        y = math.sin(y) * x + 0.1 * n
    return y


@program((1.2, 8), (1.2, 2), (1.2, 0), always=True)
def return_in_for(x, n):
    y = x
    for i in range(n):
        y = y * 1.3
        if y > 3:
            return y * i
        y = y * x
    return y + x


@program((1.2, 8), (0.2, 2), (0.2, 0))
def return_in_while(x, n):
    y = x
    while n > 0:
        y = y * y + 0.3
        if y > 3:
            return y * x
        n -= 1
    return y


@program((0.8, 4), (0.3, 4), (0.3, 0))
def return_in_nested_for(x, n):
    y = x
    for i in range(n):
        for j in range(i + 1):
            y = y * 1.2 + 0.1 * x * j
            if y > 2:
                return y * i + x
        y = y + 0.1
    return y * y


@program((0.8, 4), (1.9, 4))
def break_inner_only(x, n):
    total = 0.0
    for i in range(n):
        y = x
        for j in range(5):
            y = y * 1.4
            if y > 3:
                break
            total += y * j
        total += y * i
    return total


@program((0.8, 5), (1.9, 5))
def break_and_continue(x, n):
    total = 0.0
    for i in range(n):
        y = x
        while True:
            y = y * 1.4 + 0.1
            if y > 3 + i:
                break
        if i % 2:
            continue
        total += y * y
        if total > 30:
            break
    return total + x


@program((VECTOR, 2.0), (VECTOR, 9.0), (VECTOR[:0], 1.0), argnums=(0, 1))
def search(a, limit):
    for i in range(len(a)):
        if a[i] > limit:
            return a[i] * a[i] * limit + i
    return limit * 3


@program((1.5, 2.0), (-1.5, 2.0), (1.5, -2.0), argnums=(0, 1))
def guard_clauses(x, y):
    if x < 0:
        return x * y
    if y < 0:
        return x / y
    return x**y


@program((4.0, 20.0), (4.0, 21.0), (4.0, 30.0), (4.0, 5.0), (-3.0, -2.0), argnums=(0, 1))
def fall_through(x, y):
    if x > 0:
        if y > 10:
            z = x * y
            if z > 100:
                return x + z
            if y < 20.5:
                return z + z
        else:
            return x + y
    return -y


@program((1.5, 3), (0.5, 3), (0.5, 0))
def return_before_loop(x, n):
    if x > 1:
        return x * x
    y = x
    for _ in range(n):
        y = y * x + 1
    return y


@program((0.5, 6), (1.4, 6))
def return_from_while_in_for(x, n):
    total = 0.0
    for i in range(n):
        y = x + i * 0.1
        while y < 2:
            y = y * 1.5
            total += y * x
            if total > 8:
                return total * y
    return total - x


@program((0.47, 6), (1.4, 6), (1.4, 0))
def return_tuple_item(x, n):
    s, p = 0.0, 1.0
    for i in range(n):
        s, p = s + x * i, p * (x + 0.1)
        if s > 3:
            return (s, p)[1] * x
    return s * p


@program((0.5, 5), (1.5, 5), (1.5, 1))
def break_keeps_variable(x, n):
    i = 0
    y = x
    for i in range(n):
        if y > 4:
            break
        y = y * 1.6
    return y * (i + 1)


@program((0.5,), (1.5,))
def unreachable(x):
    while True:
        x = x * x + 0.3
        return x * 2
        x = x + 100
    return x - 5


@program((0.7, 4), (0.7, 1))
def break_after_use(x, n):
    y = x
    while n > -5:
        y, t = y * x, y
        if n == 0:
            y = y + t * t
            break
        n -= 1
    return y
