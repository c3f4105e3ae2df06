"""The array API that SciPy's own Python is written in, where the arrays are NumPy's.

SciPy asks its arguments which library they are of and calls that: ``xp = array_namespace(x)``,
``xp.sum(x)``. The names are private and change between SciPy's versions; those that are there get
a meaning.
"""

from __future__ import annotations

import importlib
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from diffpy.kinds import type_code
from diffpy.rules.creation import asarray
from diffpy.rules.elementwise import as_operand, static_number
from diffpy.rules.notation import Value
from diffpy.rules.reductions import size
from diffpy.rules.registry import define
from diffpy.rules.shaping import as_array, broadcast_arrays, with_leading_axes

__all__: list[str] = []

_HOMES = (
    "scipy._lib._array_api",
    "scipy._lib._array_api_override",
    "scipy._lib._util",
    "scipy._lib.array_api_extra",
)


def _define_private(name: str) -> Callable[[Any], Any]:
    """Decorator: what SciPy's function of that name means, wherever this version has it."""

    def register(meaning: Any) -> Any:
        for home in _HOMES:
            try:
                function = getattr(importlib.import_module(home), name, None)
            except ImportError:
                continue
            if function is not None:
                define(function)(meaning)
        return meaning

    return register


@_define_private("array_namespace")
def array_namespace(*arrays: Any) -> types.ModuleType:
    """NumPy itself."""
    return np


@_define_private("xp_promote")
def xp_promote(
    *args: Any, broadcast: bool = False, force_floating: bool = False, xp: Any = None
) -> Any:
    """The arguments as arrays of one dtype, which is a floating one if asked for."""
    given = [None if a is None else as_operand(a) for a in args]
    dtype = np.result_type(*(_weak(x) for x in given if x is not None))
    if force_floating and dtype.kind in "iub":
        dtype = np.result_type(dtype, np.float64)
    found = [None if x is None else asarray(x, dtype=dtype) for x in given]
    if broadcast:
        present = iter(broadcast_arrays(*(x for x in found if x is not None)))
        found = [None if x is None else next(present) for x in found]
    return found[0] if len(found) == 1 else tuple(found)


def _weak(x: Value) -> Any:
    """What `np.result_type` takes for an operand: Python's numbers adopt the others' dtype."""
    if not x.is_array and getattr(x.kind, "python", False):
        return {"b": False, "i": 0, "f": 0.0, "c": 0j}[type_code(x.kind)]
    return x.dtype


@_define_private("_asarray")
def scipy_asarray(
    array: Any,
    dtype: Any = None,
    order: Any = None,
    copy: Any = None,
    *,
    xp: Any = None,
    check_finite: bool = False,
    subok: bool = False,
) -> Value:
    return asarray(array, dtype=dtype)


@_define_private("xp_size")
def xp_size(x: Any) -> Value:
    return size(as_operand(x))


@_define_private("atleast_nd")
def atleast_nd(x: Any, /, *, ndim: Any, xp: Any = None) -> Value:
    return with_leading_axes(as_array(x), static_number("the number of dimensions", ndim))
