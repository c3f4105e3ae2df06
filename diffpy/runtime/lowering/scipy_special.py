"""SciPy's special functions in compiled code: calls of the C functions that SciPy exports."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numba import njit
from numba.core import types
from numba.extending import overload

from ..scipy_special import SIGNATURES, special_function
from .broadcasting import elementwise, is_scalar, result_dtype
from .scipy_symbols import provide

_OPTIONS: Any = {"error_model": "numpy", "boundscheck": False}
_KINDS = {"f": types.float64, "n": types.int64}


@functools.cache
def _number(name: str) -> Any:
    """The function of numbers, compiled."""
    symbol, count = provide(name)
    kinds = [_KINDS[code] for code in SIGNATURES[name]]
    extra = count - len(kinds)  # Cython's last parameter, which is 0
    external = types.ExternalFunction(symbol, types.float64(*kinds, *[types.int32] * extra))
    operands = [f"x{i}" for i in range(len(kinds))]
    converted = [f"{k}({x})" for k, x in zip(kinds, operands)] + ["int32(0)"] * extra
    text = f"lambda {', '.join(operands)}: external({', '.join(converted)})"
    names = {str(kind): kind for kind in (*_KINDS.values(), types.int32)}
    return njit(**_OPTIONS)(eval(text, {"external": external, **names}))


def _register(name: str) -> None:
    """Say what a function means: a number of numbers, or element by element."""
    parameters = ", ".join(f"x{i}" for i in range(len(SIGNATURES[name])))

    def meaning(*kinds: Any) -> Any:
        if not all(is_scalar(kind) or isinstance(kind, types.Array) for kind in kinds):
            return None
        dtype = result_dtype(*kinds)
        if dtype.kind == "c":
            return None
        if dtype != np.dtype(np.float32):
            dtype = np.dtype(np.float64)
        operands = {f"x{i}": kind for i, kind in enumerate(kinds)}
        mark = "" if all(map(is_scalar, kinds)) else "@"
        expression = f"number({', '.join(mark + x for x in operands)})"
        return elementwise(parameters, operands, expression, dtype, number=_number(name))

    # numba matches the parameters of an overload by name
    named = eval(f"lambda {parameters}: meaning({parameters})", {"meaning": meaning})
    overload(special_function(name), jit_options=_OPTIONS, strict=False)(named)


for _name in SIGNATURES:
    _register(_name)
