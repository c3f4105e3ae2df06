"""What builtins do with a generator, in Python: specialisation reads these like a user's function.

Python compares and adds from left to right; so do these.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np


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


def arrays_of(rows: Any) -> list[Any]:
    """An array of each list in a list."""
    return [np.array(row) for row in rows]


def repeated(items: Any, count: int) -> list[Any]:
    """``items * count``."""
    found: list[Any] = []
    for _ in range(count):
        for item in items:
            found.append(item)
    return found


def extended(found: list[Any], items: Any) -> None:
    """``found.extend(items)``."""
    for item in items:
        found.append(item)


def extended_left(found: Any, items: Any) -> None:
    """``found.extendleft(items)``."""
    for item in items:
        found.appendleft(item)


def rotated(found: Any, count: int) -> None:
    """``found.rotate(count)``."""
    if len(found) > 1:
        for _ in range(count % len(found)):
            found.appendleft(found.pop())


def filled(found: dict[Any, Any], pairs: Any) -> None:
    """``found.update(pairs)``."""
    for key, value in pairs:
        found[key] = value


def counted(found: dict[Any, int], items: Any) -> None:
    """``Counter(items)``."""
    for item in items:
        found[item] += 1


def gathered(found: set[Any], items: Any) -> None:
    """``found.update(items)``."""
    for item in items:
        found.add(item)


def kept_in(found: set[Any], items: Any, other: Any) -> None:
    """Add the items that another set has, too."""
    for item in items:
        if item in other:
            found.add(item)


def left_out(found: set[Any], items: Any, other: Any) -> None:
    """Add the items that another set lacks."""
    for item in items:
        if item not in other:
            found.add(item)


def is_within(items: Any, other: Any) -> bool:
    """Whether another set has all of the items."""
    for item in items:  # noqa: SIM110
        if item not in other:
            return False
    return True


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
