"""Functions of Python's standard library whose source is not Python, in Python.

Specialisation reads these like a user's function.
"""

from __future__ import annotations

import bisect
import functools
from typing import Any

from diffpy.rules.registry import read_as


@read_as(bisect.bisect_left)
def _bisect_left(a: Any, x: Any, lo: Any = 0, hi: Any = None, *, key: Any = None) -> Any:
    if lo < 0:
        raise ValueError("lo must be non-negative")
    hi = len(a) if hi is None else hi
    while lo < hi:
        middle = (lo + hi) // 2
        if (a[middle] if key is None else key(a[middle])) < x:
            lo = middle + 1
        else:
            hi = middle
    return lo


@read_as(bisect.bisect_right)
def _bisect_right(a: Any, x: Any, lo: Any = 0, hi: Any = None, *, key: Any = None) -> Any:
    if lo < 0:
        raise ValueError("lo must be non-negative")
    hi = len(a) if hi is None else hi
    while lo < hi:
        middle = (lo + hi) // 2
        if x < (a[middle] if key is None else key(a[middle])):
            hi = middle
        else:
            lo = middle + 1
    return lo


@read_as(bisect.insort_left)
def _insort_left(a: Any, x: Any, lo: Any = 0, hi: Any = None, *, key: Any = None) -> None:
    a.insert(_bisect_left(a, x if key is None else key(x), lo, hi, key=key), x)


@read_as(bisect.insort_right)
def _insort_right(a: Any, x: Any, lo: Any = 0, hi: Any = None, *, key: Any = None) -> None:
    a.insert(_bisect_right(a, x if key is None else key(x), lo, hi, key=key), x)


@read_as(functools.wraps)
def _wraps(wrapped: Any, assigned: Any = None, updated: Any = None) -> Any:
    return lambda wrapper: wrapper  # names and docstrings are not what a derivative is about
