"""What a starred target takes is a list."""

import differences
import pytest


def starred_stored_into(x):
    us = [1.0, x, 3.0]
    a, *b = us
    b[0] = x * x
    return sum(us) + sum(b)


def starred_is_a_list(x):
    a, *b = (x, 2.0, 3.0)
    b.append(x * x)
    return a * sum(b) + len(b) * x * isinstance(b, list)


def starred_nested(x):
    (a, *b), c = (x, 2.0), 3.0
    return a + b[0] * c * x


def starred_in_a_loop(x):
    s = 0.0
    for a, *r in [(x, 2.0, 3.0), (1.0, x, x)]:
        s += a * sum(r)
        r += [x]
        s += len(r) * x
    return s


PROGRAMS = [f for name, f in list(globals().items()) if name.startswith("starred_")]


@pytest.mark.parametrize("function", PROGRAMS)
def test_both_modes(function):
    differences.check_at(function, 1.7, "python")
