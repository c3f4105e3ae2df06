"""Drop arithmetic that does nothing and compute what is constant.

    x * 1.0 -> x        x + 0.0 -> x (adjoints)        a + (-b) -> a - b        2 * 3 -> 6

Only identities that hold for every value of the operands' kinds are used. ``0.0 * x`` stays: x may
be inf or nan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from diffpy.kinds import Array, Kind, Scalar, is_integer, type_code
from diffpy.rules import operators
from diffpy.rules.registry import Primitive
from diffpy.transform.ir import Atom, Const, Var

if TYPE_CHECKING:
    from diffpy.transform.build import Builder

_LENGTH_BITS = 48  # no array has more elements, no address space more bytes


def simplify(
    builder: Builder, primitive: Primitive, args: tuple[Atom, ...], static: dict[str, Any]
) -> Atom | None:
    """A simpler atom that equals the operation, or None if there is none."""
    if primitive.evaluate is not None and args and all(isinstance(a, Const) for a in args):
        folded = _fold(primitive, args, static)
        if folded is not None:
            return folded
    rule = _IDENTITIES.get(primitive.name)
    return rule(builder, *args) if rule is not None else None


def _fold(primitive: Primitive, args: tuple[Atom, ...], static: dict[str, Any]) -> Const | None:
    kind = primitive.infer(tuple(a.kind for a in args), **static)
    if not isinstance(kind, Scalar):
        return None
    assert primitive.evaluate is not None
    try:
        with np.errstate(all="raise"):
            value = primitive.evaluate(*(a.value for a in args), **static)  # type: ignore[union-attr]
    except (ArithmeticError, ValueError):
        return None  # it raises when the program runs, if it is reached
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 63:
        return None
    if np.dtype(kind.dtype) != np.asarray(value).dtype:
        return None
    return Const(value.item() if isinstance(value, np.generic) and kind.python else value, kind)


def _is(atom: Atom, number: float) -> bool:
    return isinstance(atom, Const) and not isinstance(atom.value, bool) and atom.value == number


def _may_share(builder: Builder, atom: Atom) -> bool:
    """Whether the atom itself may stand for a result; an array's result is a new array."""
    return builder.shares_arrays or not isinstance(atom.kind, Array)


def _keeps_kind(builder: Builder, primitive: Primitive, atom: Atom, other: Atom) -> bool:
    """Whether leaving ``other`` away changes neither dtype, rank, nor what shares memory."""
    same = primitive.infer((atom.kind, other.kind)) == atom.kind
    return same and _may_share(builder, atom)


def _multiply(builder: Builder, x: Atom, y: Atom) -> Atom | None:
    for one, other in ((x, y), (y, x)):
        if _is(one, 1) and _keeps_kind(builder, operators.multiply, other, one):
            return other
        if _is(one, -1) and operators.multiply.infer((other.kind, one.kind)) == other.kind:
            return builder.emit(operators.negative, (other,))
    return None


def _add(builder: Builder, x: Atom, y: Atom) -> Atom | None:
    # -0.0 + 0.0 is 0.0, so x + 0.0 is not x to the last bit; for integers it is
    for zero, other in ((x, y), (y, x)):
        if _is(zero, 0) and is_integer(other.kind):
            if _keeps_kind(builder, operators.add, other, zero):
                return other
    negated = _negated(builder, y)
    if negated is not None:
        return builder.emit(operators.subtract, (x, negated))
    return None


def _subtract(builder: Builder, x: Atom, y: Atom) -> Atom | None:
    if _is(y, 0) and is_integer(x.kind) and _keeps_kind(builder, operators.subtract, x, y):
        return x
    negated = _negated(builder, y)
    if negated is not None:
        return builder.emit(operators.add, (x, negated))
    return None


def _negated(builder: Builder, x: Atom) -> Atom | None:
    """``y`` if ``x`` is the temporary ``-y`` (of floats: for integers -y can overflow)."""
    made = builder.definitions.get(x) if isinstance(x, Var) else None
    if made is not None and made.primitive is operators.negative and type_code(x.kind) in "fc":
        assert isinstance(x, Var)
        return made.args[0] if x.temporary else None
    return None


def _negative(builder: Builder, x: Atom) -> Atom | None:
    negated = _negated(builder, x)
    return negated if negated is not None and _may_share(builder, negated) else None


def _divide(builder: Builder, x: Atom, y: Atom) -> Atom | None:
    return x if _is(y, 1) and _keeps_kind(builder, operators.divide, x, y) else None


def _power(builder: Builder, x: Atom, y: Atom) -> Atom | None:
    return x if _is(y, 1) and _keeps_kind(builder, operators.power, x, y) else None


def _must_be_int(builder: Builder, x: Atom) -> Atom | None:
    """Only of a power of ints it is not known."""
    return None if _is_of_power(builder, x) else x


def _is_of_power(builder: Builder, x: Atom) -> bool:
    made = builder.definitions.get(x) if isinstance(x, Var) else None
    if made is None or made.primitive is operators.integer_power:
        return made is not None
    scales = made.primitive in (operators.multiply, operators.negative)
    return scales and any(_is_of_power(builder, a) for a in made.args)


_IDENTITIES: dict[str, Any] = {
    "*": _multiply,
    "+": _add,
    "-": _subtract,
    "neg": _negative,
    "/": _divide,
    "**": _power,
    "must_be_int": _must_be_int,
}


def integer_bits(primitive: Primitive, args: tuple[Atom, ...], kind: Kind) -> int:
    """A bound on an integer result: |value| < 2**bits. 64 where there is no proof."""
    if isinstance(kind, Array) or not (isinstance(kind, Scalar) and is_integer(kind)):
        return 64
    bits = [a.bits for a in args]
    match primitive.name:
        case "dim" | "part_extent" | "joint_extent":
            return _LENGTH_BITS
        case "+" | "-":
            return min(64, max(bits) + 1)
        case "*":
            return min(64, sum(bits))
        case "neg" | "abs":
            return bits[0]
        case "%" if isinstance(args[1], Const):
            return bits[1]
        case "//" | "min" | "max":
            return max(bits)
        case _:
            return 64
