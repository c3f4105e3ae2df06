"""Python's operators: arithmetic, comparison, truth, bits, and the conditional expression."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from diffpy.kinds import (
    PY_BOOL,
    PY_FLOAT,
    PY_INT,
    Array,
    Kind,
    Scalar,
    is_bool,
    is_integer,
    is_real,
    join,
    type_code,
)
from diffpy.rules.notation import Masked, Quotient, Value, as_value
from diffpy.rules.registry import Primitive, define, kind_by_example
from diffpy.rules.structural import as_kind, convert

# --- what compiled code must check -----------------------------------------------------------


def is_python(kind: Kind) -> bool:
    """Python's own number, which raises where NumPy's warns."""
    return isinstance(kind, Scalar) and kind.python


def _all_python(args: tuple[Any, ...]) -> bool:
    return all(is_python(a.kind) for a in args)


def _call_text(name: str, count: int) -> str:
    return f"{name}({', '.join(f'_{i}' for i in range(count))})"


def _overflow_check(name: str) -> Callable[..., str | None]:
    """Check a result of Python integers that is not proved to fit 64 bits."""

    def checked(args: tuple[Any, ...], bits: int) -> str | None:
        if bits < 64 or not _all_python(args) or not all(is_integer(a.kind) for a in args):
            return None
        return _call_text(name, len(args))

    return checked


def _division_check(name: str) -> Callable[..., str | None]:
    """Check a division of Python numbers, unless the divisor is a constant other than zero."""

    def checked(args: tuple[Any, ...], bits: int) -> str | None:
        if not _all_python(args) or getattr(args[1], "value", 0) != 0:
            return None
        return _call_text(name, 2)

    return checked


# --- arithmetic ------------------------------------------------------------------------------


def _one(out: Value, *args: Value) -> float:
    return 1.0


def _minus_one(out: Value, *args: Value) -> float:
    return -1.0


def _abs_check(args: tuple[Any, ...], bits: int) -> str | None:
    """numba's ``abs`` takes no arrays."""
    if isinstance(args[0].kind, Array):
        return "np.abs(_0)"
    return _overflow_check("abs_i8")(args, bits)


def _abs_partial(out: Value, x: Value) -> Value:
    from diffpy.rules.elementwise import sign

    return sign(x)


add = Primitive(
    "+",
    "_0 + _1",
    kind_by_example(operator.add),
    checked=_overflow_check("add_i8"),
    evaluate=operator.add,
    partials=(_one, _one),
)
subtract = Primitive(
    "-",
    "_0 - _1",
    kind_by_example(operator.sub),
    checked=_overflow_check("sub_i8"),
    evaluate=operator.sub,
    partials=(_one, _minus_one),
)
multiply = Primitive(
    "*",
    "_0 * _1",
    kind_by_example(operator.mul),
    checked=_overflow_check("mul_i8"),
    evaluate=operator.mul,
    partials=(lambda out, x, y: y, lambda out, x, y: x),
)
divide = Primitive(
    "/",
    "_0 / _1",
    kind_by_example(operator.truediv),
    checked=_division_check("div"),
    evaluate=operator.truediv,
    partials=(lambda out, x, y: Quotient(1.0, y), lambda out, x, y: Quotient(-out, y)),
    cost=4,
)
floor_divide = Primitive(
    "//",
    "_0 // _1",
    kind_by_example(operator.floordiv),
    checked=_division_check("floordiv"),
    evaluate=operator.floordiv,
    partials=(None, None),
    cost=6,
)
remainder = Primitive(
    "%",
    "_0 % _1",
    kind_by_example(operator.mod),
    checked=_division_check("mod"),
    evaluate=operator.mod,
    partials=(_one, lambda out, x, y: -(x // y)),
    cost=6,
)
negative = Primitive(
    "neg",
    "-_0",
    kind_by_example(operator.neg),
    checked=_overflow_check("neg_i8"),
    evaluate=operator.neg,
    partials=(_minus_one,),
)
positive = Primitive(
    "pos",
    "+_0",
    kind_by_example(operator.pos),
    evaluate=operator.pos,
    partials=(_one,),
)


class _Absolute(Primitive):
    """``abs``; of a complex number it is a composition, because it has no complex derivative."""

    def __call__(self, *args: Any, **static: Any) -> Any:
        x = as_value(args[0])
        if type_code(x.kind) == "c":
            from diffpy.rules.elementwise import hypot, imag, math_hypot, real

            length = math_hypot if is_python(x.kind) else hypot
            return length(real(x), imag(x))
        return super().__call__(*args, **static)


absolute = _Absolute(
    "abs",
    "abs(_0)",
    kind_by_example(operator.abs),
    checked=_abs_check,
    evaluate=operator.abs,
    partials=(_abs_partial,),
)


# --- powers ----------------------------------------------------------------------------------


def _power_x(out: Value, x: Value, y: Value) -> Any:
    """``y * x**(y - 1)``, without raising and without nan at ``x = y = 0``."""
    n = y.constant
    if n is None:
        exponent = select(equal(y, 0.0), 1.0, y - 1.0)
        return y * _quiet_power(x, exponent)
    if n == 0:
        return 0.0
    if n == 1:
        return 1.0
    if n == 2:
        return 2.0 * x
    if n == 3:
        return 3.0 * (x * x)
    if n == 0.5:
        return Quotient(0.5, out)
    if n == -1:
        return -(out * out)
    if n == -0.5:
        return Quotient(-0.5 * out, x)
    factor = n if isinstance(n, complex) else float(n)
    return factor * _quiet_power(x, _reduced(n))


def _reduced(n: Any) -> Any:
    """``n - 1``, an int if that is exact, as constant exponents print and run best."""
    smaller = n - 1
    return int(smaller) if _is_whole(smaller) else smaller


def _is_whole(n: Any) -> bool:
    return not isinstance(n, complex) and float(n).is_integer()


def _quiet_power(x: Value, y: Any) -> Value:
    """``x ** y`` by NumPy's rules: inf where Python would raise."""
    return numpy_power(x, y) if is_python(x.kind) else power(x, y)


def _power_y(out: Value, x: Value, y: Value) -> Any:
    """``x**y * log(x)``, and 0 at ``x = 0``."""
    from diffpy.rules.elementwise import log

    base = x.constant
    if base is not None and not isinstance(base, complex):
        if base == 0:
            return 0.0
        if base > 0:
            return out * math.log(base)
    if is_bool(x.kind):
        x = as_kind(x, out.kind)
    return out * log(select(equal(x, 0.0), 1.0, x))


_power_partials = (_power_x, _power_y)


def _negative_exponent(atom: Any) -> bool:
    return getattr(atom, "value", -1) < 0


#: from this exponent on, compiled code checks a power for overflow as Python does
_LARGE = 17


def _numpy_power_check(x: Any, y: Any, bits: int) -> str | None:
    """A negative integer exponent: numba divides by powers of 0, and rounds those of ints."""
    natural = not _negative_exponent(y)
    if type_code(y.kind) not in "bi" or type_code(x.kind) == "c":
        return None
    if is_real(x.kind):
        if natural or bits < 64:  # Python does not raise
            return None
        dtype = np.result_type(x.kind.dtype, y.kind.dtype if not is_python(y.kind) else 0.0)
        return (
            f"_0 ** _1.astype(np.{dtype})" if isinstance(y.kind, Array) else f"_0 ** np.{dtype}(_1)"
        )
    exponent = "_1" if natural else f"natural({getattr(y, 'value', '_1')})"
    if isinstance(x.kind, Array) or isinstance(y.kind, Array) or type_code(x.kind) != "i":
        return f"_0 ** {exponent}"
    return None if bits < 64 and natural else f"power(_0, {exponent})"


def _power_check(args: tuple[Any, ...], bits: int) -> str | None:
    x, y = args
    if not _all_python(args):
        return _numpy_power_check(x, y, bits)
    if is_integer(x.kind) and is_integer(y.kind):
        fits = bits < 64 and not _negative_exponent(y)
        return None if fits else "power(_0, _1)"
    if type_code(x.kind) == "c" or type_code(y.kind) == "c":
        return None
    small = getattr(y, "value", _LARGE) < _LARGE  # products that overflow as ``x * x`` does
    if is_integer(y.kind) and small and not _negative_exponent(y):
        return None
    return "power(_0, _1)"


def _float_power_check(args: tuple[Any, ...], bits: int) -> str:
    """An alternating sign needs no power."""
    sign = getattr(args[0], "value", None) == -1
    return "1.0 - 2.0 * (_1 & 1)" if sign else "power(float(_0), _1)"


class _Power(Primitive):
    """``**``: chooses, from what is known of the exponent, an operation whose kind is fixed."""

    def __call__(self, *args: Any, **static: Any) -> Any:
        x, y = (as_value(a) for a in args)
        if not (is_python(x.kind) and is_python(y.kind)):
            return super().__call__(x, y)
        exponent = y.constant
        if type_code(x.kind) in "bi" and type_code(y.kind) in "bi":
            if exponent is None and is_integer(y.kind):
                return integer_power(x, y)  # a float for a negative exponent: refuse it at run time
            if exponent is not None and exponent < 0:  # 2 ** -1 is a float
                return super().__call__(convert(x, kind=PY_FLOAT), y)
        elif type_code(x.kind) in "fib" and type_code(y.kind) == "f":
            if exponent is not None and _is_whole(exponent):
                return super().__call__(x, y)
            if x.constant is None or x.constant < 0:
                return python_power(x, y)  # complex for a negative base: refuse it at run time
        return super().__call__(x, y)


power = _Power(
    "**",
    "_0 ** _1",
    kind_by_example(operator.pow),
    checked=_power_check,
    evaluate=operator.pow,
    partials=_power_partials,
    cost=20,
)
#: ``**`` of Python floats where the result could be complex: raises ValueError then
python_power = Primitive(
    "power",
    "real_power(_0, _1)",
    kind_by_example(operator.pow),
    compiled="power(_0, _1)",
    evaluate=operator.pow,
    partials=_power_partials,
    cost=20,
)
#: ``**`` of Python ints where the result could be a float: raises ValueError then
integer_power = Primitive(
    "int_power",
    "int_power(_0, _1)",
    kind_by_example(operator.pow),
    compiled="power(_0, _1)",
    checked=lambda args, bits: "power(_0, _1)",
    evaluate=operator.pow,
    partials=(None, None),
    cost=20,
)
#: ``**`` of Python ints of which only floats are computed (see `diffpy.transform.widen_powers`)
float_power = Primitive(
    "float_power",
    "float(_0 ** _1)",
    lambda kinds: PY_FLOAT,
    compiled="power(float(_0), _1)",
    checked=_float_power_check,
    evaluate=lambda x, y: float(x**y),
    partials=(None, None),
    cost=20,
)
#: ``must_be_int(p)``: the program relies on it that a power of ints is an int
must_be_int = Primitive("must_be_int", "_0", lambda kinds: PY_INT, effect=True)
#: np.power of Python numbers: inf where ``**`` raises
numpy_power = Primitive(
    "np.power",
    "np.power(_0, _1)",
    kind_by_example(np.power),
    evaluate=np.power,
    partials=_power_partials,
    cost=20,
)


# --- comparison and truth --------------------------------------------------------------------


def _comparison(symbol: str, function: Callable[[Any, Any], Any]) -> Primitive:
    return Primitive(
        symbol,
        f"_0 {symbol} _1",
        kind_by_example(function),
        evaluate=function,
        partials=(None, None),
    )


less = _comparison("<", operator.lt)
less_equal = _comparison("<=", operator.le)
greater = _comparison(">", operator.gt)
greater_equal = _comparison(">=", operator.ge)
equal = _comparison("==", operator.eq)
not_equal = _comparison("!=", operator.ne)


def _either_kind(kinds: tuple[Kind, ...]) -> Kind:
    kind = join(*kinds)
    if kind is None:
        raise TypeError(f"`and`/`or` of {kinds[0]} and {kinds[1]}: make both of them bools")
    return kind


logical_not = Primitive(
    "not",
    "not _0",
    lambda kinds: PY_BOOL,
    evaluate=operator.not_,
    partials=(None,),
)
#: both sides are evaluated before: they are bools and have no effects
logical_and = Primitive(
    "and",
    "_0 and _1",
    _either_kind,
    evaluate=lambda x, y: x and y,
    partials=(None, None),
)
logical_or = Primitive(
    "or",
    "_0 or _1",
    _either_kind,
    evaluate=lambda x, y: x or y,
    partials=(None, None),
)


# --- bits ------------------------------------------------------------------------------------


def _bitwise(
    symbol: str,
    function: Callable[[Any, Any], Any],
    check: Callable[..., str | None] | None = None,
) -> Primitive:
    return Primitive(
        symbol,
        f"_0 {symbol} _1",
        kind_by_example(function),
        checked=check,
        evaluate=function,
        partials=(None, None),
    )


def _shift_check(args: tuple[Any, ...], bits: int) -> str | None:
    """Check a shift to the right by a number of bits that may be negative."""
    known = getattr(args[1], "value", -1) >= 0
    return None if known or not _all_python(args) else "rshift_i8(_0, _1)"


bitwise_and = _bitwise("&", operator.and_)
bitwise_or = _bitwise("|", operator.or_)
bitwise_xor = _bitwise("^", operator.xor)
left_shift = _bitwise("<<", operator.lshift, _overflow_check("lshift_i8"))
right_shift = _bitwise(">>", operator.rshift, _shift_check)


class _Invert(Primitive):
    """``~``; of a Python bool it is that of the int, not its opposite."""

    def __call__(self, *args: Any, **static: Any) -> Any:
        x = as_value(args[0])
        return super().__call__(convert(x, kind=PY_INT) if x.kind == PY_BOOL else x)


invert = _Invert(
    "~",
    "~_0",
    kind_by_example(operator.invert),
    evaluate=operator.invert,
    partials=(None,),
)


# --- the conditional expression --------------------------------------------------------------


def _choose_kind(kinds: tuple[Kind, ...]) -> Kind:
    kind = join(kinds[1], kinds[2])
    if kind is None:
        raise TypeError(f"a value that is {kinds[1]} or {kinds[2]} has no one kind")
    return kind


_select_partials = (
    None,
    lambda out, condition, x, y: Masked(condition),
    lambda out, condition, x, y: Masked(condition, holds=False),
)

#: ``x if condition else y`` of scalars, both evaluated
choose = Primitive(
    "choose",
    "_1 if _0 else _2",
    _choose_kind,
    evaluate=lambda condition, x, y: x if condition else y,
    partials=_select_partials,
)
#: ``np.where`` with three operands
where = Primitive(
    "np.where",
    "np.where(_0, _1, _2)",
    kind_by_example(np.where),
    compiled="where(_0, _1, _2)",
    partials=_select_partials,
)


def select(condition: Any, x: Any, y: Any) -> Value:
    """``x`` where the condition holds, else ``y``; element by element if one is an array."""
    operands = [as_value(a) for a in (condition, x, y)]
    test, first, second = operands
    if test.constant is not None:
        if first.kind == second.kind:
            return first if test.constant else second
    if any(v.is_array for v in operands):
        result: Value = where(*operands)
    else:
        kind = join(first.kind, second.kind)
        if kind is not None:
            first, second = (v if v.kind == kind else convert(v, kind=kind) for v in operands[1:])
        result = choose(test, first, second)
    return result


# --- the names that Python code calls --------------------------------------------------------

for _function, _primitive in (
    (operator.add, add),
    (operator.sub, subtract),
    (operator.mul, multiply),
    (operator.truediv, divide),
    (operator.floordiv, floor_divide),
    (operator.mod, remainder),
    (operator.pow, power),
    (operator.neg, negative),
    (operator.pos, positive),
    (operator.abs, absolute),
    (operator.lt, less),
    (operator.le, less_equal),
    (operator.gt, greater),
    (operator.ge, greater_equal),
    (operator.eq, equal),
    (operator.ne, not_equal),
    (operator.not_, logical_not),
    (operator.and_, bitwise_and),
    (operator.or_, bitwise_or),
    (operator.xor, bitwise_xor),
    (operator.lshift, left_shift),
    (operator.rshift, right_shift),
    (operator.invert, invert),
):
    define(_function)(_primitive)


@define(operator.matmul)
def matmul(x: Value, y: Value) -> Value:
    """``x @ y``."""
    from diffpy.rules import linalg

    return linalg.matmul(x, y)
