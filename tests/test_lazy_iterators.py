"""Iterators see what their lists become after they were made, and in the loop over them."""

from collections import Counter, defaultdict, deque

import differences
import pytest

from diffpy import UnsupportedSyntaxError, grad


def refused_shrinks_in_enumerate(x):
    us = [x * k for k in range(int(x) + 5)]
    s = 0.0
    for k, a in enumerate(us):
        s += a * k
        u = us.pop() if len(us) > 2 else x
        s += u
    return s


def refused_shrinks(x):
    us = [x * k for k in range(int(x) + 5)]
    s = 0.0
    for a in us:
        s += a
        if len(us) > 2:
            s += us.pop()
    return s


def refused_shrinks_in_a_choice(x):
    us = [x * k for k in range(int(x) + 5)]
    s = 0.0
    for a in us:
        s += a
        u = us.pop() if len(us) > 2 else x
        s += u
    return s


def refused_grows(x):
    us = [x * k for k in range(int(x) + 5)]
    s = 0.0
    for a in us:
        s += a
        if len(us) < 12:
            us.append(a * x)
    return s


def refused_grows_in_enumerate(x):
    us = [x * k for k in range(int(x) + 5)]
    s = 0.0
    for k, a in enumerate(us):
        s += a * k
        if len(us) < 12:
            us.append(a * x)
    return s


def refused_grows_in_zip(x):
    us = [x * k for k in range(int(x) + 5)]
    vs = [x + k for k in range(20)]
    s = 0.0
    for v, a in zip(vs, us):
        s += a * v
        if len(us) < 12:
            us.append(a * x)
    return s


def refused_grows_in_reversed(x):
    us = [x * k for k in range(int(x) + 5)]
    s = 0.0
    for a in reversed(us):
        s += a
        if len(us) < 12:
            us.append(a * x)
    return s


def refused_short_grows_in_enumerate(x):
    us = [x, 2.0, 3 * x]
    s = 0.0
    for k, a in enumerate(us):
        s += a * k
        if len(us) < 6:
            us.append(a * x)
    return s


def refused_grows_in_map(x):
    us = [x, 2.0, 3 * x]
    s = 0.0
    for a in map(lambda q: q * 2, us):
        s += a
        if len(us) < 6:
            us.append(a * x)
    return s


def refused_grows_in_a_generator(x):
    us = [x * k for k in range(int(x) + 5)]
    s = 0.0
    for a in (q * 2 for q in us):
        s += a
        if len(us) < 12:
            us.append(a * x)
    return s


def lazy_stores_in_enumerate(x):
    us = [x * k for k in range(int(x) + 5)]
    s = 0.0
    for k, a in enumerate(us):
        us[(k + 1) % len(us)] = a * x * 0.5
        s += a
    return s


def lazy_stores_in_zip(x):
    us = [x * k for k in range(int(x) + 5)]
    s = 0.0
    for a, b in zip(us, us[1:]):
        us[2] = a * x
        s += a * b
    return s


def lazy_stores_in_items(x):
    us = {k: x * k for k in range(int(x) + 5)}
    s = 0.0
    for k, v in us.items():
        us[2] = v * x
        s += v * k
    return s


def lazy_enumerate(x):
    us = [x, 2.0, x]
    e = enumerate(us)
    us[1] = x * x
    us.append(3 * x)
    return sum(a * k for k, a in e)


def lazy_map(x):
    us = [x, 2.0, x]
    m = map(lambda q: q * 2, us)
    us[1] = x * x
    us.append(3 * x)
    return sum(m)


def lazy_zip(x):
    us = [x, 2.0, x]
    z = zip(us, us[1:])
    us[1] = x * x
    us.append(3 * x)
    s = 0.0
    for a, b in z:
        s += a * b
    return s


def lazy_reversed(x):
    us = [x, 2.0, x]
    r = reversed(us)
    us[1] = x * x
    us.append(3 * x)
    s = 0.0
    for k, a in enumerate(r):
        s += a * k
    return s


def lazy_reversed_growing(x):
    us = [x * k for k in range(int(x) + 4)]
    r = reversed(us)
    us[1] = x * x
    us.append(3 * x)
    s = 0.0
    for k, a in enumerate(r):
        s += a * k
    return s


def lazy_enumerate_growing(x):
    us = [x * k for k in range(int(x) + 4)]
    r = enumerate(us)
    us[1] = x * x
    us.append(3 * x)
    s = 0.0
    for k, a in r:
        s += a * k
    return s


def lazy_generator(x):
    us = [x, 2.0, x]
    g = (q * 2 for q in us)
    us[1] = x * x
    us.append(3 * x)
    return sum(g)


def lazy_generator_growing(x):
    us = [x * k for k in range(int(x) + 4)]
    g = (q * 2 for q in us)
    us[1] = x * x
    us.append(3 * x)
    return sum(g)


def lazy_map_growing(x):
    us = [x * k for k in range(int(x) + 4)]
    m = map(lambda q: q * q, us)
    us.pop()
    us[0] = x
    return sum(m)


def lazy_in_a_function(x):
    us = [x, 2.0, x]

    def f(e):
        us.append(x * x)
        return sum(a * k for k, a in e)

    return f(enumerate(us))


def lazy_reversed_stores(x):
    us = [x, 2.0, x]
    s = 0.0
    for a in reversed(us):
        us[0] = a * x
        s += a
    return s


def lazy_enumerate_stores(x):
    us = [x, 2.0, x]
    s = 0.0
    for k, a in enumerate(us):
        us[(k + 1) % 3] = a * x
        s += a
    return s


def lazy_zip_stores(x):
    us = [x, 2.0, x]
    s = 0.0
    for a, b in zip(us, range(3)):
        us[2] = a * x
        s += a * b
    return s


def lazy_loop_stores(x):
    us = [x, 2.0, 3.0]
    s = 0.0
    for a in us:
        us[2] = a * x
        s += a
    return s


def lazy_itertools(x):
    from itertools import accumulate, chain, pairwise

    us = [x, 2.0, 3.0]
    c = chain(us, [x])
    us[0] = x * x
    s = sum(c)
    us2 = [x, 2.0, 3.0]
    c = pairwise(us2)
    us2[1] = x * x
    for a, b in c:
        s += a * b
    us3 = [x, 2.0, 3.0]
    c = accumulate(us3)
    us3[1] = x * x
    return s + sum(c)


def lazy_more_itertools(x):
    from itertools import islice, starmap

    us = [x, 2.0, 3.0]
    c = islice(us, 2)
    us[0] = x * x
    s = sum(c)
    us = [(x, 2.0), (3.0, x)]
    c = starmap(lambda a, b: a * b, us)
    us[0] = (x * x, x)
    return s + sum(c)


def lazy_views(x):
    d = {"a": x, "b": 2.0}
    v = d.values()
    it = d.items()
    d["a"] = x * x
    d["c"] = x
    return sum(v) + sum(q for _, q in it)


def refused_grows_in_a_function(x):
    us = [x * k for k in range(int(x) + 4)]

    def f(v):
        if len(us) < 9:
            us.append(v)

    s = 0.0
    for a in us:
        f(a * x)
        s += a
    return s


def refused_grows_in_a_function_in_enumerate(x):
    us = [x * k for k in range(int(x) + 4)]

    def f(v):
        if len(us) < 9:
            us.append(v)

    s = 0.0
    for k, a in enumerate(us):
        f(a * x)
        s += a * k
    return s


def lazy_deleted_keys(x):
    d = {k: x * k for k in range(int(x) + 4)}
    s = 0.0
    for k in d:
        d[k] = d[k] * x
        s += d[k]
    for k in list(d):
        if k % 2:
            del d[k]
    return s + sum(d.values())


def caught_dict_grows_in_try(x):
    d = {k: x * k for k in range(int(x) + 4)}
    s = 0.0
    try:
        for k in d:
            if k == 1:
                d[77] = x
            s += k * x
    except RuntimeError:
        s *= 2
    return s


def lazy_dict_stores(x):
    d = {"a": x, "b": 2.0}
    s = 0.0
    for k, v in d.items():
        d["b"] = x * x
        s += v
    return s


def lazy_deque_stores(x):
    q = deque([x, 2.0, x * x])
    s = 0.0
    for k, a in enumerate(q):
        q[2] = a * x
        s += a * k
    return s


def lazy_growing_deque_stores(x):
    q = deque([x * k for k in range(int(x) + 4)])
    s = 0.0
    for k, a in enumerate(q):
        q[2] = a * x
        s += a * k
    return s


def refused_deque_grows(x):
    q = deque([x * k for k in range(int(x) + 4)])
    s = 0.0
    try:
        for a in q:
            if len(q) < 9:
                q.append(a)
            s += a
    except RuntimeError:
        s = s * x * 3
    return s


def lazy_short_rows_replaced(x):
    rows = [[x, 1.0], [2.0, x], [x, x]]
    s = 0.0
    for i, r in enumerate(rows):
        rows[(i + 1) % 3] = [x * i, r[0]]
        s += sum(r) * i
    return s


def lazy_rows_replaced(x):
    rows = [[x * k, 1.0] for k in range(int(x) + 3)]
    s = 0.0
    for i, r in enumerate(rows):
        rows[(i + 1) % 3] = [x * i, r[0]]
        s += sum(r) * i
    return s


def lazy_rows_appended(x):
    rows = [[x * k, 1.0] for k in range(int(x) + 3)]
    s = 0.0
    for i, r in enumerate(rows):
        if i < 2:
            rows[i + 1].append(r[0] * x)
        s += sum(r) * i + len(r) * x
    return s


def raises_row_grows(x):
    rows = [[x * k, 1.0] for k in range(int(x) + 3)]
    s = 0.0
    for i, r in enumerate(rows):
        for v in r:
            s += v
            if len(r) < 4:
                r.append(v * x)
    return s


class N:
    def __init__(self, v):
        self.v = v
        self.kids = []


def lazy_kids_of_others(x):
    ns = [N(x * k) for k in range(int(x) + 3)]
    s = 0.0
    for i, n in enumerate(ns):
        n.kids.append(n.v * x)
        if i:
            ns[i - 1].v += n.v
        ns[0].kids.append(1.0 * i)
    return sum(n.v + sum(n.kids) * k for k, n in enumerate(ns))


def refused_instances_grow(x):
    ns = [N(x * k) for k in range(int(x) + 3)]
    s = 0.0
    for n in ns:
        if len(ns) < 7:
            ns.append(N(n.v + x))
        s += n.v
    return s


def refused_instances_grow_in_zip(x):
    ns = [N(x * k) for k in range(int(x) + 3)]
    s = 0.0
    for k, n in zip(range(9), ns):
        if len(ns) < 7:
            ns.append(N(n.v + x))
        s += n.v * k
    return s


def raises_attribute_grows(x):
    ns = [N(x * k) for k in range(3)]
    s = 0.0
    for n in ns:
        n.kids.append(x)
        for k, c in enumerate(n.kids):
            s += c * k
            if len(n.kids) < 3:
                n.kids.append(c * x)
    return s


def lazy_counter(x):
    c = Counter([1, 2, 1, 3])
    d = defaultdict(list)
    for k, v in c.items():
        d[v].append(k * x)
    return sum(len(v) * k + sum(v) for k, v in d.items())


def lazy_user_generator(x):
    def gen(us):
        for a in us:
            yield a * 2

    us = [x * k for k in range(int(x) + 4)]
    g = gen(us)
    us[1] = x * x
    us.append(x)
    return sum(g)


def lazy_zip_of_one(x):
    us = [x * k for k in range(int(x) + 4)]
    s = 0.0
    for a, b in zip(us, us):
        us[1] = a * x
        s += a * b
    for i in range(len(us)):
        us.append(us[i])
    return s + len(us) * x


def refused_grows_in_a_comprehension(x):
    us = [x * k for k in range(int(x) + 4)]
    vs = [v for v in us if (us.append(v * 0.5) if len(us) < 8 else None) is None]
    return sum(vs) + len(vs)


def lazy_reversed_in_a_condition(x):
    us = [x, 2.0, 3.0]
    vs = [v * len(us) for v in us if not us.reverse()]
    return sum(k * v for k, v in enumerate(vs))


def lazy_emptied(x):
    us = [x, 2.0, 3.0]
    s = 0.0
    while us:
        for k, v in enumerate(us[:]):
            us.remove(v)
            s += v * k
            if k:
                break
    return s


def lazy_dict_views(x):
    d = {"a": x, "b": 2.0, "c": x}
    s = 0.0
    for k, (n, v) in enumerate(d.items()):
        d["c"] = x * x * v
        s += v * k
    for a, b in zip(d.values(), d):
        s += a
        d["b"] = s
    for v in d.values():
        d["c"] += v
        s += v
    for v in map(lambda q: q * 2, d.values()):
        d["c"] = 5.0
        s += v
    return (
        s
        + sum([v * 2 for v in d.values()])
        + sum(d.values())
        + max(d.values())
        + len(d.items()) * x
        + list(d.values())[1]
        + sorted(d.values())[0]
    )


def lazy_handed_on_views(x):
    d = {"a": x, "b": 2.0}

    def f(vs):
        return sum(v * v for v in vs)

    return f(d.values()) + f(v for v in d.values()) + sum(v for k, v in d.items() if k != "a")


def lazy_views_kept(x):
    d = {"a": x, "b": 2.0, "c": 3.0}
    g = (v * 2 for v in d.values())
    d["b"] = x * x
    it = d.items()
    d["c"] = x
    e = dict(it)
    e["a"] = 1.0
    return sum(g) + sum(v for _, v in it) + sum(e.values()) + sum({k: v for k, v in it}.values())


def caught_row_grows_in_try(x):
    rows = [[x * k, 1.0] for k in range(int(x) + 3)]
    s = 0.0
    try:
        for i, r in enumerate(rows):
            for v in r:
                s += v
                if len(r) < 4:
                    r.append(v * x)
    except Exception:
        s = 0.0
    return s


def lazy_rows_in_try(x):
    rows = [[x * k, 1.0] for k in range(int(x) + 3)]
    s = 0.0
    try:
        for i, r in enumerate(rows):
            for v in r:
                s += v * i
            r.append(s)
        s += rows[9][0]
    except IndexError:
        s *= x
    return s


def shortened_under_reversed(x):
    us = [x * k for k in range(int(x) + 4)]
    backwards = reversed(us)
    us.pop()
    return sum(backwards)


PROGRAMS = [f for name, f in list(globals().items()) if name.startswith("lazy_")]
REFUSED = [f for name, f in list(globals().items()) if name.startswith("refused_")]


@pytest.mark.parametrize("function", PROGRAMS)
def test_both_modes(function):
    differences.check_at(function, 1.7, "python")


@pytest.mark.parametrize("function", [lazy_reversed_growing, lazy_itertools])
def test_compiled(function):
    differences.check_at(function, 1.7, "numba")


@pytest.mark.parametrize("function", REFUSED)
def test_refused(function):
    with pytest.raises(UnsupportedSyntaxError, match="a list grows or shrinks in a loop over it"):
        grad(function, backend="python")(1.7)


def test_a_list_that_is_shortened_under_reversed():
    """Python ends such an iteration; an error says that this is not known here."""
    with pytest.raises(IndexError):
        grad(shortened_under_reversed, backend="python")(1.7)


@pytest.mark.parametrize("function", [raises_row_grows, raises_attribute_grows])
def test_rows_that_grow_in_a_loop_over_them(function):
    with pytest.raises(RuntimeError, match="a list grew or shrank in a loop over it"):
        grad(function, backend="python")(1.7)


@pytest.mark.parametrize("function", [caught_dict_grows_in_try, caught_row_grows_in_try])
def test_what_a_handler_would_hide(function):
    with pytest.raises(UnsupportedSyntaxError, match="in a loop over it"):
        grad(function, backend="python")(1.7)
