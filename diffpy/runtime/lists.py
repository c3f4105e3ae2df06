"""Lists in generated code: what is more than one of Python's own operations.

>>> xs = [1.0, 2.0, 3.0]
>>> list_cut(xs, 2), xs
([2.0, 3.0], [1.0])
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .tape import pop_i8, push_i8, slot_of


def list_of(sample: Any, items: tuple[Any, ...]) -> list[Any]:
    """A list of items like a dtype or an array, which compiled code must know if there are none."""
    return list(items)


def contiguous(x: Any) -> Any:
    """An array that compiled lists can hold: the same, or a copy of another layout."""
    return x


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


def added(x: Any, y: Any) -> Any:
    """The sum of two items of a shadow, in memory of its own; an array without elements is zero.

    >>> added(np.empty(0), np.ones(2))
    array([1., 1.])
    """
    if not isinstance(x, np.ndarray) or (x.size and y.size):
        return x + y
    return x if x.size else y.copy()


def list_add_array(xs: list[Any], i: int, x: Any) -> None:
    """``xs[i] = xs[i] + x`` for a list of arrays, where one without elements is zero."""
    xs[i] = added(xs[i], x)


def list_copies(xs: list[Any]) -> list[Any]:
    """A list of copies of the arrays in a list."""
    return [x.copy() for x in xs]


def item_part(xs: list[Any], i: int, where: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
    """A copy of a part of an array of a shadow or of a list of tangents, which has this shape.

    An element needs no shape.

    >>> item_part([np.empty(0), np.ones(2)], 0, (slice(1, None),), (3,))
    array([0., 0.])
    """
    x = xs[i]
    if x.size:
        return x[where].copy()
    zero = x.dtype.type(0)
    return zero if len(shape) == 0 else np.broadcast_to(zero, shape)[where].copy()


def item_put(
    xs: list[Any], i: int, value: Any, where: tuple[Any, ...], shape: tuple[int, ...]
) -> None:
    """Set a part of an array of a list of tangents, which has this shape.

    >>> dots = [np.empty(0)]
    >>> item_put(dots, 0, 2.0, (1,), (3,))
    >>> dots
    [array([0., 2., 0.])]
    """
    x = xs[i] = or_zeros(xs[i], shape)
    if x.size:
        x[where] = value


def item_add(
    xs: list[Any], i: int, value: Any, where: tuple[Any, ...], shape: tuple[int, ...]
) -> None:
    """Add to a part of an array of a shadow, which has this shape."""
    x = xs[i] = or_zeros(xs[i], shape)
    if x.size:
        x[where] += value


def item_take(xs: list[Any], i: int, where: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
    """A part of an array of a shadow, which is zero afterwards; an element needs no shape."""
    value = item_part(xs, i, where, shape)
    if xs[i].size:
        xs[i][where] = 0
    return value


def or_zeros(x: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of a shape for an array without elements, otherwise ``x``."""
    return x if x.size else np.zeros(shape, x.dtype)


def list_rows(xs: list[Any], shape: tuple[int, ...], dtype: Any) -> Any:
    """The array of a shape whose rows are the items of a shadow.

    >>> list_rows([np.ones(2), np.empty(0)], (2, 2), np.float64)
    array([[1., 1.],
           [0., 0.]])
    """
    rows = np.zeros(shape, dtype)
    for n in range(len(xs)):
        if xs[n].size:
            rows[n] = xs[n]
    return rows


def list_take(xs: list[Any], i: int) -> Any:
    """``xs.pop(i)``."""
    return xs.pop(i)


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


def list_extend(xs: list[Any], ys: list[Any]) -> None:
    """``xs.extend(ys)``."""
    xs.extend(ys)


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
        xs[i] = added(xs[i], y)


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


def push_list(tape: Any, xs: list[Any], sample: Any) -> None:
    """Save a list of arrays."""
    push, _ = _slot(sample)
    for x in xs:
        push(tape, x)
    push_i8(tape, len(xs))


def pop_list(tape: Any, sample: Any) -> list[Any]:
    """Take back a list of arrays like ``sample``."""
    _, pop = _slot(sample)
    xs = [pop(tape) for _ in range(pop_i8(tape))]
    xs.reverse()
    return xs


def _slot(sample: Any) -> Any:
    """How arrays like ``sample`` are saved."""
    return slot_of(sample.dtype, sample.ndim)
