"""Arithmetic of Python scalars that means in compiled code what it means in Python.

Generated code calls these on operands that are *Python* numbers.  Here each is Python itself;
`lowering/checked.py` gives each a compiled meaning that raises the same exceptions.  Where Python
would leave the type (an int beyond 64 bits, ``2 ** -1`` a float, ``(-8.0) ** 0.5`` a complex) the
compiled function raises OverflowError or ValueError and says so.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any


def div(a: Any, b: Any) -> Any:
    """``a / b``."""
    return a / b


def floordiv(a: Any, b: Any) -> Any:
    """``a // b``."""
    return a // b


def mod(a: Any, b: Any) -> Any:
    """``a % b``."""
    return a % b


def power(a: Any, b: Any) -> Any:
    """``a ** b``."""
    return a**b


def add_i8(a: int, b: int) -> int:
    """``a + b`` of ints."""
    return a + b


def sub_i8(a: int, b: int) -> int:
    """``a - b`` of ints."""
    return a - b


def mul_i8(a: int, b: int) -> int:
    """``a * b`` of ints."""
    return a * b


def neg_i8(a: int) -> int:
    """``-a`` of an int."""
    return -a


def abs_i8(a: int) -> int:
    """``abs(a)`` of an int."""
    return abs(a)


def lshift_i8(a: int, b: int) -> int:
    """``a << b`` of ints."""
    return a << b


def rshift_i8(a: int, b: int) -> int:
    """``a >> b`` of ints."""
    return a >> b


def int_f8(x: float) -> int:
    """``int(x)`` of a float."""
    return int(x)


def round_f8(x: float) -> int:
    """``round(x)`` of a float: an int, halves to even."""
    return round(x)


def round_ndigits(x: Any, n: int) -> Any:
    """``round(x, n)``."""
    return round(x, n)


def check_bound(flag: bool, name: str) -> None:
    """Raise what reading the unbound local variable `name` raises, unless `flag`."""
    if not flag:
        raise UnboundLocalError(unbound_message(name))


_UNSETTLED = (
    "{} of numbers that are Python's on some ways, where it raises, and NumPy's on others, "
    "where it does not: convert them where they are made, as with float(x) or np.float64(x)"
)
DIVISION_BY_ZERO = _UNSETTLED.format("a division by zero")
NO_FINITE_POWER = _UNSETTLED.format("a power that is not finite")


def check_divisor(y: Any) -> None:
    """Raise RuntimeError for 0, by which Python's numbers divide in another way than NumPy's."""
    if y == 0:
        raise RuntimeError(DIVISION_BY_ZERO)


def check_power(power: Any, x: Any, y: Any) -> None:
    """Raise RuntimeError where finite operands give a power that is not: Python's raise."""
    if not math.isfinite(power) and math.isfinite(x) and math.isfinite(y):
        raise RuntimeError(NO_FINITE_POWER)


def check_extents(m: int, n: int, message: str) -> None:
    """Raise ValueError unless two axes have the same extent."""
    if m != n:
        raise ValueError(message)


def unbound_message(name: str) -> str:
    """CPython's words for an unbound local variable."""
    if sys.version_info < (3, 11):
        return f"local variable '{name}' referenced before assignment"
    return f"cannot access local variable '{name}' where it is not associated with a value"


UNARY = (
    "sqrt", "cbrt", "exp", "exp2", "expm1", "log2", "log10", "log1p",
    "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh",
    "erf", "erfc", "gamma", "lgamma", "fabs", "degrees", "radians",
)  # fmt: skip
"""Functions of `math` from one float to a float."""

BINARY = ("atan2", "hypot", "pow", "fmod", "remainder", "copysign")
"""Functions of `math` from two floats to a float."""

ROUNDING = ("floor", "ceil", "trunc")
"""Functions of `math` from a float to an int."""

PREDICATES = ("isnan", "isinf", "isfinite")
"""Functions of `math` from a float to a bool."""


def _checked(name: str) -> Callable[..., Any]:
    """A function of our own for ``math.<name>``: numba would know the original, unchecked."""
    function = getattr(math, name)
    source: Callable[..., Any]
    if name in BINARY:

        def source(x: Any, y: Any) -> Any:
            return function(x, y)
    else:

        def source(x: Any) -> Any:
            return function(x)

    source.__name__ = source.__qualname__ = f"math_{name}"
    source.__doc__ = f"``math.{name}``, with its errors in compiled code too."
    return source


def math_log(x: Any, base: Any = None) -> Any:
    """``math.log(x)`` or ``math.log(x, base)``."""
    return math.log(x) if base is None else math.log(x, base)


def math_ldexp(x: Any, n: int) -> Any:
    """``math.ldexp``."""
    return math.ldexp(x, n)


MATH: dict[str, Callable[..., Any]] = {
    name: _checked(name)
    for name in UNARY + BINARY + ROUNDING + PREDICATES
    if hasattr(math, name)  # cbrt and exp2 came with Python 3.11
}
"""``math_<name>`` by `name`, all but `log`."""

globals().update({f"math_{name}": function for name, function in MATH.items()})


def __getattr__(name: str) -> Any:
    """Tell type checkers that the generated functions exist, and people what a typo means."""
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
