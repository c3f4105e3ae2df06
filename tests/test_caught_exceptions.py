"""What a handler sees of an exception: what its class made of it, once, where it was raised."""

from dataclasses import dataclass
from typing import Any

import differences
import numpy as np
import pytest
from test_errors_raised import raised_by

import diffpy as dp

BOTH = pytest.mark.parametrize("backend", ["python", "numba"])


class First(Exception):
    def __init__(self, values):
        self.v = values[0]
        self.all = values


class Norm(Exception):
    def __init__(self, a):
        self.norm = np.sum(a * a)


class Stopped(Exception):
    """The history of an iteration."""

    def __init__(self, history):
        super().__init__("stopped")
        self.last = history[-1]
        self.history = list(history)


class Logged(Exception):
    def __init__(self, log, v):
        log.append(v)
        self.v = v


class Computed(Exception):
    def __init__(self, compute):
        self.v = compute()


class Kept(Exception):
    def __init__(self, v):
        self.v = v
        self.values = [v]

    def double(self):
        self.v *= 2.0
        return self.v


class Small(Exception):
    def __init__(self, v):
        if v < 2.0:
            raise ValueError("small")
        self.v = v


class NotConverged(Exception):
    def __init__(self, message, *, best, it=0):
        super().__init__(f"{message} after {it}")
        self.best, self.it = best, it


class Changed(Exception):
    def __init__(self, v):
        super().__init__(v * 2.0, 5.0)


class Named(Exception):
    def __init__(self, *args, k=1.0):
        self.k = k


class Called(Exception):
    def __init__(self, v):
        Exception.__init__(self, v * 3.0)
        self.args += (v,)


@dataclass
class Fields(Exception):
    v: float
    w: float = 2.0


class Shown(Exception):
    def __init__(self, v):
        super().__init__("shown")
        self.v = v

    def __str__(self):
        return super().__str__() + "!"

    def __repr__(self):
        return "Shown itself"


class Equal(Exception):
    def __init__(self, v):
        self.v = v

    def __eq__(self, other):
        return self.v > 0.0

    def __bool__(self):
        return False


class Empty(Exception):
    def __len__(self):
        return 0


class Tripled(Exception):
    def __init__(self, v):
        self.v = v

    @property
    def args(self):
        return (self.v * 3.0,)


class Pair(Exception):
    __match_args__ = ("v", "w")

    def __init__(self, v, w):
        self.v, self.w = v, w


class Nested(Exception):
    def __init__(self, v):
        try:
            raise Kept(v)
        except Kept as error:
            self.w = error.double()


class Plain(Exception):
    code = 4.0


# --- made where it is raised ---------------------------------------------------------------------


def item_before_a_store(x):
    values = [x, 2.0]
    try:
        raise First(values)
    except First as e:
        values[0] = 5.0
        return e.v * x + sum(e.all)


def array_before_a_store(x):
    a = np.array([x, 2.0])
    try:
        raise Norm(a)
    except Norm as e:
        a[0] = 10.0
        return e.norm * a[0]


def list_before_it_is_cleared(x):
    total = 0.0
    for k in range(3):
        history = [x]
        try:
            for _ in range(9):
                history.append(history[-1] * x)
                if history[-1] > 4.0 + k:
                    raise Stopped(history)
        except Stopped as e:
            history.clear()
            total += e.last * sum(e.history)
    return total


def before_a_finally(x):
    values = [x]
    try:
        try:
            raise First(values)
        finally:
            values[0] = 50.0
    except First as e:
        return e.v * x


def effects_once(x):
    log = []
    try:
        raise Logged(log, x)
    except Logged as e:
        return x * e.v + e.v * sum(log) + len(log)


def effects_once_without_a_read(x):
    log = []
    try:
        raise Logged(log, x)
    except Logged:
        return x * sum(log) + len(log)


def effects_on_a_nonlocal(x):
    y = x

    def more():
        nonlocal y
        y = y + 1.0
        return y

    try:
        raise Computed(more)
    except Computed as e:
        return e.v * e.v + y


def changed_by_a_method(x):
    try:
        raise Kept(x)
    except Kept as e:
        return e.double() * e.double() + e.v


def list_of_it_grows(x):
    for i in range(3):
        try:
            try:
                raise Kept(x * i)
            except Kept as e:
                e.values.append(x)
                e.extra = x * x
                raise
        except Kept as e:
            x += sum(e.values) + e.extra
    return x


def one_of_two(x):
    one, other = Kept(x), Kept(2.0 * x)
    try:
        if x > 1.0:
            raise one
        raise other
    except Kept as e:
        e.v *= 3.0
    return one.v + other.v * other.v


def initialiser_raises(x):
    try:
        raise Small(x)
    except Small:
        return x
    except ValueError:
        return 3.0 * x * x


def initialiser_catches(x):
    try:
        raise Nested(x)
    except Nested as e:
        return e.w * x


# --- args ----------------------------------------------------------------------------------------


def keywords_are_no_args(x):
    try:
        raise NotConverged("no root", best=x, it=3)
    except NotConverged as e:
        return e.best * e.it + x * x * len(e.args)


def args_of_super(x):
    try:
        raise Changed(x)
    except Changed as e:
        return e.args[0] * e.args[1] * x


def args_of_star(x):
    try:
        raise Named(x, 2.0, k=x)
    except Named as e:
        return e.k * len(e.args) * e.args[0]


def args_assigned(x):
    try:
        raise Called(x)
    except Called as e:
        return e.args[0] * e.args[1] * len(e.args)


def args_of_a_dataclass(x):
    try:
        raise Fields(x)
    except Fields as e:
        return e.v * e.w * x + len(e.args) * x + (e == Fields(x)) * x


def list_among_args(x):
    try:
        raise Plain([x, 2.0])
    except Plain as e:
        e.args[0].append(x)
        e.args[0][0] *= 3.0
        return sum(e.args[0]) * len(e.args[0]) * e.code


def keyword_of_pythons_own(x):
    try:
        raise ValueError(message=x)
    except TypeError:
        return x * x


# --- special methods -----------------------------------------------------------------------------


def own_texts(x):
    try:
        raise Shown(x)
    except Shown as e:
        return x * len(str(e)) + x**2 * len(f"{e}") + x**3 * len(repr(e)) + x**4 * len(f"{e!r}")


def own_equality_and_truth(x):
    one, other = Equal(x), Equal(2.0 * x)
    return (one == other) * x + (one != other) * 7.0 * x + (2.0 * x if one else x**3)


def own_length(x):
    try:
        raise Empty(x)
    except Empty as e:
        return x if e else x * e.args[0]


def own_args(x):
    try:
        raise Tripled(x)
    except Tripled as e:
        return e.args[0] * x


def class_pattern(x):
    try:
        raise Pair(x, 2.0 * x)
    except Exception as e:
        match e:
            case Pair(v, w=w):
                return v * w
            case _:
                return x


def texts_of_pythons_own(x):
    try:
        raise KeyError("a")
    except KeyError as e:
        known = str(e) == "'a'" and repr(e) == "KeyError('a')" and f"{e!r}" == "KeyError('a')"
        both = str(ValueError("a", 2)) == "('a', 2)" and repr(ValueError()) == "ValueError()"
        return x * x * (known and both)


def class_by_the_number(x):
    try:
        raise OSError(2, "no such file")
    except FileNotFoundError as e:
        return x * x * len(e.args)


# --- ways ----------------------------------------------------------------------------------------


def out_of_loops(x):
    total = 0.0
    for i in range(3):
        try:
            for j in range(1, 4):
                k = 0
                while True:
                    k += 1
                    if x * k * j > i + 1:
                        raise Pair(x * j, [x * k])
        except Pair as e:
            total += e.v * e.w[0]
    return total


def out_of_a_recursion(x):
    def walk(k, v, path):
        if k == 0:
            raise Pair(v, path)
        walk(k - 1, v * x, [*path, v])

    try:
        walk(int(x) + 2, x, [])
    except Pair as e:
        return e.v + sum(e.w)


def kept_for_later(x):
    best = None
    for i in range(4):
        try:
            raise Kept(x * (i - 2) ** 2)
        except Kept as e:
            if best is None or e.v < best.v:
                best = e
    best.v += x
    return best.v * x


def several_classes(x):
    def step(k):
        if k == 1:
            raise Kept(x)
        if k == 2:
            raise Stopped([x, x * x])
        if k == 3:
            raise Plain("u", x)
        return x * k

    total = 0.0
    for k in range(5):
        try:
            total += step(k)
        except (Kept, Stopped, Plain) as e:
            if isinstance(e, Kept):
                total += e.double()
            elif isinstance(e, Stopped):
                total += sum(e.history) * len(str(e))
            else:
                total += e.args[1] * 10.0
    return total


def instance_returned_from_a_loop(x):
    def first(n):
        for i in range(n):
            if x * i > 3.0:
                return Kept(x * i)
        return None

    found = first(9)
    return found.v * x + sum(found.values)


PROGRAMS = [
    item_before_a_store, array_before_a_store, list_before_it_is_cleared, before_a_finally,
    effects_once, effects_once_without_a_read, effects_on_a_nonlocal, changed_by_a_method,
    list_of_it_grows, one_of_two, initialiser_raises, initialiser_catches, keywords_are_no_args,
    args_of_super, args_of_star, args_assigned, args_of_a_dataclass, list_among_args,
    keyword_of_pythons_own, own_texts, own_equality_and_truth, own_length, own_args, class_pattern,
    texts_of_pythons_own, class_by_the_number, out_of_loops, kept_for_later, several_classes,
    instance_returned_from_a_loop,
]  # fmt: skip


@BOTH
@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_value_and_both_modes(f: Any, backend: str) -> None:
    differences.check_at(f, 1.7, backend)


def test_pools_of_rows_that_meet_are_read_anew() -> None:
    differences.check_at(out_of_a_recursion, 1.7, "python")


# --- not caught, after all -----------------------------------------------------------------------


def passes_a_handler(x):
    try:
        if x > 1.0:
            raise NotConverged("no root", best=x, it=3)
    except KeyError:
        return x
    return x * x


def raised_again_with_more(x):
    try:
        raise NotConverged("no root", best=x)
    except NotConverged as e:
        e.it += 7
        e.where = "here"
        raise


def lists_in_messages(x):
    try:
        raise Plain([x, 2.0], "b") from None
    except KeyError:
        return x


@BOTH
@pytest.mark.parametrize("f", [passes_a_handler, raised_again_with_more, lists_in_messages])
def test_it_comes_out_as_it_is(f: Any, backend: str) -> None:
    expected = raised_by(f, 2.5)
    assert raised_by(dp.grad(f, backend=backend), 2.5) == expected


# --- refused -------------------------------------------------------------------------------------


class WithNew(Exception):
    def __new__(cls, v):
        return super().__new__(cls, v, v)


class OfTheSystem(OSError):
    def __init__(self, v):
        self.v = v


class Counted(Exception):
    made = 0

    def __init__(self):
        Counted.made += 1


def defines_new(x):
    try:
        raise WithNew(x)
    except WithNew as e:
        return x * len(e.args)


def more_than_arguments(x):
    try:
        raise OfTheSystem(x)
    except OfTheSystem as e:
        return e.v


def changes_its_class(x):
    try:
        raise Counted
    except Counted:
        return x


def lacks_an_argument(x):
    try:
        raise Kept()
    except TypeError:
        return x


def which_of_two(x):
    one = Plain(x)
    return x if one == Plain(x) else 2.0 * x


def raised_again_by_a_callee(x):
    def again():
        raise

    try:
        try:
            raise Kept(x)
        except Kept:
            again()
    except RuntimeError:
        return x
    except Kept as e:
        return e.v * e.v


REFUSED = {
    defines_new: "a WithNew is made here, which a handler may see.*WithNew defines `__new__`",
    more_than_arguments: "OSError keeps more than its arguments",
    changes_its_class: "an attribute of a type Counted is assigned here",
    lacks_an_argument: "missing an argument: 'v'",
    which_of_two: "whether they are one object is not known",
    raised_again_by_a_callee: "a bare `raise` outside of a handler.*hand the exception over",
}


@pytest.mark.parametrize("f", REFUSED, ids=lambda f: f.__name__)
def test_refused_with_a_way_out(f: Any) -> None:
    with pytest.raises(dp.DiffpyError, match=f"(?s){REFUSED[f]}"):
        dp.grad(f, backend="python")(1.7)
