"""The C functions that SciPy exports for its special functions, as symbols of compiled code.

Symbols rather than constant addresses, so that compiled code can be cached on disk; in a module of
their own, because code that comes from there needs nothing else of this package.
"""

from __future__ import annotations

import ctypes
import functools
from typing import Any

import llvmlite.binding as llvm

from ..scipy_special import SIGNATURES

_SYMBOL = "diffpy_scipy_"

#: the C types that an operand may have
_C_TYPES = {"f": ("double",), "n": ("long", "Py_ssize_t")}
#: the last parameter of Cython's functions
_SKIP = "int __pyx_skip_dispatch"

_name_of = ctypes.pythonapi.PyCapsule_GetName
_name_of.restype, _name_of.argtypes = ctypes.c_char_p, [ctypes.py_object]
_pointer_of = ctypes.pythonapi.PyCapsule_GetPointer
_pointer_of.restype = ctypes.c_void_p
_pointer_of.argtypes = [ctypes.py_object, ctypes.c_char_p]


@functools.cache
def provide(name: str) -> tuple[str, int]:
    """Give LLVM the address of a function; the symbol's name, and how many parameters C wants."""
    capsule, signature = _exported(name)
    symbol = _SYMBOL + name
    llvm.add_symbol(symbol, _pointer_of(capsule, signature.encode()))
    return symbol, len(_parameters(signature))


def provide_symbols(symbols: list[str]) -> None:
    """Give LLVM those of ``symbols`` that are SciPy's."""
    for symbol in symbols:
        name = symbol.removeprefix(_SYMBOL)
        if name != symbol and name in SIGNATURES:
            provide(name)


def _exported(name: str) -> tuple[Any, str]:
    """The variant for doubles among what SciPy exports of a function, and its C signature."""
    from scipy.special import cython_special

    for candidate, capsule in cython_special.__pyx_capi__.items():
        if candidate != name and not _is_variant(candidate, name):
            continue
        signature = _name_of(capsule).decode()
        operands = [p for p in _parameters(signature) if p != _SKIP]
        if (
            signature.startswith("double ")
            and len(operands) == len(SIGNATURES[name])
            and all(p in _C_TYPES[code] for p, code in zip(operands, SIGNATURES[name]))
        ):
            return capsule, signature
    raise NotImplementedError(f"this version of SciPy exports no {name} for compiled code")


def _is_variant(candidate: str, name: str) -> bool:
    """Whether an export is a variant of a function: ``__pyx_fuse_1erf``, ``__pyx_fuse_0_1…``."""
    prefix = "__pyx_fuse_"
    if not (candidate.startswith(prefix) and candidate.endswith(name)):
        return False
    return not candidate[len(prefix) : -len(name)].strip("0123456789_")


def _parameters(signature: str) -> list[str]:
    """The C types in ``double (double, int __pyx_skip_dispatch)``."""
    return [p.strip() for p in signature[signature.index("(") + 1 : -1].split(",")]
