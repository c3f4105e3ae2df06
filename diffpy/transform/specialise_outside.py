"""Lists and dicts of the user's module: read at each call, item by item.

How many items there are, and under which keys, is part of the version, which is guarded:

    RATES = {"slow": 0.1, "fast": 2.0}

    for rate in RATES.values():            total += RATES_slow * x
        total += rate * x                  total += RATES_fast * x
"""

from __future__ import annotations

from typing import Any

from diffpy.kinds import PY_INT
from diffpy.transform.ir import Atom, Const, Var
from diffpy.transform.specialise_builtins import Builtins
from diffpy.transform.specialise_frames import FALSE, TRUE
from diffpy.transform.values import (
    NONE,
    Abstract,
    Composite,
    Static,
    dict_of,
    is_atom,
    tuple_of,
)

_MOST_ITEMS = 256
_READING: dict[type, tuple[str, ...]] = {
    list: ("index", "count", "copy"),
    dict: ("get", "keys", "values", "items", "copy"),
}


class Outside(Builtins):
    """How containers from outside are read."""

    def opened(self, value: Abstract) -> Abstract:
        """A list or dict from outside with all its items; another value as it is."""
        if not _is_container(value):
            return value
        assert isinstance(value, Static)
        whole = value.value
        if len(whole) > _MOST_ITEMS:
            raise self.unsupported(
                f"all {len(whole)} items of a {type(whole).__name__} from outside are used here",
                "each would be an argument of its own",
                "make it an array",
            )
        keys = list(range(len(whole))) if isinstance(whole, list) else list(whole)
        if isinstance(whole, list):
            self.assume(value, "length", lambda: len(whole) == len(keys))
            items = (self._static_item(value, Const(k, PY_INT)) for k in keys)
            return tuple_of(*items, cls=list)
        self.assume(value, "keys", lambda: list(whole) == keys)
        return dict_of({k: self._static_item(value, Static(k)) for k in keys})

    def assume(self, value: Static, what: Any, holds: Any) -> None:
        """Make a version only while something is so."""
        self.program.outside[id(value.value)] = value.value
        name = f"{value.name or type(value.value).__name__}, its {what}"
        self.program.reads["inside", name] = value.value
        self._guard((what, id(value.value)), name, holds, True)

    def call_outside_method(
        self, name: str, owner: Static, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        cls: type = type(owner.value)
        if name not in _READING.get(cls, ()):
            raise self.unsupported(
                f"`{name}` of a {cls.__name__} from outside",
                "a change of it would be lost between two calls",
                "make one inside of the function, or pass it in",
            )
        if name == "get" and 1 <= len(arguments) <= 2 and not keywords:
            return self._got(owner, *arguments)
        held = self.opened(owner)
        if name == "copy":
            return held
        assert isinstance(held, Composite)
        if cls is dict:
            return self.call_dict_method(name, held, arguments, keywords)
        return self._call_tuple_method(name, held, arguments, keywords)

    def _got(self, owner: Static, key: Abstract, default: Abstract = NONE) -> Abstract:
        """``owner.get(key, default)``."""
        known = self.key_of(key)
        whole, found = owner.value, known in owner.value
        self.assume(owner, f"key {known!r}", lambda: (known in whole) == found)
        return self._static_item(owner, Static(known)) if found else default

    # --- where the items are used ---

    def once(self, value: Abstract) -> Abstract:
        return self.opened(super().once(value))

    def length(self, value: Abstract) -> Atom:
        if _is_container(value):
            assert isinstance(value, Static)
            count = len(value.value)
            self.assume(value, "length", lambda: len(value.value) == count)
            return Const(count, PY_INT)
        return super().length(value)

    def truth(self, value: Abstract) -> bool | Atom:
        if _is_container(value):
            length = self.length(value)
            assert isinstance(length, Const)
            return bool(length.value)
        return super().truth(value)

    def to_rule(self, value: Abstract, name: str) -> Any:
        return super().to_rule(self.opened(value), name)

    def subscript(self, container: Abstract, key: Abstract) -> Abstract:
        if _is_container(container) and isinstance(key, Var | Composite):
            return super().subscript(self.opened(container), key)
        return super().subscript(container, key)

    def mapping(self, value: Abstract) -> dict[Any, Abstract]:
        raise NotImplementedError

    def key_of(self, value: Abstract) -> Any:
        raise NotImplementedError

    def call_dict_method(
        self, name: str, owner: Composite, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        raise NotImplementedError

    def _call_tuple_method(
        self, name: str, owner: Composite, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        raise NotImplementedError

    def _contained(self, item: Abstract, container: Abstract) -> Abstract:
        if not _is_container(container) or not isinstance(container, Static):
            return super()._contained(item, container)
        if isinstance(container.value, dict) and (not is_atom(item) or isinstance(item, Const)):
            known = self.key_of(item)
            found = known in container.value
            self.assume(container, f"key {known!r}", lambda: (known in container.value) == found)
            return TRUE if found else FALSE
        return super()._contained(item, self.opened(container))

    def attribute(self, owner: Abstract, name: str) -> Abstract:
        if _is_container(owner) and isinstance(owner, Static) and hasattr(owner.value, name):
            return self.own_method(name, owner)
        return super().attribute(owner, name)


def _is_container(value: Abstract) -> bool:
    return isinstance(value, Static) and type(value.value) in (list, dict)
