"""How long the axes of a result are, said with the axes of the operands.

    A: n by m          A[1:-1, k]           n - 2
                       B = A[:-2] + A[2:]   n - 2 by m, without a look at B
                       u[:, None] * v       len(u) by len(v)

An extent is a plain int, or one of the forms below; equal forms are equal extents. A `Shape` has
one for each axis. What is not known is the extent of the result itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

#: a form in forms in forms is not worth following
_DEEPEST = 4


@dataclass(frozen=True)
class Axis:
    """The extent of an array's axis."""

    array: Any
    axis: int


@dataclass(frozen=True)
class Number:
    """An integer of the program."""

    value: Any


@dataclass(frozen=True)
class Asked:
    """An integer of the program that may stand for an extent, or may be -1."""

    value: Any


@dataclass(frozen=True)
class Shortened:
    """``max(0, of - by)``."""

    of: Extent
    by: int


@dataclass(frozen=True)
class Part:
    """How many of so many elements a slice takes; None or an atom on either side."""

    of: Extent
    start: Any
    stop: Any


@dataclass(frozen=True)
class Joint:
    """What two extents broadcast to."""

    first: Extent
    second: Extent


Extent: TypeAlias = int | Axis | Number | Shortened | Part | Joint
Shape: TypeAlias = tuple[Extent | None, ...]
#: from the shapes of the operands (of numbers, the atoms) to that of the result
ShapeRule: TypeAlias = Callable[..., Shape]


def number(atom: Any) -> Extent:
    """The extent that an integer operand says."""
    value = constant(atom)
    return Number(atom) if value is None else value


def asked(atom: Any) -> Extent | Asked | None:
    """The extent that an operand of a reshape says; None for -1."""
    value = constant(atom)
    if value is None:
        return Asked(atom)
    return value if value >= 0 else None


def constant(atom: Any) -> int | None:
    """The value of an integer that is known while compiling."""
    value = getattr(atom, "value", None)
    return value if type(value) is int else None


def shortened(extent: Extent | None, by: int) -> Extent | None:
    """
    >>> shortened(shortened(Axis("a", 0), 1), 2)
    Shortened(of=Axis(array='a', axis=0), by=3)
    """
    if extent is None or by == 0:
        return extent
    if isinstance(extent, int):
        return max(0, extent - by)
    if isinstance(extent, Shortened):
        return Shortened(extent.of, extent.by + by)
    return Shortened(extent, by)


def part(extent: Extent | None, start: Any, stop: Any, step: Any) -> Extent | None:
    """The extent of a slice; bounds are atoms, or None where they are left away."""
    first = 0 if start is None else constant(start)
    last = 0 if stop is None else constant(stop)
    if extent is None or step is not None:
        turned = start is None and stop is None and constant(step) == -1
        return extent if turned else None
    if first is not None and first >= 0 and last is not None and (last < 0 or stop is None):
        return shortened(extent, first - last)
    return Part(extent, start, stop)


def indexed(operands: Sequence[Any], pattern: tuple[str, ...]) -> Shape:
    """The shape of a view by a basic index; see `diffpy.rules.structural` for the pattern.

    >>> indexed((("n", "m", 3), None), ("i", "n", "e", "s000"))
    (1, 'm', 3)
    """
    shape, *items = operands
    left = list(shape)
    spread = len(left) - sum(code[0] in "is" for code in pattern)
    found: list[Extent | None] = []
    for code in pattern:
        if code == "n":
            found.append(1)
        elif code == "e":
            found += [left.pop(0) for _ in range(spread)]
        elif code == "i":
            left.pop(0), items.pop(0)
        else:
            bounds = [items.pop(0) if given == "1" else None for given in code[1:]]
            found.append(part(left.pop(0), *bounds))
    return (*found, *left)


def broadcast(*operands: Any) -> Shape:
    """The shape of an elementwise result; numbers have no axes.

    >>> broadcast((Axis("a", 0), 1), "a number", (Axis("b", 0),))
    (Axis(array='a', axis=0), Axis(array='b', axis=0))
    """
    shapes = [s for s in operands if isinstance(s, tuple)]
    count = max(map(len, shapes), default=0)
    padded = [(1,) * (count - len(s)) + s for s in shapes]
    return tuple(_joint(extents) for extents in zip(*padded, strict=True))


def _joint(extents: Sequence[Extent | None]) -> Extent | None:
    several = [e for e in dict.fromkeys(extents) if e != 1]
    if None in several:
        return None
    if len(several) <= 1:
        return (*several, 1)[0]
    joint = several[0]
    for other in several[1:]:
        assert joint is not None and other is not None
        joint = Joint(joint, other)
    return joint


def depth(extent: Extent | None) -> int:
    match extent:
        case Shortened(of=of) | Part(of=of):
            return 1 + depth(of)
        case Joint(first, second):
            return 1 + max(depth(first), depth(second))
        case _:
            return 0


def is_shallow(extent: Extent | None) -> bool:
    return depth(extent) <= _DEEPEST
