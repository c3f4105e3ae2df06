"""Generators, generator expressions, and who consumes them."""

# ruff: noqa: B023, E731, UP028, B904

import functools
import math

from zoo import program


class MyError(Exception):
    pass


def _gen(x, n):
    for i in range(n):
        yield x * i
        yield x + i


def _tree(d, x):
    if d == 0:
        yield x
    else:
        yield from _tree(d - 1, x * x)
        yield d * x
        for v in _tree(d - 1, x + 1):
            yield v


@program((1.7,), always=True)
def with_sum(x):
    return sum(x * i for i in range(5))


@program((1.7,), always=True)
def sum2(x):
    n = 4
    return sum(x * i * j for i in range(n) if i != 2 for j in range(i)) * x


@program((1.7,))
def with_any(x):
    if any(x * i > 5 for i in range(5)):
        return x * x
    return x


@program((1.7,))
def with_all(x):
    return x**3 if all(x > i for i in (1, 2)) else x


@program((1.7,))
def with_min(x):
    return min((x - i) ** 2 for i in range(5)) + max((abs(x - i) for i in range(3)), default=0)


@program((1.7,))
def user(x):
    s = 0.0
    for v in _gen(x, 4):
        s += v * x
    return s


@program((1.7,))
def with_break(x):
    s = 0.0
    for v in _gen(x, 40):
        if v > 9:
            break
        if v < 2:
            continue
        s += v * x
    else:
        s = -1.0 * x
    return s


@program((1.7,))
def return_inside(x):
    for v in _gen(x, 40):
        if v > 9:
            return v * x
    return x


@program((1.7,))
def return_two_loops_inside(x):
    for k in range(3):
        for v in _gen(x, k + 2):
            if v > 3.5:
                return v * x * k
            if v > 100:
                break
    return x


@program((1.7,))
def tree(x):
    s = 0.0
    for v in _tree(3, x * 0.5):
        s += v
    return s


@program((1.7,))
def tree_break(x):
    s = 0.0
    for v in _tree(3, x * 0.5):
        if v > 2.5:
            break
        s += v
    return s


@program((1.7,))
def enum(x):
    s = 0.0
    for i, v in enumerate(x * k for k in range(4)):
        s += i * v
    return s


@program((1.7,))
def with_reduce(x):
    return functools.reduce(lambda a, b: a * b, (x + k for k in range(4))) + math.prod(
        x * k for k in (1, 2, 3)
    )


@program((1.7,))
def with_map(x):
    return sum(map(lambda v: v * v, (x * k for k in range(4))))


@program((1.7,))
def with_next(x):
    return next(x * i for i in range(10) if x * i > 3) + next(
        (x * i for i in range(3) if x * i > 30), x
    )


@program((1.7,))
def nested(x):
    def local(n):
        y = x
        while n > 0:
            yield y
            y = y * x
            n -= 1

    s = 0.0
    for a in local(3):
        for b in local(2):
            s += a * b
    return s


@program((1.7,))
def named(x):
    g = (x * i for i in range(3))
    for k in range(4):
        x = x + 1
    return sum(g) + x


@program((1.7,))
def passed(x):
    def total(items):
        t = 0.0
        for v in items:
            t += v * v
        return t

    return total(x * i for i in range(3)) + total(_gen(x, 2))


@program((1.7,))
def gengen(x):
    def double(items):
        for v in items:
            yield 2 * v

    return sum(double(double(_gen(x, 3))))


@program((1.7,))
def walrus(x):
    if any((y := x * i) > 3 for i in range(5)):
        return y * x
    return x


@program((1.7,))
def while_with_walrus(x):
    s = 0.0
    while (y := x * x) < 50:
        x = x * 1.5
        s += y
    return s + y


@program((1.7,))
def infinite(x):
    def count():
        n = 0
        while True:
            yield n
            n += 1

    s = 0.0
    for k in count():
        s += x * k
        if k > 4:
            break
    return s


@program((1.7,))
def captured_changed(x):
    k = x
    g = (v * k for v in (1.0, 2.0))
    k = 3.0
    return sum(g) * x


@program((1.7,))
def first_iter_now(x):
    n = 3
    g = (x * i for i in range(n))
    n = 100
    return sum(g)


@program((1.7,))
def second_iter_later(x):
    n = 3
    g = (x * i * j for i in range(2) for j in range(n))
    n = 4
    return sum(g)


@program((1.7,))
def generator_finally(x):
    log = 0.0

    def g():
        nonlocal log
        try:
            for i in range(5):
                yield x * i
        finally:
            log = log + x

    s = 0.0
    for v in g():
        s += v
    return s + log


@program((1.7,))
def generator_finally_break(x):
    log = 0.0

    def g():
        nonlocal log
        try:
            for i in range(5):
                yield x * i
        finally:
            log = log + x

    s = 0.0
    for v in g():
        s += v
        if s > 2:
            break
    return s + log


@program((1.7,))
def generator_raise(x):
    def g():
        for i in range(5):
            if x * i > 3:
                raise MyError(x * i)
            yield x * i

    s = 0.0
    try:
        for v in g():
            s += v * v
    except MyError as e:
        s += e.args[0] * 10
    return s


@program((1.7,))
def body_raises(x):
    def g():
        try:
            for i in range(5):
                yield x * i
        except ValueError:
            yield 1000.0

    s = 0.0
    try:
        for v in g():
            s += v
            if v > 2:
                raise ValueError
    except ValueError:
        s = s * x
    return s


@program((1.7,))
def nested_comp_shadow(x):
    i = x
    s = sum([sum([i * j * x for j in range(i)]) for i in range(4)])
    return s * i


@program((1.7,))
def comprehension_walrus(x):
    last = 0.0
    s = sum([(last := last * 0.5 + x * i) for i in range(4)])
    return s + last


@program((1.7,))
def comprehension_walrus_filter(x):
    ys = [y * y for i in range(6) if (y := x * i) > 1]
    return sum(ys) + y


@program((1.7,))
def generator_if(x):
    g = (x * i for i in range(5))
    if x > 0:
        a = sum(g)
    else:
        a = x
    return a + 1


@program((1.7,))
def list_gen(x):
    def g(n):
        a, b = x, 1.0
        for _ in range(n):
            yield a
            a, b = b, a + b

    v = list(g(6))
    return v[-1] * v[2]


@program((1.7,))
def nested_break_outer(x):
    def g(n):
        for i in range(n):
            yield x * i

    s = 0.0
    for a in g(4):
        for b in g(3):
            if a * b > 4:
                break
            s += a * b
        else:
            s += 1.5 * x
            continue
        s += 100 * x
        break
    return s


@program((1.7,))
def generator_in_loop(x):
    s = 0.0
    for k in range(3):
        s += sum(x**k * i for i in range(k + 1) if i != k)
    return s


@program((1.7,))
def generator_return_in_try(x):
    def f():
        for v in (x * i for i in range(5)):
            try:
                if v > 2:
                    return v
            finally:
                v = 0.0
        return x

    return f() * x


@program((1.7,))
def generator_recursive_exc(x):
    def walk(d, v):
        if d == 0:
            if v > 3:
                raise MyError("deep", v)
            yield v
            return
        yield from walk(d - 1, v * x)
        yield from walk(d - 1, v + 1)

    s = 0.0
    try:
        for v in walk(2, x):
            s += v
    except MyError as e:
        s = s * e.args[1]
    return s


@program((1.7,))
def two_live(x):
    def g(a):
        for i in range(3):
            yield a * i

    a, b = g(x), g(x * x)
    s = 0.0
    for v in a:
        s += v
    for v in b:
        s += v * x
    return s


@program((1.7,))
def minkey(x):
    return min((v * x for v in (3.0, 1.0, 2.0)), key=lambda v: (v - 2) ** 2)


@program((1.7,))
def dictcomp2(x):
    d = {k: v * x for k, v in zip("abc", (x, 2.0, 3.0))}
    return d["a"] * d["c"]


@program((1.7,))
def tuple_gen(x):
    def g():
        yield x
        yield x * x

    a, b = g()
    return a * b


@program((1.7,))
def star_gen(x):
    def g():
        yield x
        yield x * x
        yield 3.0

    return max(*g()) + math.hypot(*(v for v in (x, 2.0)))


@program((1.7,))
def generator_break_rest(x):
    n = 0.0

    def g():
        nonlocal n
        for i in range(5):
            n += x
            yield i * x
        n += 100

    for v in g():
        if v > 3:
            break
    return n * x


@program((1.7,))
def generator_body_exc_finally(x):
    log = 1.0

    def g():
        nonlocal log
        try:
            for i in range(5):
                yield x * i
        except ValueError:
            log *= 1000
        finally:
            log = log * x

    s = 0.0
    try:
        for v in g():
            s += v
            if s > 2:
                raise ValueError("q")
    except ValueError:
        s = s * log
    return s + log


@program((1.7,))
def list_in_gen(x):
    log = []

    def g():
        for i in range(3):
            log.append(x)
            yield x * i

    s = 0.0
    for v in g():
        log.append(v)
    return sum(log)


@program((1.7,))
def generator_exc_nested(x):
    log = []

    def inner(n):
        try:
            for i in range(n):
                yield x * i
        except ValueError:
            log.append(100.0)
        finally:
            log.append(1.0)

    def outer():
        try:
            yield from inner(3)
            for v in inner(2):
                yield v * 2
        except ValueError:
            log.append(1000.0)
        finally:
            log.append(2.0)

    s = 0.0
    for k in (2.0, 6.0, 1000.0):
        try:
            for v in outer():
                s += v
                if s > k:
                    raise ValueError
        except ValueError:
            s += x
    return s * sum(log)


@program((1.7,))
def generator_own_exc_nested(x):
    log = []

    def inner(n):
        try:
            for i in range(n):
                yield x * i
            raise ValueError
        finally:
            log.append(1.0)

    def outer():
        try:
            yield from inner(3)
        except ValueError:
            log.append(1000.0 * x)
        yield x * x
        for v in inner(2):
            yield v

    s = 0.0
    try:
        for v in outer():
            s += v
    except ValueError:
        s *= 2
    return s * sum(log)


@program((1.7,))
def generator_consumer_exc(x):
    def f(v):
        if v > 3:
            raise ValueError
        return v * v

    def g():
        for i in range(4):
            try:
                yield f(x * i)
            except ValueError:
                yield x

    try:
        a = sum(g())
        b = sum(f(x * i) for i in range(5))
    except ValueError:
        b = x**3
    return a * b


@program((1.7,))
def generator_mixed_exc(x):
    def g():
        for i in range(5):
            try:
                if i == 1:
                    raise KeyError(x)
                yield x * i
            except KeyError as e:
                yield e.args[0] * 10
            except ValueError:
                yield 5000.0

    s = 0.0
    for r in range(3):
        try:
            for v in g():
                s += v
                if s > 30:
                    raise ValueError(s)
        except ValueError as e:
            s = e.args[0] * 0.1
    return s


@program((1.7,))
def reraise_passing(x):
    def g():
        try:
            for i in range(5):
                yield x * i
        except KeyError:
            raise

    s = 0.0
    try:
        for v in g():
            s += v
            if s > 3:
                raise KeyError(s)
    except KeyError as e:
        return e.args[0] * x
    return s
