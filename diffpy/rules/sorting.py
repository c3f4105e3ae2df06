"""What `sorted` and `heapq` do with lists that grow, in Python: read like a user's function.

Python compares with ``<`` only, and so do these; equal items stay in the order in which they were.
The functions on heaps are those of the standard library, step by step, so that items of one rank
come in the same order.
"""

from __future__ import annotations

import heapq
from typing import Any

from diffpy.rules.registry import read_as


def sorted_by(items: Any, key: Any, backwards: bool) -> list[Any]:
    """``sorted(items, key=key, reverse=backwards)``."""
    given: list[Any] = []
    ranks: list[Any] = []
    for item in items:
        given.append(item)
        ranks.append(item if key is None else key(item))
    found: list[Any] = []
    for place in _order(ranks, backwards):
        found.append(given[place])
    return found


def _order(ranks: list[Any], backwards: bool) -> list[int]:
    """The places of ranks from the smallest to the largest: a merge sort."""
    count = len(ranks)
    order = [place for place in range(count)]  # noqa: C416
    merged = [place for place in range(count)]  # noqa: C416
    width = 1
    while width < count:
        for low in range(0, count, 2 * width):
            middle, high = min(low + width, count), min(low + 2 * width, count)
            left, right = low, middle
            for place in range(low, high):
                from_left = left < middle
                if from_left and right < high:
                    one, other = ranks[order[left]], ranks[order[right]]
                    from_left = not (one < other) if backwards else not (other < one)
                if from_left:
                    merged[place] = order[left]
                    left += 1
                else:
                    merged[place] = order[right]
                    right += 1
        for place in range(count):
            order[place] = merged[place]
        width *= 2
    return order


@read_as(heapq.heappush)
def push(heap: list[Any], item: Any) -> None:
    heap.append(item)
    _rise(heap, 0, len(heap) - 1)


@read_as(heapq.heappop)
def pop(heap: list[Any]) -> Any:
    if not heap:
        raise IndexError("index out of range")
    last = heap.pop()
    if not heap:
        return last
    first = heap[0]
    heap[0] = last
    _sink(heap, 0)
    return first


@read_as(heapq.heapreplace)
def replace(heap: list[Any], item: Any) -> Any:
    if not heap:
        raise IndexError("index out of range")
    first = heap[0]
    heap[0] = item
    _sink(heap, 0)
    return first


@read_as(heapq.heappushpop)
def push_and_pop(heap: list[Any], item: Any) -> Any:
    if heap and heap[0] < item:
        first = heap[0]
        heap[0] = item
        _sink(heap, 0)
        return first
    return item


@read_as(heapq.heapify)
def make_heap(heap: list[Any]) -> None:
    for place in range(len(heap) // 2 - 1, -1, -1):
        _sink(heap, place)


@read_as(heapq.nsmallest)
def smallest(count: int, items: Any, key: Any = None) -> list[Any]:
    return sorted_by(items, key, False)[: max(count, 0)]


@read_as(heapq.nlargest)
def largest(count: int, items: Any, key: Any = None) -> list[Any]:
    return sorted_by(items, key, True)[: max(count, 0)]


def _rise(heap: list[Any], start: int, place: int) -> None:
    item = heap[place]
    while place > start:
        above = (place - 1) >> 1
        parent = heap[above]
        if not (item < parent):
            break
        heap[place] = parent
        place = above
    heap[place] = item


def _sink(heap: list[Any], place: int) -> None:
    end, start = len(heap), place
    item = heap[place]
    child = 2 * place + 1
    while child < end:
        right = child + 1
        if right < end and not (heap[child] < heap[right]):
            child = right
        heap[place] = heap[child]
        place = child
        child = 2 * place + 1
    heap[place] = item
    _rise(heap, start, place)
