"""Ufuncs with ``where=`` and ``out=``: of what is left out nothing is computed."""

import differences
import numpy as np
import pytest
from scipy import special

B = np.array([0.0, 1.5, -2.0, 0.0, 3.0])


def program_quotients(x):
    a = np.arange(5.0) * x
    b = B * x * x
    return np.sum(np.divide(a, b, out=np.zeros_like(a), where=b != 0) * np.arange(5))


def program_roots(x):
    v = np.array([-x, x, 0.0 * x, 2 * x, -1.0])
    return np.sum(np.sqrt(v, out=np.full(5, x), where=v > 0) * np.arange(5))


def program_powers(x):
    v = np.array([-x, x, 0.0 * x, 2 * x, -1.0])
    return np.sum(np.power(v, x, out=np.ones(5), where=v > 0) * np.arange(5))


def program_angles(x):
    v = np.array([0 * x, x])
    w = np.array([0 * x, x * x])
    return np.sum(np.arctan2(v, w, out=np.zeros(2), where=v != 0))


def program_broadcast_operand(x):
    m = np.ones((2, 3)) * x
    r = np.array([x, 0.0, 2.0])
    o = np.zeros((2, 3))
    np.divide(m, r, out=o, where=r != 0)
    return np.sum(o * np.arange(6.0).reshape(2, 3))


def program_broadcast_mask(x):
    o = np.ones((2, 3))
    np.multiply(np.array([[x], [2.0]]), x, out=o, where=np.array([[True, False, True]]))
    return np.sum(o * np.arange(6.0).reshape(2, 3))


def program_onto_itself(x):
    a = np.array([x, -x, 2.0])
    np.negative(a, out=a, where=a < 0)
    return np.sum(a * np.arange(1.0, 4.0) * x)


def program_overlapping(x):
    a = np.array([x, -x, 2.0, x * x])
    np.add(a[1:], a[:-1], out=a[1:], where=np.array([True, False, True]))
    return np.sum(a * np.arange(1.0, 5.0) * x)


def program_scalars(x):
    o = np.zeros(3)
    np.multiply(x, x, out=o, where=np.array([True, False, True]))
    return np.sum(o * np.arange(1.0, 4.0))


def program_everywhere(x):
    o = np.zeros(3)
    np.multiply(np.arange(3.0), x, out=o, where=True)
    return np.sum(o * np.arange(1.0, 4.0))


def program_logarithms(x):
    o = np.zeros(3)
    v = np.array([x, 2.0, -1.0])
    np.log(v, out=o, where=v > 0)
    return np.sum(o)


def program_strided_output(x):
    m = np.zeros((3, 4))
    np.sqrt(
        np.arange(6.0).reshape(3, 2) * x - 2 * x,
        out=m[:, ::2],
        where=np.arange(6.0).reshape(3, 2) > 2,
    )
    return np.sum(m * x)


def program_lists(x):
    o = np.zeros(3)
    np.multiply([x, 2.0, 3.0], x, out=o, where=[True, False, True])
    return np.sum(o * np.arange(1.0, 4.0))


def program_no_counts(x):
    some = special.xlogy(np.array([0.0, 2.0]), np.array([x - 1.7, x * x + 1]))
    return special.xlogy(0.0, x - 1.7) + special.xlog1py(0.0, x - 2.7) + np.sum(some)


EVERY = [f for name, f in globals().items() if name.startswith("program_")]


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize("function", EVERY)
def test_both_modes(function, backend):
    differences.check_at(function, 1.7, backend)
