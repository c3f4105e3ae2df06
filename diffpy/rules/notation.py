"""Writing primitives as ordinary expressions.

Rules and definitions compute with `Value`: ``g * np.cos(x)`` in a rule emits the primitives ``cos``
and ``*`` where the compiler stands. Whether an operand is an array and of which rank is known
then (``x.ndim``, ``x.kind``), so rules branch on it with Python's own ``if``.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from diffpy.errors import KindError, Noun
from diffpy.explain_values import fix_of, name_of
from diffpy.kinds import Array, Kind, List, Scalar, kind_of_value

if TYPE_CHECKING:
    from diffpy.rules.registry import Primitive


class Emitter(Protocol):
    """What a rule needs of the compiler: a place to emit to, and constants."""

    def emit(self, primitive: Primitive, args: tuple[Any, ...], static: dict[str, Any]) -> Any: ...
    def constant(self, value: Any, kind: Kind) -> Any: ...


class _Current(threading.local):
    emitters: list[Emitter]

    def __init__(self) -> None:
        self.emitters = []


_current = _Current()


@contextlib.contextmanager
def emitting_to(emitter: Emitter) -> Iterator[None]:
    """Primitives called inside this block are emitted to ``emitter``."""
    _current.emitters.append(emitter)
    try:
        yield
    finally:
        _current.emitters.pop()


def emit(primitive: Primitive, args: tuple[Any, ...], static: dict[str, Any]) -> Value | None:
    """Emit one primitive; numbers among the operands become constants."""
    emitter = _current.emitters[-1]
    atom = emitter.emit(primitive, tuple(as_value(a).atom for a in args), static)
    return None if atom is None else Value(atom)


def as_value(x: Any) -> Value:
    """A Value as it is; a number as a constant."""
    if isinstance(x, Value):
        return x
    kind = kind_of_value(x)
    if not isinstance(kind, Scalar):
        if isinstance(x, np.ndarray | np.generic):
            raise KindError(f"{Noun(name_of(x)):an} is used here", fix=fix_of(x))
        raise TypeError(f"{x!r} is no number that a rule can use")
    return Value(_current.emitters[-1].constant(x, kind))


@dataclass(frozen=True, eq=False)
class Value:
    """A number or an array of the program being compiled."""

    atom: Any

    # Value defines no __eq__ on purpose: comparing is `equal(x, y)`, identity is identity.
    __array_ufunc__ = None

    @property
    def kind(self) -> Kind:
        return self.atom.kind

    @property
    def ndim(self) -> int:
        return self.kind.ndim if isinstance(self.kind, Array) else 0

    @property
    def dtype(self) -> np.dtype[Any]:
        assert isinstance(self.kind, Array | List | Scalar)
        return np.dtype(self.kind.dtype)

    @property
    def is_array(self) -> bool:
        return isinstance(self.kind, Array)

    @property
    def constant(self) -> Any:
        """The number, if it is known while compiling, else None."""
        return getattr(self.atom, "value", None)

    def __bool__(self) -> bool:
        """For options such as ``keepdims``; a value of the running program has no truth yet."""
        if self.constant is None:
            raise TypeError("an option must be known while compiling: write True or False")
        return bool(self.constant)

    @property
    def shape(self) -> tuple[Any, ...]:
        from diffpy.rules.structural import dim

        return tuple(dim(self, axis=axis) for axis in range(self.ndim))

    @property
    def T(self) -> Value:
        from diffpy.rules.shaping import transpose

        return transpose(self)

    def __getitem__(self, key: Any) -> Value:
        from diffpy.rules.structural import read

        return read(self, key)

    def __add__(self, other: Any) -> Value:
        return _operators().add(self, other)

    def __radd__(self, other: Any) -> Value:
        return _operators().add(other, self)

    def __sub__(self, other: Any) -> Value:
        return _operators().subtract(self, other)

    def __rsub__(self, other: Any) -> Value:
        return _operators().subtract(other, self)

    def __mul__(self, other: Any) -> Value:
        if isinstance(other, Factor):
            return other.times(self)
        return _operators().multiply(self, other)

    def __rmul__(self, other: Any) -> Value:
        return _operators().multiply(other, self)

    def __truediv__(self, other: Any) -> Value:
        return _operators().divide(self, other)

    def __rtruediv__(self, other: Any) -> Value:
        return _operators().divide(other, self)

    def __floordiv__(self, other: Any) -> Value:
        return _operators().floor_divide(self, other)

    def __rfloordiv__(self, other: Any) -> Value:
        return _operators().floor_divide(other, self)

    def __mod__(self, other: Any) -> Value:
        return _operators().remainder(self, other)

    def __rmod__(self, other: Any) -> Value:
        return _operators().remainder(other, self)

    def __pow__(self, other: Any) -> Value:
        return _operators().power(self, other)

    def __rpow__(self, other: Any) -> Value:
        return _operators().power(other, self)

    def __matmul__(self, other: Any) -> Value:
        from diffpy.rules.linalg import matmul

        return matmul(self, other)

    def __neg__(self) -> Value:
        return _operators().negative(self)

    def __lt__(self, other: Any) -> Value:
        return _operators().less(self, other)

    def __le__(self, other: Any) -> Value:
        return _operators().less_equal(self, other)

    def __gt__(self, other: Any) -> Value:
        return _operators().greater(self, other)

    def __ge__(self, other: Any) -> Value:
        return _operators().greater_equal(self, other)


def _operators() -> Any:
    from diffpy.rules import operators

    return operators


class Factor:
    """A partial derivative that is not one number: how it multiplies an adjoint or a tangent.

    ``g * factor`` is ``factor.times(g)``.
    """

    def times(self, g: Value) -> Value:
        raise NotImplementedError


@dataclass(frozen=True)
class Quotient(Factor):
    """``num / den``, applied as ``g * num / den``.

    ``g`` is NumPy's number, so the division gives inf where Python's own would raise.
    """

    num: Any
    den: Any

    def times(self, g: Value) -> Value:
        return g * self.num / self.den


@dataclass(frozen=True)
class NormSlope(Quotient):
    """``num / norm``; where the norm is zero the slope is zero for a finite adjoint.

    The zero is the adjoint times a root of zero, so that the second derivative is nan there:
    that of ``norm**2`` depends on what the program does with the norm, not on its slope.
    """

    def times(self, g: Value) -> Value:
        from diffpy.rules.elementwise import sqrt
        from diffpy.rules.operators import equal, select

        return select(equal(self.den, 0.0), g * sqrt(self.den), super().times(g))


@dataclass(frozen=True)
class Masked(Factor):
    """``value`` where the condition holds (or fails, with ``holds=False``), else zero.

    What is masked away counts as zero even if the adjoint is inf or nan there.
    """

    condition: Value
    holds: bool = True
    value: Any = 1.0

    def times(self, g: Value) -> Value:
        from diffpy.rules.operators import select

        g = g * self.value
        if self.holds:
            return select(self.condition, g, 0.0)
        return select(self.condition, 0.0, g)


@dataclass(frozen=True)
class Scatter:
    """A contribution to a part of an operand's adjoint: ``x_bar[index] += value``."""

    value: Value
    index: tuple[Value, ...]
    pattern: tuple[str, ...]
