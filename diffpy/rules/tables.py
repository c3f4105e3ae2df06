"""Tables: which place a key has among those of a dict or a set that changes while it runs.

A table is a list of integers (see `diffpy.runtime.tables`), so it has no derivative. What a dict
holds at the places stands in lists of its own, which have one (`diffpy.rules.containers`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from diffpy.kinds import PY_INT, List
from diffpy.rules.containers import new_list
from diffpy.rules.notation import Value
from diffpy.rules.registry import Primitive
from diffpy.rules.structural import as_kind


def _called(name: str) -> Any:
    def text(count: int) -> str:
        return f"{name}(_0, ({', '.join(f'_{n}' for n in range(1, count))},))"

    return text


def _unchanged(shadow: None, g: None, out: Value, *args: Value) -> tuple[None, ...]:
    return (None,) * len(args)


def _change(name: str) -> Primitive:
    return Primitive(
        name,
        _called(name),
        lambda kinds: PY_INT,
        undo=_unchanged,
        effect=True,
        writes=True,
        returns=True,
    )


_find = Primitive("table_find", _called("table_find"), lambda kinds: PY_INT, cost=10)
_place = _change("table_place")
_remove = _change("table_remove")


def new_table() -> Value:
    """A table without keys."""
    made: Value = new_list(item=PY_INT)
    assert made.kind == List(PY_INT)
    return made


def find(table: Value, key: Sequence[Value]) -> Value:
    """The place of a key, -1 if there is none."""
    result: Value = _find(table, *_integers(key))
    return result


def place(table: Value, key: Sequence[Value]) -> Value:
    """The place of a key; one that is new gets the next."""
    result: Value = _place(table, *_integers(key))
    return result


def remove(table: Value, key: Sequence[Value]) -> Value:
    """Take a key away, so that those after it move up; its place, -1 if there is none."""
    result: Value = _remove(table, *_integers(key))
    return result


def _integers(key: Sequence[Value]) -> list[Value]:
    return [as_kind(k, PY_INT) for k in key]
