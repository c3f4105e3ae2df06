"""Ways to bind and unbind names: :=, chains, annotations, stars, del, displays."""

import math

import numpy as np

from zoo import program

VECTOR = np.array([0.7, -1.2, 2.3])


@program((0.6,), (1.6,), (3.0,), always=True)
def walrus_in_while(x):
    while (y := x * x) < 4.0:
        x = x + y
    return x * y


@program((0.6, 0), (0.6, 3))
def walrus_counts(x, n):
    k = -1
    total = x
    while (k := k + 1) < n:
        if k == 1:
            continue
        total = total * x + k
    return total


@program((0.6, 9.0), (0.6, 0.1), (0.6, 2.0))
def walrus_in_while_with_else(x, limit):
    while (y := x * x) < limit:
        x = x + 1.0
        if x > 2.5:
            x = x * y
            break
    else:
        x = x * x * y
    return x * y


@program((0.6, 3), (0.6, 0))
def walrus_in_while_in_loop(x, n):
    total = 0.0
    for i in range(n):
        y = x
        while (z := y * y) < 2.0 and (w := z + i) < 5.0:
            y = y + w * 0.3 + 0.1
        total += y * z
    return total


@program((0.6,), (-0.6,))
def walrus_in_if(x):
    if (y := math.sin(x)) > 0:
        return y * y
    return y * x


@program((0.6,), (1.6,), (-0.6,))
def walrus_in_and(x):
    if x > 0 and (y := x * x) > 1:
        return y * x
    return x


@program((0.6,), (1.6,))
def walrus_in_comparison(x):
    if 0 < (y := x * x) < 1:
        return y
    return y * y * x


@program((0.6,), (-0.6,))
def walrus_in_conditional(x):
    return (y := x * x) + y * y if x > 0 else (y := -x) * y * y


@program((VECTOR,))
def walrus_in_subscript(a):
    return a[(i := 1)] * a[i + 1]


@program((0.6,))
def walrus_in_call(x):
    return math.sin(y := x * x) * y + max(z := 2 * x, 0.1) * z


@program((0.6, 0.3), argnums=(0, 1))
def chained(x, y):
    a = b = x * y
    a += 1.0
    return a * b


@program((0.6, 0.3), argnums=(0, 1))
def chained_with_tuple(x, y):
    a = b, c = x * y, x
    return a[0] * b * c


@program((0.6,))
def annotated(x):
    y: float = x * x
    z: "anything at all"  # noqa: F722
    z = y * x
    return z


@program((0.6, 0.3, 1.4), argnums=(0, 1, 2))
def nested_targets(x, y, z):
    (a, (b, c)), [d] = (x, (y, z)), [x * y]
    return a * b * c * d


@program((0.6, 0.3, 1.4), argnums=(0, 1, 2))
def starred_target(x, y, z):
    first, *rest = x, y, z
    *others, last = (x, y)
    return first * rest[0] * rest[1] + others[0] * last * last


@program((0.6, 0.3), argnums=(0, 1))
def starred_display(x, y):
    t = (x, y)
    u = (1.0, *t, *(y, 2.0))
    return u[1] * u[2] * u[3] * u[4] * len(u)


@program((0.6, 3))
def starred_in_loop(x, n):
    total = 0.0
    for i in range(n):
        for a, *b in ((x, i), (x * x, i, 2)):
            total += a * len(b) * b[0]
    return total


@program((0.6,))
def deleted(x):
    y = x * x
    z = y * x
    del y
    return z * x


@program((0.6, 3), (0.6, 0))
def deleted_in_loop(x, n):
    for i in range(n):
        y = x * i
        x = x + y * y
        del y
    return x


@program((0.6,), (-0.6,))
def deleted_and_bound_again(x):
    y = x * x
    if x > 0:
        del y
        y = x
    return y * x


@program((0.6, 0.3), argnums=(0, 1))
def swapped_through_targets(x, y):
    x, y = y, x
    (x, y) = (x * y, x)
    return x * y * y


@program((0.6,))
def shadowed_builtins(x):
    sum = x * x
    max = lambda a, b: a * b  # noqa: E731
    len = 3
    input = max(sum, x)
    return input * len + sum


@program((0.6, 0.3, 2.0), argnums=(0, 1))
def generated_names(x_bar, tape, t):
    np = x_bar * tape
    out_bar = np * t
    d = out_bar * x_bar
    i_tape = d * d
    grad = i_tape + np
    return grad * x_bar


@program((0.6, 3))
def generated_names_in_loop(x, trips):
    x_bar = x
    for i in range(trips):
        t = x_bar * x
        x_tape = t + i
        x_bar = x_tape * t
    pop_f8 = x_bar * x
    out_bar = pop_f8 + x
    return out_bar


@program((0.6,))
def parameter_called_like_a_builtin(input, max=2.0, float=1.5):
    return input * max * float * input


@program((0.6, 0), (0.6, 3))
def bound_in_for_only(x, n):
    y = x
    for i in range(n):
        y = y * x
    else:
        z = y * 2
    return z * y
