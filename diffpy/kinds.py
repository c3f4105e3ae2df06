"""Kinds: what the compiler knows about a value before the program runs.

A kind is to diffpy what a type is to numba: the dtype of a number, whether it is Python's own
number or NumPy's (``1.0 / 0.0`` raises, ``np.float64(1) / 0.0`` does not), the number of
dimensions of an array. Structures (tuples, namedtuples, unions) are flattened to leaves of these
kinds by `diffpy.transform.specialise`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np


@dataclass(frozen=True)
class Scalar:
    """A number: ``dtype`` is NumPy's name for it, ``python`` tells float from np.float64."""

    dtype: str
    python: bool = False

    def __str__(self) -> str:
        if not self.python:
            return f"np.{self.dtype}"
        return {"float64": "float", "int64": "int", "complex128": "complex"}.get(
            self.dtype, self.dtype
        )


@dataclass(frozen=True)
class Array:
    """An array of ``ndim`` dimensions; extents are run-time values."""

    dtype: str
    ndim: int

    def __str__(self) -> str:
        return f"{self.dtype}[{', '.join(':' * self.ndim)}]"


@dataclass(frozen=True)
class List:
    """A Python list that grows and shrinks while the program runs.

    It is storage with identity, as an array is: operations change it in place, and a variable of
    this kind is never copied by assignment. Arrays in a list are values: nobody writes into them
    (see `diffpy.transform.own_items`).
    """

    item: Scalar | Array

    @property
    def dtype(self) -> str:
        return self.item.dtype

    def __str__(self) -> str:
        return f"list[{self.item}]"


@dataclass(frozen=True)
class Tape:
    """The handle of a tape (see `diffpy.runtime.tape`)."""

    def __str__(self) -> str:
        return "tape"


@dataclass(frozen=True)
class Opaque:
    """An object that only Python can use: a lock, a logger, a random number generator."""

    cls: type

    def __str__(self) -> str:
        return str(self.cls.__name__)


Kind: TypeAlias = Scalar | Array | List | Tape | Opaque

PY_FLOAT = Scalar("float64", True)
PY_INT = Scalar("int64", True)
PY_BOOL = Scalar("bool", True)
PY_COMPLEX = Scalar("complex128", True)
NP_FLOAT = Scalar("float64", False)
NP_INT = Scalar("int64", False)
NP_BOOL = Scalar("bool", False)
TAPE = Tape()

_PYTHON_KINDS: dict[type, Kind] = {
    float: PY_FLOAT,
    int: PY_INT,
    bool: PY_BOOL,
    complex: PY_COMPLEX,
}


#: classes of arrays that mean the same by every operation; a file in memory is one
PLAIN_ARRAYS = (np.ndarray, np.memmap)


def kind_of_value(value: Any) -> Kind | None:
    """The kind of a run-time value, or None if it is not a number or a numeric array."""
    python = _PYTHON_KINDS.get(type(value))
    if python is not None:
        return python
    if type(value) in PLAIN_ARRAYS:
        return Array(value.dtype.name, value.ndim) if value.dtype.kind in "biufc" else None
    if isinstance(value, np.generic) and value.dtype.kind in "biufc":
        return Scalar(value.dtype.name, False)
    return None


def type_code(kind: Kind) -> str:
    """NumPy's one-letter class of the kind: b, i, u, f, c (``"t"`` for a tape, ``"O"``)."""
    match kind:
        case Tape():
            return "t"
        case Opaque():
            return "O"
        case _:
            return np.dtype(kind.dtype).kind


def is_differentiable(kind: Kind) -> bool:
    """Floats and complex numbers carry derivatives; integers and booleans never do."""
    return type_code(kind) in "fct"


def is_real(kind: Kind) -> bool:
    return type_code(kind) == "f"


def is_integer(kind: Kind) -> bool:
    return type_code(kind) in "iu"


def is_bool(kind: Kind) -> bool:
    return type_code(kind) == "b"


def adjoint_kind(kind: Kind) -> Kind:
    """Adjoints and tangents follow NumPy's arithmetic: the reverse of ``sqrt`` at 0 is inf."""
    match kind:
        case Scalar(dtype):
            return Scalar(dtype, False)
        case List(Scalar(dtype)):
            return List(Scalar(dtype, False))
        case _:
            return kind


def is_storage(kind: Kind) -> bool:
    """Whether values of the kind are places that can be written into, with one shadow each."""
    return isinstance(kind, Array | List)


_SAMPLES = {"b": True, "i": 3, "u": 3, "f": 0.7, "c": 0.7 + 0.2j}


def sample(kind: Kind) -> Any:
    """A small value of the kind, without extents of 1, for asking NumPy what it returns."""
    assert isinstance(kind, Scalar | Array)
    dtype = np.dtype(kind.dtype)
    value = _SAMPLES[dtype.kind]
    if isinstance(kind, Array):
        return np.full((2,) * kind.ndim, value, dtype)
    return value if kind.python else dtype.type(value)


def join(first: Kind, second: Kind) -> Kind | None:
    """The kind that holds both, for a variable that is one or the other; None if there is none.

    Numbers promote; a NumPy scalar wins over a Python number of the same class. Arrays join
    only with arrays of the same rank and dtype, because promotion would copy.
    """
    if first == second:
        return first
    if isinstance(first, Scalar) and isinstance(second, Scalar):
        if "bool" in (first.dtype, second.dtype) and first.dtype != second.dtype:
            return None
        if first.python != second.python and {"i", "u"} == {type_code(first), type_code(second)}:
            return None  # an int may be negative, and what is added to an unsigned one wraps
        dtype = np.promote_types(first.dtype, second.dtype).name
        python = first.python and second.python
        if first.python != second.python and type_code(first) == type_code(second):
            dtype = second.dtype if first.python else first.dtype
        return Scalar(dtype, python)
    return None
