"""Lists and dicts of the user's module: read at each call, item by item.

How many items there are, and under which keys, is part of the version, which is guarded:

    RATES = {"slow": 0.1, "fast": 2.0}

    for rate in RATES.values():            total += RATES_slow * x
        total += rate * x                  total += RATES_fast * x

Numbers that are found by an index of the running program are read as an array; of a table of rows,
each column:

    NODES = [[0.1, 1.0], [0.4, 2.0]]       # NODES_0, NODES_1 = np.array([0.1, 0.4]), …
    a, b = NODES[i]                        a, b = NODES_0[i], NODES_1[i]
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from diffpy.kinds import PY_INT, Scalar
from diffpy.rules.notation import Value
from diffpy.rules.structural import as_kind
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
        if isinstance(container, Static) and isinstance(key, Var) and _is_table(container.value):
            return self._found_in_table(container, key)
        if _is_container(container) and isinstance(key, Var | Composite):
            return super().subscript(self.opened(container), key)
        return super().subscript(container, key)

    def _found_in_table(self, container: Static, key: Var) -> Abstract:
        """The item of a list of numbers, or of rows of numbers."""
        table, name = container.value, container.name or "table"
        self.program.outside[id(table)] = table
        if not isinstance(table[0], list | tuple):
            return self._found_in_column(table, None, name, key)
        self.program.outside.update((id(row), row) for row in table)
        row = [self._found_in_column(table, k, f"{name}_{k}", key) for k in range(len(table[0]))]
        return tuple_of(*row, cls=_Row if isinstance(table[0], list) else tuple)

    def _found_in_column(self, table: list[Any], k: int | None, name: str, key: Var) -> Abstract:
        fetch = partial(_column, table, k)
        numbers = fetch()
        column = self.lift(numbers, name, ("column", id(table), k), fetch)
        found = self.subscript(column, key)
        assert isinstance(found, Var | Const)
        result = as_kind(Value(found), Scalar(numbers.dtype.name, True)).atom
        if isinstance(result, Var):
            result.mixed = _is_mixed(table, k)
            self._guard(("mixed", id(table), k), name, partial(_is_mixed, table, k), result.mixed)
        return result

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


class _Row(list[Any]):
    """A row of a table from outside: a list that may only be read."""


def _numbers(table: list[Any], k: int | None) -> list[Any]:
    """A column of a table, or a list itself; without items if rows lack one."""
    try:
        return [row[k] for row in table] if k is not None else table
    except (TypeError, IndexError):
        return []


def _column(table: list[Any], k: int | None) -> Any:
    """The same as an array; None if these are not all numbers."""
    numbers = _numbers(table, k)
    return np.array(numbers) if set(map(type, numbers)) <= {float, int} and numbers else None


def _is_mixed(table: list[Any], k: int | None) -> bool:
    """Whether some of the numbers are integers and some are not."""
    return len(set(map(type, _numbers(table, k)))) > 1


def _is_table(value: Any) -> bool:
    """Whether a list holds numbers, or rows of as many."""
    if type(value) is not list or not value:
        return False
    if not isinstance(value[0], list | tuple):
        return _is_column(_column(value, None))
    rows = {(type(row), len(row) if isinstance(row, list | tuple) else -1) for row in value}
    if len(rows) > 1 or type(value[0]) not in (list, tuple):
        return False
    return all(_is_column(_column(value, k)) for k in range(len(value[0])))


def _is_column(numbers: Any) -> bool:
    return numbers is not None and numbers.dtype in (np.float64, np.int64)


def _is_container(value: Abstract) -> bool:
    return isinstance(value, Static) and type(value.value) in (list, dict)
