"""Arrays of the compiled tapes: fresh in shape and type, and of memory that is used again."""

from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
import pytest

from diffpy.runtime import register_overloads, scratch
from diffpy.runtime.memory import KEPT_BLOCKS, KEPT_BYTES

register_overloads()


@numba.njit(nogil=True)
def total(n):
    a = scratch(n, np.float64)
    b = scratch((2, n), np.int64)
    for i in range(n):
        a[i] = i
        b[0, i], b[1, i] = i, -2 * i
    return a.sum(), b[0].sum(), b[1].sum()


@numba.njit
def address(n):
    return scratch(n, np.float64).ctypes.data


@numba.njit
def shaped(n, m):
    a = scratch((n, m), np.float32)
    a[:] = 1
    return a


@pytest.mark.parametrize("n", [0, 1, 7, 1000, 100_000, KEPT_BYTES // 8 + 1])
def test_contents_are_apart(n):
    expected = n * (n - 1) / 2
    for _ in range(3):
        assert total(n) == (expected, expected, -2 * expected)


def test_a_block_is_used_again():
    assert address(50_000) == address(50_000) == address(40_000)


def test_an_array_may_outlive_the_call():
    arrays = [shaped(3, 5) for _ in range(2 * KEPT_BLOCKS)]
    assert len({a.ctypes.data for a in arrays}) == len(arrays)
    assert all(a.shape == (3, 5) and a.dtype == np.float32 and a.sum() == 15 for a in arrays)
    assert arrays[0].flags.c_contiguous


def test_threads_share_no_block():
    sizes = [n for n in range(1000, 9000, 37) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(total, sizes))
    assert [f[0] for f in found] == [n * (n - 1) / 2 for n in sizes]


def test_too_big():
    with pytest.raises((MemoryError, ValueError)):
        address(1 << 60)
