"""``a[...] = values`` and ``a[...] += values`` for compiled code.

numba writes the loops of such a statement where it stands. Here they are functions, compiled once
for the types of the two, with plain loops for the case that nothing is stretched.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.core import types
from numba.extending import overload
from numba.np import numpy_support

from .. import arrays
from .broadcasting import element_text, is_scalar
from .indexing import overlap
from .reductions import build

_OPTIONS: Any = {"error_model": "numpy", "boundscheck": False}
_NO_ROOM = {
    "=": "could not broadcast input array into the shape of the slice",
    "+=": "operands could not be broadcast together: non-broadcastable output operand",
}


@overload(arrays.assign, jit_options=_OPTIONS, strict=False)
def overload_assign(a: Any, values: Any) -> Any:
    """Overwrite an array; the two may overlap."""
    return _store(a, values, "=")


@overload(arrays.add_to, jit_options=_OPTIONS, strict=False)
def overload_add_to(a: Any, values: Any) -> Any:
    """Add in place; numba's own ``a += b`` reads beyond the end of a shorter ``b``."""
    return _store(a, values, "+=")


def _store(a: Any, values: Any, operator: str) -> Any:
    if not isinstance(a, types.Array) or not _fits(a, values, operator):
        return None
    axes = range(a.ndim)
    target = f"a[{', '.join(f'i{k}' for k in axes) or '()'}]"
    if not isinstance(values, types.Array):
        lines = _loops(a.ndim, f"{target} {operator} values")
    else:
        lines = []
        extra = a.ndim - values.ndim
        pairs = [(f"values.shape[{k}]", f"a.shape[{extra + k}]") for k in range(values.ndim)]
        if operator == "=":
            lines.append("if overlap(a, values): values = values.copy()")
        if extra == 0:
            same = " and ".join(f"{given} == {own}" for given, own in pairs) or "True"
            plain = _loops(a.ndim, f"{target} {operator} values{target[1:]}")
            lines += [f"if {same}:", *(f"    {line}" for line in [*plain, "return"])]
        for k, (given, own) in enumerate(pairs):
            lines += [
                f"values_{k} = 0 if {given} == 1 else 1",
                f"if {given} != 1 and {given} != {own}:",
                f"    raise ValueError('{_NO_ROOM[operator]}')",
            ]
        lines += _loops(a.ndim, f"{target} {operator} {element_text('values', values, a.ndim)}")
    text = "def store(a, values):\n    " + "\n    ".join(lines)
    return build(text, "store", overlap=overlap)


def _fits(a: Any, values: Any, operator: str) -> bool:
    """Whether NumPy stores such values there, and there are no more dimensions than places."""
    if isinstance(values, types.Array):
        kind = values.dtype
        if values.ndim > a.ndim:
            return False
    elif is_scalar(values):
        kind = types.unliteral(values)
    else:
        return False
    if isinstance(kind, types.Complex) and not isinstance(a.dtype, types.Complex):
        return False
    if operator == "=" or not isinstance(values, types.Array):
        return True
    given, own = numpy_support.as_dtype(kind), numpy_support.as_dtype(a.dtype)
    return bool(np.can_cast(np.result_type(given, own), own, "same_kind"))


def _loops(ndim: int, statement: str) -> list[str]:
    heads = ["    " * k + f"for i{k} in range(a.shape[{k}]):" for k in range(ndim)]
    return [*heads, "    " * ndim + statement]
