"""Structures: how arguments and results are taken apart into leaves and put together again.

Compiled functions take and return leaves (numbers and arrays). A structure says how a tuple, a
namedtuple or None is made of them; it is hashable, so it is also the signature that a derivative is
generated for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from diffpy.kinds import Kind, kind_of_value


@dataclass(frozen=True)
class Leaf:
    """One number or array."""

    kind: Kind


@dataclass(frozen=True)
class Sequence:
    """A tuple (``cls`` is tuple) or a namedtuple (``cls`` is its class)."""

    cls: type
    items: tuple[Structure, ...]


@dataclass(frozen=True)
class Known:
    """A value that the derivative is generated for: None, a string, a function, a module."""

    value: Any

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Known):
            return NotImplemented
        return type(self.value) is type(other.value) and (
            self.value is other.value
            or (isinstance(self.value, str | bytes) and self.value == other.value)
        )

    def __hash__(self) -> int:
        return hash(self.value) if isinstance(self.value, str | bytes) else id(self.value)


Structure: TypeAlias = Leaf | Sequence | Known


def describe(value: Any) -> Structure | None:
    """The structure of a run-time value, or None if it is of a kind that has no leaves yet."""
    kind = kind_of_value(value)
    if kind is not None:
        return Leaf(kind)
    if isinstance(value, tuple):
        items = [describe(item) for item in value]
        if any(item is None for item in items):
            return None
        return Sequence(type(value), tuple(item for item in items if item is not None))
    if value is None or isinstance(value, str | bytes | type) or callable(value):
        return Known(value)
    return None


def leaves(structure: Structure) -> Iterator[Leaf]:
    """The leaves of a structure, left to right."""
    match structure:
        case Leaf():
            yield structure
        case Sequence():
            for item in structure.items:
                yield from leaves(item)


def flatten(structure: Structure, value: Any) -> list[Any]:
    """The leaves of a value that has this structure."""
    match structure:
        case Leaf():
            return [value]
        case Sequence():
            return [
                leaf
                for item, part in zip(structure.items, value, strict=True)
                for leaf in flatten(item, part)
            ]
        case _:
            return []


def rebuild(structure: Structure, values: Iterator[Any]) -> Any:
    """The value of this structure made of the next leaves of ``values``."""
    match structure:
        case Leaf():
            return next(values)
        case Sequence():
            parts = [rebuild(item, values) for item in structure.items]
            return tuple(parts) if structure.cls is tuple else structure.cls(*parts)
        case Known():
            return structure.value
