"""Nested functions that rebind variables of functions around them."""

# ruff: noqa: B023, E731

import functools

import numpy as np

from zoo import program


@program((1.7,), always=True)
def counts(x):
    total = 0.0

    def add(v):
        nonlocal total
        total += v * x

    for i in range(4):
        add(i * x)
        if total > 5:
            add(1.0)
    return total * x


@program((1.7,), always=True)
def counters(x):
    def make():
        n = 0.0

        def inc(v):
            nonlocal n
            n = n + v
            return n * n

        return inc

    a = make()
    b = make()
    a(x)
    b(2 * x)
    for i in range(3):
        a(x * x)
    return a(x) + 3 * b(x)


@program((1.7,))
def recursion(x):
    best = 0.0

    def walk(d, v):
        nonlocal best
        if d == 0:
            best = best + v * v
            return
        walk(d - 1, v * x)
        walk(d - 1, v + x)

    walk(3, x)
    return best


@program((1.7,))
def in_the_test_of_while(x):
    s = 1.0

    def step():
        nonlocal s
        s = s * x + 1
        return s < 50

    n = 0
    while step():
        n += 1
        if n > 10:
            break
    return s


@program((1.7,))
def two_functions_in(x):
    a = x

    def f():
        def g():
            nonlocal a
            a = a * x

        g()
        g()
        return a

    return f() + a


@program((1.7,))
def unbound_before(x):
    def set_it(v):
        nonlocal y
        y = v * v

    if x > 0:
        set_it(x)
    else:
        y = 1.0
    return y * x


@program((1.7,))
def early_return(x):
    c = x

    def f(n):
        nonlocal c
        for i in range(n):
            c = c * x
            if c > 20:
                return i
        c = c + 1
        return -1

    k = f(5)
    return c * (k + 2)


@program((1.7,))
def pair_of_closures(x):
    def make(start):
        n = start

        def inc(v):
            nonlocal n
            n = n * v
            return n

        def get():
            return n

        return inc, get

    i1, g1 = make(x)
    i2, g2 = make(2.0)
    i1(x)
    i2(x)
    i1(3.0)
    for k in range(3):
        i2(g1())
    return g1() * g2()


@program((1.7,))
def in_a_dict(x):
    s = x

    def up():
        nonlocal s
        s = s + x * x

    def down():
        nonlocal s
        s = s - x

    ops = {"u": up, "d": down}
    for c in "uud":
        ops[c]()
    return s * s


@program((1.7,))
def raises_after_rebinding(x):
    n = x

    def f(v):
        nonlocal n
        n = n * v
        if n > 2:
            raise ValueError("n")
        n = n + 1
        return n

    for i in range(4):
        try:
            f(x + i)
        except ValueError:
            n = n / 3
    return n


@program((1.7,))
def of_two_scopes(x):
    a = x

    def f():
        b = a

        def g(v):
            nonlocal a, b
            a = a * v
            b = b + a
            return b

        g(x)
        g(2.0)
        return b

    r = f()
    return r * a


@program((1.7,))
def shadowed(x):
    a = x

    def f(a):
        def g():
            nonlocal a
            a = a * 2

        g()
        return a

    return f(x * x) + a


@program((1.7,))
def partial_application(x):
    s = 0.0

    def add(k, v):
        nonlocal s
        s += k * v

    p = functools.partial(add, x)
    p(1.0)
    p(x)
    return s


@program((1.7,))
def counting_decorator(x):
    n = 0

    def counted(f):
        def g(v):
            nonlocal n
            n += 1
            return f(v)

        return g

    @counted
    def sq(v):
        return v * v

    y = sq(sq(x))
    return y * n


@program((1.7,))
def array(x):
    a = np.ones(3)

    def step():
        nonlocal a
        a = a * x + 1.0

    for i in range(4):
        step()
    return np.sum(a)


@program((1.7,))
def becomes_a_float(x):
    s = 0

    def add(v):
        nonlocal s
        s = s + v

    for i in range(3):
        add(x * i)
    return s


@program((1.7,))
def none_at_first(x):
    best = None

    def see(v):
        nonlocal best
        if best is None or v > best:
            best = v

    for i in range(4):
        see((i - 1.5) * x)
    return best * x


@program((1.7,))
def of_the_branch(x):
    s = 0.0
    if x > 0:

        def add(v):
            nonlocal s
            s += v * x
    else:

        def add(v):
            nonlocal s
            s -= v

    for i in range(3):
        add(x * i)
    return s


@program((1.7,))
def read_before_the_call(x):
    s = x

    def f():
        nonlocal s
        s = s * 3
        return s

    return s + f() * s


@program((1.7,))
def captured_changes(x):
    k = 1.0
    f = lambda v: v * k
    a = f(x)
    k = x
    b = f(x)
    k = k * k
    return a + b + f(x)


@program((1.7,))
def defined_in_each_iteration(x):
    f = None
    s = 0.0
    for i in range(4):
        if f is not None:
            s += f(x)
        c = i * x
        f = lambda v: v * c
    return s


@program((1.7,))
def exchanged_functions(x):
    f = lambda v: v * 2
    g = lambda v: v * x
    for i in range(3):
        f, g = g, f
        x = f(x)
    return x


@program((1.7,))
def default_is_evaluated_once(x):
    y = x

    def f(v, k=y * y):
        return v * k

    y = 100.0
    return f(x) + y
