"""Structures: how arguments and results are taken apart into leaves and put together again.

Compiled functions take and return leaves (numbers and arrays). A structure says how a tuple, a
list, a dict, an object or None is made of them; it is hashable, so it is also the signature that a
derivative is generated for.
"""

from __future__ import annotations

import sys
from abc import ABCMeta
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from types import BuiltinMethodType, MethodType, MethodWrapperType, SimpleNamespace
from typing import Any, Protocol, TypeAlias

import numpy as np

from diffpy.kinds import Array, Kind, Opaque, Scalar, kind_of_value


@dataclass(frozen=True)
class Leaf:
    """One number or array."""

    kind: Kind


@dataclass(frozen=True)
class Numbers(Leaf):
    """A list of numbers of one kind, of any length; compiled code takes it as an array."""

    item: Scalar


@dataclass(frozen=True)
class Sequence:
    """A tuple, a namedtuple (``cls`` is its class) or a list; with keys, a dict or an object.

    The keys of an object are the names of its attributes.
    """

    cls: type
    items: tuple[Structure, ...]
    keys: tuple[Any, ...] = ()

    def parts(self, value: Any) -> list[Any]:
        """What a value of this structure consists of, in the order of the items."""
        if self.cls is dict:
            return [value[key] for key in self.keys]
        if self.is_object:
            return [getattr(value, key) for key in self.keys]
        return list(value)

    def make(self, parts: list[Any]) -> Any:
        """A value of this structure, made of its parts."""
        if self.cls in (tuple, list):
            return self.cls(parts)
        if self.cls is dict:
            return dict(zip(self.keys, parts))
        if not self.is_object:
            return self.cls(*parts)
        made: Any = self.cls() if self.cls is SimpleNamespace else object.__new__(self.cls)
        for key, part in zip(self.keys, parts):
            object.__setattr__(made, key, part)  # the class may forbid it: a frozen dataclass
        return made

    @property
    def is_object(self) -> bool:
        return self.cls is not dict and not issubclass(self.cls, tuple | list)


#: known values of these types are the same if they are equal
_BY_VALUE = (str, bytes, int)


@dataclass(frozen=True)
class Known:
    """A value that the derivative is generated for: None, a string, a function, a module.

    Also a bool or an integer, where what the function does or returns is of other kinds for others.
    """

    value: Any

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Known):
            return NotImplemented
        return type(self.value) is type(other.value) and (
            is_same(self.value, other.value)
            or (isinstance(self.value, _BY_VALUE) and self.value == other.value)
        )

    def __hash__(self) -> int:
        value = self.value
        return hash(value) if isinstance(value, (*_BY_VALUE, *METHODS)) else id(value)


#: whose lookup makes a new object each time; they are equal if they are one function of one object
METHODS = (MethodType, BuiltinMethodType, MethodWrapperType)


def is_same(first: Any, second: Any) -> bool:
    """Whether two objects are one, or one method of one object."""
    return first is second or (
        isinstance(first, METHODS) and type(first) is type(second) and first == second
    )


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


def is_record(cls: Any) -> bool:
    """Whether instances of a class are made of what its Python source says, and nothing else.

    >>> from fractions import Fraction
    >>> is_record(SimpleNamespace), is_record(Fraction), is_record(type("point", (), {}))
    (True, False, True)
    """
    if type(cls) not in _METACLASSES or issubclass(cls, BaseException):
        return False
    if cls is SimpleNamespace:
        return True
    return all(base is object or _is_plain(base) for base in cls.__mro__) and cls is not object


#: they leave instances as they are
_METACLASSES = (type, ABCMeta, type(Protocol))
#: by these a class would change what making an instance, and reading and writing attributes, do
_SPECIAL = ("__new__", "__getattr__", "__getattribute__", "__setattr__", "__del__")


def _is_plain(cls: type) -> bool:
    if cls.__module__ == "typing" and cls.__name__ in ("Generic", "Protocol"):
        return True
    own = vars(cls)
    written_in_python = "__dict__" in own or "__slots__" in own or cls.__mro__[1] is not object
    return written_in_python and not any(_special_methods(cls))


def _special_methods(cls: type) -> Iterator[str]:
    parameters = getattr(cls, "__dataclass_params__", None)
    allowed = ("__setattr__",) if parameters is not None and parameters.frozen else ()
    return (n for n in _SPECIAL if n in vars(cls) and n not in allowed)


def why_no_record(cls: type) -> str | None:
    """What makes instances of a user's class more than `is_record` allows, None for other classes.

    >>> why_no_record(type("odd", (), {"__new__": lambda cls: None}))
    'odd defines `__new__`'
    """
    if type(cls) not in _METACLASSES:
        return f"its metaclass is {type(cls).__name__}"
    for base in cls.__mro__:
        if base.__module__ not in sys.stdlib_module_names:
            for name in _special_methods(base):
                return f"{base.__name__} defines `{name}`"
    return None


#: a longer list of numbers is one leaf
LONGEST_LIST = 16


def describe(value: Any, containers: bool = True) -> Structure | None:
    """The structure of a run-time value, or None if it is of a kind that has no leaves yet.

    With ``containers`` lists, dicts and objects have one too.
    """
    return _describe(value, containers, ())


def _describe(value: Any, containers: bool, around: tuple[int, ...]) -> Structure | None:
    kind = kind_of_value(value)
    if kind is not None:
        return Leaf(kind)
    cls = type(value)
    if cls is tuple or is_namedtuple(cls):
        return _described(cls, list(value), (), containers, around)
    if value is None or isinstance(value, str | bytes | type):
        return Known(value)
    if not containers:
        return Known(value) if callable(value) else None
    if id(value) in around:
        return None  # it contains itself
    inside = (*around, id(value))
    if cls is list:
        return _describe_list(value, inside)
    if cls is dict:
        if not all(isinstance(key, Hashable) and _is_key(key) for key in value):
            return None
        return _described(dict, list(value.values()), tuple(value), containers, inside)
    found: Structure | None = None
    if is_record(cls) and not (callable(value) and _is_library(cls)):
        keys = attribute_names(value)
        parts = [getattr(value, key) for key in keys]
        found = _described(cls, parts, keys, containers, inside)
    return Known(value) if found is None and callable(value) else found


def _is_library(cls: type) -> bool:
    """Whether the instances of a class are functions of a library's, as `np.vectorize` makes."""
    return cls.__module__.partition(".")[0] in ("numpy", "scipy")


def _is_key(key: Any) -> bool:
    return key is None or type(key) in (str, int, float, bool) or type(key) is tuple


def attribute_names(value: Any) -> tuple[str, ...]:
    """The attributes of an object of a record's class, without those of the class."""
    slots = [
        name
        for base in reversed(type(value).__mro__)
        for name in _slots_of(base)
        if hasattr(value, name)
    ]
    return (*slots, *getattr(value, "__dict__", ()))


def _slots_of(cls: type) -> tuple[str, ...]:
    slots = vars(cls).get("__slots__", ())
    names = (slots,) if isinstance(slots, str) else tuple(slots)
    return tuple(name for name in names if name not in ("__dict__", "__weakref__"))


def _described(
    cls: type, parts: list[Any], keys: tuple[Any, ...], containers: bool, around: tuple[int, ...]
) -> Structure | None:
    items = [_describe(part, containers, around) for part in parts]
    if any(item is None for item in items):
        return None
    return Sequence(cls, tuple(item for item in items if item is not None), keys)


def _describe_list(value: list[Any], around: tuple[int, ...]) -> Structure | None:
    if len(value) > LONGEST_LIST:
        kinds = {kind_of_value(item) for item in value}
        (kind,) = kinds if len(kinds) == 1 else (None,)
        if isinstance(kind, Scalar):
            return Numbers(Array(kind.dtype, 1), kind)
    return _described(list, value, (), True, around)


def has_structure(value: Any, structure: Structure) -> bool:
    """Whether a global or a cell is what a derivative was generated for."""
    if isinstance(structure, Leaf) and isinstance(structure.kind, Opaque):
        return type(value) is structure.kind.cls
    return describe(value, containers=False) == structure


def leaves(structure: Structure) -> Iterator[Leaf]:
    """The leaves of a structure, left to right."""
    match structure:
        case Leaf():
            yield structure
        case Sequence():
            for item in structure.items:
                yield from leaves(item)


def with_known(structure: Structure, value: Any, places: Iterable[int]) -> Structure:
    """The structure with the leaves at some places, counted from the left, known by value.

    >>> with_known(describe((True, 2.0)), (True, 2.0), {0}).items
    (Known(value=True), Leaf(kind=Scalar(dtype='float64', python=True)))
    """
    counter = count()

    def visit(structure: Structure, value: Any) -> Structure:
        match structure:
            case Leaf():
                return Known(value) if next(counter) in places else structure
            case Sequence(items=items):
                parts = zip(items, structure.parts(value), strict=True)
                return replace(structure, items=tuple(visit(i, p) for i, p in parts))
            case _:
                return structure

    return visit(structure, value)


def flatten(structure: Structure, value: Any) -> list[Any]:
    """The leaves of a value that has this structure."""
    match structure:
        case Numbers(kind):
            assert isinstance(kind, Array)
            return [np.array(value, dtype=kind.dtype)]
        case Leaf():
            return [value]
        case Sequence():
            return [
                leaf
                for item, part in zip(structure.items, structure.parts(value), strict=True)
                for leaf in flatten(item, part)
            ]
        case _:
            return []


def rebuild(structure: Structure, values: Iterator[Any]) -> Any:
    """The value of this structure made of the next leaves of ``values``."""
    match structure:
        case Numbers():
            return list_of(structure, next(values))
        case Leaf():
            return next(values)
        case Sequence():
            return structure.make([rebuild(item, values) for item in structure.items])
        case Known():
            return structure.value


def list_of(structure: Numbers, array: Any) -> list[Any]:
    """The list that compiled code has as an array."""
    return array.tolist() if structure.item.python else list(array)


def is_shared(values: Iterable[Any], others: Iterable[Any] = ()) -> bool:
    """Whether a list, a dict or an object occurs twice in some values, or among the others."""
    seen = set(map(id, others))

    def visit(value: Any) -> bool:
        structure = describe(value)
        if not isinstance(structure, Sequence | Numbers):
            return False
        if not isinstance(value, tuple):
            if id(value) in seen:
                return True
            seen.add(id(value))
        return isinstance(structure, Sequence) and any(map(visit, structure.parts(value)))

    return any(map(visit, values))
