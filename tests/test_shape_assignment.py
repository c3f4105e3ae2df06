"""`a.shape = …`: the same array under another shape, which all of its names have."""

import differences
import numpy as np
import pytest

from diffpy import UnsupportedSyntaxError, grad


def shape_of_a_vector(x):
    a = np.arange(6.0) * x
    a.shape = 2, 3
    return np.sum(a[1] * a[0])


def refused_of_a_second_name(x):
    a = np.arange(6.0) * x
    b = a
    a.shape = (2, 3)
    return b[1][0] * np.sum(a)


def shape_of_two(x):
    a = np.arange(6.0) * x
    b = np.arange(6.0) * x * x
    a.shape = b.shape = 2, -1
    a[0, 1] = 5.0
    return np.sum(a @ b.T)


def shape_by_branch(x):
    a = np.arange(6.0) * x
    if x > 1:
        a.shape = 2, 3
    else:
        a.shape = 6, 1
    return np.sum(a.T @ a)


def refused_in_a_tuple(x):
    a = np.arange(6.0) * x
    t = (a, 1)
    a.shape = 2, 3
    return np.sum(t[0][1])


def shape_of_a_captured_array(x):
    a = np.arange(6.0) * x

    def g():
        return a[0]

    a.shape = 2, 3
    return np.sum(g() * a[1])


def refused_in_a_list(x):
    xs = []
    for k in range(3):
        a = np.arange(6.0) * x
        xs.append(a)
        a.shape = 2, 3
    return np.sum(xs[0][0])


def reshaped(v):
    v.shape = 2, 3
    return np.sum(v[0])


def refused_of_an_argument(x):
    a = np.arange(6.0) * x
    return reshaped(a) + a[1]


def shape_of_a_view(x):
    a = np.arange(6.0) * x
    b = a[1:5]
    b.shape = 2, 2
    b[0, 0] = x * x
    return np.sum(a) + b[0, 1]


def refused_of_either(x):
    a = np.arange(6.0) * x
    b = a if x > 1 else a * 2
    b.shape = 2, 3
    return a[1]


class Holder:
    def __init__(self, a):
        self.a = a


def refused_in_an_object(x):
    a = np.arange(6.0) * x
    c = Holder(a)
    a.shape = 2, 3
    return np.sum(c.a[1])


def refused_in_a_loop(x):
    a = np.arange(6.0) * x
    for k in range(2):
        a.shape = 2, 3
        a = a.ravel() * x
    return np.sum(a)


PROGRAMS = [f for name, f in list(globals().items()) if name.startswith("shape_")]
REFUSED = [f for name, f in list(globals().items()) if name.startswith("refused_")]


@pytest.mark.parametrize("function", PROGRAMS)
def test_both_modes(function):
    differences.check_at(function, 1.7, "python")


def test_compiled():
    differences.check_at(shape_of_two, 1.7, "numba")


@pytest.mark.parametrize("function", REFUSED)
def test_refused(function):
    with pytest.raises(
        UnsupportedSyntaxError, match="the attribute `shape` of an array is assigned"
    ):
        grad(function, backend="python")(1.7)
