"""Elementwise helpers with broadcasting, and shaping, for compiled code."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numba.core import types
from numba.extending import overload
from numba.np import numpy_support
from numpy.lib.stride_tricks import as_strided

from .. import arrays
from .reductions import build, tuple_text

_OPTIONS: Any = {"error_model": "numpy", "boundscheck": False}
_MISMATCH = "operands could not be broadcast together"


def is_none(kind: Any) -> bool:
    """Whether an argument is None."""
    return kind is None or isinstance(kind, (types.NoneType, types.Omitted))


def is_scalar(kind: Any) -> bool:
    """Whether an argument is a number or a bool."""
    return isinstance(types.unliteral(kind), (types.Number, types.Boolean))


_WEAK = {types.int64: 0, types.float64: 0.0, types.complex128: 0j, types.boolean: False}


def result_dtype(*kinds: Any) -> np.dtype[Any]:
    """NumPy's result dtype (NEP 50).

    numba does not tell Python's numbers from NumPy's of the same width; they are taken for
    Python's, which adopt the arrays' dtype.
    """
    operands: list[Any] = []
    for kind in kinds:
        plain = types.unliteral(kind)
        if isinstance(plain, types.Array):
            operands.append(numpy_support.as_dtype(plain.dtype))
        elif plain in _WEAK:
            operands.append(_WEAK[plain])
        else:
            operands.append(numpy_support.as_dtype(plain))
    return np.result_type(*operands)


def element_text(name: str, kind: Any, ndim: int) -> str:
    """Source of the element of operand `name` at the loop indices ``i0 ...`` of rank `ndim`.

    ``{name}_k`` is 0 where the operand is stretched along its axis k, and 1 elsewhere.
    """
    if not isinstance(kind, types.Array):
        return name
    if kind.ndim == 0:
        return f"{name}[()]"
    offset = ndim - kind.ndim
    return f"{name}[{', '.join(f'i{offset + k} * {name}_{k}' for k in range(kind.ndim))}]"


def loop_text(operands: dict[str, Any], ndim: int, body: str, shape: str = "") -> list[str]:
    """Lines that compute the common extents ``n0 ...``, check them and loop over all elements.

    `shape` names a tuple that fixes the extents instead.  `body` may begin with the line
    ``out = …`` before a ``;;`` that separates it from the innermost statement.
    """
    before, _, innermost = body.rpartition(";;")
    lines = [f"n{k} = {f'{shape}[{k}]' if shape else '1'}" for k in range(ndim)]
    stretchable = {name: kind for name, kind in operands.items() if isinstance(kind, types.Array)}
    if not shape:
        for name, kind in stretchable.items():
            for k in range(kind.ndim):
                extent = f"n{ndim - kind.ndim + k}"
                lines.append(f"if {name}.shape[{k}] != 1: {extent} = {name}.shape[{k}]")
    for name, kind in stretchable.items():
        for k in range(kind.ndim):
            extent = f"n{ndim - kind.ndim + k}"
            lines.append(f"{name}_{k} = 0 if {name}.shape[{k}] == 1 else 1")
            lines.append(f"if {name}_{k} == 1 and {name}.shape[{k}] != {extent}:")
            lines.append(f"    raise ValueError('{_MISMATCH}')")
    if before:
        lines.append(before)
    for k in range(ndim):
        lines.append("    " * k + f"for i{k} in range(n{k}):")
    lines.append("    " * ndim + innermost)
    return lines


def elementwise(
    parameters: str, operands: dict[str, Any], expression: str, dtype: Any, **names: Any
) -> Any:
    """A function of broadcast operands; a number if all of them are."""
    arrays_only = [kind for kind in operands.values() if isinstance(kind, types.Array)]
    scalar = numpy_support.from_dtype(np.dtype(dtype))
    if not arrays_only:
        text = f"def elementwise({parameters}):\n    return cast({expression})"
        return build(text, "elementwise", cast=scalar, **names)
    ndim = max(kind.ndim for kind in arrays_only)
    for name, kind in operands.items():
        expression = expression.replace(f"@{name}", element_text(name, kind, ndim))
    extents = tuple_text([f"n{k}" for k in range(ndim)])
    target = ", ".join(f"i{k}" for k in range(ndim)) or "()"
    body = f"out = np.empty({extents}, dtype);;out[{target}] = {expression}"
    lines = loop_text(operands, ndim, body)
    text = f"def elementwise({parameters}):\n    " + "\n    ".join([*lines, "return out"])
    return build(text, "elementwise", dtype=np.dtype(dtype), **names)


@overload(arrays.where, jit_options=_OPTIONS, strict=False)
def overload_where(c: Any, x: Any, y: Any) -> Any:
    """Choose element by element."""
    operands = {"c": c, "x": x, "y": y}
    if not all(isinstance(kind, types.Array) or is_scalar(kind) for kind in operands.values()):
        return None
    dtype = result_dtype(x, y)
    scalars = not any(isinstance(kind, types.Array) for kind in operands.values())
    marks = "" if scalars else "@"
    cast = numpy_support.from_dtype(dtype)
    function = elementwise(
        "c, x, y", operands, f"to({marks}x) if {marks}c else to({marks}y)", dtype
    )
    function.__globals__["to"] = cast
    return function


@overload(arrays.clip, jit_options=_OPTIONS, strict=False)
def overload_clip(a: Any, low: Any, high: Any) -> Any:
    """The smaller of `high` and the larger of `low` and a; nan in any of them stays."""
    operands = {"a": a}
    operands |= {n: k for n, k in (("low", low), ("high", high)) if not is_none(k)}
    if not all(isinstance(kind, types.Array) or is_scalar(kind) for kind in operands.values()):
        return None
    dtype = result_dtype(*operands.values())
    scalars = not any(isinstance(kind, types.Array) for kind in operands.values())
    expression = "to(@a)"
    if "low" in operands:
        expression = f"larger({expression}, to(@low))"
    if "high" in operands:
        expression = f"smaller({expression}, to(@high))"
    if scalars:
        expression = expression.replace("@", "")
    function = elementwise("a, low, high", operands, expression, dtype)
    to = numpy_support.from_dtype(dtype)
    function.__globals__.update(to=to, larger=_larger, smaller=_smaller)
    return function


def _larger(x: Any, y: Any) -> Any:
    return x


def _smaller(x: Any, y: Any) -> Any:
    return x


@overload(_larger, jit_options=_OPTIONS, strict=False)
def overload_larger(x: Any, y: Any) -> Any:
    """NumPy's maximum of two numbers."""
    return lambda x, y: x if x >= y or x != x else y


@overload(_smaller, jit_options=_OPTIONS, strict=False)
def overload_smaller(x: Any, y: Any) -> Any:
    """NumPy's minimum of two numbers."""
    return lambda x, y: x if x <= y or x != x else y


@overload(arrays.broadcast_to, jit_options=_OPTIONS, strict=False)
def overload_broadcast_to(a: Any, shape: Any) -> Any:
    """A fresh array of the shape."""
    if not isinstance(shape, types.BaseTuple):
        return None
    ndim = len(shape)
    if is_scalar(a):
        return lambda a, shape: np.full(shape, a)
    if not isinstance(a, types.Array) or a.ndim > ndim:
        return None
    target = ", ".join(f"i{k}" for k in range(ndim)) or "()"
    body = f"out = np.empty(shape, a.dtype);;out[{target}] = {element_text('a', a, ndim)}"
    lines = loop_text({"a": a}, ndim, body, shape="shape")
    text = "def broadcast_to(a, shape):\n    " + "\n    ".join([*lines, "return out"])
    return build(text, "broadcast_to")


@overload(arrays.reshape, jit_options=_OPTIONS, strict=False)
def overload_reshape(a: Any, shape: Any) -> Any:
    """A view of C-contiguous arrays, a copy of others; one extent may be -1."""
    if not isinstance(a, types.Array):
        return None
    if isinstance(types.unliteral(shape), types.Integer):
        extents = ["shape"]
    elif isinstance(shape, types.BaseTuple):
        extents = [f"shape[{k}]" for k in range(len(shape))]
    else:
        return None
    lines = ["def reshape(a, shape):", "    known, free = 1, 0"]
    for extent in extents:
        lines.append(f"    if {extent} == -1: free += 1")
        lines.append(f"    elif {extent} < 0: raise ValueError('negative dimensions')")
        lines.append(f"    else: known *= {extent}")
    lines += [
        "    if free > 1:",
        "        raise ValueError('can only specify one unknown dimension')",
        "    if (free == 0 and known != a.size) or "
        "(free == 1 and (known == 0 or a.size % known != 0)):",
        "        raise ValueError('cannot reshape array into that shape')",
        "    rest = a.size // known if free == 1 else 0",
    ]
    final = tuple_text([f"rest if {extent} == -1 else {extent}" for extent in extents])
    lines.append(
        f"    return np.ravel(a).reshape({final})"
        if extents
        else "    return np.ravel(a).reshape(())"
    )
    return build("\n".join(lines), "reshape")


@overload(arrays.transpose, jit_options=_OPTIONS, strict=False)
def overload_transpose(a: Any, perm: Any) -> Any:
    """A view with its axes permuted."""
    if not isinstance(a, types.Array) or not isinstance(perm, types.BaseTuple):
        return None
    n = a.ndim
    if len(perm) != n:
        return None
    if n < 2:
        return lambda a, perm: a
    lines = ["def transpose(a, perm):", "    seen = 0"]
    for k in range(n):
        lines += [
            f"    p{k} = perm[{k}] + ({n} if perm[{k}] < 0 else 0)",
            f"    if p{k} < 0 or p{k} >= {n}: raise ValueError('axis is out of bounds')",
            f"    seen |= 1 << p{k}",
        ]
    shape, strides = (
        tuple_text([f"a.{name}[p{k}]" for k in range(n)]) for name in ("shape", "strides")
    )
    lines += [
        f"    if seen != {(1 << n) - 1}: raise ValueError('repeated axis in transpose')",
        f"    return as_strided(a, {shape}, {strides})",  # np.transpose takes seconds to compile
    ]
    return build("\n".join(lines), "transpose", as_strided=as_strided)


@overload(arrays.concatenate, jit_options=_OPTIONS, strict=False)
def overload_concatenate(arrays: Any, axis: Any = 0) -> Any:
    """Copy slab by slab along the axis of flat buffers."""
    if not isinstance(arrays, types.BaseTuple) or not len(arrays):
        return None
    parts = list(cast(Any, arrays))
    if not all(isinstance(p, types.Array) and p.ndim == parts[0].ndim > 0 for p in parts):
        return None
    n = parts[0].ndim
    dtype = result_dtype(*parts)
    lines = [
        "def concatenate(arrays, axis=0):",
        f"    k = axis + {n} if axis < 0 else axis",
        f"    if k < 0 or k >= {n}: raise ValueError('axis is out of bounds')",
        "    first = arrays[0]",
        "    total = " + " + ".join(f"arrays[{p}].shape[k]" for p in range(len(parts))),
    ]
    for p in range(1, len(parts)):
        for j in range(n):
            lines.append(f"    if k != {j} and arrays[{p}].shape[{j}] != first.shape[{j}]:")
            lines.append(
                "        raise ValueError('all the input array dimensions except for the "
                "concatenation axis must match exactly')"
            )
    shape = tuple_text([f"total if k == {j} else first.shape[{j}]" for j in range(n)])
    outer = " * ".join(["1"] + [f"(first.shape[{j}] if k > {j} else 1)" for j in range(n)])
    inner = " * ".join(["1"] + [f"(first.shape[{j}] if k < {j} else 1)" for j in range(n)])
    lines += [
        f"    outer, inner = {outer}, {inner}",
        "    out = np.empty(outer * total * inner, dtype)",
        "    start = 0",
    ]
    for p in range(len(parts)):
        lines += [
            f"    flat{p} = np.ravel(arrays[{p}])",
            f"    width{p} = arrays[{p}].shape[k] * inner",
            "    for o in range(outer):",
            f"        for i in range(width{p}):",
            f"            out[o * total * inner + start + i] = flat{p}[o * width{p} + i]",
            f"    start += width{p}",
        ]
    lines.append(f"    return out.reshape({shape})")
    return build("\n".join(lines), "concatenate", dtype=dtype)


@overload(arrays.zeros_like, jit_options=_OPTIONS, strict=False)
def overload_zeros_like(x: Any) -> Any:
    """Zeros of the same structure."""
    if isinstance(x, types.Array):
        return lambda x: np.zeros(x.shape, x.dtype)
    if is_scalar(x):
        zero = types.unliteral(x)
        return lambda x: zero(0)
    if isinstance(x, types.BaseNamedTuple):
        cls = getattr(x, "instance_class")  # noqa: B009
        items = ", ".join(f"zeros_like(x[{k}])" for k in range(len(x)))
        text = f"def zeros(x):\n    return cls({items})"
        return build(text, "zeros", zeros_like=arrays.zeros_like, cls=cls)
    if isinstance(x, types.BaseTuple):
        items = tuple_text([f"zeros_like(x[{k}])" for k in range(len(x))])
        return build(f"def zeros(x):\n    return {items}", "zeros", zeros_like=arrays.zeros_like)
    return None


@overload(arrays.full, jit_options=_OPTIONS, strict=False)
def overload_full(shape: Any, value: Any) -> Any:
    """An array of one number."""
    return lambda shape, value: np.full(shape, value)
