"""What Python means, in small: identity, order of evaluation, truth, numbers, classes, control."""

import contextlib
import enum
import math
from typing import NamedTuple

import differences
import pytest


def means_repeated_rows(x):
    m = [[0.0] * 2] * 3
    m[0][0] = x
    return m[1][0] + m[2][0] * x


def means_rebound_row(x):
    m = [[0.0] * 2 for _ in range(3)]
    r = m[1]
    m[1] = [x, x]
    r[0] = x * x
    return m[1][0] + r[0]


def means_extended_by_itself(x):
    us = [x, 2.0]
    us.extend(us)
    us += us
    return sum(k * v for k, v in enumerate(us))


def means_in_place_sum(x):
    us = [x, 2.0, 3.0]
    vs = us
    us += [x * x]
    return sum(vs) + len(vs)


def means_new_sum(x):
    us = [x, 2.0, 3.0]
    vs = us
    us = us + [x * x]
    return sum(vs) + len(vs)


def means_slice_stored(x):
    us = [x, 2.0, 3.0, x * x]
    us[1:3] = [x, x, x]
    del us[0]
    return sum(k * v for k, v in enumerate(us))


def means_step_stored(x):
    us = [x, 2.0, 3.0, x * x]
    us[::2] = [x * 3, x * 4]
    return sum(k * v for k, v in enumerate(us))


def means_default_copied(x, acc=[]):
    acc = list(acc)
    acc.append(x)
    return sum(acc)


def means_default_kept(x):
    def f(v, memo={}):
        memo[len(memo)] = v
        return len(memo) * v

    return f(x) + f(x)


def means_two_names_of_a_dict(x):
    d = {"a": x}
    e = d
    e["b"] = x * x
    d.update(a=3 * x)
    return sum(e.values()) + len(d)


def means_copies_of_a_dict(x):
    d = {"a": x}
    e = dict(d)
    e["a"] = x * x
    f = d.copy()
    f["a"] = 1.0
    g = {**d, "c": x}
    return d["a"] + e["a"] * g["c"]


def means_list_argument(x):
    us = [x, 2.0, 3.0]

    def f(v):
        v.append(x * x)
        v = [1.0]
        v.append(x)
        return v

    w = f(us)
    return sum(us) * sum(w)


def means_shallow_slice(x):
    us = [[x], [2.0]]
    vs = us[:]
    vs[0].append(x * x)
    vs.append([x])
    return sum(us[0]) * len(us) + len(vs) * x


def means_deep_copy(x):
    import copy

    us = [[x], [2.0]]
    vs = copy.deepcopy(us)
    vs[0].append(x * x)
    ws = copy.copy(us)
    ws[1][0] = x
    return sum(us[0]) + us[1][0] * len(vs[0])


def means_chained(x):
    a = b = [x, 1.0]
    a[0] = x * x
    c, d = a, b
    c[1] = x
    return b[0] + d[1]


def means_list_methods(x):
    us = [x, 2.0, 3.0]
    us.sort(reverse=True)
    us.insert(1, x * x)
    us.remove(2.0)
    us.reverse()
    return sum(k * v for k, v in enumerate(us))


def means_list_in_a_tuple(x):
    t = ([x], 2.0)
    t[0].append(x * x)
    return sum(t[0]) * t[1]


def means_late_binding(x):
    fs = []
    for k in range(3):
        fs.append(lambda y: y * k)
    return fs[0](x) + fs[1](x)


def means_popped(x):
    us = [x] * 3
    us[0] = x * x
    it = [us.pop() for _ in range(2)]
    return sum(us) + it[0] * it[1]


def means_swapped(x):
    us = [1.0, x, 3.0]
    us[0], us[1] = us[1], us[0] * x
    i = 0
    i, us[i] = 1, x * x
    return us[0] + us[1] * 2


def means_emptied(x):
    us = [1.0, x, 3.0]
    n = 0
    while us:
        n += us.pop(0) * len(us)
    return n


def means_twice_in_a_list(x):
    us = [x, 2.0]
    vs = [us, us]
    vs[0][0] = x * x
    return vs[1][0] + us[0]


def means_repeated_object(x):
    us = [x, 2.0]
    vs = us * 2
    vs[0] = x * x
    us2 = [us] * 2
    us2[0].append(x)
    return us[0] + len(us2[1]) * x + sum(vs)


def means_sets(x):
    s = {1, 2}
    t = s
    t.add(3)
    u = s | {4}
    u.discard(1)
    return len(s) * x + len(u) * x * x


def means_gen1(x):
    a = 2.0
    us = [x, 3.0]
    g = (q * a for q in us)
    a = 5.0
    us = [1.0]
    return sum(g)


def means_gen2(x):
    us = [x, 3.0]
    g = (q * w for q in us for w in us)
    us = [1.0, x * x, 2.0]
    return sum(g)


def means_walrus(x):
    s = [(y := k * x) for k in range(3)]
    return y + sum(s)


def means_short(x):
    log = [0.0]

    def f(v):
        log[0] += v
        return v

    r = f(x) and f(2.0) or f(3.0)
    q = f(0.0) and f(100.0) or f(x * x)
    return log[0] * r * q


def means_chain(x):
    c = [0]

    def f(v):
        c[0] += 1
        return v

    b = 1.0 < f(x) < 5.0 < f(10.0)
    d = f(9.0) < f(1.0) < f(7.0)
    return x * c[0] + b + d


def means_fin(x):
    def f(v):
        try:
            return v
        finally:
            v = v * 3

    def g(v):
        for k in range(3):
            try:
                if k == 1:
                    return v * k
                v += 1
            finally:
                if k == 0:
                    v *= x
        else:
            v = 0.0
        return v

    def h(v):
        try:
            raise ValueError
        except ValueError:
            return v
        finally:
            return v * v

    return f(x) + g(x) * h(x)


class Tru:
    def __init__(self, v):
        self.v = v

    def __len__(self):
        return int(self.v)


class Boo:
    def __init__(self, v):
        self.v = v

    def __bool__(self):
        return self.v > 2


def means_truth(x):
    s = 0.0
    if Tru(0.5):
        s += 1 * x
    if Tru(1.5):
        s += 2 * x
    if Boo(x):
        s += 4 * x
    if not Boo(x):
        s += 8 * x
    s += Boo(3.0) and x
    return s * (16 * x if [] else x) * (2 if "" else 3) * (2 if 0.0 else 5)


class Base:
    k = 2.0

    def f(self):
        return self.k

    @classmethod
    def mk(cls, v):
        o = cls()
        o.v = v
        return o

    @staticmethod
    def st(v):
        return v * 3


class Mid(Base):
    k = 3.0

    def f(self):
        return super().f() + 1


class Mix:
    def f(self):
        return 10 * super().f()


class Bot(Mix, Mid):
    pass


def means_mro(x):
    b = Bot.mk(x)
    return b.f() * b.v + Bot.st(x) + b.st(x) + Base.k * x


class NT(NamedTuple):
    a: float
    b: float = 3.0

    def s(self):
        return self.a * self.b


def means_nt(x):
    n = NT(x)
    m = n._replace(b=x)
    a, b = m
    return n.s() + m.s() * b + m[0] + len(m) * x


class Col(enum.Enum):
    R = 1
    G = 2


def means_enum(x):
    c = Col.R if x > 1 else Col.G
    return x * c.value if c is Col.R else x * x


class CM:
    def __init__(self, l):
        self.l = l

    def __enter__(self):
        self.l.append(1.0)
        return self

    def __exit__(self, t, v, tb):
        self.l.append(2.0)
        return t is not None and issubclass(t, ValueError)


def means_cm(x):
    l = []
    with CM(l) as c:
        l.append(x)
        if x > 1:
            raise ValueError("q")
        l.append(100.0)
    with CM(l), contextlib.suppress(ZeroDivisionError):
        l.append(x / (x - x))
    return sum(k * v for k, v in enumerate(l))


def means_cm2(x):
    try:
        with CM([]) as c:
            c.l.append(x)
            y = x / (x - x)
    except ZeroDivisionError:
        return sum(c.l) * x
    return 0.0


def means_int(x):
    n = int(-x)
    m = int(x * 3)
    return x * (
        n // 2
        + m % 4
        - (-m) % 3
        + divmod(-7, 3)[0]
        + (-7) // 2
        + (m >> 1)
        + (m ^ 3)
        + (~m)
        + (m & 6)
        + round(2.5)
        + round(-x)
        + pow(m, 2) % 7
        + abs(n)
        + bool(m)
        + (True + True)
    )


def means_flt(x):
    return (
        x // 0.3
        + math.fmod(-x, 0.7)
        + (-x) % 0.7
        + divmod(x, 0.4)[1]
        + math.floor(-x) * x
        + math.trunc(-x) * x
        + math.ceil(x) * x
        + math.copysign(x, -2.0)
        + round(x * 3) * x
    )


def means_match2(x):
    def f(v):
        match v:
            case {"k": q} if q > 1:
                return q * 2
            case {"k": q, "j": w}:
                return q * w
            case {}:
                return x

    return f({"k": x}) + f({"k": 0.5, "j": x}) + f({"z": 1})


def means_star(x):
    def f(a, /, b, *c, d=2.0, **e):
        return a + b * 2 + sum(c) * 3 + d * 4 + sum(e.values()) * 5 + len(e)

    return f(x, 1.0) + f(x, x, x, 1.0, d=x, e=x, f=2.0) + f(*[x, 2.0], **{"d": x, "z": x})


def means_del(x):
    a = x
    b = a * 2
    del a
    try:
        return a
    except NameError:
        return b


def means_loop(x):
    s = 0.0
    for i in range(5):
        if i == 1:
            continue
        for j in range(5):
            if j == 3:
                break
            if i * j == 4:
                continue
            s += x * i * j
        else:
            s += 1000 * x
        if i == 3:
            break
    else:
        s += 5000 * x
    while True:
        s *= 0.5
        if s < x:
            break
    else:
        s = 0.0
    return s + i + j


def means_nonloc(x):
    c = 0.0

    def add(v):
        nonlocal c
        c += v

        def inner():
            nonlocal c
            c *= 2

        inner()
        return c

    r = [add(x * k) for k in range(3)]
    return c + sum(r)


PROGRAMS = [f for name, f in list(globals().items()) if name.startswith("means_")]


@pytest.mark.parametrize("function", PROGRAMS)
def test_both_modes(function):
    differences.check_at(function, 1.7, "python")
