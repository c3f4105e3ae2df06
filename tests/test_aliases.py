"""Two names for one array, in loops: followed, or refused, never wrong."""

import math
from collections.abc import Callable

import differences
import numpy as np
import pytest

import diffpy as dp


def joined_by_an_inner_loop(x, n):
    a, b = np.zeros(4), np.zeros(4)
    c = n
    while c > 0:
        c -= 1
        a[0] = math.sin(x)
        for _ in range(n):
            a = b
    return np.sum(a * a) + np.sum(b * b)


def swapped_then_joined(x, n):
    a, b = np.zeros(4), np.zeros(4)
    for k in range(n):
        a[0] += x
        if k == 1:
            for _ in range(k):
                a, b = b, a
        if k == 2:
            for _ in range(k):
                a = b
    return np.sum(a * a) + np.sum(b * b)


def stored_through_another_name(x, n):
    a, b = np.zeros(4), np.ones(4)
    for k in range(n):
        c = a
        while k > 1:
            c = b
            k -= 1
        c[0] = x * k
    return np.sum(a * a) + 2 * np.sum(b * b)


def swapped_in_inner_loops(x, n):
    a, b = np.zeros(4), np.zeros(4)
    for k in range(n):
        a[0] += x
        for _ in range(2):
            for _ in range(k):
                a, b = b, a
    return np.sum(a * a) + 2 * np.sum(b * b)


JOINED = (joined_by_an_inner_loop, swapped_then_joined, stored_through_another_name)


@pytest.mark.parametrize("f", JOINED)
def test_names_joined_by_a_loop_are_refused(f: Callable[..., float]) -> None:
    with pytest.raises(dp.UnsupportedSyntaxError, match="shares memory with"):
        dp.grad(f, backend="python")(1.07, 3)


@pytest.mark.parametrize("n", range(5))
@pytest.mark.parametrize("backend", ["python", "numba"])
def test_names_exchanged_by_loops_are_followed(n: int, backend: str) -> None:
    gradient = dp.grad(swapped_in_inner_loops, backend=backend)(1.07, n)
    differences.check_gradient(swapped_in_inner_loops, (1.07, n), 0, gradient)
