"""Queues: `collections.deque`, a list that is used at both ends, and `heapq`.

    queue.popleft()                    queue_0.pop(0)
    queue.append(x)                    queue_0.append(x); if len(queue_0) > maxlen: queue_0.pop(0)

What `heapq` does with a list is read from `diffpy.rules.sorting`, like a function of the user's.
"""

from __future__ import annotations

import collections
import heapq
import operator
from collections.abc import Callable
from typing import Any

from diffpy.kinds import PY_INT
from diffpy.rules.consumers import extended, extended_left, rotated
from diffpy.transform.ir import Const, Var
from diffpy.transform.specialise_objects import ITEMS, is_list, is_object, state_of
from diffpy.transform.specialise_sets import Sets
from diffpy.transform.values import (
    NONE,
    SLICE,
    Abstract,
    Composite,
    Static,
    is_none,
    tuple_of,
)

MAXLEN = "maxlen"
_ON_HEAPS = (
    heapq.heappush,
    heapq.heappop,
    heapq.heapreplace,
    heapq.heappushpop,
    heapq.heapify,
)


class Queues(Sets):
    """How queues are made and used."""

    def _call_static(
        self, function: Static, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        if function.value is collections.deque and len(arguments) <= 2:
            return self._new_queue(*arguments, **keywords)
        if function.value in _ON_HEAPS and is_list(self.seen(arguments[0])):
            self.grow(arguments[0])
        return super()._call_static(function, arguments, keywords)

    def _new_queue(self, items: Abstract | None = None, maxlen: Abstract = NONE) -> Abstract:
        made = self.new_object(collections.deque)
        state_of(made).rebind(ITEMS, tuple_of(cls=list))
        state_of(made).rebind(MAXLEN, maxlen)
        if items is not None:
            self.list_method("extend", made, [items], {})
        return made

    def list_method(
        self, name: str, owner: Abstract, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        if not is_queue(owner):
            return super().list_method(name, owner, arguments, keywords)
        match name, arguments:
            case "append", [_]:
                super().list_method(name, owner, arguments, {})
                return self._shortened(owner, 0)
            case "appendleft", [item]:
                super().list_method("insert", owner, [Const(0, PY_INT), item], {})
                return self._shortened(owner, -1)
            case (("pop" | "popleft"), []):
                empty = self._as_test(self.apply(operator.eq, self.length(owner), _ZERO))
                place: list[Abstract] = [_ZERO] if name == "popleft" else []
                return self.choose(
                    empty,
                    self._throw_empty,
                    lambda: super(Queues, self).list_method("pop", owner, place, {}),
                )
            case (("extend" | "extendleft"), [items]):
                model = extended if name == "extend" else extended_left
                given = self._call_static(Static(list), [items], {}) if items is owner else items
                self.call_source(model, owner, given)
                return NONE
            case "rotate", [*count] if len(count) < 2:
                self.call_source(rotated, owner, *(count or [Const(1, PY_INT)]))
                return NONE
            case "copy", []:
                return self.copied(owner, False, {})
            case (("clear" | "reverse" | "index" | "count" | "remove"), _):
                return super().list_method(name, owner, arguments, keywords)
        raise self.unsupported(f"the method `{name}` of a deque is not supported")

    def _throw_empty(self) -> Abstract:
        self.throw("IndexError", "pop from an empty deque")

    def _shortened(self, owner: Abstract, place: int) -> Abstract:
        """Drop the item at the other end if there are too many."""
        most = self.held(owner, MAXLEN)
        if is_none(most):
            return NONE
        if not isinstance(most, Var | Const):
            raise self.unsupported("the `maxlen` of a deque is a number or None", "", "maxlen=n")
        many = self._as_test(self.apply(operator.gt, self.length(owner), most))

        def drop() -> Abstract:
            super(Queues, self).list_method("pop", owner, [Const(place, PY_INT)], {})
            return NONE

        return self.choose(many, drop, lambda: NONE)

    def attribute(self, owner: Abstract, name: str) -> Abstract:
        if is_queue(owner) and name == MAXLEN:
            return self.held(owner, MAXLEN)
        return super().attribute(owner, name)

    def subscript(self, container: Abstract, key: Abstract) -> Abstract:
        if is_queue(container) and isinstance(key, Composite) and key.form == SLICE:
            raise self.error("a deque cannot be indexed with a slice")
        return super().subscript(container, key)

    def store_in(self, array: Abstract, key: Abstract, value: Abstract, target: Any) -> None:
        if is_queue(array) and isinstance(key, Composite) and key.form == SLICE:
            raise self.error("a deque cannot be indexed with a slice")
        super().store_in(array, key, value, target)

    def _binary(self, function: Callable[..., Any], left: Abstract, right: Abstract) -> Abstract:
        if is_queue(left) or is_queue(right):
            raise self.unsupported("a deque is an operand here", "", "q.extend(…)")
        return super()._binary(function, left, right)

    def _compared(self, function: Callable[..., Any], left: Abstract, right: Abstract) -> Abstract:
        if is_queue(left) or is_queue(right):
            raise self.unsupported("deques are compared here", "", "compare their items")
        return super()._compared(function, left, right)

    def exported(self, value: Abstract) -> Abstract:
        if is_queue(value):
            raise self.unsupported("a deque is returned", "", "list(q)")
        return super().exported(value)


_ZERO = Const(0, PY_INT)


def is_queue(value: Abstract) -> bool:
    return is_object(value) and value.form.cls is collections.deque  # type: ignore[union-attr]
