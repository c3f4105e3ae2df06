"""What builtins do with a generator, in Python: specialisation reads these like a user's function.

Python compares and adds from left to right; so do these.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from typing import Any


def _sum(items: Any, start: Any = 0) -> Any:
    total = start
    for item in items:
        total = total + item
    return total


def _prod(items: Any, *, start: Any = 1) -> Any:
    product = start
    for item in items:
        product = product * item
    return product


def _any(items: Any) -> bool:
    for item in items:  # noqa: SIM110
        if item:
            return True
    return False


def _all(items: Any) -> bool:
    for item in items:  # noqa: SIM110
        if not item:
            return False
    return True


def _smallest(items: Any, *, key: Any = None, default: Any = ...) -> Any:
    result = best = None
    for item in items:
        rank = item if key is None else key(item)
        if best is None or rank < best:
            best, result = rank, item
    if best is None:
        if default is ...:
            raise ValueError("min() iterable argument is empty")
        return default
    return result


def _largest(items: Any, *, key: Any = None, default: Any = ...) -> Any:
    result = best = None
    for item in items:
        rank = item if key is None else key(item)
        if best is None or rank > best:
            best, result = rank, item
    if best is None:
        if default is ...:
            raise ValueError("max() iterable argument is empty")
        return default
    return result


def _next(items: Any, default: Any = ...) -> Any:
    for item in items:
        return item
    if default is ...:
        raise StopIteration
    return default


def _reduce(function: Any, items: Any, initial: Any = ...) -> Any:
    started = initial is not ...
    if started:
        total = initial
    for item in items:
        if started:
            total = function(total, item)
        else:
            total, started = item, True
    if not started:
        raise TypeError("reduce() of empty iterable with no initial value")
    return total


def _enumerate(items: Any, start: int = 0) -> Iterator[Any]:
    count = start
    for item in items:
        yield count, item
        count += 1


def _map(function: Any, items: Any) -> Iterator[Any]:
    for item in items:
        yield function(item)


def _filter(function: Any, items: Any) -> Iterator[Any]:
    for item in items:
        if item if function is None else function(item):
            yield item


def collected(items: Any) -> Any:
    """``list`` of a generator."""
    found: list[Any] = []
    for item in items:
        found.append(item)
    return found


def extended(found: list[Any], items: Any) -> None:
    """``found.extend(items)``."""
    for item in items:
        found.append(item)


#: builtin -> the position of its iterable, and what it does with a generator
CONSUMERS: dict[Any, tuple[int, Callable[..., Any]]] = {
    sum: (0, _sum),
    math.prod: (0, _prod),
    any: (0, _any),
    all: (0, _all),
    min: (0, _smallest),
    max: (0, _largest),
    next: (0, _next),
    functools.reduce: (1, _reduce),
    enumerate: (0, _enumerate),
    map: (1, _map),
    filter: (1, _filter),
}
