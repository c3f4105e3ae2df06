"""Functions of one number after another: all of ``math``, NumPy's ufuncs, Python's own.

One line of the table serves NumPy's function and ``math``'s: the partial derivatives are written
in ``x`` (or ``x1``, ``x2``) and the result ``y``, with this module's names:

    sqrt = scalar_rule(np.sqrt, math.sqrt, "0.5 / y")

A division that stands outermost becomes a `Quotient`, which gives inf where Python would raise.
Partials use NumPy's functions, never ``math``'s, for the same reason.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from diffpy.kinds import (
    PY_BOOL,
    PY_COMPLEX,
    PY_FLOAT,
    PY_INT,
    Array,
    Kind,
    Scalar,
    is_bool,
    is_integer,
    join,
    kind_of_value,
    type_code,
)
from diffpy.rules import operators
from diffpy.rules.notation import Factor, NormSlope, Quotient, Value, as_value
from diffpy.rules.operators import equal, greater, is_python, less, select
from diffpy.rules.registry import Primitive, define, kind_by_example
from diffpy.rules.structural import as_kind, convert

# --- the declaration -------------------------------------------------------------------------


def scalar_rule(*declaration: Any, cost: int = 20, compiled: str | None = None) -> Primitive:
    """Declare functions that compute the same thing, and their partial derivatives.

    Parameters
    ----------
    *declaration
        The functions, NumPy's first, then one expression for each operand; None where the
        derivative is zero.
    cost : int
        Rough number of floating-point operations for one element.
    compiled : str, optional
        How NumPy's function is printed for numba, where numba lacks it.

    Returns
    -------
    Primitive
        That of the first function.
    """
    functions = [f for f in declaration if callable(f)]
    expressions = declaration[len(functions) :]
    partials = tuple(partial_derivative(e, len(expressions), globals()) for e in expressions)
    primitives = []
    for function in functions:
        if isinstance(function, np.ufunc):
            primitive = _numpy_primitive(function, partials, cost, compiled)
        else:
            primitive = _math_primitive(function, partials, cost)
        primitives.append(primitive)
    return primitives[0]


def partial_derivative(
    expression: str | None, count: int, scope: dict[str, Any]
) -> Callable[..., Any] | None:
    """A partial derivative of the table as a function; None if it is zero."""
    if expression is None:
        return None
    tree = ast.parse(expression, mode="eval").body
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Div):
        expression = f"Quotient({ast.unparse(tree.left)}, {ast.unparse(tree.right)})"
    names = "x" if count == 1 else ", ".join(f"x{i + 1}" for i in range(count))
    partial: Callable[..., Any] = eval(f"lambda y, {names}: {expression}", scope)
    return partial


def _numpy_primitive(
    function: np.ufunc, partials: tuple[Any, ...], cost: int, compiled: str | None = None
) -> Primitive:
    name = function.__name__
    operands = ", ".join(f"_{i}" for i in range(function.nin))
    primitive = Primitive(
        f"np.{name}",
        f"np.{name}({operands})",
        kind_by_example(function),
        compiled=f"{compiled}({operands})" if compiled else None,
        evaluate=function,
        partials=partials,
        cost=cost,
    )
    define(function)(numpy_callable(function, primitive))
    return primitive


def numpy_callable(function: Any, operation: Callable[..., Any]) -> Callable[..., Any]:
    """A definition that takes what the ufunc takes, sequences too; no ``out=``, no ``dtype=``."""

    def call(*args: Any, **options: Any) -> Any:
        for name, value in options.items():
            if value is not None and not (name == "where" and value is True):
                raise TypeError(f"{function.__name__}(…, {name}=…) is not supported")
        if len(args) != function.nin:
            raise TypeError(f"{function.__name__} takes {function.nin} arguments, not {len(args)}")
        return operation(*(as_operand(a) for a in args))

    return call


def as_operand(x: Any) -> Value:
    """A number or an array as it is; a tuple or list of numbers as an array."""
    if isinstance(x, tuple | list):
        from diffpy.rules.creation import array

        return array(x)
    return as_value(x)


def _math_primitive(function: Any, partials: tuple[Any, ...], cost: int) -> Primitive:
    name = function.__name__
    operands = ", ".join(f"_{i}" for i in range(len(partials)))
    primitive = Primitive(
        f"math.{name}",
        f"math.{name}({operands})",
        _result_kind(function, len(partials)),
        compiled=f"np.{name}({operands})" if name in _AS_NUMPY else None,
        checked=lambda args, bits: None if name in _UNCHECKED else f"math_{name}({operands})",
        evaluate=function,
        partials=partials,
        cost=cost,
    )

    def call(*args: Any) -> Any:
        if len(args) != len(partials):
            raise TypeError(f"math.{name} takes {len(partials)} arguments, not {len(args)}")
        return primitive(*(python_number(f"math.{name}", a) for a in args))

    define(function)(call)
    return primitive


def _result_kind(function: Any, count: int) -> Callable[..., Kind]:
    """``infer`` of a function of ``math``: it returns the same kind whatever it is given."""
    for number in (0.5, 1.5, 1):
        try:
            kind = kind_of_value(function(*(number,) * count))
        except (ValueError, TypeError):  # outside the domain; integers wanted
            continue
        if kind is not None:
            return lambda kinds: kind
    raise AssertionError(f"{function} returns no number")


def python_number(name: str, x: Any) -> Value:
    """The operand as ``math`` converts it: a Python number of 64 bits."""
    value = as_value(x)
    if value.is_array:
        raise TypeError(f"{name} takes one number; for an array use NumPy's function")
    if type_code(value.kind) == "c":
        raise TypeError(f"{name} takes real numbers; for complex ones use NumPy's function")
    if value.dtype in (np.dtype(np.float64), np.dtype(np.int64)):
        return value
    return convert(value, kind=PY_FLOAT if type_code(value.kind) == "f" else PY_INT)


def numpy_number(x: Any) -> Value:
    """A Python number as NumPy's, which a NumPy function makes of it; the rest as it is."""
    value = as_operand(x)
    if not is_python(value.kind):
        return value
    return convert(value, kind=Scalar(value.dtype.name, False))


def _numpy_divide(x: Any, y: Any) -> Value:
    """``x / y`` that never raises."""
    x, y = as_value(x), as_value(y)
    return (numpy_number(x) if is_python(y.kind) else x) / y


#: functions of ``math`` that cannot raise on the numbers they take, or only on overflow
_UNCHECKED = frozenset({"gcd", "lcm"})
_AS_NUMPY = frozenset({"lcm"})

_only = getattr  # functions that some Python versions lack: `_only(math, "exp2", np.exp2)`
_LN2, _LN10 = math.log(2.0), math.log(10.0)
_DEGREE = math.pi / 180.0
_ERF = 2.0 / math.sqrt(math.pi)

# --- the table -------------------------------------------------------------------------------

sin = scalar_rule(np.sin, math.sin, "cos(x)")
cos = scalar_rule(np.cos, math.cos, "-sin(x)")
tan = scalar_rule(np.tan, math.tan, "1.0 + y * y")
arcsin = scalar_rule(np.arcsin, math.asin, "1.0 / sqrt(1.0 - x * x)")
arccos = scalar_rule(np.arccos, math.acos, "-1.0 / sqrt(1.0 - x * x)")
arctan = scalar_rule(np.arctan, math.atan, "1.0 / (1.0 + x * x)")
arctan2 = scalar_rule(
    np.arctan2, math.atan2, "x2 / (x1 * x1 + x2 * x2)", "-x1 / (x1 * x1 + x2 * x2)"
)
sinh = scalar_rule(np.sinh, math.sinh, "cosh(x)")
cosh = scalar_rule(np.cosh, math.cosh, "sinh(x)")
tanh = scalar_rule(np.tanh, math.tanh, "1.0 - y * y")
arcsinh = scalar_rule(np.arcsinh, math.asinh, "1.0 / sqrt(1.0 + x * x)")
arccosh = scalar_rule(np.arccosh, math.acosh, "1.0 / sqrt((x - 1.0) * (x + 1.0))")
arctanh = scalar_rule(np.arctanh, math.atanh, "1.0 / ((1.0 - x) * (1.0 + x))")
deg2rad = scalar_rule(np.deg2rad, "_DEGREE", cost=1)
rad2deg = scalar_rule(np.rad2deg, "1.0 / _DEGREE", cost=1)
radians = scalar_rule(np.radians, math.radians, "_DEGREE", cost=1)
degrees = scalar_rule(np.degrees, math.degrees, "1.0 / _DEGREE", cost=1)
hypot = scalar_rule(np.hypot, "NormSlope(x1, y)", "NormSlope(x2, y)")

exp = scalar_rule(np.exp, math.exp, "y")
exp2 = scalar_rule(np.exp2, _only(math, "exp2", np.exp2), "y * _LN2")
expm1 = scalar_rule(np.expm1, math.expm1, "exp(x)")
log = scalar_rule(np.log, "1.0 / x")
log2 = scalar_rule(np.log2, math.log2, "1.0 / (x * _LN2)")
log10 = scalar_rule(np.log10, math.log10, "1.0 / (x * _LN10)")
log1p = scalar_rule(np.log1p, math.log1p, "1.0 / (1.0 + x)")
logaddexp = scalar_rule(np.logaddexp, "exp(_gap(x1, y))", "exp(_gap(x2, y))")
logaddexp2 = scalar_rule(np.logaddexp2, "exp2(_gap(x1, y))", "exp2(_gap(x2, y))")

sqrt = scalar_rule(np.sqrt, math.sqrt, "0.5 / y", cost=6)
cbrt = scalar_rule(np.cbrt, _only(math, "cbrt", np.cbrt), "1.0 / (3.0 * (y * y))")
square = scalar_rule(np.square, "2.0 * x", cost=1)
reciprocal = scalar_rule(np.reciprocal, "-y * y", cost=4)
float_power = scalar_rule(
    np.float_power, "operators._power_x(y, x1, x2)", "operators._power_y(y, x1, x2)"
)
fabs = scalar_rule(np.fabs, math.fabs, "sign(x)", cost=1)
copysign = scalar_rule(np.copysign, math.copysign, "sign(x1) * copysign(1.0, x2)", None, cost=2)
fmod = scalar_rule(np.fmod, math.fmod, "1.0", "-rint(_numpy_divide(x1 - y, x2))")
_ieee_remainder = scalar_rule(math.remainder, "1.0", "-rint(_numpy_divide(x1 - y, x2))")
ldexp = scalar_rule(np.ldexp, math.ldexp, "ldexp(1.0, x2)", None, cost=2, compiled="ldexp")
heaviside = scalar_rule(np.heaviside, None, "_Zero(x1)", compiled="heaviside", cost=2)

maximum = scalar_rule(np.maximum, "_Larger(x1, x2)", "_Larger(x2, x1)", cost=1)
minimum = scalar_rule(np.minimum, "_Larger(x2, x1)", "_Larger(x1, x2)", cost=1)
fmax = scalar_rule(np.fmax, "_Chosen(y, x1, x2)", "_Chosen(y, x2, x1)", cost=1)
fmin = scalar_rule(np.fmin, "_Chosen(y, x1, x2)", "_Chosen(y, x2, x1)", cost=1)

erf = scalar_rule(math.erf, "_ERF * exp(-(x * x))")
erfc = scalar_rule(math.erfc, "-_ERF * exp(-(x * x))")
gamma = scalar_rule(math.gamma, "y * digamma(x)")
lgamma = scalar_rule(math.lgamma, "digamma(x)")

sign = scalar_rule(np.sign, None, cost=1)
rint = scalar_rule(np.rint, None, cost=1)
floor = scalar_rule(np.floor, None, cost=1)
ceil = scalar_rule(np.ceil, None, cost=1)
trunc = scalar_rule(np.trunc, None, cost=1)
isnan = scalar_rule(np.isnan, None, cost=1)
isfinite = scalar_rule(np.isfinite, None, cost=1)
isinf = scalar_rule(np.isinf, None, cost=1)
signbit = scalar_rule(np.signbit, None, cost=1)
logical_and = scalar_rule(np.logical_and, None, None, cost=1)
logical_or = scalar_rule(np.logical_or, None, None, cost=1)
logical_xor = scalar_rule(np.logical_xor, None, None, cost=1)
logical_not = scalar_rule(np.logical_not, None, cost=1)
gcd = scalar_rule(np.gcd, math.gcd, None, None)
lcm = scalar_rule(np.lcm, math.lcm, None, None)
for _function in (math.floor, math.ceil, math.trunc, math.isnan, math.isfinite, math.isinf):
    scalar_rule(_function, None, cost=1)


# --- pieces of the table ---------------------------------------------------------------------


def _gap(x: Value, y: Value) -> Value:
    """``x - y``, and 0 where both are the same infinity."""
    return select(equal(x, y), 0.0, x - y)


class _Zero(Factor):
    """1 where the operand is zero, else 0."""

    def __init__(self, x: Value) -> None:
        self.x = x

    def times(self, g: Value) -> Value:
        return select(equal(self.x, 0.0), g, 0.0)


class _Larger(Factor):
    """1 where the first operand is the larger, 1/2 where they tie, else 0."""

    def __init__(self, mine: Value, other: Value) -> None:
        self.mine = mine
        self.other = other

    def times(self, g: Value) -> Value:
        tied = select(equal(self.mine, self.other), 0.5 * g, 0.0)
        return select(greater(self.mine, self.other), g, tied)


class _Chosen(Factor):
    """1 where the result is this operand, 1/2 where it is both, else 0."""

    def __init__(self, out: Value, mine: Value, other: Value) -> None:
        self.out = out
        self.mine = mine
        self.other = other

    def times(self, g: Value) -> Value:
        shared = select(equal(self.other, self.out), 0.5 * g, g)
        return select(equal(self.mine, self.out), shared, 0.0)


def _polygamma_partial(order: int) -> Callable[..., Any]:
    return lambda y, x: _polygamma(order + 1)(x)


_polygammas: dict[int, Primitive] = {}


def _polygamma(order: int) -> Primitive:
    """The derivative of that order of digamma, made when a derivative asks for it."""
    if order not in _polygammas:
        _polygammas[order] = Primitive(
            f"polygamma{order}",
            f"polygamma({order}, _0)" if order else "digamma(_0)",
            kind_by_example(np.sin),
            partials=(_polygamma_partial(order),),
            cost=100,
        )
    return _polygammas[order]


digamma = _polygamma(0)


# --- NumPy's names for operators --------------------------------------------------------------


def _as_operator(function: np.ufunc, primitive: Primitive) -> None:
    def operation(*args: Value) -> Any:
        if all(is_python(a.kind) for a in args):
            return primitive(numpy_number(args[0]), *args[1:])
        return primitive(*args)

    define(function)(numpy_callable(function, operation))


_UFUNCS: tuple[tuple[np.ufunc, Primitive], ...] = (
    (np.add, operators.add),
    (np.subtract, operators.subtract),
    (np.multiply, operators.multiply),
    (np.divide, operators.divide),
    (np.floor_divide, operators.floor_divide),
    (np.remainder, operators.remainder),
    (np.power, operators.power),
    (np.negative, operators.negative),
    (np.positive, operators.positive),
    (np.absolute, operators.absolute),
    (np.less, operators.less),
    (np.less_equal, operators.less_equal),
    (np.greater, operators.greater),
    (np.greater_equal, operators.greater_equal),
    (np.equal, operators.equal),
    (np.not_equal, operators.not_equal),
    (np.bitwise_and, operators.bitwise_and),
    (np.bitwise_or, operators.bitwise_or),
    (np.bitwise_xor, operators.bitwise_xor),
    (np.left_shift, operators.left_shift),
    (np.right_shift, operators.right_shift),
    (np.invert, operators.invert),
)
for _ufunc, _operator in _UFUNCS:
    _as_operator(_ufunc, _operator)


@define(np.divmod)
def numpy_divmod(x: Any, y: Any) -> tuple[Value, Value]:
    x = numpy_number(x)
    y = as_operand(y)
    return x // y, x % y


# --- complex numbers --------------------------------------------------------------------------


def _complex_dtype(dtype: np.dtype[Any]) -> str:
    return np.result_type(dtype, np.complex64).name


def _as_complex(x: Value) -> Value:
    name = _complex_dtype(x.dtype)
    return as_kind(x, Array(name, x.ndim) if x.is_array else Scalar(name, False))


#: Parts of complex numbers: linear over the reals only, so they have rules instead of partials.
_real = Primitive(
    "np.real",
    "np.real(_0)",
    kind_by_example(np.real),
    vjp=(lambda g, out, x: _as_complex(g),),
    linear=(0,),
    fresh=False,
    view=True,
)
_imag = Primitive(
    "np.imag",
    "np.imag(_0)",
    kind_by_example(np.imag),
    vjp=(lambda g, out, x: -1j * _as_complex(g),),
    linear=(0,),
    fresh=False,
    view=True,
)


def _conjugate_vjp(g: Value, out: Value, x: Value) -> Value:
    return conjugate(g)


_conjugate = Primitive(
    "np.conjugate",
    "np.conjugate(_0)",
    kind_by_example(np.conjugate),
    vjp=(_conjugate_vjp,),
    linear=(0,),
)


@define(np.real)
def real(x: Any) -> Value:
    """The real part; a real number as it is."""
    value = as_operand(x)
    return _real(value) if type_code(value.kind) == "c" else value


@define(np.imag)
def imag(x: Any) -> Value:
    """The imaginary part; zeros for a real number."""
    value = as_operand(x)
    if type_code(value.kind) == "c":
        return _imag(value)
    return value - value


@define(np.conjugate, method="conj")
def conjugate(x: Any) -> Value:
    """The complex conjugate; a real number as it is."""
    value = as_operand(x)
    return _conjugate(value) if type_code(value.kind) == "c" else value


define(method="conjugate")(conjugate)


@define(np.angle)
def angle(z: Any, deg: bool = False) -> Value:
    """The argument of a complex number."""
    value = as_operand(z)
    result = arctan2(imag(value), real(value))
    return rad2deg(result) if deg else result


@define(np.real_if_close)
def real_if_close(a: Any, tol: Any = 100) -> Value:
    """A real array as it is; for complex ones the kind would depend on the values."""
    value = as_operand(a)
    if type_code(value.kind) == "c":
        raise TypeError("np.real_if_close of complex numbers: say np.real(a) or keep a")
    return value


# --- the rest of NumPy's ----------------------------------------------------------------------


@define(np.where)
def where(condition: Any, x: Any = None, y: Any = None) -> Value | tuple[Value, ...]:
    """Elements of ``x`` where the condition holds, else of ``y``; without them the positions."""
    if x is None and y is None:
        from diffpy.rules.indexing import nonzero

        return nonzero(condition)
    if x is None or y is None:
        raise TypeError("np.where takes a condition, or a condition and two arrays")
    test, first, second = as_operand(condition), as_operand(x), as_operand(y)
    if not is_bool(test.kind):
        test = operators.not_equal(test, 0)
    if not (first.is_array or second.is_array):
        first = numpy_number(first)
    return select(test, first, second)


@define(np.clip, method="clip")
def clip(
    a: Any,
    a_min: Any = None,
    a_max: Any = None,
    *,
    min: Any = None,
    max: Any = None,
    **options: Any,
) -> Value:
    """``a`` limited to an interval; a tie with a limit counts half, as in min and max."""
    refuse("np.clip", options)
    low = min if a_min is None else a_min
    high = max if a_max is None else a_max
    result = as_operand(a)
    if low is not None:
        result = maximum(result, as_operand(low))
    if high is not None:
        result = minimum(result, as_operand(high))
    return result


def refuse(name: str, options: dict[str, Any]) -> None:
    """Raise a TypeError for options that are given and not supported."""
    for option, value in options.items():
        if value is not None:
            raise TypeError(f"{name}(…, {option}=…) is not supported")


@define(np.nan_to_num)
def nan_to_num(
    x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Value:
    """Numbers in the place of nan and the infinities; those have derivative zero."""
    if copy is not True:
        raise TypeError("np.nan_to_num(…, copy=False) is not supported")
    value = as_operand(x)
    if type_code(value.kind) == "c":
        raise TypeError("np.nan_to_num of complex numbers is not supported")
    if type_code(value.kind) != "f":
        return value
    value = numpy_number(value)
    largest = float(np.finfo(value.dtype).max)
    result = select(isnan(value), nan, value)
    result = select(equal(value, math.inf), largest if posinf is None else posinf, result)
    return select(equal(value, -math.inf), -largest if neginf is None else neginf, result)


#: (-pi**2 x / 3) sum of these times u**k, u = (pi x)**2: the derivative of sinc near 0
_SINC_SERIES = (1.0, -1 / 10, 1 / 280, -1 / 15120, 1 / 1330560, -1 / 172972800)


def _sinc_partial(y: Value, x: Value) -> Value:
    """``(cos(pi x) - sinc(x)) / x`` without its cancellation near 0."""
    near = less(operators.absolute(x), 0.1)
    away = select(near, 1.0, x)
    direct = _numpy_divide(cos(math.pi * away) - sinc(away), away)
    u = (math.pi * math.pi) * (x * x)
    series: Any = _SINC_SERIES[-1]
    for coefficient in _SINC_SERIES[-2::-1]:
        series = coefficient + u * series
    return select(near, (-math.pi * math.pi / 3.0) * x * series, direct)


_sinc = Primitive(
    "np.sinc",
    "np.sinc(_0)",
    kind_by_example(lambda x: np.sinc(x)[()]),
    evaluate=lambda x: np.sinc(x)[()],
    partials=(_sinc_partial,),
    cost=20,
)


@define(np.sinc)
def sinc(x: Any) -> Value:
    """``sin(pi x) / (pi x)``."""
    return _sinc(as_operand(x))


#: static ``decimals``
_round_decimals = Primitive(
    "np.round",
    lambda count, decimals: f"np.round(_0, {decimals})",
    kind_by_example(np.round),
    partials=(None,),
)


@define(np.round, np.around, method="round")
def numpy_round(a: Any, decimals: int = 0, **options: Any) -> Value:
    """Rounded to decimals; the derivative is zero."""
    refuse("np.round", options)
    value = numpy_number(a)
    return _round_decimals(value, decimals=int(static_number("decimals", decimals)))


def absolute_square(x: Value) -> Value:
    """``|x|**2``, a real number."""
    if type_code(x.kind) == "c":
        u, v = real(x), imag(x)
        return u * u + v * v
    return x * x


def static_number(name: str, x: Any) -> Any:
    """A plain Python object, or the constant that a Value is known to be."""
    known = x.constant if isinstance(x, Value) else x
    if known is None:
        raise TypeError(f"{name} must be known while compiling: write a literal number")
    return known


@define(np.fix)
def fix(x: Any, **options: Any) -> Value:
    """Rounded towards zero."""
    refuse("np.fix", options)
    return trunc(as_operand(x))


@define(np.isclose)
def isclose(a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: bool = False) -> Value:
    """Whether numbers are equal within tolerances; a bool, without a derivative."""
    if equal_nan:
        raise TypeError("np.isclose(…, equal_nan=True) is not supported")
    a, b = numpy_number(a), as_operand(b)
    near = operators.less_equal(operators.absolute(a - b), atol + rtol * operators.absolute(b))
    finite = logical_and(isfinite(b), near)
    return logical_or(finite, equal(a, b))


# --- the rest of math's -----------------------------------------------------------------------

_math_log = Primitive(
    "math.log",
    "math.log(_0)",
    lambda kinds: PY_FLOAT,
    checked=lambda args, bits: "math_log(_0)",
    evaluate=math.log,
    partials=(lambda out, x: Quotient(1.0, x),),
    cost=20,
)
_math_hypot = Primitive(
    "math.hypot",
    "math.hypot(_0, _1)",
    lambda kinds: PY_FLOAT,
    checked=lambda args, bits: "math_hypot(_0, _1)",
    evaluate=math.hypot,
    partials=(
        lambda out, x, y: NormSlope(x, out),
        lambda out, x, y: NormSlope(y, out),
    ),
    cost=20,
)
_math_pow = Primitive(
    "math.pow",
    "math.pow(_0, _1)",
    lambda kinds: PY_FLOAT,
    checked=lambda args, bits: "math_pow(_0, _1)",
    evaluate=math.pow,
    partials=(operators._power_x, operators._power_y),
    cost=20,
)


@define(math.log)
def math_log(x: Any, base: Any = None) -> Value:
    """The logarithm, to a base if one is given."""
    result = _math_log(python_number("math.log", x))
    return result if base is None else result / _math_log(python_number("math.log", base))


@define(math.pow)
def math_pow(x: Any, y: Any) -> Value:
    """``x ** y`` of floats."""
    return _math_pow(_math_float("math.pow", x), _math_float("math.pow", y))


def _math_float(name: str, x: Any) -> Value:
    value = python_number(name, x)
    return value if type_code(value.kind) == "f" else convert(value, kind=PY_FLOAT)


@define(math.hypot)
def math_hypot(*coordinates: Any) -> Value:
    """The length of the vector with these coordinates."""
    values = [python_number("math.hypot", c) for c in coordinates]
    if not values:
        return as_value(0.0)
    if len(values) == 1:
        return operators.absolute(_math_float("math.hypot", values[0]))
    result = values[0]
    for value in values[1:]:
        result = _math_hypot(result, value)
    return result


@define(math.dist)
def math_dist(p: Any, q: Any) -> Value:
    """The distance of two points, given as tuples."""
    if not (isinstance(p, tuple | list) and isinstance(q, tuple | list)):
        raise TypeError("math.dist takes tuples; for arrays write np.linalg.norm(p - q)")
    if len(p) != len(q):
        raise TypeError("math.dist: both points must have the same number of dimensions")
    return math_hypot(*(as_value(a) - as_value(b) for a, b in zip(p, q)))


@define(math.fsum)
def math_fsum(values: Any) -> Value:
    """The sum of a tuple or an array."""
    if isinstance(values, tuple | list):
        total: Value = as_value(0.0)
        for value in values:
            total = total + python_number("math.fsum", value)
        return total
    from diffpy.rules.reductions import numpy_sum

    return _to_python_float(numpy_sum(values))


@define(math.prod)
def math_prod(values: Any, *, start: Any = 1) -> Value:
    """The product of a tuple or an array."""
    if isinstance(values, tuple | list):
        product = as_value(start)
        for value in values:
            product = product * as_value(value)
        return product
    from diffpy.rules.reductions import numpy_prod

    return numpy_prod(values) * start


def _to_python_float(x: Value) -> Value:
    return convert(x, kind=PY_FLOAT)


@define(math.modf)
def math_modf(x: Any) -> tuple[Value, Value]:
    """Fraction and whole part, both floats."""
    value = python_number("math.modf", x)
    whole = _to_python_float(trunc(value))
    fraction = select(isinf(value), 0.0, value - whole)
    return _to_python_float(copysign(fraction, value)), whole


@define(math.isclose)
def math_isclose(a: Any, b: Any, *, rel_tol: Any = 1e-9, abs_tol: Any = 0.0) -> Value:
    """Whether two numbers are equal within tolerances; a bool, without a derivative."""
    a, b = python_number("math.isclose", a), python_number("math.isclose", b)
    larger = python_max(operators.absolute(a), operators.absolute(b))
    near = operators.less_equal(operators.absolute(a - b), python_max(rel_tol * larger, abs_tol))
    finite = operators.less(larger, math.inf)
    return operators.logical_or(equal(a, b), operators.logical_and(finite, near))


def _integer_function(function: Any, count: int) -> None:
    """A function of integers, computed by Python itself; compiled by the runtime."""
    name = function.__name__
    operands = ", ".join(f"_{i}" for i in range(count))
    primitive = Primitive(
        f"math.{name}",
        f"math.{name}({operands})",
        lambda kinds: PY_INT,
        compiled=f"math_{name}({operands})",
        evaluate=function,
        partials=(None,) * count,
        cost=20,
    )
    define(function)(primitive)


_integer_function(math.factorial, 1)
_integer_function(math.isqrt, 1)
_integer_function(math.comb, 2)


# --- Python's own -----------------------------------------------------------------------------


def _python_extreme(name: str, function: Any, first_wins: Callable[..., Any]) -> Primitive:
    """``max(x, y)`` as Python computes it: the first of equals, the first if one is nan."""
    larger = _Larger if name == "max" else (lambda mine, other: _Larger(other, mine))
    return Primitive(
        name,
        f"{name}(_0, _1)",
        lambda kinds: _joined(name, kinds),
        compiled=first_wins,
        evaluate=function,
        partials=(lambda out, x, y: larger(x, y), lambda out, x, y: larger(y, x)),
    )


def _joined(name: str, kinds: tuple[Kind, ...]) -> Kind:
    kind = join(*kinds)
    if kind is None:
        raise TypeError(f"{name} of {kinds[0]} and {kinds[1]}: make both the same kind of number")
    return kind


_max = _python_extreme("max", max, lambda count: "_1 if _1 > _0 else _0")
_min = _python_extreme("min", min, lambda count: "_1 if _1 < _0 else _0")


def _extreme(primitive: Primitive, args: tuple[Any, ...], options: dict[str, Any]) -> Value:
    refuse(primitive.name, options)
    if len(args) == 1 and isinstance(args[0], tuple | list):
        args = tuple(args[0])
    elif len(args) == 1:
        array = as_value(args[0])
        if array.ndim != 1:
            raise TypeError(f"{primitive.name} of one argument takes a tuple or a 1-D array")
        from diffpy.rules import reductions

        return reductions.amax(array) if primitive is _max else reductions.amin(array)
    if not args:
        raise TypeError(f"{primitive.name} of an empty sequence")
    values = [as_value(a) for a in args]
    if any(v.is_array for v in values):
        raise TypeError(
            f"{primitive.name} of arrays is ambiguous: write np.{primitive.name}imum(x, y)"
        )
    result = values[0]
    for value in values[1:]:
        kind = _joined(primitive.name, (result.kind, value.kind))
        result = primitive(_in_kind(result, kind), _in_kind(value, kind))
    return result


def _in_kind(x: Value, kind: Kind) -> Value:
    """``max(0, x)`` is a float where x is one: the compiled result has one kind."""
    return x if x.kind == kind else convert(x, kind=kind)


@define(max)
def python_max(*args: Any, **options: Any) -> Value:
    """The largest; the first of equals in value, both alike in the derivative."""
    return _extreme(_max, args, options)


@define(min)
def python_min(*args: Any, **options: Any) -> Value:
    """The smallest; the first of equals in value, both alike in the derivative."""
    return _extreme(_min, args, options)


@define(abs)
def python_abs(x: Any) -> Value:
    return operators.absolute(x)


@define(pow)
def python_pow(base: Any, exp: Any, mod: Any = None) -> Value:
    if mod is not None:
        raise TypeError("pow with three arguments is not supported")
    return operators.power(base, exp)


@define(divmod)
def python_divmod(x: Any, y: Any) -> tuple[Value, Value]:
    x, y = as_value(x), as_value(y)
    return x // y, x % y


_round_to_int = Primitive(
    "round",
    "round(_0)",
    lambda kinds: PY_INT,
    checked=lambda args, bits: "round_f8(_0)" if type_code(args[0].kind) == "f" else None,
    evaluate=round,
    partials=(None,),
)
_round_to_digits = Primitive(
    "round to digits",
    "round(_0, _1)",
    kind_by_example(round),
    partials=(None, None),
)


@define(round)
def python_round(number: Any, ndigits: Any = None) -> Value:
    """Rounded to even; the derivative is zero."""
    value = as_value(number)
    if value.is_array:
        raise TypeError("round of an array: write np.round(a)")
    if ndigits is not None:
        return _round_to_digits(value, ndigits)
    return _whole(value) if is_integer(value.kind) else _round_to_int(value)


def _whole(value: Value) -> Value:
    """An int, which stays itself; that it is one is relied on."""
    if value.kind == PY_INT and value.constant is None:
        operators.must_be_int(value)
    return value


@define(float)
def python_float(x: Any = 0.0) -> Value:
    if isinstance(x, str):
        return as_value(float(x))
    value = as_value(x)
    if type_code(value.kind) == "c":
        raise TypeError("float of a complex number: write z.real")
    return _python_conversion(value, PY_FLOAT)


@define(int)
def python_int(x: Any = 0) -> Value:
    if isinstance(x, str):
        return as_value(int(x))
    value = as_value(x)
    return _whole(value) if value.kind == PY_INT else _python_conversion(value, PY_INT)


@define(bool)
def python_bool(x: Any = False) -> Value:
    return _python_conversion(as_value(x), PY_BOOL)


def _python_conversion(value: Value, kind: Scalar) -> Value:
    if value.is_array:
        if value.ndim != 0:
            raise TypeError(f"{kind} of an array: pick an element, or use a.astype")
        value = value[()]
    return value if value.kind == kind else convert(value, kind=kind)


@define(complex)
def python_complex(real: Any = 0.0, imag: Any = None) -> Value:
    if isinstance(real, str):
        return as_value(complex(real))
    value = _python_conversion(as_value(real), PY_COMPLEX)
    return value if imag is None else value + as_value(imag) * 1j


def _numpy_scalar(kind: Scalar) -> Callable[..., Value]:
    def conversion(x: Any = 0) -> Value:
        value = as_operand(x)
        if value.is_array:
            from diffpy.rules.creation import astype

            return astype(value, kind.dtype)
        return value if value.kind == kind else convert(value, kind=kind)

    return conversion


for _type in (np.float64, np.float32, np.int64, np.int32, np.complex128, np.complex64, np.bool_):
    define(_type)(_numpy_scalar(Scalar(np.dtype(_type).name, False)))
