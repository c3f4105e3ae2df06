"""`scipy.special`: functions of numbers, element by element, and what is made of them.

The table is written as that of `diffpy.rules.elementwise`: partial derivatives in ``x`` (or ``x1``,
``x2``) and the result ``y``, with the names of this module. ``UNKNOWN`` stands for a partial
derivative that is no function of SciPy's; asking for it is an error.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import special

from diffpy.errors import MissingRuleError
from diffpy.kinds import type_code
from diffpy.rules import operators
from diffpy.rules.elementwise import (
    _polygamma,
    as_operand,
    exp,
    expm1,
    isfinite,
    log,
    log1p,
    logaddexp,
    logical_and,
    numpy_callable,
    numpy_number,
    partial_derivative,
    refuse,
    sign,
    sin,
    sqrt,
    static_number,
)
from diffpy.rules.notation import Quotient, Value, as_value
from diffpy.rules.operators import equal, greater, less, less_equal, select
from diffpy.rules.reductions import amax, numpy_sum
from diffpy.rules.registry import Primitive, define, kind_by_example, same_kind
from diffpy.rules.shaping import broadcast_arrays, squeeze
from diffpy.runtime.scipy_special import PREFIX, SIGNATURES

__all__: list[str] = []

UNKNOWN = "UNKNOWN"

_ERF = 2.0 / math.sqrt(math.pi)
_NORMAL = 1.0 / math.sqrt(2.0 * math.pi)
_HALF_ROOT = math.sqrt(0.5)
_DEGREE = math.pi / 180.0
_LN2, _LN10 = math.log(2.0), math.log(10.0)


class _OwnZero(Quotient):
    """``num / den``; zero where ``num`` is, whatever ``den`` is."""

    def times(self, g: Value) -> Value:
        return select(equal(self.num, 0.0), 0.0, super().times(g))


def special_rule(name: str, *partials: str | None, cost: int = 50) -> Primitive:
    """Declare a ufunc of `scipy.special` and its partial derivatives."""
    ufunc = getattr(special, name)
    operands = ", ".join(f"_{i}" for i in range(len(SIGNATURES[name])))
    primitive = Primitive(
        f"special.{name}",
        f"{PREFIX}{name}({operands})",
        kind_by_example(ufunc),
        evaluate=ufunc,
        partials=tuple(
            _no_partial(name, number)
            if partial == UNKNOWN
            else partial_derivative(partial, len(partials), globals())
            for number, partial in enumerate(partials)
        ),
        cost=cost,
    )
    call = numpy_callable(ufunc, functools.partial(_apply, primitive))
    call.__module__ = __name__
    define(ufunc)(call)
    return primitive


def _apply(primitive: Primitive, *operands: Value) -> Any:
    if any(type_code(x.kind) == "c" for x in operands):
        raise TypeError(f"{primitive.name} of complex numbers is not supported")
    return primitive(*operands)


def _no_partial(name: str, number: int) -> Callable[..., Any]:
    def partial(*values: Value) -> Any:
        raise MissingRuleError(
            f"the derivative of `scipy.special.{name}` by argument {number + 1} is not known",
            None,
            "SciPy has no function for it",
            "differentiate with respect to the other arguments",
        )

    return partial


#: what the texts of the table use besides the functions of this module
_IN_TEXTS = (Quotient, _polygamma, greater, log, sign, sin, sqrt)

# --- the table -------------------------------------------------------------------------------

erf = special_rule("erf", "_ERF * exp(-(x * x))")
erfc = special_rule("erfc", "-_ERF * exp(-(x * x))")
erfcx = special_rule("erfcx", "_far(greater(x, 30.0), x, -_ERF / 2.0, -1.0, 2.0 * x * y - _ERF)")
erfi = special_rule("erfi", "_ERF * exp(x * x)")
dawsn = special_rule(
    "dawsn", "_far(greater(operators.absolute(x), 30.0), x, -0.5, 1.0, 1.0 - 2.0 * x * y)"
)
erfinv = special_rule("erfinv", "exp(y * y) / _ERF")
erfcinv = special_rule("erfcinv", "-exp(y * y) / _ERF")
ndtr = special_rule("ndtr", "_NORMAL * exp(-0.5 * (x * x))")
log_ndtr = special_rule("log_ndtr", "(2.0 * _NORMAL) / erfcx(-x * _HALF_ROOT)")
ndtri = special_rule("ndtri", "exp(0.5 * (y * y)) / _NORMAL")

psi = special_rule("psi", "_polygamma(1)(x)")
gamma = special_rule("gamma", "y * psi(x)")
gammaln = special_rule("gammaln", "psi(x)")
loggamma = special_rule("loggamma", "psi(x)")
rgamma = special_rule("rgamma", "-y * psi(x)")
beta = special_rule("beta", "y * (psi(x1) - psi(x1 + x2))", "y * (psi(x2) - psi(x1 + x2))")
betaln = special_rule("betaln", "psi(x1) - psi(x1 + x2)", "psi(x2) - psi(x1 + x2)")
binom = special_rule(
    "binom",
    "y * (psi(x1 + 1.0) - psi(x1 - x2 + 1.0))",
    "y * (psi(x1 - x2 + 1.0) - psi(x2 + 1.0))",
)
poch = special_rule("poch", "y * (psi(x1 + x2) - psi(x1))", "y * psi(x1 + x2)")
gammainc = special_rule("gammainc", UNKNOWN, "exp((x1 - 1.0) * log(x2) - x2 - gammaln(x1))")
gammaincc = special_rule("gammaincc", UNKNOWN, "-exp((x1 - 1.0) * log(x2) - x2 - gammaln(x1))")
betainc = special_rule(
    "betainc",
    UNKNOWN,
    UNKNOWN,
    "exp((x1 - 1.0) * log(x3) + (x2 - 1.0) * log1p(-x3) - betaln(x1, x2))",
)

jv = special_rule("jv", UNKNOWN, "0.5 * (jv(x1 - 1.0, x2) - jv(x1 + 1.0, x2))")
yv = special_rule("yv", UNKNOWN, "0.5 * (yv(x1 - 1.0, x2) - yv(x1 + 1.0, x2))")
iv = special_rule("iv", UNKNOWN, "0.5 * (iv(x1 - 1.0, x2) + iv(x1 + 1.0, x2))")
kv = special_rule("kv", UNKNOWN, "-0.5 * (kv(x1 - 1.0, x2) + kv(x1 + 1.0, x2))")
ive = special_rule("ive", UNKNOWN, "0.5 * (ive(x1 - 1.0, x2) + ive(x1 + 1.0, x2)) - sign(x2) * y")
kve = special_rule("kve", UNKNOWN, "y - 0.5 * (kve(x1 - 1.0, x2) + kve(x1 + 1.0, x2))")
jve = special_rule("jve", UNKNOWN, "0.5 * (jve(x1 - 1.0, x2) - jve(x1 + 1.0, x2))")
yve = special_rule("yve", UNKNOWN, "0.5 * (yve(x1 - 1.0, x2) - yve(x1 + 1.0, x2))")
kn = special_rule("kn", None, "-0.5 * (kv(x1 - 1.0, x2) + kv(x1 + 1.0, x2))")
yn = special_rule("yn", None, "0.5 * (yv(x1 - 1.0, x2) - yv(x1 + 1.0, x2))")
j0 = special_rule("j0", "-j1(x)")
j1 = special_rule("j1", "0.5 * (j0(x) - jv(2.0, x))")
y0 = special_rule("y0", "-y1(x)")
y1 = special_rule("y1", "0.5 * (y0(x) - yv(2.0, x))")
i0 = special_rule("i0", "i1(x)")
i1 = special_rule("i1", "0.5 * (i0(x) + iv(2.0, x))")
k0 = special_rule("k0", "-k1(x)")
k1 = special_rule("k1", "-0.5 * (k0(x) + kv(2.0, x))")
i0e = special_rule("i0e", "i1e(x) - sign(x) * y")
i1e = special_rule("i1e", "0.5 * (i0e(x) + ive(2.0, x)) - sign(x) * y")
k0e = special_rule("k0e", "y - k1e(x)")
k1e = special_rule("k1e", "y - 0.5 * (k0e(x) + kve(2.0, x))")

expit = special_rule("expit", "y * expit(-x)", cost=20)
log_expit = special_rule("log_expit", "expit(-x)", cost=20)
logit = special_rule("logit", "1.0 / (x * (1.0 - x))", cost=20)
exp2 = special_rule("exp2", "y * _LN2", cost=20)
exp10 = special_rule("exp10", "y * _LN10", cost=20)
_expm1 = special_rule("expm1", "exp(x)", cost=20)
_log1p = special_rule("log1p", "1.0 / (1.0 + x)", cost=20)
_cbrt = special_rule("cbrt", "1.0 / (3.0 * (y * y))", cost=20)
cosm1 = special_rule("cosm1", "-sin(x)", cost=20)
sindg = special_rule("sindg", "_DEGREE * cosdg(x)", cost=20)
cosdg = special_rule("cosdg", "-_DEGREE * sindg(x)", cost=20)
tandg = special_rule("tandg", "_DEGREE * (1.0 + y * y)", cost=20)
cotdg = special_rule("cotdg", "-_DEGREE * (1.0 + y * y)", cost=20)
exp1 = special_rule("exp1", "-exp(-x) / x")
expi = special_rule("expi", "exp(x) / x")
entr = special_rule("entr", "-log(x) - 1.0", cost=20)
exprel = special_rule("exprel", "_exprel_slope(x)", cost=20)
spence = special_rule("spence", "-_log1p_ratio(x - 1.0)")
ellipk = special_rule("ellipk", "_ellipk_slope(x)")
ellipe = special_rule("ellipe", "_ellipe_slope(x)")
wrightomega = special_rule("wrightomega", "y / (1.0 + y)")

xlogy = special_rule("xlogy", "log(x2)", "_OwnZero(x1, x2)", cost=20)
xlog1py = special_rule("xlog1py", "log1p(x2)", "_OwnZero(x1, 1.0 + x2)", cost=20)
rel_entr = special_rule("rel_entr", "log(x1 / x2) + 1.0", "-x1 / x2", cost=20)
kl_div = special_rule("kl_div", "log(x1 / x2)", "1.0 - x1 / x2", cost=20)
huber = special_rule(
    "huber",
    "select(_inside(x1, x2), 0.0, operators.absolute(x2) - x1)",
    "select(_inside(x1, x2), x2, x1 * sign(x2))",
    cost=5,
)
pseudo_huber = special_rule(
    "pseudo_huber",
    "2.0 * y / x1 - x2 * x2 / sqrt(x1 * x1 + x2 * x2)",
    "x1 * x2 / sqrt(x1 * x1 + x2 * x2)",
    cost=20,
)
boxcox = special_rule("boxcox", "exp((x2 - 1.0) * log(x1))", "_boxcox_power(log(x1), x2)")
boxcox1p = special_rule("boxcox1p", "exp((x2 - 1.0) * log1p(x1))", "_boxcox_power(log1p(x1), x2)")
inv_boxcox = special_rule("inv_boxcox", "y / (1.0 + x1 * x2)", "y * _inverse_boxcox_power(x1, x2)")
inv_boxcox1p = special_rule(
    "inv_boxcox1p", "(y + 1.0) / (1.0 + x1 * x2)", "(y + 1.0) * _inverse_boxcox_power(x1, x2)"
)

eval_jacobi = special_rule(
    "eval_jacobi",
    None,
    UNKNOWN,
    UNKNOWN,
    "_of_degree(0.5 * (x1 + x2 + x3 + 1.0), x1, eval_jacobi, x2 + 1.0, x3 + 1.0, x4)",
)
eval_legendre = special_rule(
    "eval_legendre", None, "_of_degree(0.5 * (x1 + 1.0), x1, eval_jacobi, 1.0, 1.0, x2)"
)
eval_gegenbauer = special_rule(
    "eval_gegenbauer", None, UNKNOWN, "_of_degree(2.0 * x2, x1, eval_gegenbauer, x2 + 1.0, x3)"
)
eval_chebyt = special_rule("eval_chebyt", None, "_of_degree(1.0 * x1, x1, eval_chebyu, x2)")
eval_chebyu = special_rule("eval_chebyu", None, "_of_degree(2.0, x1, eval_gegenbauer, 2.0, x2)")
eval_hermite = special_rule("eval_hermite", None, "_of_degree(2.0 * x1, x1, eval_hermite, x2)")
eval_hermitenorm = special_rule(
    "eval_hermitenorm", None, "_of_degree(1.0 * x1, x1, eval_hermitenorm, x2)"
)
eval_genlaguerre = special_rule(
    "eval_genlaguerre", None, UNKNOWN, "_of_degree(-1.0, x1, eval_genlaguerre, x2 + 1.0, x3)"
)
eval_laguerre = special_rule(
    "eval_laguerre", None, "_of_degree(-1.0, x1, eval_genlaguerre, 1.0, x2)"
)


# --- pieces of the table ---------------------------------------------------------------------


def _inside(delta: Value, r: Value) -> Value:
    return less_equal(operators.absolute(r), delta)


def _series(x: Value, coefficients: Sequence[float]) -> Value:
    """A polynomial, by Horner's rule."""
    total: Any = coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        total = total * x + coefficient
    return as_value(total)


def _near_zero(
    x: Value, bound: float, coefficients: Sequence[float], formula: Callable[[Value], Value]
) -> Value:
    """A formula that divides by ``x``, and its power series where that would cancel."""
    small = less(operators.absolute(x), bound)
    return select(small, _series(x, coefficients), formula(select(small, 1.0, x)))


def _far(is_far: Value, x: Value, scale: float, sign: float, formula: Value) -> Value:
    """The derivative of erfcx and dawsn, and where that cancels their asymptotic series."""
    w = 1.0 / (select(is_far, x, 1.0) * select(is_far, x, 1.0))
    terms = [(sign**k) * math.prod(range(1, 2 * k + 2, 2)) / 2.0**k for k in range(6)]
    return select(is_far, scale * w * _series(w, terms), formula)


#: of ``expm1(t) / t`` and of its derivative
_EXPREL_SLOPE = [(k + 1) / math.factorial(k + 2) for k in range(9)]
_LOG1P_RATIO = [(-1.0) ** k / (k + 1) for k in range(9)]
_LOG1P_SLOPE = [(-1.0) ** (k + 1) * (k + 1) / (k + 2) for k in range(9)]
_ELLIPTIC = [(math.comb(2 * k, k) / 4.0**k) ** 2 * math.pi / 2 for k in range(10)]
_ELLIPK_SLOPE = [k * c for k, c in enumerate(_ELLIPTIC)][1:]
_ELLIPE_SLOPE = [-k * c / (2 * k - 1) for k, c in enumerate(_ELLIPTIC)][1:]


def _exprel_slope(t: Value) -> Value:
    return _near_zero(t, 0.05, _EXPREL_SLOPE, lambda t: (exp(t) - expm1(t) / t) / t)


def _log1p_ratio(u: Value) -> Value:
    return _near_zero(u, 0.01, _LOG1P_RATIO, lambda u: log1p(u) / u)


def _ellipk_slope(m: Value) -> Value:
    def slope(m: Value) -> Value:
        return (ellipe(m) - (1.0 - m) * ellipk(m)) / (2.0 * m * (1.0 - m))

    return _near_zero(m, 0.01, _ELLIPK_SLOPE, slope)


def _ellipe_slope(m: Value) -> Value:
    return _near_zero(m, 0.01, _ELLIPE_SLOPE, lambda m: (ellipe(m) - ellipk(m)) / (2.0 * m))


def _boxcox_power(log_x: Value, power: Value) -> Value:
    """The derivative of ``(x**power - 1) / power`` by the power."""
    return log_x * log_x * _exprel_slope(power * log_x)


def _inverse_boxcox_power(x: Value, power: Value) -> Value:
    """The derivative of ``log1p(power * x) / power`` by the power."""
    slope = _near_zero(
        power * x, 0.01, _LOG1P_SLOPE, lambda u: (1.0 / (1.0 + u) - log1p(u) / u) / u
    )
    return x * x * slope


def _of_degree(factor: Any, n: Value, polynomial: Primitive, *operands: Any) -> Value:
    """``factor * polynomial(n - 1, …)``; zero for the constant polynomial."""
    constant = less_equal(n, 0)
    lower = select(constant, n, n - 1)
    return select(constant, 0.0, factor * polynomial(lower, *operands))


# --- of whole arrays -------------------------------------------------------------------------


@define(special.logsumexp)
def logsumexp(
    a: Any, axis: Any = None, b: Any = None, keepdims: Any = False, return_sign: Any = False
) -> Value:
    """``log(sum(b * exp(a)))``; the largest is taken out of the sum."""
    if return_sign:
        raise TypeError("special.logsumexp(…, return_sign=True) is not supported")
    x = numpy_number(a)
    if type_code(x.kind) == "c":
        raise TypeError("special.logsumexp of complex numbers is not supported")
    if b is None:
        return _log_of_sum(x, x, None, axis, keepdims)
    x, weight = broadcast_arrays(x, numpy_number(b))
    ranked = select(equal(weight, 0.0), -np.inf, x)
    return _log_of_sum(x, ranked, weight, axis, keepdims)


def _log_of_sum(x: Value, ranked: Value, weight: Value | None, axis: Any, keepdims: Any) -> Value:
    """The logarithm of the sum of ``weight * exp(x)``; ``ranked`` is x where it counts."""
    shift = _largest(ranked, axis)
    terms = exp(select(equal(ranked, -np.inf), -np.inf, x - shift))
    total = numpy_sum(terms if weight is None else weight * terms, axis, keepdims=True)
    result = log(total) + shift
    if keepdims or not x.is_array:
        return result
    return squeeze(result, tuple(range(x.ndim)) if axis is None else axis)


#: The shift of a sum of exponentials, in which such a sum is constant.
_constant = Primitive("constant", "_0", same_kind, partials=(None,), fresh=False, view=True, cost=0)


def _largest(x: Value, axis: Any) -> Value:
    """The largest along the axis, or 0 if that is infinite; without a derivative."""
    largest = amax(x, axis, keepdims=True) if x.is_array else x
    return _constant(select(isfinite(largest), largest, 0.0))


@define(special.softmax)
def softmax(x: Any, axis: Any = None) -> Value:
    """``exp(x) / sum(exp(x))``."""
    value = numpy_number(x)
    terms = exp(value - _largest(value, axis))
    return terms / numpy_sum(terms, axis, keepdims=value.is_array)


@define(special.log_softmax)
def log_softmax(x: Any, axis: Any = None) -> Value:
    """``x - logsumexp(x)``."""
    value = numpy_number(x)
    shifted = value - _largest(value, axis)
    return shifted - log(numpy_sum(exp(shifted), axis, keepdims=value.is_array))


@define(special.polygamma)
def polygamma(n: Any, x: Any) -> Value:
    """The derivative of that order of psi; the order is a literal integer."""
    order = static_number("the order of special.polygamma", n)
    if int(order) != order or order < 0:
        raise TypeError(f"special.polygamma({order}, …) is not supported")
    return psi(as_operand(x)) if order == 0 else _polygamma(int(order))(1.0 * numpy_number(x))


@define(special.multigammaln)
def multigammaln(a: Any, d: Any) -> Value:
    """The logarithm of the gamma function of ``d`` dimensions, which is a literal integer."""
    count = static_number("the dimension of special.multigammaln", d)
    value = numpy_number(a)
    total: Any = count * (count - 1) * 0.25 * math.log(math.pi)
    for j in range(1, count + 1):
        total = total + gammaln(value - (j - 1.0) / 2.0)
    return as_value(total)


@define(special.factorial)
def factorial(n: Any, exact: Any = False, extend: Any = "zero") -> Value:
    """``gamma(n + 1)``, zero for negative numbers."""
    if exact or extend != "zero":
        raise TypeError("special.factorial(…, exact=True) and extend= are not supported")
    value = 1.0 * numpy_number(n)
    negative = less(value, 0.0)
    return select(negative, 0.0, gamma(select(negative, 0.0, value) + 1.0))


@define(special.comb)
def comb(N: Any, k: Any, *, exact: Any = False, repetition: Any = False) -> Value:
    """``binom(N, k)``, zero outside of ``0 <= k <= N``."""
    if exact or repetition:
        raise TypeError("special.comb(…, exact=True) and repetition=True are not supported")
    n, chosen = 1.0 * numpy_number(N), 1.0 * numpy_number(k)
    inside = logical_and(less_equal(0.0, chosen), less_equal(chosen, n))
    return select(inside, binom(select(inside, n, 1.0), select(inside, chosen, 0.0)), 0.0)


if hasattr(special, "softplus"):

    @define(special.softplus)
    def softplus(x: Any, **options: Any) -> Value:
        """``log(1 + exp(x))``."""
        refuse("special.softplus", options)
        return logaddexp(0.0, as_operand(x))
