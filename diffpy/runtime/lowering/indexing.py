"""Fancy reads, stores and scatter-adds for compiled code.

numba knows one index array at most.  Here a loop nest is written for each combination of index
kinds: ints, slices, ``...``, ``None``, int arrays of any rank and boolean masks, with NumPy's
placing of the result's axes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numba import njit
from numba.core import types
from numba.extending import overload
from numba.np import numpy_support

from .. import arrays
from .broadcasting import element_text, is_scalar
from .reductions import build, tuple_text

_OPTIONS: Any = {"error_model": "numpy", "boundscheck": False}


@dataclass
class _Plan:
    """A loop nest over the elements that an index selects."""

    setup: list[str] = field(default_factory=list)
    loops: list[tuple[str, str]] = field(default_factory=list)  # (variable, extent)
    axes: list[str] = field(default_factory=list)  # index of each axis of `a`
    gather: list[str] = field(default_factory=list)  # reads the index arrays, in their own loop
    last_shared: int = -1  # the loop after whose head `gather` stands


def _wrapped(source: str, target: str, axis: int) -> list[str]:
    """Lines for Python's negative indices and bounds."""
    return [
        f"{target} = {source}",
        f"if {target} < 0: {target} += a.shape[{axis}]",
        f"if {target} < 0 or {target} >= a.shape[{axis}]:",
        f"    raise IndexError('index is out of bounds for axis {axis}')",
    ]


def _consumed(kind: Any) -> int:
    """How many axes of the array an index uses up."""
    if isinstance(kind, types.Array) and kind.dtype == types.boolean:
        return kind.ndim
    return 0 if isinstance(kind, (types.NoneType, types.EllipsisType)) else 1


def _is_index(kind: Any) -> bool:
    if isinstance(kind, types.Array):
        mask = kind.dtype == types.boolean and kind.ndim > 0
        return mask or isinstance(kind.dtype, types.Integer)
    return isinstance(
        types.unliteral(kind),
        (types.Integer, types.SliceType, types.NoneType, types.EllipsisType),
    )


def _entries(a: Any, index: Any) -> list[tuple[str, Any]] | None:
    """``(source, type)`` of each index, `...` and missing ones written out; None if unsupported."""
    if isinstance(index, types.BaseTuple):
        entries = [(f"index[{k}]", kind) for k, kind in enumerate(cast(Any, index))]
    else:
        entries = [("index", index)]
    if not all(_is_index(kind) for _, kind in entries):
        return None
    missing = a.ndim - sum(_consumed(kind) for _, kind in entries)
    dots = [k for k, (_, kind) in enumerate(entries) if isinstance(kind, types.EllipsisType)]
    if missing < 0 or len(dots) > 1:
        return None
    at = dots[0] if dots else len(entries)
    return entries[:at] + [("", None)] * missing + entries[at + len(dots) :]


def _plan(a: Any, index: Any) -> _Plan | None:
    """The loop nest for ``a[index]``."""
    entries = _entries(a, index)
    if entries is None:
        return None
    plan = _Plan()
    fancy = any(isinstance(kind, types.Array) for _, kind in entries)
    dims: list[tuple[str, str] | None] = []  # None: the shared axes of the index arrays
    places: list[int] = []
    operands: list[tuple[str, int, int]] = []  # (name, rank, axis of `a`)
    for source, kind in entries:
        axis = len(plan.axes)
        if kind is None or isinstance(types.unliteral(kind), types.SliceType):
            variable = f"s{axis}"
            if kind is None:
                plan.setup.append(f"n{axis} = a.shape[{axis}]")
                plan.axes.append(variable)
            else:
                plan.setup += [
                    f"start{axis}, stop{axis}, step{axis} = {source}.indices(a.shape[{axis}])",
                    f"n{axis} = len(range(start{axis}, stop{axis}, step{axis}))",
                ]
                plan.axes.append(f"start{axis} + {variable} * step{axis}")
            dims.append((variable, f"n{axis}"))
            continue
        if isinstance(kind, types.NoneType):
            dims.append((f"u{len(dims)}", "1"))
            continue
        if fancy:
            places.append(len(dims))
            dims.append(None)
        if not isinstance(kind, types.Array):
            plan.setup += _wrapped(source, f"j{axis}", axis)
            plan.axes.append(f"j{axis}")
        elif kind.dtype == types.boolean:
            for k in range(kind.ndim):
                plan.setup += [
                    f"if {source}.shape[{k}] != a.shape[{axis + k}]:",
                    "    raise IndexError('boolean index did not match indexed array along "
                    f"axis {axis + k}')",
                ]
            plan.setup.append(f"found{axis} = np.nonzero({source})")
            for k in range(kind.ndim):
                plan.setup.append(f"x{axis + k} = found{axis}[{k}]")
                operands.append((f"x{axis + k}", 1, axis + k))
                plan.axes.append(f"j{axis + k}")
        else:
            plan.setup.append(f"x{axis} = {source}")
            operands.append((f"x{axis}", kind.ndim, axis))
            plan.axes.append(f"j{axis}")
    _place(plan, dims, places, operands)
    return plan


def _place(
    plan: _Plan,
    dims: list[tuple[str, str] | None],
    places: list[int],
    operands: list[tuple[str, int, int]],
) -> None:
    """Order the loops as NumPy orders the result's axes, and broadcast the index arrays."""
    rank = max((ndim for _, ndim, _ in operands), default=0)
    shared = [(f"b{k}", f"m{k}") for k in range(rank)]
    # Index arrays side by side put their axes in their place, separated ones in front.
    adjacent = places == list(range(places[0], places[0] + len(places))) if places else True
    first = places[0] if places and adjacent else 0
    before = [dim for dim in dims[:first] if dim is not None]
    after = [dim for dim in dims[first:] if dim is not None]
    plan.loops = before + shared + after
    plan.last_shared = len(before) + rank - 1
    plan.setup += [f"m{k} = 1" for k in range(rank)]
    mismatch = "shape mismatch: indexing arrays could not be broadcast together"
    for name, ndim, _ in operands:
        for k in range(ndim):
            extent = f"m{rank - ndim + k}"
            plan.setup.append(f"if {name}.shape[{k}] != 1: {extent} = {name}.shape[{k}]")
    for name, ndim, axis in operands:
        items = []
        for k in range(ndim):
            outer = rank - ndim + k
            plan.setup += [
                f"{name}_{k} = 0 if {name}.shape[{k}] == 1 else 1",
                f"if {name}_{k} == 1 and {name}.shape[{k}] != m{outer}:",
                f"    raise IndexError('{mismatch}')",
            ]
            items.append(f"b{outer} * {name}_{k}")
        plan.gather += _wrapped(f"{name}[{', '.join(items) or '()'}]", f"j{axis}", axis)


def _function(parameters: str, plan: _Plan, setup: list[str], statement: str, end: str) -> Any:
    """Write the function: setup, loops, the one statement in the middle."""
    lines = [*plan.setup, *setup]
    if plan.last_shared < 0:
        lines += plan.gather
    for depth, (variable, extent) in enumerate(plan.loops):
        lines.append("    " * depth + f"for {variable} in range({extent}):")
        if depth == plan.last_shared:
            lines += ["    " * (depth + 1) + line for line in plan.gather]
    lines += ["    " * len(plan.loops) + statement, end]
    text = f"def indexed({parameters}):\n    " + "\n    ".join(lines)
    return build(text, "indexed", overlap=overlap)


@njit(**_OPTIONS)
def overlap(a: Any, b: Any) -> bool:
    """Whether the memory from the first to the last byte of two arrays has a part in common."""
    if a.size == 0 or b.size == 0:
        return False
    low_a = a.ctypes.data
    low_b = b.ctypes.data
    high_a, high_b = low_a + a.itemsize, low_b + b.itemsize
    for k in range(a.ndim):
        reach = (a.shape[k] - 1) * a.strides[k]
        if reach < 0:
            low_a += reach
        else:
            high_a += reach
    for k in range(b.ndim):
        reach = (b.shape[k] - 1) * b.strides[k]
        if reach < 0:
            low_b += reach
        else:
            high_b += reach
    return low_a < high_b and low_b < high_a


@overload(arrays.take, jit_options=_OPTIONS, strict=False)
def overload_take(a: Any, index: Any) -> Any:
    """Gather into a fresh array, or one number."""
    plan = _plan(a, index) if isinstance(a, types.Array) else None
    if plan is None:
        return None
    source = f"a[{', '.join(plan.axes) or '()'}]"
    if not plan.loops:
        return _function("a, index", plan, [], f"found = {source}", "return found")
    shape = tuple_text([extent for _, extent in plan.loops])
    target = ", ".join(variable for variable, _ in plan.loops)
    setup = [f"out = np.empty({shape}, a.dtype)"]
    return _function("a, index", plan, setup, f"out[{target}] = {source}", "return out")


def _store(a: Any, index: Any, values: Any, operator: str) -> Any:
    """A store of broadcast values at every selected element, in order."""
    plan = _plan(a, index) if isinstance(a, types.Array) else None
    if plan is None or not (isinstance(values, types.Array) or is_scalar(values)):
        return None
    dtype = values.dtype if isinstance(values, types.Array) else types.unliteral(values)
    if isinstance(dtype, types.Complex) and not isinstance(a.dtype, types.Complex):
        return None
    if operator == "+=" and isinstance(values, types.Array):
        given, own = (numpy_support.as_dtype(kind) for kind in (dtype, a.dtype))
        if not np.can_cast(np.result_type(given, own), own, "same_kind"):
            return None
    rank = len(plan.loops)
    setup: list[str] = []
    item = "values"
    if isinstance(values, types.Array):
        setup.append("given = values.copy() if overlap(a, values) else values")
        item = "given"
        extra = max(values.ndim - rank, 0)
        mismatch = "shape mismatch: value array could not be broadcast to indexing result"
        for k in range(values.ndim):
            extent = "1" if k < extra else plan.loops[rank - values.ndim + k][1]
            setup += [
                f"given_{k} = 0 if given.shape[{k}] == 1 else 1",
                f"if given_{k} == 1 and given.shape[{k}] != {extent}:",
                f"    raise ValueError('{mismatch}')",
            ]
        item = element_text("given", values, max(rank, values.ndim))
        for k in range(max(rank, values.ndim)):
            variable = "0" if k < extra else plan.loops[k - extra][0]
            item = item.replace(f"i{k} *", f"{variable} *")
    target = f"a[{', '.join(plan.axes) or '()'}]"
    return _function("a, index, values", plan, setup, f"{target} {operator} {item}", "return None")


@overload(arrays.put, jit_options=_OPTIONS, strict=False)
def overload_put(a: Any, index: Any, values: Any) -> Any:
    """Store; the last of repeated elements wins."""
    return _store(a, index, values, "=")


@overload(arrays.add_at, jit_options=_OPTIONS, strict=False)
def overload_add_at(a: Any, index: Any, values: Any) -> Any:
    """Scatter-add; repeated elements add up."""
    return _store(a, index, values, "+=")


@overload(arrays.last_writes, jit_options=_OPTIONS, strict=False)
def overload_last_writes(a: Any, index: Any) -> Any:
    """Which of the selected elements are stored last to their place."""

    def last_writes(a: Any, index: Any) -> Any:
        order = np.empty(a.shape, np.int64)
        selected = arrays.take(order, index)
        number = np.arange(selected.size).reshape(selected.shape)
        arrays.put(order, index, number)
        return arrays.take(order, index) == number

    return last_writes


@overload(arrays.part_extent, jit_options=_OPTIONS)
def overload_part_extent(n: Any, start: Any, stop: Any) -> Any:
    """Python's bounds: negative ones count from the end, and none is beyond it."""

    def part_extent(n: Any, start: Any, stop: Any) -> Any:
        first = max(start + n, 0) if start < 0 else min(start, n)
        last = max(stop + n, 0) if stop < 0 else min(stop, n)
        return max(last - first, 0)

    return part_extent


@overload(arrays.joint_extent, jit_options=_OPTIONS)
def overload_joint_extent(n: Any, m: Any) -> Any:
    """Raises as NumPy's broadcasting does."""

    def joint_extent(n: Any, m: Any) -> Any:
        if n != m and n != 1 and m != 1:
            raise ValueError("operands could not be broadcast together")
        return m if n == 1 else n

    return joint_extent


@overload(arrays.argsort_rows, jit_options=_OPTIONS)
def overload_argsort_rows(a: Any) -> Any:
    if not isinstance(a, types.Array) or a.ndim != 2:
        return None

    def argsort_rows(a: Any) -> Any:
        out = np.empty(a.shape, np.int64)
        for i in range(a.shape[0]):
            out[i] = np.argsort(a[i])
        return out

    return argsort_rows


@overload(arrays.check_apart, jit_options=_OPTIONS)
def overload_check_apart(out: Any, values: Any) -> Any:
    if not all(isinstance(a, types.Array) and a.ndim == 1 for a in (out, values)):
        return None
    message = arrays.APART

    def check_apart(out: Any, values: Any) -> None:
        first, step = np.int64(out.ctypes.data), out.strides[0]
        other, by = np.int64(values.ctypes.data), values.strides[0]
        if step == by or step * by < 0 or step == 0:
            return
        for k in range(min(len(out), len(values))):
            away = other + k * by - first
            if away % step == 0 and 0 <= away // step < len(out) and away // step != k:
                raise RuntimeError(message)

    return check_apart


@overload(arrays.check_apart_where, jit_options=_OPTIONS, strict=False)
def overload_check_apart_where(out: Any, mask: Any, values: Any) -> Any:
    if not all(isinstance(a, types.Array) for a in (out, mask, values)):
        return None
    return arrays.check_apart_where
