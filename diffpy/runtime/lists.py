"""Lists in generated code: what is more than one of Python's own operations.

>>> xs = [1.0, 2.0, 3.0]
>>> list_cut(xs, 2), xs
([2.0, 3.0], [1.0])
"""

from __future__ import annotations

from typing import Any

import numpy as np


def list_of(dtype: Any, items: tuple[Any, ...]) -> list[Any]:
    """A list of items of one dtype, which compiled code must know if there are none."""
    return list(items)


def list_fill(x: Any, n: int) -> list[Any]:
    """``[x] * n``."""
    return [x] * n


def list_get(xs: list[Any], i: int) -> Any:
    """``xs[i]``."""
    return xs[i]


def list_at(xs: list[Any], i: int) -> Any:
    """``xs[i]`` of an index that is known to be inside."""
    return xs[i]


def list_set(xs: list[Any], i: int, x: Any) -> None:
    """``xs[i] = x``."""
    xs[i] = x


def list_put(xs: list[Any], i: int, x: Any) -> None:
    """``xs[i] = x`` for an index that is known to be inside."""
    xs[i] = x


def list_add(xs: list[Any], i: int, x: Any) -> None:
    """``xs[i] += x`` for an index that is known to be inside."""
    xs[i] += x


def list_delete(xs: list[Any], i: int) -> None:
    """``del xs[i]``."""
    del xs[i]


def list_put_back(xs: list[Any], i: int, x: Any) -> None:
    """Undo ``x = xs.pop(i)``, where a negative index counts from the end that was.

    >>> xs = [1, 2, 3]
    >>> list_put_back(xs, -2, xs.pop(-2))
    >>> xs
    [1, 2, 3]
    """
    xs.insert(i if i >= 0 else len(xs) + 1 + i, x)


def list_cut(xs: list[Any], n: int) -> list[Any]:
    """Take the last ``n`` items away; returns them."""
    kept = len(xs) - n
    cut = xs[kept:]
    del xs[kept:]
    return cut


def list_add_slice(
    xs: list[Any], ys: list[Any], start: int | None, stop: int | None, step: int | None
) -> None:
    """``xs[start:stop:step] += ys``, item by item."""
    for y, i in zip(ys, range(*slice(start, stop, step).indices(len(xs))), strict=True):
        xs[i] += y


def list_to_array(xs: list[Any]) -> Any:
    """A new array of the items."""
    return np.array(xs)


def list_from_array(a: Any) -> list[Any]:
    """A new list of the elements of a vector."""
    return list(a)


def list_count(xs: list[Any], x: Any) -> int:
    """``xs.count(x)``."""
    return xs.count(x)


def list_find(xs: list[Any], x: Any) -> int:
    """``xs.index(x)``."""
    return xs.index(x)


def insertion_point(i: int, n: int) -> int:
    """Where ``insert(i, x)`` puts ``x`` in a list of length ``n``.

    >>> [insertion_point(i, 3) for i in (-9, -1, 0, 2, 9)]
    [0, 2, 0, 2, 3]
    """
    return min(i, n) if i >= 0 else max(i + n, 0)
