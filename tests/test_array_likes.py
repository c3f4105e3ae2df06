"""Ranges and lists that stand beside an array: NumPy makes arrays of them."""

import differences
import numpy as np
import pytest


def beside_array_of(x):
    return np.sum(np.array(range(4)) * x)


def beside_added(x):
    return np.sum((np.ones(4) * x + range(4)) ** 2)


def beside_divided(x):
    return np.sum(np.ones(4) * x / range(1, 5))


def beside_compared(x):
    a = np.ones(4) * x
    return np.sum(a > range(4)) * x


def beside_power(x):
    n = int(x + 3)
    return np.sum((np.ones(n) * x) ** range(n))


def beside_list_times_array(x):
    n = int(x + 3)
    return np.sum([x * k for k in range(n)] * np.ones(n) * x)


def beside_literals(x):
    return np.sum([x, 2.0] * np.ones(2) * x) + np.sum(np.ones(2) * x * [x, 3.0])


def beside_growing(x):
    l = [x * k for k in range(int(x + 3))]
    a = np.ones(len(l)) * x
    return np.sum(a - l) + np.sum(l / a) + np.sum((a > l) * a)


def beside_of_tuples(x):
    l = [(x * k, x) for k in range(int(x + 3))]
    return np.sum(np.ones(2) * x + l)


def beside_repeated_lists(x):
    l = [x] * 3
    l2 = [1.0, x] * int(x + 1)
    return sum(l) * l2[1] + len(l2)


PROGRAMS = [f for name, f in list(globals().items()) if name.startswith("beside_")]


@pytest.mark.parametrize("function", PROGRAMS)
def test_both_modes(function):
    differences.check_at(function, 1.7, "python")


def test_compiled():
    differences.check_at(beside_growing, 1.7, "numba")
