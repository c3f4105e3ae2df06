"""What the rules are tried on: a function, its arguments, and what the check must know."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diffpy.rules import operators
from diffpy.rules.elementwise import _polygamma, digamma
from rules.harness import Dynamic, Known

rng = np.random.default_rng(3)


def array(*shape: int, low: float = 0.3, high: float = 0.9) -> np.ndarray:
    return rng.uniform(low, high, shape)


def signed(*shape: int) -> np.ndarray:
    return rng.uniform(0.3, 1.5, shape) * rng.choice([-1.0, 1.0], shape)


@dataclass
class Case:
    function: Any
    args: tuple[Any, ...]
    options: dict[str, Any] = field(default_factory=dict)
    checks: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        function = self.function
        name = function if isinstance(function, str) else getattr(function, "__name__", "?")
        shapes = ",".join(_describe(a) for a in self.args)
        options = ",".join(f"{k}={v}" for k, v in self.options.items())
        return f"{name}({shapes}{';' + options if options else ''})"


def _describe(x: Any) -> str:
    if isinstance(x, np.ndarray):
        return f"{x.dtype.char}{list(x.shape)}"
    if isinstance(x, tuple | list):
        return "(" + ",".join(map(_describe, x)) + ")"
    if isinstance(x, Dynamic):
        return f"?{x.number}"
    return f"{type(x).__name__}:{x}" if np.isscalar(x) else str(x)


CASES: list[Case] = []


def case(function: Any, *args: Any, checks: dict[str, Any] | None = None, **options: Any) -> None:
    CASES.append(Case(function, args, options, checks or {}))


def named(name: str, function: Any) -> Any:
    function.__name__ = name
    return function


# --- operators -------------------------------------------------------------------------------

A, B = array(2, 3), signed(2, 3)
ROW, COLUMN = array(3), array(2, 1)
PAIRS = [
    (0.7, 1.3),
    (np.float64(0.7), 1.3),
    (0.7, np.float64(1.3)),
    (A, 0.4),
    (0.4, A),
    (A, B * B),
    (A, ROW),
    (COLUMN, ROW),
    (ROW, COLUMN),
    (A.astype(np.float32), 0.5),
    (A.astype(np.float32), ROW.astype(np.float32)),
    (A.astype(np.float32), np.float32(0.5)),
]
for x, y in PAIRS:
    for f in (operator.add, operator.sub, operator.mul, operator.truediv, operator.pow):
        case(f, x, y)
for x, y in [(2.3, 0.7), (-2.3, 0.7), (signed(4) * 3, 0.7), (signed(4) * 3, array(4))]:
    case(operator.floordiv, x, y)
    case(operator.mod, x, y)
    case(divmod, x, y)
    case(np.fmod, x, y)
    case(np.remainder, x, y)
for x in (0.7, -0.7, np.float64(-0.7), signed(4), signed(2, 3).astype(np.float32)):
    for f in (operator.neg, operator.pos, abs, np.abs, np.negative, np.positive, np.fabs):
        case(f, x)
for z in (1.2 + 0.4j, np.array([1 + 2j, 0.5 - 1j])):
    case(operator.mul, z, 2.0 - 1j)
    case(operator.truediv, z, 2.0 - 1j)
    case(operator.pow, z, 2)
    for f in (np.exp, np.sin, np.cos, np.log, np.sqrt):
        case(f, z)
for n in (0, 1, 2, 3, 4, -1, -2, 0.5, -0.5, 1.5, 2.0, 7):
    case(named(f"power {n}", lambda x, n=n: x**n), 1.7)
    case(named(f"power {n}", lambda x, n=n: x**n), np.float64(1.7))
    case(named(f"power {n}", lambda x, n=n: x**n), array(3))
for n in (0, 1, 2, 3, 4):
    case(named(f"negative power {n}", lambda x, n=n: x**n), -1.7)
    case(operator.pow, -1.7, Dynamic(n))
    case(operator.pow, signed(3), Dynamic(n))
    case(operator.pow, signed(3), np.array([n, 1, 2]))
    case(operator.pow, np.float64(-1.7), Dynamic(n))
case(operator.pow, 2.0, array(3))
case(operator.pow, 2, 0.7)
for x in (0.7, array(3)):
    case(named("2.0 ** x", lambda x: 2.0**x), x)
    case(named("x / 3", lambda x: x / 3), x)
    case(named("1 / x", lambda x: 1 / x), x)
for f in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne):
    case(f, 0.3, 0.4)
    case(f, array(3), 0.5)
for f in (np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal):
    case(f, 0.3, 0.4)
    case(f, array(3), 0.5)
INTS = (Dynamic(13), Dynamic(5))
for f in (
    operator.and_, operator.or_, operator.xor, operator.lshift, operator.rshift,
    operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod,
):  # fmt: skip
    case(f, *INTS)
    case(f, np.array([7, 8]), Dynamic(3))
case(operator.pow, Dynamic(3), Dynamic(4))
case(operator.invert, Dynamic(5))
case(operator.invert, np.array([True, False]))
case(operator.not_, Dynamic(True))
case(named("and", lambda a, b: operators.logical_and(a, b) if _traced(a) else a and b),
     Dynamic(True), Dynamic(False))  # fmt: skip
case(named("or", lambda a, b: operators.logical_or(a, b) if _traced(a) else a or b),
     Dynamic(True), Dynamic(False))  # fmt: skip
case(named("choose", lambda c, a, b: operators.select(c, a, b) if _traced(c) else a if c else b),
     Dynamic(True), 0.3, 0.4)  # fmt: skip


def _traced(x: Any) -> bool:
    return hasattr(x, "atom")


# --- elementwise -----------------------------------------------------------------------------

UNARY = {
    "unit": (np.arcsin, np.arccos, np.arctanh, math.asin, math.acos, math.atanh),
    "above": (np.arccosh, math.acosh),
    "any": (
        np.sin, np.cos, np.tan, np.arctan, np.sinh, np.cosh, np.tanh, np.arcsinh, np.deg2rad,
        np.rad2deg, np.radians, np.degrees, np.exp, np.exp2, np.expm1, np.square, np.sinc,
        np.cbrt, np.reciprocal, np.sign, np.rint, np.floor, np.ceil, np.trunc, np.fix, np.isnan,
        np.isfinite, np.isinf, np.signbit, np.real, np.imag, np.conj, np.nan_to_num, np.round,
        np.angle, math.sin, math.cos, math.tan, math.atan, math.sinh, math.cosh, math.tanh,
        math.asinh, math.radians, math.degrees, math.exp, math.expm1, math.fabs, math.erf,
        math.erfc, math.floor, math.ceil, math.trunc, math.isnan, math.isfinite, math.isinf,
        math.modf, round,
    ),
    "positive": (
        np.log, np.log2, np.log10, np.log1p, np.sqrt, math.log, math.log2, math.log10, math.log1p,
        math.sqrt, math.gamma, math.lgamma,
    ),
}  # fmt: skip
for name in ("exp2", "cbrt"):
    if hasattr(math, name):
        UNARY["any"] += (getattr(math, name),)
POINTS = {
    "unit": [-0.6, 0.4],
    "above": [1.6, 2.4],
    "any": [-0.8, 0.03, 1.9],
    "positive": [0.3, 2.2],
}
for domain, functions in UNARY.items():
    for f in functions:
        scalar_only = f.__module__ in ("math", "builtins") if not isinstance(f, np.ufunc) else False
        points = POINTS[domain]
        if f is np.reciprocal:
            points = [-0.8, 0.5, 1.9]
        case(f, points[0])
        case(f, points[1])
        case(f, np.float64(points[0]))
        if not scalar_only:
            case(f, np.array(points))
            case(f, np.array(points, np.float32), checks={"tol": 1e-2})
        else:
            if f is not math.trunc:
                case(f, np.float32(points[1]), checks={"value_only": True})
        if f not in (np.angle,):
            case(f, Dynamic(1 if domain == "unit" and f not in (math.atanh, np.arctanh) else 2)
                 if domain != "unit" else Dynamic(0))  # fmt: skip
for f in (np.arctan2, np.hypot, np.logaddexp, np.logaddexp2, np.maximum, np.minimum, np.fmax,
          np.fmin, np.copysign, np.float_power, np.heaviside, np.power, np.add, np.subtract,
          np.multiply, np.divide):  # fmt: skip
    for x, y in PAIRS:
        case(f, x, y, checks={"tol": 2e-2} if f is np.float_power else {})
for f in (math.atan2, math.hypot, math.copysign, math.pow, math.fmod, math.remainder, max, min,
          math.dist, math.log):  # fmt: skip
    for x, y in [(0.7, 1.3), (2.3, 0.4), (np.float64(0.7), 1.3)]:
        if f is math.dist:
            case(f, (x, y, 0.3), (0.2, 0.4, y))
        else:
            case(f, x, y)
case(math.hypot, 0.3, 0.4, 0.5)
case(math.hypot, 0.3)
case(math.ldexp, 0.7, Dynamic(3))
case(np.ldexp, array(3), Dynamic(3))
case(math.fsum, (0.1, 0.2, 0.7))
case(math.prod, (0.1, 0.2, 0.7))
case(math.isclose, 0.1, 0.1000000001)
case(np.isclose, array(3), 0.5)
case(max, 0.1, 0.7, 0.3)
case(max, 0, 0.7)
case(max, (0.1, 0.7, 0.3))
case(min, array(4))
case(max, array(4))
for f in (math.gcd, math.lcm, math.comb):
    case(f, Dynamic(12), Dynamic(8))
case(np.gcd, np.array([12, 8]), Dynamic(8))
case(np.lcm, np.array([12, 8]), Dynamic(8))
case(math.factorial, Dynamic(5))
case(math.isqrt, Dynamic(35))
case(np.clip, signed(5), -0.5, 0.5)
case(np.clip, signed(5), None, 0.5)
case(np.clip, 0.7, 0.0, 0.5)
case(".clip", signed(5), 0.0, 0.5)
case(np.where, np.array([True, False]), array(2), array(2))
case(np.where, np.array([True, False]), array(2), 0.0)
case(np.where, np.array([1, 0]), 0.3, array(3, 2))
case(np.where, Dynamic(True), array(3), array(1))
case(np.round, array(3), 1)
case(".round", array(3), 1)
case(round, 0.723, 2)
case(np.divmod, signed(3), 0.7)
case(np.logical_and, np.array([True, False]), Dynamic(True))
case(np.logical_or, np.array([True, False]), Dynamic(True))
case(np.logical_xor, np.array([True, False]), Dynamic(True))
case(np.logical_not, np.array([True, False]))
for f in (np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.left_shift, np.right_shift):
    case(f, np.array([12, 8]), Dynamic(3))
case(np.invert, np.array([12, 8]))
Z = signed(3) + 1j * signed(3)
for f in (np.real, np.imag, np.conj, np.abs, np.angle):
    case(f, Z)
    case(f, Z[0])
    case(f, complex(Z[1]))
case(".conj", Z)
for f in (float, int, bool, complex, np.float32, np.float64, np.int64):
    case(f, 0.7)
    case(f, np.float64(1.7))
    case(f, Dynamic(2))
case(pow, 0.7, 2)
case(named("digamma", lambda x: digamma(x) if _traced(x) else _digamma(x)), 0.7)
case(named("digamma", lambda x: digamma(x) if _traced(x) else _digamma(x)), array(3))
case(named("polygamma", lambda x: _polygamma(2)(x) if _traced(x) else _trigamma(x)), array(3))


def _digamma(x: Any) -> Any:
    import scipy.special

    return scipy.special.digamma(x)


def _trigamma(x: Any) -> Any:
    import scipy.special

    return scipy.special.polygamma(2, x)


# --- reductions ------------------------------------------------------------------------------

CUBE = signed(2, 3, 4)
for f in (np.sum, np.prod, np.max, np.min, np.mean, np.var, np.std, np.ptp, np.nansum, np.nanmean,
          np.nanmax, np.nanmin, np.nanvar, np.nanstd, np.nanprod):  # fmt: skip
    case(f, array(4))
    case(f, A)
    case(f, A, axis=0)
    case(f, A, axis=-1)
    case(f, A, axis=(0, 1))
    case(f, CUBE, axis=(0, 2))
    case(f, CUBE, axis=1, keepdims=True)
    case(f, CUBE, keepdims=True)
    case(f, A.astype(np.float32), axis=1)
for f in (np.sum, np.prod, np.max, np.min, np.mean):
    case(f, 0.7)
    case(f, np.float64(0.7))
    case(f, np.array([3, 1, 2]))
    case(f, np.array([[3, 1], [2, 5]]), axis=1)
    case(f, (0.3, 0.7, 0.1))
case(np.sum, np.array([True, False, True]))
case(np.var, A, ddof=1)
case(".sum", A, 0, None, None, True)
case(".sum", A, dtype=np.float32)
case(".mean", A, 1, np.float64)
case(".var", A, 1, None, None, 1)
case(".max", A, 0, None, True)
case(np.allclose, A, A * (1 + 1e-9))
case(np.std, A, axis=0, ddof=1)
case(np.average, array(4))
case(np.average, array(4), weights=array(4))
case(np.average, A, axis=1, weights=array(3))
case(np.average, A, axis=0, weights=array(2, 3))
for f in (np.any, np.all, np.count_nonzero):
    case(f, np.array([True, False]))
    case(f, np.array([[1, 0], [3, 4]]), axis=1)
    case(f, np.array([[1, 0], [3, 4]]), axis=0, keepdims=True)
for f in (np.argmax, np.argmin):
    case(f, signed(5))
    case(f, signed(3, 4))
    case(f, signed(3, 4), axis=0)
    case(f, signed(3, 4), axis=1)
for f in (np.cumsum, np.cumprod):
    case(f, signed(5))
    case(f, signed(2, 3))
    case(f, signed(2, 3), axis=0)
    case(f, CUBE, axis=1)
    case(f, CUBE, axis=-1)
    case(f, np.array([1, 2, 3]))
ZEROS = np.array([[0.5, 0.0, 0.7], [0.0, 0.3, 0.0]])
case(np.prod, ZEROS)
case(np.prod, ZEROS, axis=0)
case(np.prod, ZEROS, axis=1)
case(np.cumprod, ZEROS, axis=1)
case(np.prod, array(1))
for method in (".sum", ".prod", ".max", ".min", ".mean", ".var", ".std", ".cumsum", ".cumprod",
               ".argmax", ".argmin"):  # fmt: skip
    case(method, A)
    case(method, A, axis=1)
case(".any", np.array([1, 0]))
case(".all", np.array([1, 0]))
case(np.diff, signed(5))
case(np.diff, signed(5), 2)
case(np.diff, CUBE, axis=1)
TRAPEZOID = np.trapezoid if hasattr(np, "trapezoid") else np.trapz
case(TRAPEZOID, signed(5))
case(TRAPEZOID, signed(5), np.cumsum(array(5)))
case(TRAPEZOID, CUBE, np.cumsum(array(3)), axis=1)
case(TRAPEZOID, signed(5), dx=0.5)

# --- shaping ---------------------------------------------------------------------------------

case(np.transpose, A)
case(np.transpose, CUBE)
case(np.transpose, CUBE, (1, 0, 2))
case(".transpose", CUBE, 2, 0, 1)
case(named("T", lambda a: a.T), CUBE)
case(np.swapaxes, CUBE, 0, 2)
case(".swapaxes", CUBE, 0, 1)
case(np.moveaxis, CUBE, 0, -1)
case(np.moveaxis, CUBE, (0, 1), (-1, 0))
case(np.rollaxis, CUBE, 2)
case(np.reshape, A, (3, 2))
case(np.reshape, A, (3, -1))
case(np.reshape, A.T, (2, -1))
case(np.reshape, A, -1)
case(np.reshape, A, (Dynamic(3), Dynamic(2)))
case(".reshape", A, 3, 2)
case(".reshape", A, (6,))
for f in (np.ravel, ".ravel", ".flatten"):
    case(f, A)
    case(f, array(3))
case(".item", array(1, 1))
case(".item", A, 1)
case(".item", A, 1, -1)
case(np.expand_dims, A, 0)
case(np.expand_dims, A, (0, -1))
case(np.squeeze, array(1, 3), 0)
case(".squeeze", array(3, 1), axis=-1)
case(np.broadcast_to, ROW, (2, 3))
case(np.broadcast_to, COLUMN, (2, 3))
case(np.broadcast_to, 0.7, (2, 3))
case(np.broadcast_arrays, COLUMN, ROW)
for f in (np.atleast_1d, np.atleast_2d, np.atleast_3d):
    case(f, 0.7)
    case(f, array(3))
    case(f, A)
for f in (np.concatenate, np.stack, np.hstack, np.vstack, np.column_stack, np.dstack):
    case(f, (A, B))
    case(f, (A, B, A))
    case(f, (array(3), array(3)))
case(np.concatenate, (A, array(2, 1)), axis=1)
case(np.concatenate, (A, array(4)), axis=None)
case(np.concatenate, (A,))
case(np.stack, (A, B), axis=-1)
case(np.stack, (A, B), axis=1)
case(np.column_stack, (array(2), A))
case(np.append, array(3), 0.7)
case(np.block, [[array(2, 2), array(2, 1)], [array(1, 2), array(1, 1)]])
case(np.block, [array(2), array(3)])
case(np.block, [array(2, 2), array(2, 2)])
case(np.append, A, B, axis=0)
case(np.split, array(6), 3)
case(np.split, A, (1, 2), axis=1)
case(np.array_split, array(7), 3)
case(np.hsplit, array(2, 4), 2)
case(np.vsplit, array(2, 4), 2)
case(np.repeat, array(3), 2)
case(np.repeat, A, 2, axis=0)
case(np.repeat, A, Dynamic(2), axis=1)
case(".repeat", A, 2)
case(np.tile, array(3), 2)
case(np.tile, A, (2, 2))
case(np.tile, A, (3, 1, 2))
case(np.flip, A)
case(np.flip, A, axis=1)
case(np.fliplr, A)
case(np.flipud, A)
for k in range(-1, 4):
    case(np.rot90, A, k)
for k in (1, -1, 5):
    case(np.roll, array(4), k)
    case(np.roll, A, k)
    case(np.roll, A, k, axis=1)
case(np.roll, A, (1, 2), axis=(0, 1))
for k in (0, 1, -1):
    case(np.tril, signed(3, 4), k)
    case(np.triu, signed(3, 4), k)
    case(np.diag, array(3), k)
    case(np.diag, signed(3, 4), k)
    case(np.trace, signed(3, 3), k)
case(np.diag, array(3), Dynamic(-1))
case(np.diagonal, signed(3, 4))
case(".diagonal", signed(3, 4), 1)
case(".trace", signed(3, 4))

# --- creation --------------------------------------------------------------------------------

for f in (np.zeros, np.ones):
    case(f, 3)
    case(f, (2, 3))
    case(f, (2, Dynamic(3)), dtype=np.float32)
    case(f, 3, dtype=int)
    case(f, (), dtype=bool)
for f in (np.zeros_like, np.ones_like):
    case(f, A)
    case(f, A, dtype=np.float32)
    case(f, np.array([1, 2]))
    case(f, 0.7)
case(np.full, 3, 0.7)
case(np.full, (2, 3), 0.7)
case(np.full, (2, 3), ROW)
case(np.full, (2, 3), 7)
case(np.full, 2, 0.5, dtype=np.float32)
case(np.full_like, A, 0.7)
case(np.eye, 3)
case(np.eye, 2, 3, 1)
case(np.eye, 2, dtype=np.float32)
case(np.identity, 3)
case(np.arange, 5)
case(np.arange, 2, 5)
case(np.arange, 5, 2, -1)
case(np.arange, 0.3, 3.0, 0.7)
case(np.arange, 3, dtype=float)
case(np.linspace, 0.3, 1.7, 5)
case(np.linspace, 0.3, 1.7, 5, endpoint=False)
case(np.linspace, 0, 1, Dynamic(4))
case(np.logspace, 0.1, 0.5, 4)
case(np.meshgrid, array(3), array(2))
case(np.meshgrid, array(3), array(2), indexing="ij")
case(np.array, 0.7)
case(np.array, (0.7, 0.3))
case(np.array, (0.7, 2))
case(np.array, ((0.7, 2.0), (0.1, 0.2)))
case(np.array, (0.7,))
case(np.array, (array(3), array(3)))
case(np.array, A)
case(np.array, A, dtype=np.float32, checks={"tol": 1e-2})
case(np.array, (1, 2), dtype=float)
case(np.array, 0.7, ndmin=1)
case(np.asarray, A)
case(np.asarray, (0.7, 0.3))
case(np.copy, A)
case(".copy", A)
case(".astype", A, np.float32, checks={"value_only": True})
case(".astype", A, complex)
case(".astype", A, int)
case(".astype", A, float)
case(".astype", A, "float64")

# --- linear algebra ----------------------------------------------------------------------------

for a, b in [
    (array(3), array(3)),
    (A, array(3)),
    (array(2), A),
    (A, array(3, 4)),
    (CUBE, signed(4, 2)),
    (CUBE, signed(2, 4, 3)),
    (CUBE, signed(1, 4, 3)),
    (signed(3, 3), CUBE),
    (CUBE, array(4)),
    (array(3), CUBE),
    (signed(2, 1, 2, 3), signed(4, 3, 2)),
    (A.astype(np.float32), array(3).astype(np.float32)),
]:
    case(operator.matmul, a, b)
    case(np.matmul, a, b)
case(operator.matmul, Z, Z)
case(operator.matmul, A, np.arange(3))
for a, b in [(array(3), array(3)), (A, array(3)), (A, array(3, 4)), (A, 0.3), (0.3, 0.4),
             (CUBE, array(4)), (CUBE, signed(4, 2)), (CUBE, signed(2, 4, 3))]:  # fmt: skip
    case(np.dot, a, b)
case(".dot", A, array(3))
for a, b in [
    (array(3), array(3)),
    (A, array(3)),
    (A, signed(4, 3)),
    (CUBE, signed(3, 4)),
    (0.3, A),
]:
    case(np.inner, a, b)
case(np.vdot, A, B)
case(np.vdot, Z, Z * 1j)
case(np.outer, array(3), array(2))
case(np.outer, A, array(2))
case(np.kron, A, signed(2, 2))
case(np.kron, array(3), array(2))
case(np.tensordot, CUBE, signed(3, 4, 2))
case(np.tensordot, CUBE, signed(4, 2), ((2,), (0,)))
case(np.tensordot, CUBE, signed(4, 3), ((2, 1), (0, 1)))
case(np.tensordot, A, B, 2)
case(np.tensordot, A, B, 0)
case(np.cross, array(3), array(3))
case(np.cross, signed(2, 3), array(3))
for a, options in [
    (signed(4), {}),
    (signed(3, 4), {}),
    (CUBE, {}),
    (signed(4), {"ord": 1}),
    (signed(4), {"ord": 2}),
    (signed(4), {"ord": 3}),
    (signed(4), {"ord": Known(np.inf)}),
    (signed(4), {"ord": Known(-np.inf)}),
    (signed(3, 4), {"axis": 0}),
    (signed(3, 4), {"axis": 1, "keepdims": True}),
    (signed(3, 4), {"ord": "fro"}),
    (signed(3, 4), {"ord": 1, "axis": -1}),
    (Z, {}),
]:
    case(np.linalg.norm, a, **options)
SQUARE = signed(3, 3) + 3 * np.eye(3)
case(np.linalg.det, SQUARE)
case(np.linalg.slogdet, SQUARE)
case(np.linalg.inv, SQUARE)
case(np.linalg.solve, SQUARE, array(3))
case(np.linalg.solve, SQUARE, signed(3, 2))
case(np.linalg.matrix_power, SQUARE, 3)
case(np.linalg.matrix_power, SQUARE, -2)
case(np.linalg.matrix_power, SQUARE, 0)
case(np.linalg.multi_dot, (SQUARE, signed(3, 2), signed(2, 4)))
case(named("cholesky of a @ a.T", lambda a: _cholesky(a @ a.T)), SQUARE)
case(named("cholesky of a lower triangle", lambda a: _cholesky(a)), SQUARE + 3 * np.eye(3))


def _cholesky(a: Any) -> Any:
    from diffpy.rules.linalg import cholesky

    return cholesky(a) if _traced(a) else np.linalg.cholesky(a)


# --- indexing ----------------------------------------------------------------------------------

case(np.take, array(4), np.array([0, 2, 2]))
case(np.take, A, np.array([[0, 2], [2, 1]]), axis=1)
case(np.take, A, Dynamic(4))
case(".take", A, np.array([1, 0]), axis=0)
case(np.sort, signed(5))
case(np.argsort, signed(5))
case(np.argsort, signed(2, 3), axis=0)
case(np.sort, signed(2, 3))
case(np.sort, signed(2, 3), axis=0)
case(np.take_along_axis, signed(2, 3), np.array([[0, -1], [2, 2]]), axis=1)
case(np.median, signed(2, 3), axis=0, keepdims=True)
case(".argsort", signed(5))
case(np.searchsorted, np.array([0.1, 0.5, 0.9]), array(4))
case(np.flatnonzero, np.array([0, 1, 3]))
case(np.nonzero, np.array([0, 1, 3]))
case(np.compress, np.array([True, False, True]), array(3))
case(np.median, signed(5))
case(np.median, signed(2, 3))
case(np.interp, array(4), np.array([0.1, 0.5, 1.2]), signed(3))
case(np.interp, 0.7, np.array([0.1, 0.5, 1.2]), signed(3))
case(named("getitem", lambda a: a[1]), array(3))
case(named("getitem", lambda a: a[:, 1]), A)
case(named("getitem", lambda a: a[::-1, 1:]), A)
case(named("getitem", lambda a: a[None, ..., 1]), CUBE)
case(named("getitem", lambda a: a[()]), np.array(0.7))
