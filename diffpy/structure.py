"""Structures: how arguments and results are taken apart into leaves and put together again.

Compiled functions take and return leaves (numbers and arrays). A structure says how a tuple, a
namedtuple or None is made of them; it is hashable, so it is also the signature that a derivative is
generated for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import MethodType
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
            is_same(self.value, other.value)
            or (isinstance(self.value, str | bytes) and self.value == other.value)
        )

    def __hash__(self) -> int:
        value = self.value
        if isinstance(value, MethodType):
            return hash((id(value.__func__), id(value.__self__)))
        return hash(value) if isinstance(value, str | bytes) else id(value)


def is_same(first: Any, second: Any) -> bool:
    """Whether two objects are one; looking up a method makes a new object each time."""
    if isinstance(first, MethodType) and isinstance(second, MethodType):
        return first.__func__ is second.__func__ and first.__self__ is second.__self__
    return first is second


Structure: TypeAlias = Leaf | Sequence | Known


#: methods by which a class would change what indexing, operators and tests do with its tuples
_OPERATORS = {
    *(name for name in (*vars(int), *vars(tuple)) if name.startswith("__")),
    *("__matmul__", "__rmatmul__", "__imatmul__", "__iadd__", "__imul__", "__getattr__"),
} - {
    *("__new__", "__getnewargs__", "__class_getitem__"),
    *("__repr__", "__format__", "__hash__", "__doc__"),
}


def is_namedtuple(cls: type) -> bool:
    """Whether a class is a namedtuple that is made and behaves as a tuple; it may have methods.

    >>> from collections import namedtuple
    >>> point = namedtuple("point", "x y")
    >>> is_namedtuple(point), is_namedtuple(tuple)
    (True, False)
    >>> is_namedtuple(type("vector", (point,), {"__add__": lambda self, other: "the sum"}))
    False
    """
    if not (issubclass(cls, tuple) and hasattr(cls, "_fields")):
        return False
    own = cls.__mro__[: cls.__mro__.index(tuple)]
    made = sum("__new__" in vars(c) for c in own)
    return made == 1 and not any(name in _OPERATORS for c in own for name in vars(c))


def describe(value: Any) -> Structure | None:
    """The structure of a run-time value, or None if it is of a kind that has no leaves yet."""
    kind = kind_of_value(value)
    if kind is not None:
        return Leaf(kind)
    if type(value) is tuple or is_namedtuple(type(value)):
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
