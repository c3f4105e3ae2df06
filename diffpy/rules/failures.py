"""Which operands make an operation raise, as tests that run before it.

A ``try`` in a differentiated function asks here: the operation is left out, and control goes to the
handler, where a test holds. What is not listed raises for operands of the wrong shapes, and those
exceptions go through handlers: no derivative is wrong, the handler is just not reached.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np

from diffpy.kinds import PY_INT, Array, Scalar, is_integer, type_code
from diffpy.rules import containers, elementwise, linalg, operators, structural
from diffpy.rules.notation import Value
from diffpy.rules.registry import Primitive

#: a test, the class of the exception, its message
Failure: TypeAlias = tuple[Any, type[Exception], str]
Failures: TypeAlias = Callable[..., Iterator[Failure]]

_table: dict[str, Failures] = {}


def failures_of(
    primitive: Primitive, args: tuple[Value, ...], static: dict[str, Any]
) -> Iterator[Failure]:
    """The tests before one operation, in the order in which Python makes them."""
    found = _table.get(primitive.name)
    return iter(()) if found is None else found(*args, **static)


def _fails(*names: str) -> Callable[[Failures], Failures]:
    def register(failures: Failures) -> Failures:
        _table.update(dict.fromkeys(names, failures))
        return failures

    return register


def _python(*args: Value) -> bool:
    """Whether all operands are numbers of Python's, which raise where NumPy's do not."""
    return all(isinstance(a.kind, Scalar) and a.kind.python for a in args)


def _real(x: Value) -> bool:
    return type_code(x.kind) in "iubf"


def _raised_by(function: Callable[[], Any]) -> str:
    try:
        function()
    except (ArithmeticError, ValueError) as error:
        return str(error)
    raise AssertionError("the operation was meant to fail")


_DIVISION = {
    (operators.divide.name, True): _raised_by(lambda: 1 / int("0")),
    (operators.divide.name, False): _raised_by(lambda: 1.0 / float("0")),
    (operators.floor_divide.name, True): _raised_by(lambda: 1 // int("0")),
    (operators.floor_divide.name, False): _raised_by(lambda: 1.0 // float("0")),
    (operators.remainder.name, True): _raised_by(lambda: 1 % int("0")),
    (operators.remainder.name, False): _raised_by(lambda: 1.0 % float("0")),
}


def _division(name: str) -> Failures:
    def failures(x: Value, y: Value) -> Iterator[Failure]:
        if _python(x, y) and not y.constant:
            integers = is_integer(x.kind) and is_integer(y.kind)
            yield operators.equal(y, 0), ZeroDivisionError, _DIVISION[name, integers]

    return failures


for _name in {name for name, _ in _DIVISION}:
    _table[_name] = _division(_name)


@_fails(operators.power.name, operators.python_power.name, operators.integer_power.name)
def _power(x: Value, y: Value) -> Iterator[Failure]:
    if x.is_array or y.is_array or not (_real(x) and _real(y)):
        return
    if not _python(x, y):
        if type_code(x.kind) in "biu" and type_code(y.kind) in "biu":
            yield y < 0, ValueError, _raised_by(lambda: np.int64(2) ** np.int64(-1))
        return
    zero = operators.logical_and(operators.equal(x, 0), y < 0)
    yield zero, ZeroDivisionError, _raised_by(lambda: float("0") ** -1.0)
    if type_code(x.kind) == "f" or type_code(y.kind) == "f":
        result = operators.numpy_power(x, y)
        yield _overflows(result, x, y), OverflowError, "(34, 'Numerical result out of range')"


def _overflows(result: Value, *args: Value) -> Value:
    """Whether finite operands gave an infinite result."""
    found = elementwise.isinf(result)
    for x in args:
        found = operators.logical_and(found, elementwise.isfinite(x))
    return found


_DOMAIN, _RANGE = "math domain error", "math range error"


def _domain(test: Callable[[Value], Value]) -> Failures:
    def failures(x: Value) -> Iterator[Failure]:
        yield test(x), ValueError, _DOMAIN

    return failures


def _both(*tests: Value) -> Value:
    result = tests[0]
    for test in tests[1:]:
        result = operators.logical_and(result, test)
    return result


def _whole(x: Value) -> Value:
    return operators.equal(elementwise.floor(x), x)


def _outside(x: Value, low: float, high: float) -> Value:
    return operators.logical_or(x < low, x > high)


_table.update(
    {
        "math.sqrt": _domain(lambda x: x < 0),
        "math.log": _domain(lambda x: x <= 0),
        "math.log2": _domain(lambda x: x <= 0),
        "math.log10": _domain(lambda x: x <= 0),
        "math.log1p": _domain(lambda x: x <= -1),
        "math.asin": _domain(lambda x: _outside(x, -1.0, 1.0)),
        "math.acos": _domain(lambda x: _outside(x, -1.0, 1.0)),
        "math.acosh": _domain(lambda x: x < 1),
        "math.atanh": _domain(lambda x: operators.logical_or(x <= -1, x >= 1)),
        "math.sin": _domain(elementwise.isinf),
        "math.cos": _domain(elementwise.isinf),
        "math.tan": _domain(elementwise.isinf),
    }
)


def _last_finite(function: Callable[[float], float], low: float, high: float) -> float:
    """The number nearest to ``high`` of which a monotone function of Python's does not raise."""
    while math.nextafter(low, high) != high:
        middle = 0.5 * low + 0.5 * high
        try:
            function(middle)
            low = middle
        except OverflowError:
            high = middle
    return low


#: beyond these the result is infinite, which Python refuses
_LARGEST_EXP = math.log(1.7976931348623157e308)
_LARGEST_COSH = 710.4758600739439
_LARGEST_GAMMA = _last_finite(math.gamma, 100.0, 200.0)
_SMALLEST_GAMMA = _last_finite(math.gamma, 1e-300, 0.0)
_LARGEST_LGAMMA = _last_finite(math.lgamma, 1e300, 1e308)


def _range(test: Callable[[Value], Value]) -> Failures:
    def failures(x: Value) -> Iterator[Failure]:
        finite = elementwise.isfinite(x)
        yield operators.logical_and(test(x), finite), OverflowError, _RANGE

    return failures


_table.update(
    {
        "math.exp2": _range(lambda x: x >= 1024),
        "math.exp": _range(lambda x: x > _LARGEST_EXP),
        "math.expm1": _range(lambda x: x > _LARGEST_EXP),
        "math.cosh": _range(lambda x: _outside(x, -_LARGEST_COSH, _LARGEST_COSH)),
        "math.sinh": _range(lambda x: _outside(x, -_LARGEST_COSH, _LARGEST_COSH)),
    }
)


@_fails("math.gamma")
def _gamma(x: Value) -> Iterator[Failure]:
    yield operators.logical_and(x <= 0, _whole(x)), ValueError, _DOMAIN
    tiny = _both(x > -_SMALLEST_GAMMA, x < _SMALLEST_GAMMA)
    large = operators.logical_and(x > _LARGEST_GAMMA, elementwise.isfinite(x))
    yield operators.logical_or(tiny, large), OverflowError, _RANGE


@_fails("math.lgamma")
def _lgamma(x: Value) -> Iterator[Failure]:
    finite = elementwise.isfinite(x)
    yield _both(finite, x <= 0, _whole(x)), ValueError, _DOMAIN
    yield _both(finite, x > _LARGEST_LGAMMA), OverflowError, _RANGE


@_fails("math.fmod", "math.remainder")
def _rest(x: Value, y: Value) -> Iterator[Failure]:
    number = operators.logical_not(elementwise.isnan(y))
    infinite = operators.logical_and(elementwise.isinf(x), number)
    by_zero = _both(operators.equal(y, 0), operators.logical_not(elementwise.isnan(x)))
    yield operators.logical_or(infinite, by_zero), ValueError, _DOMAIN


@_fails("math.pow")
def _math_pow(x: Value, y: Value) -> Iterator[Failure]:
    result = operators.numpy_power(x, y)
    finite = _both(elementwise.isfinite(x), elementwise.isfinite(y))
    undefined = operators.logical_or(elementwise.isnan(result), _both(operators.equal(x, 0), y < 0))
    yield operators.logical_and(finite, undefined), ValueError, _DOMAIN
    yield _overflows(result, x, y), OverflowError, _RANGE


@_fails("math.ldexp")
def _ldexp(x: Value, n: Value) -> Iterator[Failure]:
    yield _overflows(elementwise.ldexp(x, n), x), OverflowError, _RANGE


@_fails("math.floor", "math.ceil", "math.trunc", "round")
def _to_int(x: Value) -> Iterator[Failure]:
    yield from _convert(x, PY_INT)


def _negative(message: str) -> Failures:
    def failures(n: Value) -> Iterator[Failure]:
        yield n < 0, ValueError, message

    return failures


_table["math.factorial"] = _negative(_raised_by(lambda: math.factorial(int("-1"))))
_table["math.isqrt"] = _negative(_raised_by(lambda: math.isqrt(int("-1"))))


@_fails("math.comb")
def _comb(n: Value, k: Value) -> Iterator[Failure]:
    yield n < 0, ValueError, _raised_by(lambda: math.comb(int("-1"), 1))
    yield k < 0, ValueError, _raised_by(lambda: math.comb(1, int("-1")))


@_fails(structural.convert.name)
def _convert(x: Value, kind: Any) -> Iterator[Failure]:
    to_int = isinstance(kind, Scalar) and kind.python and is_integer(kind)
    if to_int and isinstance(x.kind, Scalar) and type_code(x.kind) == "f":
        yield elementwise.isnan(x), ValueError, "cannot convert float NaN to integer"
        infinite = "cannot convert float infinity to integer"
        yield elementwise.isinf(x), OverflowError, infinite


@_fails(structural.check_bound.name)
def _bound(flag: Value, name: str) -> Iterator[Failure]:
    message = f"cannot access local variable '{name}' where it is not associated with a value"
    yield operators.logical_not(flag), UnboundLocalError, message


@_fails(structural.index.name)
def _index(array: Value, *operands: Value, pattern: Any, **_: Any) -> Iterator[Failure]:
    yield from _positions(array, operands, pattern)


@_fails(structural.store.name, structural.accumulate.name)
def _store(array: Value, value: Value, *operands: Value, pattern: Any, **_: Any) -> Any:
    yield from _positions(array, operands, pattern)


def _positions(array: Value, operands: tuple[Value, ...], pattern: Any) -> Iterator[Failure]:
    """Integers that are no positions of their axes; index arrays are not looked into."""
    assert isinstance(array.kind, Array)
    if "a" in pattern:
        return
    after = sum(code != "n" for code in pattern[pattern.index("e") :]) if "e" in pattern else 0
    axis = number = 0
    for code in pattern:
        if code == "e":
            axis = array.ndim - after + 1
        elif code == "i":
            position, extent = operands[number], structural.dim(array, axis=axis)
            outside = operators.logical_or(position < -extent, position >= extent)
            yield outside, IndexError, f"index is out of bounds for axis {axis}"
        if code[0] == "s":
            number += code.count("1")
        elif code == "i":
            number += 1
        axis += code not in ("n", "e")


@_fails("np.linalg.cholesky")
def _not_definite(a: Value, **_: Any) -> Iterator[Failure]:
    refused = operators.logical_not(linalg.has_cholesky(a))
    yield refused, np.linalg.LinAlgError, "Matrix is not positive definite"


@_fails("np.linalg.inv", "np.linalg.solve")
def _singular(a: Value, *others: Value, **_: Any) -> Iterator[Failure]:
    singular = operators.equal(linalg.sign_of_determinant(a), 0.0)
    yield singular, np.linalg.LinAlgError, "Singular matrix"


def _items(message: str) -> Failures:
    def failures(xs: Value, i: Value, *_: Value, inside: bool = False) -> Iterator[Failure]:
        if not inside:
            yield _outside_list(xs, i), IndexError, message

    return failures


def _outside_list(xs: Value, i: Value) -> Value:
    count = containers.length(xs)
    return operators.logical_or(i < -count, i >= count)


_table.update(
    {
        containers.list_get.name: _items("list index out of range"),
        containers.list_set.name: _items("list assignment index out of range"),
        containers.remove_at.name: _items("list assignment index out of range"),
    }
)


@_fails(containers.list_pop.name)
def _pop(xs: Value, *place: Value, **_: Any) -> Iterator[Failure]:
    yield operators.equal(containers.length(xs), 0), IndexError, "pop from empty list"
    for i in place:
        yield _outside_list(xs, i), IndexError, "pop index out of range"


@_fails(containers.position_of.name)
def _find(xs: Value, v: Value) -> Iterator[Failure]:
    found = containers.contains(xs, v)
    yield operators.logical_not(found), ValueError, "the value is not in list"
