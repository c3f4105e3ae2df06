"""Lists: elements, stores and methods.

A list whose length is known while compiling is flattened into its items, and so are its changes:

    xs = [x]               xs_0 = x
    xs.append(2 * x)       xs_1 = 2 * x
    xs[i] = 0.0            xs_0 = 0.0 if i == 0 else xs_0; …
"""

from __future__ import annotations

import operator

from diffpy.kinds import PY_INT
from diffpy.rules.consumers import collected
from diffpy.transform.ir import Const, Var
from diffpy.transform.specialise_generators import is_generator
from diffpy.transform.specialise_objects import Objects, items_of
from diffpy.transform.values import (
    NONE,
    SLICE,
    Abstract,
    Composite,
    Static,
    describe_kind,
    tuple_of,
)


class Lists(Objects):
    """How lists are read and changed."""

    def change_items(self, owner: Abstract, items: list[Abstract]) -> None:
        self.change(owner, tuple_of(*items, cls=list))

    def items(self, owner: Abstract) -> list[Abstract]:
        return list(items_of(self.seen(owner)))

    # --- methods ---

    def list_method(
        self, name: str, owner: Abstract, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        items = self.items(owner)
        match name, arguments:
            case "append", [value]:
                self.change_items(owner, [*items, self.owned(value)])
                return NONE
            case "extend", [values]:
                self.change_items(owner, [*items, *map(self.owned, self.all_items(values))])
                return NONE
            case "insert", [place, value]:
                items.insert(self._constant(place, "insert"), self.owned(value))
                self.change_items(owner, items)
                return NONE
            case "pop", []:
                return self._pop(owner, items, Const(-1, PY_INT))
            case "pop", [place]:
                return self._pop(owner, items, place)
            case "clear", []:
                self.change_items(owner, [])
                return NONE
            case "reverse", []:
                self.change_items(owner, items[::-1])
                return NONE
            case "copy", []:
                return tuple_of(*items, cls=list)
            case ("index" | "count"), [_]:
                return super()._call_tuple_method(name, tuple_of(*items), arguments, keywords)
        raise self.unsupported(f"the method `{name}` of a list is not supported yet")

    def _pop(self, owner: Abstract, items: list[Abstract], place: Abstract) -> Abstract:
        if not items:
            self.throw("IndexError", "pop from empty list")
        position = self._constant(place, "pop")
        if not -len(items) <= position < len(items):
            self.throw("IndexError", "pop index out of range")
        found = items.pop(position)
        self.change_items(owner, items)
        return found

    def _constant(self, place: Abstract, method: str) -> int:
        if not isinstance(place, Const):
            raise self.unsupported(
                f"`{method}` at a place that is not known while compiling",
                "the items of this list are variables of their own",
                "use an array",
            )
        return operator.index(place.value)

    def all_items(self, value: Abstract) -> list[Abstract]:
        """The items of something whose length is known while compiling."""
        count = self._known_length(value)
        if count is None:
            raise self.unsupported(
                f"a list is made of {describe_kind(value):an} here",
                "its length must be known while compiling",
                "np.array(…), or a loop over it",
            )
        return [self.item(value, Const(k, PY_INT)) for k in range(count)]

    # --- stores ---

    def store_in_list(self, value: Abstract, key: Abstract, item: Abstract) -> None:
        items = self.items(value)
        match key:
            case Composite() if key.form == SLICE:
                bounds = [self._slice_part(part) for part in key.items]
                items[slice(*bounds)] = map(self.owned, self.all_items(item))
            case Const():
                position = operator.index(key.value)
                if not -len(items) <= position < len(items):
                    self.throw("IndexError", "list assignment index out of range")
                items[position] = self.owned(item)
            case Var():
                self._store_at_variable(items, key, item)
            case _:
                raise self.error(f"a list cannot be indexed with {describe_kind(key):an}")
        self.change_items(value, items)

    def _slice_part(self, part: Abstract) -> int | None:
        if isinstance(part, Static) and part.value is None:
            return None
        return self._constant(part, "a slice")

    def _store_at_variable(self, items: list[Abstract], key: Var, item: Abstract) -> None:
        if len(items) > 64:
            raise self.unsupported("a list of more than 64 items is indexed with a variable")
        place = self._wrapped(key, Const(len(items), PY_INT))
        outside = self._connect(
            False,
            [
                lambda: self.truth(self.apply(operator.lt, place, Const(0, PY_INT))),
                lambda: self.truth(self.apply(operator.ge, place, Const(len(items), PY_INT))),
            ],
        )

        def fail() -> Abstract:
            self.throw("IndexError", "list assignment index out of range")

        self.choose(outside, fail, lambda: NONE)
        for k, old in enumerate(items):
            here = self._as_test(self.apply(operator.eq, place, Const(k, PY_INT)))
            items[k] = self.choose(here, lambda: item, lambda old=old: old)

    # --- made from generators ---

    def _call_static(
        self, function: Static, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        collects = function.value in _COLLECTING if isinstance(function.value, type) else False
        if collects and len(arguments) == 1 and is_generator(arguments[0]):
            made = self.call_python(collected, arguments, {})
            if function.value is list:
                return self.seen(made)
            return super()._call_static(function, [self.seen(made)], keywords)
        return super()._call_static(function, arguments, keywords)


#: classes that take all the items of an iterable
_COLLECTING = (list, tuple, dict, set, frozenset)
