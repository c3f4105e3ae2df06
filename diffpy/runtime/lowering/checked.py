"""Checked scalar arithmetic in compiled code, written as LLVM instructions.

Each is the bare operation plus one test that is never true in a healthy run and predicted so.
Error messages are taken from the running CPython, whose words change between versions.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.typing.templates import signature
from numba.extending import lower_builtin, type_callable

from .. import checked

_I64 = ir.IntType(64)
_F64 = ir.DoubleType()
_MIN, _MAX = -(2**63), 2**63 - 1
INT_OVERFLOW = (
    "the result does not fit into 64 bits: Python's ints are unbounded, compiled code's are not;"
    ' use floats, or backend="python"'
)


def message(operation: Callable[[], Any]) -> tuple[Any, ...]:
    """The arguments of the exception that CPython raises for `operation`."""
    try:
        operation()
    except Exception as error:
        return error.args
    raise AssertionError("the operation was meant to fail")


def is_python_int(kind: Any) -> bool:
    """Whether `kind` is what Python's ints and bools become."""
    plain = types.unliteral(kind)
    if isinstance(plain, types.Integer):
        return bool(kind.signed)
    return isinstance(plain, types.Boolean)


def is_real(kind: Any) -> bool:
    """Whether `kind` is what Python's ints, bools and floats become."""
    return is_python_int(kind) or isinstance(types.unliteral(kind), types.Float)


def declare(function: Callable[..., Any], result: Any, *arguments: Any) -> None:
    """Type `function` for scalars that are cast to `arguments` first."""
    accepts = [is_python_int if kind == types.int64 else is_real for kind in arguments]

    @type_callable(function)
    def type_function(context: Any) -> Any:
        def typer(*given: Any) -> Any:
            if len(given) != len(arguments):
                return None
            fits = all(accept(kind) for accept, kind in zip(accepts, given, strict=True))
            return signature(result, *arguments) if fits else None

        # numba reads the parameters' names and number from the typer.
        return {1: lambda x: typer(x), 2: lambda a, b: typer(a, b)}[len(arguments)]


def fail_if(context: Any, builder: Any, test: Any, error: type, args: tuple[Any, ...]) -> None:
    """Raise where `test` holds; laid out of the way of the good case."""
    with builder.if_then(test, likely=False):
        context.call_conv.return_user_exc(builder, error, args)


def call(context: Any, builder: Any, function: Any, sig: Any, args: Any) -> Any:
    """Emit numba's own meaning of `function`."""
    kind = context.typing_context.resolve_value_type(function)
    found = context.typing_context.resolve_function_type(kind, sig.args, {})
    result = context.get_function(kind, found)(builder, args)
    return context.cast(builder, result, found.return_type, sig.return_type)


def is_not_finite(builder: Any, x: Any) -> Any:
    """Whether x is an infinity or nan: then, and only then, x - x is not 0."""
    return builder.fcmp_unordered("!=", builder.fsub(x, x), ir.Constant(_F64, 0.0))


def _constant(kind: Any, value: Any) -> Any:
    return ir.Constant(kind, value)


# ------------------------------------------------------------------------------------- division

_TRUE_DIVISION = {
    types.int64: message(lambda: 1 / int("0")),
    types.float64: message(lambda: 1.0 / float("0")),
    types.complex128: message(lambda: 1j / complex("0")),
}


@type_callable(checked.div)
def type_div(context: Any) -> Any:
    """Type ``div``: ints stay ints here, so that the message can tell."""

    def typer(a: Any, b: Any) -> Any:
        if is_python_int(a) and is_python_int(b):
            return signature(types.float64, types.int64, types.int64)
        if is_real(a) and is_real(b):
            return signature(types.float64, types.float64, types.float64)
        if all(is_real(kind) or isinstance(kind, types.Complex) for kind in (a, b)):
            return signature(types.complex128, types.complex128, types.complex128)
        return None

    return typer


@lower_builtin(checked.div, types.int64, types.int64)
@lower_builtin(checked.div, types.float64, types.float64)
@lower_builtin(checked.div, types.complex128, types.complex128)
def lower_div(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """``a / b``, ZeroDivisionError for b == 0."""
    kind = sig.args[1]
    zero = context.get_constant_generic(builder, kind, 0)
    test = call(
        context, builder, operator.eq, signature(types.boolean, kind, kind), (args[1], zero)
    )
    fail_if(context, builder, test, ZeroDivisionError, _TRUE_DIVISION[kind])
    if kind == types.complex128:
        return call(context, builder, operator.truediv, sig, args)
    if kind == types.int64:
        args = [builder.sitofp(value, _F64) for value in args]
    return builder.fdiv(*args)


# ------------------------------------------------------------------------------- 64-bit integers


def _register_overflow(function: Callable[..., int], instruction: str) -> None:
    declare(function, types.int64, types.int64, types.int64)

    @lower_builtin(function, types.int64, types.int64)
    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        pair = getattr(builder, f"{instruction}_with_overflow")(*args)
        fail_if(context, builder, builder.extract_value(pair, 1), OverflowError, (INT_OVERFLOW,))
        return builder.extract_value(pair, 0)


_register_overflow(checked.add_i8, "sadd")
_register_overflow(checked.sub_i8, "ssub")
_register_overflow(checked.mul_i8, "smul")
declare(checked.neg_i8, types.int64, types.int64)
declare(checked.abs_i8, types.int64, types.int64)
declare(checked.lshift_i8, types.int64, types.int64, types.int64)
declare(checked.rshift_i8, types.int64, types.int64, types.int64)


@lower_builtin(checked.neg_i8, types.int64)
@lower_builtin(checked.abs_i8, types.int64)
def lower_neg(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """``-a``; the most negative int has no opposite."""
    (a,) = args
    test = builder.icmp_signed("==", a, _constant(_I64, _MIN))
    fail_if(context, builder, test, OverflowError, (INT_OVERFLOW,))
    return builder.neg(a)


@lower_builtin(checked.abs_i8, types.int64)
def lower_abs(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """``abs(a)``; the most negative int has no opposite."""
    negated = lower_neg(context, builder, sig, args)
    test = builder.icmp_signed("<", args[0], _constant(_I64, 0))
    return builder.select(test, negated, args[0])


@lower_builtin(checked.lshift_i8, types.int64, types.int64)
def lower_lshift(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """``a << b``; every bit must come back by the reverse shift."""
    a, b = args
    zero = _constant(_I64, 0)
    negative = builder.icmp_signed("<", b, zero)
    fail_if(context, builder, negative, ValueError, message(lambda: 1 << int("-1")))
    wide = builder.icmp_unsigned(">", b, _constant(_I64, 63))
    amount = builder.select(wide, _constant(_I64, 63), b)
    shifted = builder.shl(a, amount)
    lost = builder.icmp_signed("!=", builder.ashr(shifted, amount), a)
    lost = builder.or_(lost, builder.and_(wide, builder.icmp_signed("!=", a, zero)))
    fail_if(context, builder, lost, OverflowError, (INT_OVERFLOW,))
    return builder.select(wide, zero, shifted)


@lower_builtin(checked.rshift_i8, types.int64, types.int64)
def lower_rshift(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """``a >> b``; beyond 63 bits only the sign is left."""
    a, b = args
    negative = builder.icmp_signed("<", b, _constant(_I64, 0))
    fail_if(context, builder, negative, ValueError, message(lambda: 1 >> int("-1")))
    wide = builder.icmp_unsigned(">", b, _constant(_I64, 63))
    return builder.ashr(a, builder.select(wide, _constant(_I64, 63), b))


# ------------------------------------------------------------------------------- float to integer


def _to_int(context: Any, builder: Any, x: Any) -> Any:
    """The int of a float without fraction."""
    bound = _constant(_F64, 2.0**63)
    inside = builder.and_(
        builder.fcmp_ordered(">=", x, _constant(_F64, -(2.0**63))),
        builder.fcmp_ordered("<", x, bound),
    )
    with builder.if_then(builder.not_(inside), likely=False):
        nan = builder.fcmp_unordered("uno", x, x)
        fail_if(context, builder, nan, ValueError, message(lambda: int(math.nan)))
        infinite = is_not_finite(builder, x)
        fail_if(context, builder, infinite, OverflowError, message(lambda: int(math.inf)))
        context.call_conv.return_user_exc(builder, OverflowError, (INT_OVERFLOW,))
        # The builder needs an open block to close; nothing ever gets here.
        builder.position_at_end(builder.append_basic_block("unreachable"))
    return builder.fptosi(x, _I64)


def _register_rounding(function: Callable[..., int], rounding: str) -> None:
    @type_callable(function)
    def type_function(context: Any) -> Any:
        def typer(x: Any) -> Any:
            if is_python_int(x):
                return signature(types.int64, types.int64)
            return signature(types.int64, types.float64) if is_real(x) else None

        return typer

    @lower_builtin(function, types.int64)
    def lower_int(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return args[0]

    @lower_builtin(function, types.float64)
    def lower_float(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        intrinsic = builder.module.declare_intrinsic(f"llvm.{rounding}", [_F64])
        return _to_int(context, builder, builder.call(intrinsic, args))


_register_rounding(checked.int_f8, "trunc")
_register_rounding(checked.round_f8, "rint")
for _name in checked.ROUNDING:
    _register_rounding(checked.MATH[_name], _name)


# ------------------------------------------------------------------------------------- math

# Where an infinite result of finite arguments is no pole but too large a number.
_OVERFLOWS = {"exp", "exp2", "expm1", "sinh", "cosh", "gamma", "lgamma", "pow"}
# Where CPython lets an infinite result of finite arguments stand.
_UNBOUNDED = {"hypot", "degrees", "radians"}
_DOMAIN, _RANGE = message(lambda: math.fmod(1.0, 0.0)), message(lambda: math.exp(1e9))


def _is_pole(builder: Any, name: str, args: list[Any]) -> Any:
    """Whether an overflowing function was asked at a point where it has no value at all."""
    x, zero = args[0], _constant(_F64, 0.0)
    if name == "gamma" or name == "pow":  # gamma(0.0), 0.0 ** -1.0
        return builder.fcmp_ordered("==", x, zero)
    if name == "lgamma":
        floor = builder.module.declare_intrinsic("llvm.floor", [_F64])
        whole = builder.fcmp_ordered("==", builder.call(floor, [x]), x)
        return builder.and_(whole, builder.fcmp_ordered("<=", x, zero))
    return _constant(ir.IntType(1), 0)


def _register_float(name: str, compute: Any) -> None:
    function = checked.MATH[name]
    arity = 2 if name in checked.BINARY else 1
    kinds = (types.float64,) * arity
    declare(function, types.float64, *kinds)

    @lower_builtin(function, *kinds)
    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        result = call(context, builder, compute, signature(types.float64, *kinds), args)
        with builder.if_then(is_not_finite(builder, result), likely=False):
            given_nan = _constant(ir.IntType(1), 0)
            finite = _constant(ir.IntType(1), 1)
            for x in args:
                given_nan = builder.or_(given_nan, builder.fcmp_unordered("uno", x, x))
                finite = builder.and_(finite, builder.not_(is_not_finite(builder, x)))
            nan = builder.fcmp_unordered("uno", result, result)
            new_nan = builder.and_(nan, builder.not_(given_nan))
            fail_if(context, builder, new_nan, ValueError, _DOMAIN)
            infinite = builder.and_(finite, builder.not_(nan))
            if name in _OVERFLOWS:
                pole = _is_pole(builder, name, args)
                fail_if(context, builder, builder.and_(infinite, pole), ValueError, _DOMAIN)
                fail_if(context, builder, infinite, OverflowError, _RANGE)
            elif name not in _UNBOUNDED:
                fail_if(context, builder, infinite, ValueError, _DOMAIN)
        return result


# numba's own `math` lacks these.
_NUMPY_NAMES = {"exp2": np.exp2, "cbrt": np.cbrt, "fmod": np.fmod, "pow": operator.pow}
for _name in checked.UNARY + checked.BINARY:
    if _name in checked.MATH and _name != "remainder":
        _register_float(_name, _NUMPY_NAMES.get(_name) or getattr(math, _name))

for _name in checked.PREDICATES:
    declare(checked.MATH[_name], types.boolean, types.float64)

    def _lower_predicate(context: Any, builder: Any, sig: Any, args: Any, name: str = _name) -> Any:
        return call(context, builder, getattr(math, name), sig, args)

    lower_builtin(checked.MATH[_name], types.float64)(_lower_predicate)


# ------------------------------------------------------------------------- names and extents


@type_callable(checked.check_bound)
def type_check_bound(context: Any) -> Any:
    """Type ``check_bound``; the name must be a constant, it becomes part of the message."""

    def typer(flag: Any, name: Any) -> Any:
        if isinstance(name, types.StringLiteral):
            return signature(types.none, types.boolean, name)
        return None

    return typer


@lower_builtin(checked.check_bound, types.boolean, types.Any)
def lower_check_bound(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """UnboundLocalError unless the flag is set."""
    text = checked.unbound_message(sig.args[1].literal_value)
    fail_if(context, builder, builder.not_(args[0]), UnboundLocalError, (text,))
    return context.get_dummy_value()


@type_callable(checked.check_extents)
def type_check_extents(context: Any) -> Any:
    """Type ``check_extents``; the message must be a constant."""

    def typer(m: Any, n: Any, message: Any) -> Any:
        integers = isinstance(m, types.Integer) and isinstance(n, types.Integer)
        if integers and isinstance(message, types.StringLiteral):
            return signature(types.none, types.int64, types.int64, message)
        return None

    return typer


@lower_builtin(checked.check_extents, types.int64, types.int64, types.Any)
def lower_check_extents(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """ValueError unless the extents are equal."""
    differ = builder.icmp_signed("!=", args[0], args[1])
    fail_if(context, builder, differ, ValueError, (sig.args[2].literal_value,))
    return context.get_dummy_value()
