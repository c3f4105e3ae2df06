"""while loops."""

import math

from zoo import program


@program((2.0,), (9.0,), (0.3,), always=True)
def newton_sqrt(a):
    x = a
    while abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
    return x


@program((1.12, 10.0), (1.5, 1.6), (1.3, 2.0), (1.3, 1.0), argnums=0)
def grow_until(x, limit):
    y = x
    while y < limit:
        y = y * x + 0.1
    return y * y


@program((1.2, 0), (1.2, 1), (1.2, 2), (1.2, 6), always=True)
def counted(x, n):
    y = 1.0
    i = 0
    while i < n:
        y = y * math.sin(x + i)
        i += 1
    return y


@program((1.2, 0), (1.2, 1), (1.2, 2), (1.2, 6))
def counted_down(x, n):
    y = x
    while n > 0:
        y = y * x - n / 7
        n = n - 1
    return y


@program((0.5, 0.3, 4), (0.5, 0.3, 0), argnums=(0, 1))
def two_states(x, v, n):
    while n:
        v = v - 0.1 * math.sin(x)
        x = x + 0.1 * v
        n -= 1
    return x * v


@program((0.9, 27), (0.9, 1), (0.9, 7))
def collatz(x, n):
    while n != 1:
        if n % 2 == 0:
            n = n // 2
            x = x * 0.9 + 0.1
        else:
            n = 3 * n + 1
            x = math.sin(x) + 0.5
    return x * x


@program((0.7, 3), (0.7, 0), (0.7, 1))
def nested_while(x, n):
    y = x
    i = 0
    while i < n:
        j = 0
        while j < i:
            y = y * x + 0.3
            j += 1
        y = y + x * x
        i += 1
    return y


@program((0.7, 3), (0.7, 0))
def while_in_for(x, n):
    total = 0.0
    for i in range(n):
        y = x
        while y < i + 1:
            y = y * 1.7 + x * x
        total += y
    return total


@program((0.7, 4), (0.7, 0))
def for_in_while(x, n):
    y = x
    while n > 0:
        for i in range(n):
            y = y * 0.8 + x * i * 0.1
        n //= 2
    return y * y


@program((0.7, 1.3), argnums=(0, 1))
def test_with_call(x, limit):
    y = x
    while math.sin(y) < 0.99 and y < limit:
        y = y + 0.25 * x * x
    return y * limit


@program((2.0, 1), (3.0, 2), (3.0, 5))
def do_while(x, n):
    r = x
    i = 0
    while True:
        r *= x
        i += 1
        if not i < n:
            break
    return r


@program((0.4,), (2.2,))
def bisection(a):
    low = 0.0
    high = a + 1.0
    steps = 0
    while steps < 50:
        middle = 0.5 * (low + high)
        if middle**3 + middle > a:
            high = middle
        else:
            low = middle
        steps += 1
    x = 0.5 * (low + high)
    # the derivative of bisection is no derivative of the root: Newton's steps make it one
    for _ in range(2):
        x = x - (x**3 + x - a) / (3 * x**2 + 1)
    return x * a


@program((0.4, 2.0), (1.4, 5.0), argnums=(0, 1))
def time_to_threshold(v, k):
    x = 0.0
    t = 0.0
    while x < 1.0:
        last = x
        x = x + 0.1 * (k - v * x)
        t = t + 0.1
    return t - 0.1 * (x - 1.0) / (x - last)


@program((0.8, 4), (0.8, 0))
def local_in_body(x, n):
    total = x
    while n > 0:
        t = total * x
        u = t * t
        if u > 0.3:
            t = t - u
        total = total + 0.3 * t
        n -= 1
    return total
