"""Programs on lists, dicts and instances that once went wrong, and those that are refused.

Each of the first is compared with differences of the primal in plain Python (differences.py).
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import differences
import numpy as np
import pytest

import diffpy as dp

BOTH = pytest.mark.parametrize("backend", ["python", "numba"])


class Box:
    def __init__(self, v: Any) -> None:
        self.v = v


class Counter:
    def __init__(self, v):
        self.v = v
        self.seen = []

    def __iadd__(self, other):
        self.v += other
        self.seen.append(other)
        return self

    def __eq__(self, other):
        return self.v == other.v


class Metres:
    def __init__(self, v):
        self.v = v

    def __add__(self, other):
        if not isinstance(other, Metres):
            return NotImplemented
        return type(self)(self.v + other.v)

    def __radd__(self, other):
        return Metres(self.v + 10 * other)

    def __neg__(self):
        return Metres(-self.v)


class Miles(Metres):
    def __radd__(self, other):
        return Miles(3 * (self.v + other.v))


@dataclass
class Point:
    x: float
    y: float


class TooBig(Exception):
    code = 3.0

    def __init__(self, v, w=2.0):
        super().__init__("too big")
        self.v = v
        self.w = w * v


# --- silently wrong --------------------------------------------------------------------------


def default_list_is_kept(x):
    def f(v, acc=[]):  # noqa: B006
        acc.append(v)
        return sum(acc)

    return f(x) + f(x * x) * f(2.0)


def list_in_place_through_another_name(x):
    xs = [x]
    ys = xs
    xs += [x * x]
    ys[0] = 3.0
    return xs[0] * ys[1] * len(ys)


def instance_in_place(x):
    a = Counter(x)
    b = a
    a += 2 * x
    a += x * x
    return b.v * b.seen[1]


def unequal_by_eq(x):
    return x * x if Counter(x) != Counter(x) else x**3


def not_implemented(x):
    return (Metres(x) + Metres(x * x)).v + (3.0 + Metres(x)).v


def subclass_goes_first(x):
    return (Metres(x) + Miles(x * x)).v


def previous_of_two(x):
    previous, current = Box(1.0), Box(x)
    for _ in range(int(x * 3)):
        new = Box(current.v * x + previous.v)
        previous = current
        current = new
        previous.v *= 0.5
    return current.v * previous.v


def object_that_was_replaced(x):
    o = Box([x])
    before = None
    if x > 1:
        before = o
        o = Box([2 * x])
    z = before.v
    if x > 5:
        z = [1.0]
    z[0] += 5 * x
    return before.v[0] * o.v[0]


def joined_before_its_name(x):
    a, c = [x], [2.0 * x]
    p = [a, [x]]
    if x > 5:
        a.append(x)
    else:
        for _ in (0, 1):
            p[0] = c[:]
        p = [p[1], p[0]]
    p[1] += [x * x]
    return p[1][0] * p[0][0] + p[1][-1]


def old_value_first(x):
    o = Box(x)

    def f():
        o.v += 1
        return x

    o.v += f()
    return o.v * x


def two_names_at_once(x):
    a = b = [x]
    a.append(x * x)
    return len(b) * b[-1]


def name_and_item_at_once(x):
    d = {}
    d["a"] = q = [x]
    q.append(x * x)
    return len(d["a"]) * d["a"][-1]


def named_in_a_call(x):
    def grown(items):
        items.append(x * x)
        return items

    grown(k := [x])
    return sum(k) * len(k)


def set_default(x):
    d = {}
    d.setdefault("k", []).append(x)
    d.setdefault("k", []).append(x * x)
    return sum(d["k"]) * len(d["k"])


# --- wrongly refused, or with a foreign error ------------------------------------------------


def swapped(x):
    old, new = [0.0] * 4, [x] * 4
    for _ in range(int(x * 3)):
        for i in range(1, 3):
            new[i] = 0.5 * (old[i - 1] + old[i + 1]) + x
        old, new = new, old
    return sum(old) + new[1] * old[2]


def three_exchanged(x):
    a, b, c = [x], [1.0], [x * x, 3.0]
    for _ in range(int(x * 3)):
        a[0] += b[-1]
        a, b, c = b, c, a
    return a[0] + 2 * b[-1] + 3 * c[0]


def sometimes_exchanged(x):
    a, b = [x], [1.0]
    for i in range(int(x * 3)):
        a[0] += b[-1]
        if i % 2:
            a, b = b, a
        b[0] *= x
    return a[0] + 2 * b[-1]


def attributes_exchanged(x):
    a, b = Box([x]), Box([1.0, x])
    for _ in range(int(x * 3)):
        a.v[0] += b.v[-1]
        a.v, b.v = b.v, a.v
    return a.v[0] - b.v[-1] * 3


def method_of_one_of_two_lists(x):
    a, b = [x], [2.0]
    c = a if x > 1 else b
    c.append(x * 5)
    c[0] *= 3
    return a[0] + 3 * b[0] + c[0]


def row_of_an_array(x):
    a = np.zeros((2, 3))
    b = a
    for i in range(2):
        for j in range(3):
            a[i][j] = x * i + j
            a[i][j] *= 2.0
        a[i][1:] += x
    return np.sum(b[0] * b[1]) + a[1][2]


def attribute_of_one_way(x):
    box = Box(x)
    if x > 1:
        box.more = x * x
    return box.more * box.v


def arrays_in_a_growing_list(x):
    a = np.array([x, 1.0])
    steps = []
    for _ in range(int(x * 3)):
        a = a * x
        steps.append(a)
    return np.sum(steps[0] * steps[-1]) + np.sum(np.array(steps))


def best_or_none(x):
    best = None
    for i in range(int(x * 3)):
        v = np.sin(x + i)
        if best is None or v < best:
            best = v
    return best


def instances_of_a_comprehension(x):
    boxes = [Box(x * i) for i in range(4)]
    for box in boxes:
        box.v = box.v * x
    return sum(box.v for box in boxes)


def rows_of_a_comprehension(x):
    m = [[0.0] * 3 for _ in range(2)]
    m[0][1] = x
    m[1][1] = m[0][1] * x
    return m[0][1] * m[1][1] + m[0][0]


def fields_compared(x):
    return x * x if Point(x, 1.0) == Point(x, 1.0) else x


def negated(x):
    return (-Metres(x * x)).v


def attributes_of_an_exception(x):
    try:
        raise TooBig(x * x, w=x)
    except TooBig as error:
        return error.v * error.w * error.code


def items_deleted(x):
    xs = [x * i for i in range(int(x * 4))]
    del xs[0], xs[-1]
    d = {"a": x, "b": 1.0}
    del d["b"]
    return sum(xs) * xs[0] * len(d)


def set_by_name(x):
    box = Box(x)
    for name in ("p", "q"):
        setattr(box, name, getattr(box, "v") * x)  # noqa: B009
    return box.p * box.q


def copies(x):
    box = Box([x])
    box.me = box
    shallow, deep = copy.copy(box), copy.deepcopy(box)
    shallow.v.append(x * x)
    deep.me.v[0] = 5 * x
    shallow.me = None
    return sum(box.v) * deep.v[0] * len(deep.v) * len(box.me.v)


def array_of_rows(x):
    points = np.array([[x, 1.0], [2.0, x], [0.0, 1.0]])
    return np.sum(np.array([[np.sum((a - b) ** 2) for a in points] for b in points]) ** 2)


def popped_until_empty(x):
    xs = [x * i for i in range(int(x * 2))]
    s = 0.0
    for _ in range(6):
        try:
            s += xs.pop()
        except IndexError:
            s += 1.5 * x
    return s


def inserted(x):
    xs = []
    for i in range(int(x * 4)):
        xs.insert(i // 2, x * i)
    return xs[0] + 2 * xs[1] + 3 * xs[-1]


def kept_from_an_iteration(x):
    kept = Box(x)
    for i in range(int(x * 3)):
        box = Box(x * i)
        if i == 2:
            kept = box
        box.v += kept.v
    return kept.v


def previous_or_none(x):
    previous, current = None, Box(x)
    for _ in range(int(x * 3)):
        new = Box(current.v * x)
        if previous is not None:
            new.v += previous.v
        previous = current
        current = new
        previous.v *= 2
    return current.v * previous.v


def instances_in_a_growing_list(x):
    boxes = [Box(x * i) for i in range(int(x * 4))]
    return sum(box.v for box in boxes)


RIGHT = [
    default_list_is_kept,
    list_in_place_through_another_name,
    instance_in_place,
    unequal_by_eq,
    not_implemented,
    subclass_goes_first,
    previous_of_two,
    object_that_was_replaced,
    joined_before_its_name,
    old_value_first,
    two_names_at_once,
    name_and_item_at_once,
    named_in_a_call,
    set_default,
    copies,
    popped_until_empty,
    inserted,
    array_of_rows,
    swapped,
    three_exchanged,
    sometimes_exchanged,
    attributes_exchanged,
    method_of_one_of_two_lists,
    row_of_an_array,
    attribute_of_one_way,
    arrays_in_a_growing_list,
    best_or_none,
    instances_of_a_comprehension,
    rows_of_a_comprehension,
    fields_compared,
    negated,
    attributes_of_an_exception,
    items_deleted,
    set_by_name,
    kept_from_an_iteration,
    previous_or_none,
    instances_in_a_growing_list,
]


@BOTH
@pytest.mark.parametrize("f", RIGHT, ids=lambda f: f.__name__)
def test_right(f: Callable, backend: str) -> None:
    value, gradient = dp.value_and_grad(f, backend=backend)(1.7)
    differences.check_value(f, (1.7,), value)
    differences.check_gradient(f, (1.7,), 0, gradient)
    _, tangent = dp.jvp(f, (1.7,), (1.0,), backend=backend)
    assert tangent == pytest.approx(gradient, rel=1e-12)


# --- refused ---------------------------------------------------------------------------------


def other_name_of_a_rebound_list(x):
    xs = [x]
    ys = xs
    for i in range(int(x * 3)):
        xs = xs + [x * i]
    ys[0] = 5 * x
    return sum(xs) * ys[0]


def array_in_a_list_changes(x):
    a = np.array([x, 1.0])
    steps = []
    for _ in range(int(x * 3)):
        a *= x
        steps.append(a)
    return np.sum(steps[0] * steps[-1])


def grows_while_iterated(x):
    xs = [x]
    s = 0.0
    for v in xs:
        s += v
        if len(xs) < 4:
            xs.append(v * x)
    return s


KEPT = {"a": 1.0}


def outside_dict_changes(x):
    KEPT["a"] = x
    return KEPT["a"] * x


def unpacked_with_a_star(x):
    first, *rest = [x * i for i in range(int(x * 4))]
    return first + rest[0]


class _Columns:
    def __init__(self, u):
        self.u = u

    def apply(self, x):
        return self.u.reshape(-1, order="F") * x  # which diffpy does not know


class _Summed:
    def __init__(self, u):
        self.u = u

    def apply(self, x):
        return self.u.sum() * x


def unknown_method_of_one_of_two(x):
    v = np.array([x, 2.0])
    made = _Columns(v[None, :]) if x > 0 else _Summed(v)
    try:
        s = np.sum(made.apply(x))
    except TypeError:
        s = x
    return s


def squeezed_without_an_axis(x):
    v = np.array([x, 2.0])
    a = v.reshape(1, 2) if x > 0 else v
    return np.sum(a.squeeze() ** 2)


REFUSED = {
    squeezed_without_an_axis: "`squeeze` does not say which axes",
    outside_dict_changes: "a dict from outside is changed here",
    unpacked_with_a_star: "a list is unpacked with a star",
    other_name_of_a_rebound_list: "`xs` may be any of many lists, dicts or instances here",
    array_in_a_list_changes: "`a` is changed, and it may be in a list",
    grows_while_iterated: "a list grows or shrinks in a loop over it",
}


@pytest.mark.parametrize("f, said", REFUSED.items(), ids=lambda f: getattr(f, "__name__", ""))
def test_refused(f: Callable, said: str) -> None:
    with pytest.raises(dp.DiffpyError) as caught:
        dp.grad(f)(1.7)
    assert said in caught.value.what
    assert caught.value.place is not None
    assert caught.value.fix


def none_times(x):
    best = None
    for v in (x, 2.0):
        if v > 5:
            best = v
    try:
        return best * 2 + x
    except TypeError:
        return x**2


def field_of_none(x):
    best = None
    for v in (x, 2.0):
        if v > 5:
            best = _Summed(v)
    try:
        return best.u * 2 + x
    except TypeError:
        return x**2
    except AttributeError:
        return x**3


def item_of_none(x):
    best = None
    for v in (x, 2.0):
        if v > 5:
            best = (v, v * 2)
    try:
        return best[0] * 2 + x
    except TypeError:
        return x**2


def function_of_none(x):
    best = None
    for v in (x, 2.0):
        if v > 5:
            best = np.ones(2) * v
    try:
        return np.sum(np.sin(best)) * 2 + x
    except TypeError:
        return x**2


def item_of_a_number(x):
    n = 2.0 if x > 0 else (x, x)
    try:
        return n[0] * x
    except TypeError:
        return x**2


def items_of_lists_of_other_lengths(x):
    ps = [[x], [2 * x], [3 * x]]
    i = 0
    while i < 2:
        try:
            ps[i + 1].extend(ps[i])
        except TypeError:
            ps[i + 1].append(1.0)
        i += 1
    return ps[2][0] * ps[2][1] * ps[2][2]


@BOTH
@pytest.mark.parametrize(
    "f",
    [
        none_times,
        field_of_none,
        item_of_none,
        function_of_none,
        item_of_a_number,
        items_of_lists_of_other_lengths,
    ],
)
def test_only_what_python_raises_is_caught(f: Callable, backend: str) -> None:
    differences.check_at(f, 1.7, backend)


class _Tree:
    def __init__(self, key):
        self.key = key
        self.total = 0.0
        self.left = self.right = None

    def insert(self, key):
        self.total += key
        if key < self.key:
            if self.left is None:
                self.left = _Tree(key)
            else:
                self.left.insert(key)
        elif self.right is None:
            self.right = _Tree(key)
        else:
            self.right.insert(key)

    def fold(self):
        s = self.total**2
        if self.left is not None:
            s += self.left.fold()
        if self.right is not None:
            s += self.right.fold()
        return s


def tree_of_a_constant_size(x):
    keys = x * np.array([0.5, -0.3, 0.7, -0.2, 0.9, 0.4, 0.2])
    tree = _Tree(0.0)
    for i in range(7):  # written out, it has some 200,000 operations
        tree.insert(keys[i])
    return tree.fold()


def test_a_program_that_would_be_long_is_written_in_another_way() -> None:
    differences.check_at(tree_of_a_constant_size, 1.7, "python")


def endless(x):
    s = 0.0
    for a in (x, 2.0, "a") * 10:
        for b in (x, 3.0, "b") * 10:
            for c in (x, "c") * 15:
                if a != "a" and b != "b" and c != "c":
                    s += a * b * c
    return s


def test_a_program_that_gets_too_long_is_refused() -> None:
    with pytest.raises(dp.UnsupportedSyntaxError, match="more than 20,000 operations") as caught:
        dp.grad(endless)(1.7)
    assert caught.value.place is not None


def test_what_only_diffpy_cannot_do_is_not_caught() -> None:
    with pytest.raises(dp.KindError, match="`reshape` cannot be applied here") as caught:
        dp.grad(unknown_method_of_one_of_two)(1.7)
    assert caught.value.place is not None


@BOTH
def test_none_instead_of_a_number(backend: str) -> None:
    df = dp.grad(best_or_none, backend=backend)
    df(1.7)
    with pytest.raises(TypeError, match="returned None instead of a number"):
        df(0.1)
