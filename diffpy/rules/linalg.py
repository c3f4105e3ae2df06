"""Products of matrices and vectors, and ``np.linalg``.

Derivatives after Giles, "Collected matrix derivative results for forward and reverse mode
algorithmic differentiation" (2008).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from diffpy.kinds import PY_BOOL, Array, Kind, Scalar, type_code
from diffpy.rules import operators
from diffpy.rules.elementwise import (
    absolute_square,
    as_operand,
    conjugate,
    numpy_number,
    refuse,
    sqrt,
    static_number,
)
from diffpy.rules.notation import Value, as_value
from diffpy.rules.reductions import (
    amax,
    amin,
    at_last_axis,
    expand,
    normal_axes,
    normal_axis,
    numpy_sum,
    sum_all,
)
from diffpy.rules.registry import Primitive, define, kind_by_example
from diffpy.rules.shaping import as_array, diag, ravel, reshape, stack, swapaxes, transpose, tril
from diffpy.rules.structural import check_extents, dim, read, unbroadcast_like

# --- products --------------------------------------------------------------------------------


def _mT(x: Value) -> Value:
    return swapaxes(x, -1, -2)


def _matmul_left(g: Value, out: Value, a: Value, b: Value) -> Value:
    """The adjoint of ``a`` in ``a @ b``."""
    if a.ndim == 1 and b.ndim == 1:
        _check_aligned(a, b)
        return g * b
    if a.ndim == 1:  # (k,) @ (..., k, n)
        if b.ndim == 2:
            return matmul(b, g)
        return unbroadcast_like(_matrix_vector(b, g), a)
    if b.ndim == 1:  # (..., n, k) @ (k,)
        return expand(g, g.ndim) * b
    adjoint = matmul(g, _mT(b))
    return adjoint if b.ndim == 2 else unbroadcast_like(adjoint, a)


def _matmul_right(g: Value, out: Value, a: Value, b: Value) -> Value:
    """The adjoint of ``b`` in ``a @ b``."""
    if a.ndim == 1 and b.ndim == 1:
        _check_aligned(a, b)
        return g * a
    if b.ndim == 1:
        if a.ndim == 2:
            return matmul(_mT(a), g)
        return unbroadcast_like(_matrix_vector(_mT(a), g), b)
    if a.ndim == 1:  # (k,) @ (..., k, n)
        row = at_last_axis(g, None, slice(None)) if g.ndim > 1 else g
        return expand(a, 1) * row
    adjoint = matmul(_mT(a), g)
    return adjoint if a.ndim == b.ndim == 2 else unbroadcast_like(adjoint, b)


def _check_aligned(a: Value, b: Value) -> None:
    """A product of vectors that no one needs is not there to find that they do not fit."""
    if a.atom is not b.atom:
        m, n = dim(a, axis=0), dim(b, axis=0)
        check_extents(m, n, message="shapes of the operands are not aligned")


def _matrix_vector(a: Value, x: Value) -> Value:
    """Matrix times vector in a batch: (..., n, k), (..., k) -> (..., n)."""
    columns = matmul(a, expand(x, x.ndim))
    return at_last_axis(columns, 0)


def _matmul_check(args: tuple[Any, ...], bits: int) -> str | None:
    """numba's own ``@`` takes vectors and matrices of floats of one dtype."""
    kinds = [a.kind for a in args]
    plain = all(k.ndim <= 2 and type_code(k) in "fc" for k in kinds)
    return None if plain and kinds[0].dtype == kinds[1].dtype else "matmul(_0, _1)"


_matmul = Primitive(
    "@",
    "_0 @ _1",
    kind_by_example(np.matmul),
    checked=_matmul_check,
    vjp=(_matmul_left, _matmul_right),
    linear=(0, 1),
    cost=100,
)


@define(np.matmul)
def matmul(x1: Any, x2: Any, **options: Any) -> Value:
    """``x1 @ x2``."""
    refuse("np.matmul", options)
    a, b = as_operand(x1), as_operand(x2)
    if a.ndim == 0 or b.ndim == 0:
        raise TypeError("matmul of a number: write *")
    result: Value = _matmul(a, b)
    return result


@define(np.dot)
def dot(a: Any, b: Any, out: Any = None) -> Value:
    """Products summed over the last axis of ``a`` and the last but one of ``b``."""
    refuse("np.dot", {"out": out})
    x, y = as_operand(a), as_operand(b)
    if x.ndim == 0 or y.ndim == 0:
        return numpy_number(x) * y
    if (x.ndim <= 2 and y.ndim <= 2) or y.ndim == 1:
        return matmul(x, y)
    return tensordot(x, y, ((-1,), (-2,)))


@define(method="dot")
def dot_method(a: Any, b: Any) -> Value:
    return dot(a, b)


@define(np.inner)
def inner(a: Any, b: Any) -> Value:
    """Products summed over the last axes."""
    x, y = as_operand(a), as_operand(b)
    if x.ndim == 0 or y.ndim == 0:
        return numpy_number(x) * y
    if y.ndim == 1:
        return matmul(x, y)
    if y.ndim == 2 and x.ndim <= 2:
        return matmul(x, transpose(y))
    return tensordot(x, y, ((-1,), (-1,)))


@define(np.vdot)
def vdot(a: Any, b: Any) -> Value:
    """The scalar product of all elements, the first conjugated."""
    return matmul(conjugate(ravel(as_array(a))), ravel(as_array(b)))


@define(np.outer)
def outer(a: Any, b: Any, out: Any = None) -> Value:
    """Every element of ``a`` times every element of ``b``."""
    refuse("np.outer", {"out": out})
    return expand(ravel(as_array(a)), 1) * ravel(as_array(b))


@define(np.kron)
def kron(a: Any, b: Any) -> Value:
    """The Kronecker product of vectors or matrices."""
    x, y = as_array(a), as_array(b)
    ndim = max(x.ndim, y.ndim, 1)
    x, y = _pad_rank(x, ndim), _pad_rank(y, ndim)
    left = tuple(k for _ in range(ndim) for k in (slice(None), None))
    right = tuple(k for _ in range(ndim) for k in (None, slice(None)))
    shape = tuple(as_value(dim(x, axis=i)) * as_value(dim(y, axis=i)) for i in range(ndim))
    return reshape(read(x, left) * read(y, right), shape)


def _pad_rank(x: Value, ndim: int) -> Value:
    from diffpy.rules.shaping import _at_least

    return _at_least(x, ndim)


@define(np.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Value:
    """Products summed over pairs of axes."""
    x, y = as_array(a), as_array(b)
    if isinstance(axes, tuple | list):
        first, second = (list(s) if isinstance(s, tuple | list) else [s] for s in axes)
    else:
        count = static_number("axes", axes)
        first, second = list(range(x.ndim - count, x.ndim)), list(range(count))
    first = [normal_axis(axis, x.ndim) for axis in first]
    second = [normal_axis(axis, y.ndim) for axis in second]
    if len(first) != len(second):
        raise TypeError("tensordot: as many axes of a as of b")
    free_x = [axis for axis in range(x.ndim) if axis not in first]
    free_y = [axis for axis in range(y.ndim) if axis not in second]
    # The extents must agree one by one; a reshape to (rows, -1) would accept any equal product.
    inner_extents = [dim(x, axis=axis) for axis in first]
    left = transpose(x, (*free_x, *first))
    right = transpose(y, (*second, *free_y))
    rows = [dim(x, axis=axis) for axis in free_x]
    columns = [dim(y, axis=axis) for axis in free_y]
    product = matmul(
        reshape(left, (_product(rows), _product(inner_extents))),
        reshape(right, (_product(inner_extents), _product(columns))),
    )
    if not rows and not columns:
        return read(product, (0, 0))
    return reshape(product, (*rows, *columns))


def _product(extents: list[Any]) -> Any:
    if not extents:
        return 1
    result = extents[0]
    for extent in extents[1:]:
        result = result * extent
    return result


@define(np.cross)
def cross(
    a: Any, b: Any, axisa: Any = -1, axisb: Any = -1, axisc: Any = -1, axis: Any = None
) -> Value:
    """The cross product of vectors of three elements along the last axis."""
    if (axisa, axisb, axisc) != (-1, -1, -1) or axis not in (None, -1):
        raise TypeError("np.cross along other axes than the last is not supported")
    x, y = as_array(a), as_array(b)
    for vectors in (x, y):
        check_extents(
            dim(vectors, axis=vectors.ndim - 1),
            3,
            message="np.cross: vectors of other than three elements are not supported",
        )
    x1, x2, x3 = (at_last_axis(x, i) for i in range(3))
    y1, y2, y3 = (at_last_axis(y, i) for i in range(3))
    parts = (x2 * y3 - x3 * y2, x3 * y1 - x1 * y3, x1 * y2 - x2 * y1)
    return stack(parts, -1)


# --- norms -----------------------------------------------------------------------------------


@define(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Value:
    """Norms of vectors, and the Frobenius norm; at zero the derivative is zero."""
    value = as_array(x)
    if axis is None and (ord is None or value.ndim == 1):
        axes: Any = None
    elif axis is None:
        axes = normal_axes(None, value.ndim)
    else:
        axes = normal_axes(axis, value.ndim)
    matrix = axes is not None and len(axes) == 2
    order: Any = ord if ord is None or isinstance(ord, str) else static_number("ord", ord)
    frobenius = order is None or (order == "fro" and (matrix or axes is None))
    if frobenius or (order == 2 and not matrix):
        return sqrt(numpy_sum(absolute_square(value), axes, keepdims=keepdims))
    if matrix or isinstance(order, str):
        raise TypeError(f"np.linalg.norm(…, ord={ord!r}) of matrices is not supported")
    size = operators.absolute(value)
    if order == math.inf:
        return amax(size, axes, keepdims=keepdims)
    if order == -math.inf:
        return amin(size, axes, keepdims=keepdims)
    if order == 1:
        return numpy_sum(size, axes, keepdims=keepdims)
    if order == 0:
        return numpy_sum(operators.not_equal(value, 0), axes, keepdims=keepdims) * 1.0
    return numpy_sum(size**order, axes, keepdims=keepdims) ** (1.0 / order)


# --- systems of equations ----------------------------------------------------------------------


def _function(name: str, function: Callable[..., Any], infer: Any, **rules: Any) -> Primitive:
    return Primitive(f"np.linalg.{name}", f"np.linalg.{name}(_0)", infer, cost=1000, **rules)


def _float_of(kind: Kind) -> str:
    assert isinstance(kind, Array)
    return np.result_type(kind.dtype, np.float32).name if type_code(kind) in "fc" else "float64"


def _matrix_kind(kinds: tuple[Kind, ...]) -> Kind:
    assert isinstance(kinds[0], Array)
    return Array(_float_of(kinds[0]), kinds[0].ndim)


def _number_kind(kinds: tuple[Kind, ...]) -> Kind:
    return Scalar(_float_of(kinds[0]), False)


def _inv_vjp(g: Value, out: Value, a: Value) -> Value:
    return -matmul(matmul(_mT(out), g), _mT(out))


_inv = _function(
    "inv",
    np.linalg.inv,
    _matrix_kind,
    vjp=(_inv_vjp,),
    jvp=(lambda t, out, a: -matmul(matmul(out, t), out),),
)
_det = _function(
    "det",
    np.linalg.det,
    _number_kind,
    vjp=(lambda g, out, a: g * out * _mT(_inv(a)),),
    jvp=(lambda t, out, a: out * sum_all(_mT(_inv(a)) * t),),
)
_log_abs_det = Primitive(
    "np.linalg.slogdet: logarithm",
    "np.linalg.slogdet(_0)[1]",
    _number_kind,
    vjp=(lambda g, out, a: g * _mT(_inv(a)),),
    jvp=(lambda t, out, a: sum_all(_mT(_inv(a)) * t),),
    cost=1000,
)
sign_of_determinant = Primitive(
    "np.linalg.slogdet: sign",
    "np.linalg.slogdet(_0)[0]",
    _number_kind,
    vjp=(None,),
    jvp=(None,),
    cost=1000,
)


def _float_matrix(name: str, a: Any) -> Value:
    x = as_array(a)
    if x.ndim != 2:
        raise TypeError(f"{name} of {x.ndim}-dimensional arrays is not supported: pass a matrix")
    if type_code(x.kind) in "biu":
        from diffpy.rules.creation import astype

        return astype(x, "float64")
    return x


@define(np.linalg.inv)
def inv(a: Any) -> Value:
    result: Value = _inv(_float_matrix("np.linalg.inv", a))
    return result


@define(np.linalg.det)
def det(a: Any) -> Value:
    result: Value = _det(_float_matrix("np.linalg.det", a))
    return result


@define(np.linalg.slogdet)
def slogdet(a: Any) -> tuple[Value, Value]:
    """Sign and logarithm of the determinant's absolute value; of real matrices."""
    x = _float_matrix("np.linalg.slogdet", a)
    if type_code(x.kind) == "c":
        raise TypeError("np.linalg.slogdet of complex matrices is not supported")
    return sign_of_determinant(x), _log_abs_det(x)


def _outer_product(x: Value, y: Value) -> Value:
    """``x @ y.T`` of matrices, or the outer product of vectors."""
    if x.ndim == 1:
        return expand(x, 1) * y
    return matmul(x, transpose(y))


_solve: Primitive = Primitive(
    "np.linalg.solve",
    "np.linalg.solve(_0, _1)",
    lambda kinds: Array(np.result_type(kinds[0].dtype, kinds[1].dtype).name, kinds[1].ndim),
    vjp=(
        lambda g, out, a, b: -_outer_product(_solve(transpose(a), g), out),
        lambda g, out, a, b: _solve(transpose(a), g),
    ),
    jvp=(
        lambda t, out, a, b: -_solve(a, matmul(t, out)),
        lambda t, out, a, b: _solve(a, t),
    ),
    cost=1000,
)


@define(np.linalg.solve)
def solve(a: Any, b: Any) -> Value:
    x = _float_matrix("np.linalg.solve", a)
    right = as_array(b)
    if right.ndim not in (1, 2):
        raise TypeError("np.linalg.solve takes a vector or a matrix on the right")
    if type_code(right.kind) in "biu":
        from diffpy.rules.creation import astype

        right = astype(right, "float64")
    result: Value = _solve(x, right)
    return result


def _cholesky_phi(x: Value) -> Value:
    """The lower triangle with half the diagonal."""
    return tril(x) - 0.5 * diag(diag(x))


def _identity_like(x: Value) -> Value:
    from diffpy.rules.creation import eye

    return eye(dim(x, axis=0))


def _cholesky_vjp(g: Value, out: Value, a: Value) -> Value:
    """Murray, "Differentiation of the Cholesky decomposition" (2016), after NumPy's reading.

    NumPy reads the lower triangle: each element below the diagonal stands for two of the matrix.
    """
    inner_part = _cholesky_phi(matmul(transpose(out), g))
    middle = transpose(_solve(transpose(out), transpose(inner_part)))
    s = _solve(transpose(out), middle)
    return _cholesky_phi(s + transpose(s))


def _cholesky_jvp(t: Value, out: Value, a: Value) -> Value:
    lower = _cholesky_phi(t)
    half = _solve(out, lower + transpose(lower))
    whole = _solve(out, transpose(half))
    return matmul(out, _cholesky_phi(whole))


_cholesky = _function(
    "cholesky", np.linalg.cholesky, _matrix_kind, vjp=(_cholesky_vjp,), jvp=(_cholesky_jvp,)
)


#: whether `np.linalg.cholesky` takes a matrix
has_cholesky = Primitive("has_cholesky", "has_cholesky(_0)", lambda kinds: PY_BOOL, cost=1000)


@define(np.linalg.cholesky)
def cholesky(a: Any, **options: Any) -> Value:
    """The lower triangular factor.

    NumPy reads only the lower triangle of a matrix, so the derivative with respect to what stands
    above the diagonal is zero, and an element below it counts for its mirror image too: this is
    what differences of the function give. PyTorch and JAX return the symmetric half of it, as if
    both elements moved together. For a matrix that is symmetric by construction, such as
    ``x @ x.T``, the gradient with respect to ``x`` is the same.
    """
    refuse("np.linalg.cholesky", options)
    x = _float_matrix("np.linalg.cholesky", a)
    if type_code(x.kind) == "c":
        raise TypeError("np.linalg.cholesky of complex matrices is not supported")
    result: Value = _cholesky(x)
    return result


@define(np.linalg.matrix_power)
def matrix_power(a: Any, n: Any) -> Value:
    """``a`` multiplied with itself; the exponent must be a literal."""
    x = _float_matrix("np.linalg.matrix_power", a)
    exponent = static_number("n", n)
    if exponent < 0:
        x, exponent = inv(x), -exponent
    if exponent == 0:
        return _identity_like(x)
    result: Value | None = None
    square = x
    while exponent:
        if exponent & 1:
            result = square if result is None else matmul(result, square)
        exponent >>= 1
        if exponent:
            square = matmul(square, square)
    assert result is not None
    return result


@define(np.linalg.multi_dot)
def multi_dot(arrays: Any, **options: Any) -> Value:
    refuse("np.linalg.multi_dot", options)
    result = as_array(arrays[0])
    for other in arrays[1:]:
        result = matmul(result, as_array(other))
    return result
