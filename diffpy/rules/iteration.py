"""What `itertools` and `sorted` do, in Python: specialisation reads these like a user's function.

They are called where an iterable's items are not all known while compiling. What Python reads once
and keeps (`product`, `combinations`) is given as a sequence that nobody changes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from diffpy.rules.registry import read_as


def product(first: Any, *others: Any) -> Iterator[Any]:
    for item in first:
        if others:
            for rest in product(*others):
                yield (item, *rest)
        else:
            yield (item,)


def chain(*iterables: Any) -> Iterator[Any]:
    for items in iterables:
        yield from items


@read_as(itertools.chain.from_iterable)
def chain_of(iterables: Any) -> Iterator[Any]:
    for items in iterables:
        yield from items


@read_as(itertools.compress)
def compress(data: Any, selectors: Any) -> Iterator[Any]:
    for item, selected in zip(data, selectors):
        if selected:
            yield item


@read_as(itertools.filterfalse)
def filterfalse(predicate: Any, items: Any) -> Iterator[Any]:
    for item in items:
        if not (item if predicate is None else predicate(item)):
            yield item


def next_of(iterator: Any, default: Any) -> Any:
    try:
        return iterator.__next__()
    except StopIteration:
        return default


def by_next(iterator: Any) -> Iterator[Any]:
    """What an instance with a method ``__next__`` gives."""
    while True:
        try:
            item = iterator.__next__()
        except StopIteration:
            return
        yield item


def accumulate(items: Any, function: Any = None, *, initial: Any = None) -> Iterator[Any]:
    started = initial is not None
    if started:
        total = initial
        yield total
    for item in items:
        if not started:
            total = item
        elif function is None:
            total = total + item
        else:
            total = function(total, item)
        started = True
        yield total


def pairwise(items: Any) -> Iterator[Any]:
    started = False
    for item in items:
        if started:
            yield previous, item  # type: ignore[has-type]  # noqa: F821
        previous, started = item, True  # noqa: F841


def islice(items: Any, start: Any, stop: Any, step: int) -> Iterator[Any]:
    position = 0
    wanted = start
    if stop is None or stop > 0:
        for item in items:
            if position == wanted and (stop is None or position < stop):
                yield item
                wanted += step
            position += 1
            if stop is not None and position >= stop:
                break


def count(start: Any, step: Any) -> Iterator[Any]:
    number = start
    while True:
        yield number
        number = number + step


def repeat(item: Any) -> Iterator[Any]:
    while True:
        yield item


def starmap(function: Any, items: Any) -> Iterator[Any]:
    for item in items:
        yield function(*item)


def takewhile(predicate: Any, items: Any) -> Iterator[Any]:
    for item in items:
        if not predicate(item):
            break
        yield item


def dropwhile(predicate: Any, items: Any) -> Iterator[Any]:
    dropping = True
    for item in items:
        dropping = dropping and predicate(item)
        if not dropping:
            yield item


def pairs(items: Any) -> Iterator[Any]:
    """Combinations of two."""
    for i in range(len(items)):
        for j in range(i + 1, len(items)):
            yield items[i], items[j]


def triples(items: Any) -> Iterator[Any]:
    """Combinations of three."""
    for i in range(len(items)):
        for j in range(i + 1, len(items)):
            for k in range(j + 1, len(items)):
                yield items[i], items[j], items[k]


def ordered_pairs(items: Any) -> Iterator[Any]:
    """Permutations of two."""
    for i in range(len(items)):
        for j in range(len(items)):
            if i != j:
                yield items[i], items[j]


def insert(item: Any, rank: Any, done: Any, reverse: bool) -> Any:
    """A tuple of pairs (item, rank) in order with one more, behind those that are equal."""
    found: Any = ()
    placed = False
    for other in done:
        placed = placed or (rank > other[1] if reverse else rank < other[1])
        if placed:
            other, item, rank = (item, rank), other[0], other[1]
        found = (*found, other)
    return (*found, (item, rank))


def in_order(items: Any, key: Any, reverse: bool) -> Any:
    """The items of a tuple in order."""
    done: Any = ()
    for item in items:
        rank = item if key is None else key(item)
        done = insert(item, rank, done, reverse)
    found: Any = ()
    for pair in done:
        found = (*found, pair[0])
    return found
