"""Programs on which a careless compiler gets the ways of control wrong.

Iterators that are empty the second time, generators that somebody still holds, exceptions that a
generator must not see: what is supported must be right, the rest refused, never mishandled.
"""

# ruff: noqa: B012, B023, F821, SIM107

import contextlib
import math
from collections.abc import Callable
from typing import Any

import differences
import numpy as np
import pytest

import diffpy as dp


def refused(*words: str) -> Any:
    """A function that diffpy refuses with a message that holds these words."""
    return lambda function: _REFUSED.append((function, words)) or function


_REFUSED: list[tuple[Callable, tuple[str, ...]]] = []


@refused("a map is gone through in each iteration", "for v in m")
def iterator_made_before_the_loop(x):
    m = map(lambda v: v * x, [1.0, 2.0, 3.0])
    s = 0.0
    for _ in range(2):
        for v in m:
            s += v
    return s


@refused("a zip is gone through in each iteration")
def iterator_made_before_a_while(x):
    z = zip([1.0, 2.0], [x, x])
    s = 0.0
    while s < 100:
        for v, w in z:
            s += v * w
        s += 20
    return s


@refused("a map is gone through in each iteration")
def iterator_in_a_tuple(x):
    pair = (1.0, map(lambda v: v * x, [1.0, 2.0]))
    s = 0.0
    for _ in range(2):
        for v in pair[1]:
            s += v
    return s


@refused("a map is gone through in each iteration")
def iterators_in_a_list(x):
    maps = [map(lambda v: v * x, [1.0, 2.0]), map(lambda v: v + x, [1.0, 2.0])]
    s = 0.0
    for _ in range(2):
        for m in maps:
            for v in m:
                s += v
    return s


@refused("is gone through in each iteration")
def reversed_before_the_loop(x):
    r = reversed([x, 2.0, 3.0])
    s = 0.0
    for _ in range(2):
        for v in r:
            s = s * x + v
    return s


@refused("a map is gone through in each iteration")
def iterator_passed_in_a_loop(x):
    def total(items):
        s = 0.0
        for v in items:
            s += v
        return s

    m = map(lambda v: v * x, [1.0, 2.0])
    s = 0.0
    for _ in range(2):
        s += total(m)
    return s


@refused("`m` is an iterator of the function around this one")
def iterator_of_the_function_around(x):
    m = map(lambda v: v * x, [1.0, 2.0])

    def f():
        s = 0.0
        for v in m:
            s += v
        return s

    return f() + f()


@refused("may have been consumed before", "sum(g)")
def generator_consumed_in_a_loop(x):
    g = (v * x for v in [1.0, 2.0])
    s = 0.0
    for _ in range(2):
        s += sum(g)
    return s


@refused("may have been consumed before")
def generator_consumed_in_a_branch(x):
    g = (v * x for v in [1.0, 2.0])
    a = sum(g) if x > 0 else x
    return a + sum(g)


@refused("the generator `g` may be left before its end, and is kept", "for v in it")
def finally_of_a_generator_that_is_kept(x):
    log = 0.0

    def g():
        nonlocal log
        try:
            for i in range(5):
                yield x * i
        finally:
            log = log + x

    s = 0.0
    it = g()
    for v in it:
        s += v
        if s > 2:
            break
    return s + log


@refused("may be left before its end, and is kept")
def finally_of_a_generator_in_one_that_is_kept(x):
    log = 0.0

    def inner():
        nonlocal log
        try:
            for i in range(5):
                yield x * i
        finally:
            log = log + x

    def outer():
        yield from inner()

    s = 0.0
    it = outer()
    for v in it:
        s += v
        if s > 2:
            break
    return s + log


@refused("the generator `g` may be left at a `yield`")
def generator_that_catches_its_end(x):
    log = 0.0

    def g():
        nonlocal log
        try:
            for i in range(5):
                yield x * i
        except GeneratorExit:
            log = log + x

    s = 0.0
    for v in g():
        s += v
        if s > 2:
            break
    return s + log


@refused("the value of `yield` is not supported")
def sent_value(x):
    def g():
        received = yield x
        yield received

    it = g()
    return next(it)


@refused("the value of `yield` is not supported")
def returned_by_a_generator(x):
    def g():
        yield x
        return x * x

    def h():
        y = yield from g()
        yield y

    return sum(h())


@refused("a loop over one of several generators")
def one_of_two_generators(x):
    g = (x * i for i in range(5)) if x > 0 else (x + i for i in range(3))
    s = 0.0
    for v in g:
        s += v
    return s


@refused("a tuple that gets longer again and again")
def tuple_of_functions_that_grows(x):
    fs = ()
    for i in range(3):
        fs = fs + (lambda v, i=i: v * i,)  # noqa: RUF005
    return fs[2](x)


@refused("a function that holds a function that holds a function")
def function_of_a_function_of_a_function(x):
    def outer(k):
        return lambda v: v * k + x

    def inner(f):
        return lambda v: f(v) * x

    f = outer(1.0)
    for _ in range(3):
        f = inner(f)
    return f(x)


@refused("may be left at a `yield` whose `with`, `except` or `finally` would see that")
def generator_that_continues_at_its_end(x):
    def values():
        for i in range(3):
            try:
                yield x + i
            finally:
                continue

    for v in values():
        x = x * v
        break
    return x


@refused("may be left at a `yield` whose `with`, `except` or `finally` would see that")
def generator_that_returns_at_its_end(x):
    def values():
        try:
            yield x
            yield 2 * x
        finally:
            return

    for v in values():
        x = x * v
        break
    else:
        x = x + 1
    return x


@refused("may be left at a `yield` whose `with`, `except` or `finally` would see that")
def generator_that_yields_at_its_end(x):
    def values():
        try:
            yield x
        finally:
            yield 2 * x

    for v in values():
        x = x * v
        break
    return x


@refused("a `finally` of a generator ends in a way of its own")
def generator_that_swallows_what_the_loop_raises(x):
    def values():
        try:
            yield x
        finally:
            return

    try:
        for v in values():
            x = x * v
            raise KeyError
    except KeyError:
        x = x * 3
    return x


@refused("a `finally` of a generator ends in a way of its own")
def generator_that_swallows_behind_a_with(x):
    def values():
        try:
            with doubled(x) as d:
                yield d
        finally:
            return

    for v in values():
        x = x * v
        raise KeyError
    return x


@pytest.mark.parametrize("function, words", _REFUSED, ids=lambda p: getattr(p, "__name__", ""))
def test_refused(function: Callable, words: tuple[str, ...]) -> None:
    with pytest.raises(dp.DiffpyError) as caught:
        dp.grad(function, backend="python")(1.7)
    for word in words:
        assert word in str(caught.value)
    assert "consumers.py" not in str(caught.value)


def uncaught(x):
    try:
        y = 1 / (x - x)
    except KeyError:
        y = x
    return y


def passes_the_handlers_of_a_generator(x):
    def g():
        try:
            for i in range(5):
                yield x * i
        except KeyError:
            yield 3.0

    s = 0.0
    for v in g():
        s += v
        if s > 3:
            raise KeyError("far")
    return s


def raised_in_a_handler(x):
    try:
        return math.sqrt(-x)
    except ValueError:
        raise ArithmeticError("no root") from None


def handler_name_is_unbound_after_it(x):
    e = x
    try:
        raise ValueError(x)
    except ValueError as e:
        pass
    return e


def singular(x):
    try:
        return np.linalg.inv(np.array([[x, x], [x, x]]))[0, 0]
    except ZeroDivisionError:
        return x


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize(
    "function",
    [
        uncaught,
        passes_the_handlers_of_a_generator,
        raised_in_a_handler,
        handler_name_is_unbound_after_it,
        singular,
    ],
)
def test_raises_what_python_raises(function: Callable, backend: str) -> None:
    with pytest.raises(Exception) as expected:
        function(1.7)
    with pytest.raises(type(expected.value)) as found:
        dp.grad(function, backend=backend)(1.7)
    assert str(found.value) == str(expected.value)


def _grown(x, n):
    return {"v": x * n, "kids": [_grown(x, n - 1) for _ in range(2)] if n else []}


def _weighed(tree):
    return tree["v"] + sum(_weighed(kid) for kid in tree["kids"]) * 0.5


def _looked_into(x):
    tree = _grown(x, 2)
    inner = tree["kids"][0]["kids"]
    return tree["v"] * 100 + tree["kids"][1]["v"] + inner[0]["v"] * 1000 + len(inner) * x


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize(
    ("function", "expected"),
    [(lambda x: _weighed(_grown(x, 3)), 6.0), (_looked_into, 203.0)],
    ids=["sum", "parts"],
)
def test_a_tree_made_by_a_recursive_comprehension(function, expected, backend):
    """What was built for a recursion that does not settle is not taken for the next one."""
    assert abs(dp.grad(function, backend=backend)(1.7) - expected) < 1e-12


def possibly_unbound(y):
    for k in range(int(y)):
        a = y
        b = y
        c = y
        d = y
        e = y
        g = y
        h = y
        i = y
        j = y
        l = y
    s = 0.0
    if y > 0.1:
        s += a
    if y > 0.2:
        s += b
    if y > 0.3:
        s += c
    if y > 0.4:
        s += d
    if y > 0.5:
        s += e
    if y > 0.6:
        s += g
    if y > 0.7:
        s += h
    if y > 0.8:
        s += i
    if y > 0.9:
        s += j
    if y > 1.1:
        s += l
    if y > 100:
        raise ValueError("far")
    if y > 200:
        raise ValueError("too far")
    return s * y


def many_messages(x):
    try:
        r = possibly_unbound(x)
    except ValueError:
        r = 0.0
    return r


def many_messages_caught(x):
    try:
        r = possibly_unbound(x * 0.1)
    except UnboundLocalError:
        r = x * x
    return r


def none_at_first(x):
    p1 = None
    p0 = x
    for it in range(4):
        if it == 0:
            q = 1.0
        else:
            q = p1 + (p0 - p1) * 0.5
        p1 = p0
        p0 = p0 * q
    return p0


def none_in_a_branch(x):
    p1 = None
    p0 = x
    it = 0
    while it < 4:
        if p0 > 100:
            q = p1 + (p0 - p1) * 0.5
        else:
            q = x
        p1 = p0
        p0 = p0 * q
        it += 1
    return p0


def none_after_a_test(x):
    low = None
    y = x
    if x > 100 and x < low:
        y = 3.0
    return y * x


def none_raises(x):
    best = None
    try:
        for k in range(3):
            if k > 1:
                x = x + best
    except TypeError:
        x = x * x
    return x


NONE = [many_messages, many_messages_caught, none_at_first, none_in_a_branch, none_after_a_test]


@pytest.mark.parametrize("function", [*NONE, none_raises])
def test_exceptions_on_ways_that_may_not_be_taken(function):
    differences.check_at(function, 1.7, "python")


# --- a `finally` that cancels a return ---------------------------------------------------------


@contextlib.contextmanager
def doubled(x):
    yield 2 * x


class Swallowing:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        return True


class Failing:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        raise KeyError


class Ball:
    def __init__(self, v):
        self.v = v


def by_a_return(x):
    def f(y):
        try:
            if y > 0:
                return y
            y = y - 1
        finally:
            return y * x

    return f(x)


def by_a_break(x):
    r = x
    for i in range(4):
        try:
            if i == 2:
                return r
            r = r * 2
        finally:
            if i == 2:
                break
    return r + 1


def by_a_continue(x):
    r, t = x, 2 * x
    for i in range(4):
        try:
            if i == 2:
                return r
            t = t * x
        finally:
            continue
    return r * t


def by_an_exception(x):
    r, t = x, 2 * x
    for i in range(4):
        try:
            try:
                if i == 2:
                    return r
                t = t * x
            finally:
                if i == 2:
                    raise KeyError
        except KeyError:
            t = t + r
    return r * t


def by_a_failing_operation(x):
    t = 2 * x
    for i in range(4):
        try:
            try:
                if i == 2:
                    return x
                t = t * x
            finally:
                t = t / (2 - i)
        except ZeroDivisionError:
            t = t + x
    return t


def in_an_endless_loop(x):
    r, t, i = x, 2 * x, 0
    while True:
        i += 1
        try:
            if i == 2 or i == 6:
                return r * t
            t = t * x
        finally:
            if i < 4:
                continue


def what_finally_reads(x):
    log = [0.0]

    def f(t):
        try:
            if t > 1:
                return x
            t = t * x
        finally:
            log[0] = t
        return t

    return f(x) * log[0]


def value_before_finally_rebinds(x):
    t = x
    for i in range(3):
        try:
            if i == 2:
                return t * x
            t = t + 1
        finally:
            t = t * x
            if i == 2 and t > 100:
                break
    return t


def nested_finally(x):
    t, u = x, 2 * x
    for i in range(4):
        try:
            try:
                if i == 1:
                    return t
                t = t * x
            finally:
                u = u + t
                if i == 1:
                    return u
        finally:
            t = t + u
            if i < 2:
                continue
    return t * u


def only_sometimes(x):
    t = x
    for i in range(5):
        try:
            if i > 1:
                return t + i
            t = t * x
        finally:
            if t < 10:
                t = t + 4
                continue
    return -t


def in_a_handler(x):
    t = x
    for i in range(4):
        try:
            if i == 1:
                raise ValueError
            t = t * x
        except ValueError:
            return t
        finally:
            if i == 1:
                continue
    return t


def body_of_a_loop_over_a_generator(x):
    def values():
        yield x
        yield 2 * x
        yield 3 * x

    t = x
    for v in values():
        try:
            if v > 3:
                return t
            t = t * v
        finally:
            continue
    return t


def generator_goes_on_after_its_finally(x):
    def values(t):
        for i in range(4):
            try:
                if i == 2:
                    return
                t = t * x
            finally:
                if i == 2:
                    continue
            yield t

    s = 0.0
    for v in values(x):
        s = s * x + v
    return s


def out_of_a_with(x):
    t = x
    with doubled(x) as d:
        for i in range(4):
            try:
                if i == 2:
                    return x
                t = t * d
            finally:
                if i == 2:
                    continue
    return t


def break_that_becomes_continue(x):
    t = x
    for i in range(4):
        with doubled(x):
            try:
                if i == 2:
                    break
                t = t * x
            finally:
                if i == 2:
                    continue
    return t


def exit_that_swallows(x):
    t = 2 * x
    for i in range(4):
        with Swallowing():
            try:
                if i == 2:
                    return x
                t = t * x
            finally:
                if i == 2:
                    raise KeyError
    return t


def exit_that_fails(x):
    t = 2 * x
    for i in range(4):
        try:
            with Failing():
                if i == 2:
                    return x
                t = t * x
        except KeyError:
            t = t + x
    return t


def arrays(x):
    a = np.array([x, 2 * x])
    for i in range(4):
        try:
            if i == 2:
                return a[0]
            a[0] = a[0] * x
        finally:
            a[1] = a[1] + a[0]
            if i == 2:
                continue
    return a[0] * a[1]


def instances(x):
    ball = Ball(x)
    for i in range(4):
        try:
            if i == 2:
                return ball.v
            ball = Ball(ball.v * x)
        finally:
            ball.v = ball.v + 1
            if i == 2:
                continue
    return ball.v


CANCELLED = [
    by_a_return,
    by_a_break,
    by_a_continue,
    by_an_exception,
    by_a_failing_operation,
    in_an_endless_loop,
    what_finally_reads,
    value_before_finally_rebinds,
    nested_finally,
    only_sometimes,
    in_a_handler,
    body_of_a_loop_over_a_generator,
    generator_goes_on_after_its_finally,
    out_of_a_with,
    break_that_becomes_continue,
    exit_that_swallows,
    exit_that_fails,
    arrays,
    instances,
]


@pytest.mark.parametrize("function", CANCELLED)
def test_returns_that_a_finally_cancels(function):
    differences.check_at(function, 1.7, "python")


@pytest.mark.parametrize("function", [by_a_return, by_an_exception, in_an_endless_loop, arrays])
def test_returns_that_a_finally_cancels_compiled(function):
    differences.check_at(function, 1.7, "numba")
