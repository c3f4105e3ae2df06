"""SciPy's special functions in compiled code: calls of the C functions that SciPy exports."""

from __future__ import annotations

import ctypes
import functools
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from numba import njit
from numba.core import types
from numba.extending import overload

from ..scipy_special import SIGNATURES, special_function
from .broadcasting import elementwise, is_scalar, result_dtype

_OPTIONS: Any = {"error_model": "numpy", "boundscheck": False}
_SYMBOL = "diffpy_scipy_"

#: C types of an operand; the first of an integer's that a function is exported for is taken
_C_TYPES = {"f": {"double": types.float64}, "n": {"long": types.int64, "Py_ssize_t": types.int64}}


def _exported(name: str) -> tuple[str, str]:
    """The name of the variant for doubles among what SciPy exports, and its C signature."""
    from scipy.special import cython_special

    exports = cython_special.__pyx_capi__
    for candidate, capsule in exports.items():
        if candidate != name and not (
            candidate.startswith("__pyx_fuse_") and candidate.endswith(name)
        ):
            continue
        prefix = candidate[: -len(name)].removeprefix("__pyx_fuse_")
        if prefix.strip("0123456789_"):  # as "__pyx_fuse_1log_expit" of "expit"
            continue
        signature = _capsule_name(capsule)
        wanted = [set(_C_TYPES[code]) for code in SIGNATURES[name]]
        found = [p.strip() for p in signature[signature.index("(") + 1 : -1].split(",")]
        plain = [p for p in found if p != "int __pyx_skip_dispatch"]
        if signature.startswith("double ") and len(plain) == len(wanted):
            if all(p in types_ for p, types_ in zip(plain, wanted)):
                return candidate, signature
    raise NotImplementedError(f"this SciPy exports no {name} for compiled code")


_capsule_name_of = ctypes.pythonapi.PyCapsule_GetName
_capsule_name_of.restype, _capsule_name_of.argtypes = ctypes.c_char_p, [ctypes.py_object]
_pointer_of = ctypes.pythonapi.PyCapsule_GetPointer
_pointer_of.restype = ctypes.c_void_p
_pointer_of.argtypes = [ctypes.py_object, ctypes.c_char_p]


def _capsule_name(capsule: Any) -> str:
    return _capsule_name_of(capsule).decode()


@functools.cache
def provide(name: str) -> tuple[str, int]:
    """Give LLVM the address of a function under a name of our own; the name, and the C arity.

    A name rather than a constant address, so that compiled code can be cached on disk.
    """
    from scipy.special import cython_special

    candidate, signature = _exported(name)
    capsule = cython_special.__pyx_capi__[candidate]
    symbol = _SYMBOL + name
    llvm.add_symbol(symbol, _pointer_of(capsule, signature.encode()))
    return symbol, signature.count(",") + 1


def provide_symbols(symbols: list[str]) -> None:
    """Register those of ``symbols`` that are SciPy's, for code that comes from the disk."""
    for symbol in symbols:
        name = symbol.removeprefix(_SYMBOL)
        if name != symbol and name in SIGNATURES:
            provide(name)


@functools.cache
def _number(name: str) -> Any:
    """The function of numbers, compiled."""
    symbol, arity = provide(name)
    codes = SIGNATURES[name]
    kinds = [types.float64 if code == "f" else types.int64 for code in codes]
    extra = [types.int32] * (arity - len(codes))
    external = types.ExternalFunction(symbol, types.float64(*kinds, *extra))
    operands = [f"x{i}" for i in range(len(codes))]
    converted = [f"{k}({x})" for k, x in zip(kinds, operands)] + ["int32(0)"] * len(extra)
    text = f"lambda {', '.join(operands)}: external({', '.join(converted)})"
    names = {str(kind): kind for kind in (types.float64, types.int64, types.int32)}
    return njit(**_OPTIONS)(eval(text, {"external": external, **names}))


def _register(name: str) -> None:
    codes = SIGNATURES[name]
    parameters = ", ".join(f"x{i}" for i in range(len(codes)))

    def meaning(*kinds: Any) -> Any:
        if not all(is_scalar(kind) or isinstance(kind, types.Array) for kind in kinds):
            return None
        operands = {f"x{i}": kind for i, kind in enumerate(kinds)}
        dtype = result_dtype(*kinds)
        if dtype.kind == "c":
            return None
        if dtype != np.dtype(np.float32):
            dtype = np.dtype(np.float64)
        scalars = all(map(is_scalar, kinds))
        marks = ", ".join(x if scalars else f"@{x}" for x in operands)
        return elementwise(parameters, operands, f"number({marks})", dtype, number=_number(name))

    # numba matches an overload's parameters by name
    text = f"lambda {parameters}: meaning({parameters})"
    overload(special_function(name), jit_options=_OPTIONS, strict=False)(
        eval(text, {"meaning": meaning})
    )


for _name in SIGNATURES:
    _register(_name)
