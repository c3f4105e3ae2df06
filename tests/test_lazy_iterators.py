"""Iterators see what their lists become after they were made, and in the loop over them."""

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
