"""Matrix products for compiled code."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
from numba import njit
from numba.core import types
from numba.extending import overload

from .. import arrays
from .broadcasting import result_dtype
from .reductions import build, tuple_text

_OPTIONS: Any = {"error_model": "numpy", "boundscheck": False}
_HAS_BLAS = importlib.util.find_spec("scipy") is not None  # numba calls BLAS through scipy
_MISMATCH = "matmul: Input operand 1 has a mismatch in its core dimension 0"


@njit(**_OPTIONS, fastmath={"reassoc", "contract"})
def _gemm_loops(a: Any, b: Any, out: Any) -> None:
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            out[i, j] = 0
        for k in range(a.shape[1]):
            x = a[i, k]
            for j in range(b.shape[1]):
                out[i, j] += x * b[k, j]


@njit(**_OPTIONS)
def _gemm_blas(a: Any, b: Any, out: Any) -> None:
    # BLAS refuses strides of 0, and a call costs more than a product of a few numbers.
    if a.shape[0] * a.shape[1] * b.shape[1] < 512:
        _gemm_loops(a, b, out)
    else:
        np.dot(a, b, out)


@overload(arrays.matmul, jit_options=_OPTIONS, strict=False)
def overload_matmul(a: Any, b: Any) -> Any:
    """All of NumPy's combinations, as products of matrices in flat batches."""
    if not (isinstance(a, types.Array) and isinstance(b, types.Array)) or 0 in (a.ndim, b.ndim):
        return None
    dtype = result_dtype(a, b)
    gemm = _gemm_blas if _HAS_BLAS and dtype.kind in "fc" else _gemm_loops
    if dtype.kind == "b":
        gemm = _gemm_bool
    batch_a, batch_b = max(a.ndim - 2, 0), max(b.ndim - 2, 0)
    batch = max(batch_a, batch_b)
    rows, inner = (
        ("1", "a.shape[0]") if a.ndim == 1 else (f"a.shape[{a.ndim - 2}]", f"a.shape[{a.ndim - 1}]")
    )
    inner_b, columns = (
        ("b.shape[0]", "1") if b.ndim == 1 else (f"b.shape[{b.ndim - 2}]", f"b.shape[{b.ndim - 1}]")
    )
    lines = [
        "def matmul(a, b):",
        f"    rows, inner, columns = {rows}, {inner}, {columns}",
        f"    if inner != {inner_b}: raise ValueError('{_MISMATCH}')",
    ]
    for k in range(batch):
        ia, ib = k - (batch - batch_a), k - (batch - batch_b)
        extents = [f"{x}.shape[{i}]" for x, i in (("a", ia), ("b", ib)) if i >= 0]
        lines.append(f"    n{k} = {extents[0]}")
        if len(extents) == 2:
            lines += [
                f"    if n{k} == 1: n{k} = {extents[1]}",
                f"    if {extents[1]} != 1 and {extents[1]} != n{k}:",
                "        raise ValueError('operands could not be broadcast together')",
            ]
    count = " * ".join(["1"] + [f"n{k}" for k in range(batch)])
    convert = {"a": "np.ravel(a)", "b": "np.ravel(b)"}
    for name, kind in (("a", a), ("b", b)):
        if result_dtype(kind) != dtype:
            convert[name] += ".astype(dtype)"
    lines += [
        f"    batches_a = {' * '.join(['1'] + [f'a.shape[{k}]' for k in range(batch_a)])}",
        f"    batches_b = {' * '.join(['1'] + [f'b.shape[{k}]' for k in range(batch_b)])}",
        f"    flat_a = {convert['a']}.reshape((batches_a, rows, inner))",
        f"    flat_b = {convert['b']}.reshape((batches_b, inner, columns))",
        f"    out = np.empty(({count}, rows, columns), dtype)",
        f"    for flat in range({count}):",
        "        rest, at_a, at_b, step_a, step_b = flat, 0, 0, 1, 1",
    ]
    for k in reversed(range(batch)):
        lines.append(f"        i, rest = rest % n{k}, rest // n{k}")
        for name, offset in (("a", batch - batch_a), ("b", batch - batch_b)):
            if k >= offset:
                extent = f"{name}.shape[{k - offset}]"
                lines.append(f"        if {extent} != 1: at_{name} += i * step_{name}")
                lines.append(f"        step_{name} *= {extent}")
    lines.append("        gemm(flat_a[at_a], flat_b[at_b], out[flat])")
    final = [f"n{k}" for k in range(batch)]
    final += ["rows"] * (a.ndim > 1) + ["columns"] * (b.ndim > 1)
    lines.append(
        f"    return out.reshape({tuple_text(final)})" if final else "    return out[0, 0, 0]"
    )
    return build("\n".join(lines), "matmul", dtype=dtype, gemm=gemm)


@njit(**_OPTIONS)
def _gemm_bool(a: Any, b: Any, out: Any) -> None:
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            found = False
            for k in range(a.shape[1]):
                found = found or (a[i, k] and b[k, j])
            out[i, j] = found


@overload(arrays.outer_add, jit_options=_OPTIONS, strict=False)
def overload_outer_add(a_bar: Any, u: Any, v: Any) -> Any:
    """Rank-1 update as a loop."""
    if not all(isinstance(kind, types.Array) for kind in (a_bar, u, v)):
        return None
    if (a_bar.ndim, u.ndim, v.ndim) != (2, 1, 1):
        return None

    def outer_add(a_bar: Any, u: Any, v: Any) -> Any:
        if a_bar.shape[0] != u.size or a_bar.shape[1] != v.size:
            raise ValueError("outer_add: shapes do not match")
        for i in range(u.size):
            x = u[i]
            for j in range(v.size):
                a_bar[i, j] += x * v[j]

    return outer_add


@overload(arrays.has_cholesky, jit_options=_OPTIONS)
def overload_has_cholesky(a: Any) -> Any:
    if not isinstance(a, types.Array) or a.ndim != 2 or not isinstance(a.dtype, types.Float):
        return None

    def has_cholesky(a: Any) -> Any:
        n = a.shape[0]
        factor = a.copy()
        for j in range(n):
            for k in range(j):
                for i in range(j, n):
                    factor[i, j] -= factor[i, k] * factor[j, k]
            if not factor[j, j] > 0:
                return False
            root = np.sqrt(factor[j, j])
            for i in range(j, n):
                factor[i, j] /= root
        return True

    return has_cholesky
