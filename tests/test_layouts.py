"""Arrays as they come: with gaps, backwards, in another order, read-only, of other dtypes, empty.

All layouts hold the same numbers, which every dtype represents exactly, so that one gradient, by
differences of the plain array, is right for all of them. Whatever comes in, what comes out is a
C-contiguous writable array of the argument's shape and dtype in the native byte order.
"""

import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import diffpy as dp
from diffpy import grad, jvp, value_and_grad, vjp
from tests import differences

VALUES = np.random.default_rng(5).permutation(np.arange(40, 100, 5)).reshape(3, 4) / 64
WEIGHTS = np.arange(1, 13).reshape(3, 4) / 8

# --- programs --------------------------------------------------------------------------------


def elementwise(x):
    return np.sum(np.sin(x) * x - x / (1.0 + x))


def reductions(x):
    return np.sum(x.sum(axis=0) ** 2) + np.mean(x * x) + np.max(x) * np.min(x[0])


def slices(x):
    return np.sum(x[1:] * x[:-1]) + np.sum(x[::-1][0] * x[-1]) + np.sum(x[::2, 1::2] ** 2)


def into_a_copy(x):
    y = x.copy()
    y[0] = 2.0 * y[1]
    y[1:] *= x[:-1]
    return np.sum(y * y)


def into_one_like_it(x):
    y = np.empty_like(x)
    y[...] = x * x
    y[0] += x[1] * y[1]
    return np.sum(y * x)


def into_the_argument(x):
    x[0] = x[1] * x[-1]
    x[1:] += x[:-1] * x[1:]
    x *= 2.0
    return np.sum(x * x)


def over_rows(x):
    total = 0.0
    for row in x:
        total = total * row[0] + np.sum(row * row)
    return total


def over_elements(x):
    for i in range(1, x.shape[0]):
        for j in range(x.shape[1]):
            x[i, j] = x[i, j] * x[i - 1, j] + x[i, j - 1]
    return np.sum(x)


def scale_first(a, factor):
    a[0] *= factor
    return a[1]


def in_a_callee(x):
    return np.sum(scale_first(x, 3.0) * scale_first(x, x[2, 0]) * x[0])


def products(x):
    return np.sum((x.T @ x) ** 2) + np.sum(x @ x[0])


def flattened(x):
    y = x.flatten()
    y[0] = y[1] * 2.0
    return np.sum(y[1:] * y[:-1]) + np.sum(x.reshape(-1)[::3] ** 2) + np.sum(x.ravel()[2:4] ** 2)


def through_a_view(x):
    y = x.T
    y[0] = y[1] * y[1]
    return np.sum(y * y * WEIGHTS.T)


def picked(x):
    return np.sum(x[np.array([0, 1, 0])] ** 2) + np.sum(x[x > 1.0] ** 3) + np.sum(np.cumsum(x) ** 2)


PROGRAMS = [
    elementwise, reductions, slices, into_a_copy, into_one_like_it, into_the_argument, over_rows,
    over_elements, in_a_callee, products, flattened, through_a_view, picked,
]  # fmt: skip

WRITING = {into_the_argument, over_elements, in_a_callee, through_a_view}

# --- layouts ---------------------------------------------------------------------------------


def with_gaps(a):
    wide = np.zeros((2 * a.shape[0], 3 * a.shape[1]), a.dtype)
    wide[::2, ::3] = a
    return wide[::2, ::3]


def backwards(a):
    return a[::-1, ::-1].copy()[::-1, ::-1]


def columns(a):
    wide = np.zeros((a.shape[0], a.shape[1] + 2), a.dtype)
    wide[:, 1:-1] = a
    return wide[:, 1:-1]


def permuted(a):
    return np.ascontiguousarray(a.T).T


def read_only(a):
    frozen = a.copy()
    frozen.flags.writeable = False
    return frozen


def swapped(a):
    return a.astype(a.dtype.newbyteorder())


def unaligned(a):
    moved = np.zeros(a.nbytes + 1, np.uint8)[1:].view(a.dtype).reshape(a.shape)
    moved[...] = a
    assert not moved.flags.aligned
    return moved


def field(a):
    records = np.zeros(a.shape, [("tag", np.int8), ("value", a.dtype)])
    records["value"] = a
    return records["value"]


DOUBLE = {
    "plain": np.copy,
    "gaps": with_gaps,
    "backwards": backwards,
    "columns": columns,
    "Fortran": np.asfortranarray,
    "permuted": permuted,
    "read-only": read_only,
    "swapped": swapped,
    "swapped, Fortran": lambda a: np.asfortranarray(swapped(a)),
    "unaligned": unaligned,
    "field": field,
}
SINGLE = {
    "single": np.copy,
    "single, gaps": with_gaps,
    "single, swapped, backwards": lambda a: backwards(swapped(a)),
}
OF_PYTHON = {"half": np.float16, "half, gaps": np.float16, "longdouble": np.longdouble}
ROUNDING = {2: 2e-2, 4: 1e-4, 8: 1e-6, 16: 1e-6}


def arranged(layout: str, values: np.ndarray = VALUES) -> np.ndarray:
    """The values in a layout."""
    if layout in DOUBLE:
        return DOUBLE[layout](values)
    if layout in SINGLE:
        return SINGLE[layout](values.astype(np.float32))
    other = values.astype(OF_PYTHON[layout])
    return with_gaps(other) if "gaps" in layout else other


ALL = [
    *(("python", layout) for layout in (*DOUBLE, *SINGLE, *OF_PYTHON)),
    *(("numba", layout) for layout in (*DOUBLE, *SINGLE)),
]


@functools.cache
def expected(f: Callable) -> np.ndarray:
    return differences.gradient(f, (VALUES.copy(),), 0).reshape(VALUES.shape)


def assert_like(found: np.ndarray, x: np.ndarray, wanted: np.ndarray) -> None:
    """The gradient by ``x``: its shape and native dtype, plain memory of its own, these numbers."""
    assert type(found) is np.ndarray and found.shape == x.shape
    assert found.dtype == x.dtype.newbyteorder("=") and found.flags.carray
    assert not np.shares_memory(found, x)
    tolerance = ROUNDING[x.dtype.itemsize]
    scale = tolerance * np.max(np.abs(wanted), initial=1e-3)
    np.testing.assert_allclose(found.astype(float), wanted, rtol=tolerance, atol=scale)


def check(f: Callable, layout: str, backend: str) -> None:
    """All modes, for the values in one layout."""
    x = arranged(layout)
    if f in WRITING and layout == "read-only":
        x = x.copy()
    before = x.tobytes()
    assert_like(value_and_grad(f, backend=backend)(x)[1], x, expected(f))
    out, pullback = vjp(f, x, backend=backend)
    assert_like(pullback(type(out)(1.0))[0], x, expected(f))
    assert_like(pullback(1.0)[0], x, expected(f))
    tangent = arranged(layout, WEIGHTS)
    slope = float(jvp(f, (x,), (tangent,), backend=backend)[1])
    scale = np.sum(np.abs(expected(f) * WEIGHTS))
    assert abs(slope - np.sum(expected(f) * WEIGHTS)) <= ROUNDING[x.dtype.itemsize] * scale
    assert x.tobytes() == before


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("layout", [*DOUBLE, *SINGLE, *OF_PYTHON])
@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_layouts_in_python(f, layout):
    check(f, layout, "python")


@pytest.mark.parametrize("backend", ["python", "numba"])
def test_a_store_into_a_read_only_array_raises_as_the_primal_does(backend):
    def doubled(x):
        x *= 2.0
        return np.sum(x)

    x = arranged("read-only")
    with pytest.raises(ValueError, match="read-only"):
        doubled(x)
    with pytest.raises(dp.ReadOnlyError, match="read-only"):
        grad(doubled, backend=backend)(x)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "f",
    [f if f is slices else pytest.param(f, marks=pytest.mark.slow) for f in PROGRAMS],
    ids=lambda f: f.__name__,
)
def test_layouts_in_numba(f):
    for layout in (*DOUBLE, *SINGLE):
        check(f, layout, "numba")


# --- results that have a layout of their own -------------------------------------------------

RESULTS = {
    "transposed": lambda x: x.T,
    "backwards": lambda x: x[::-1],
    "product": lambda x: x.T * WEIGHTS.T,
    "repeated": lambda x: np.broadcast_to(x, (2, 3, 4)),
}


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize("f", RESULTS.values(), ids=RESULTS)
def test_results_are_plain_arrays(f, backend):
    for x in (VALUES.copy(), np.asfortranarray(VALUES)):
        out, pullback = vjp(f, x, backend=backend)
        np.testing.assert_array_equal(out, f(VALUES))
        weights = np.asfortranarray(np.cos(np.arange(out.size)).reshape(out.shape))
        (x_bar,) = pullback(weights)
        wanted = differences.gradient(f, (VALUES,), 0, weights).reshape(VALUES.shape)
        assert_like(x_bar, x, wanted)
        value, tangent = jvp(f, (x,), (np.asfortranarray(WEIGHTS),), backend=backend)
        np.testing.assert_allclose(tangent, f(WEIGHTS))
        assert all(a.flags.carray for a in (out, value, tangent))


@pytest.mark.parametrize("backend", ["python", "numba"])
def test_the_layout_of_a_gradient_does_not_depend_on_the_call(backend):
    df = grad(lambda x: np.sum(x.T * WEIGHTS.T * x.T), backend=backend)
    for x in (VALUES.copy(), VALUES.copy(), np.asfortranarray(VALUES), VALUES.copy()):
        assert_like(df(x), x, 2 * VALUES * WEIGHTS)


def curvature(x):
    return np.sum(grad(elementwise)(x) * x)


@pytest.mark.parametrize("layout", [*DOUBLE, *SINGLE, *OF_PYTHON])
def test_second_order(layout):
    x = arranged(layout)
    assert_like(grad(curvature, backend="python")(x), x, expected(curvature))


# --- several arrays, and arrays from outside -------------------------------------------------


def of_a_list(arrays):
    first, second = arrays[0].copy(), arrays[1]
    first[0] = second[1] * 2.0
    return np.sum(first * second) + sum(np.sum(a * a * a[0]) for a in arrays)


@pytest.mark.parametrize(("backend", "layout"), ALL)
def test_lists_of_arrays(backend, layout):
    arrays = [arranged(layout), arranged("permuted", WEIGHTS)]
    found = grad(of_a_list, backend=backend)(arrays)
    plain = (VALUES.copy(), WEIGHTS.copy())
    wanted = differences.gradient(lambda *a: of_a_list(list(a)), plain, (0, 1))
    tolerance = 10 * ROUNDING[min(array.dtype.itemsize for array in arrays)]
    for array, gradient, part in zip(arrays, found, np.split(wanted, 2), strict=True):
        assert gradient.dtype == array.dtype.newbyteorder("=") and gradient.flags.carray
        np.testing.assert_allclose(gradient.astype(float).ravel(), part, rtol=tolerance)


@pytest.mark.parametrize(("backend", "layout"), ALL)
def test_arrays_from_outside(backend, layout):
    outside = arranged(layout)

    def weighted(x):
        return np.sum(x * x * outside[::-1])

    x = WEIGHTS.copy()
    wanted = 2 * WEIGHTS * VALUES[::-1]
    np.testing.assert_allclose(grad(weighted, backend=backend)(x), wanted)


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize("dtype", ["i8", ">i4", "u1", "?", "c8", ">c16"])
def test_arrays_that_are_not_differentiated(dtype, backend):
    def weighted(x, a):
        return np.sum(np.abs(x * x * a[::-1]))

    a = np.asfortranarray((VALUES * 8).astype(dtype))
    found = grad(weighted, backend=backend)(WEIGHTS.copy(), a)
    np.testing.assert_allclose(found, 2 * WEIGHTS * np.abs(a[::-1]), rtol=1e-6)


@pytest.mark.parametrize("backend", ["python", "numba"])
def test_a_repeated_array_is_differentiated_element_by_element(backend):
    x = np.broadcast_to(VALUES[0], (3, 4))
    found = grad(elementwise, backend=backend)(x)
    assert_like(found, x, grad(elementwise, backend="python")(x.copy()))


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize("f", [elementwise, into_the_argument], ids=lambda f: f.__name__)
def test_a_file_in_memory(f, backend, tmp_path: Path):
    x = np.memmap(tmp_path / "values", VALUES.dtype, "w+", shape=VALUES.shape)
    x[...] = VALUES
    assert_like(grad(f, backend=backend)(x), x, expected(f))
    assert_like(vjp(f, x, backend=backend)[1](1.0)[0], x, expected(f))
    np.testing.assert_array_equal(x, VALUES)
    assert type(jvp(np.sin, (x,), (x,), backend=backend)[1]) is np.ndarray


def test_many_dimensions():
    def squares(x):
        return np.sin(x) * x

    x = np.full((1, 2, 1, 2, 1, 2, 1), 0.5)
    (found,) = vjp(squares, x, backend="python")[1](np.ones_like(x))
    assert_like(found, x, np.cos(x) * x + np.sin(x))


# --- no elements, and no dimensions ----------------------------------------------------------


def total(x):
    return np.sum(x * x) + np.sum(np.sin(x), axis=0).sum()


def product(x):
    return np.prod(x)


def rows(x):
    out = 1.0
    for row in x:
        out = out * np.sum(row) + 1.0
    return out


def by_index(x):
    out = 1.0
    for i in range(x.shape[0]):
        out += np.sum(x[i]) * out
    return out


def stores(x):
    y = x.copy()
    y[:] = 2.0 * y * y
    y *= x
    x *= 3.0
    x[1:] = x[:-1] * 2.0
    return np.sum(y) + np.sum(x * x)


def moved(x):
    return np.sum(np.concatenate((x, 2.0 * x)) ** 2) + np.sum(x.reshape(-1)) + np.sum(x.T * 2.0)


def selected(x):
    return np.sum(np.where(x > 0.5, x * x, -x)) + np.sum(x[x > 0.5]) + np.sum(np.cumsum(x))


def distance(x):
    return np.sum((x[1:] - x[:-1]) ** 2) + np.linalg.norm(x + 1.0) + np.sum(x.T @ x)


EMPTY_SHAPES = [(0,), (0, 3), (3, 0), (0, 0), (0, 3, 2), (3, 0, 2), (1, 3, 0)]
EMPTY_PROGRAMS = [total, product, rows, by_index, stores, moved, selected, distance]


def check_empty(f: Callable, shape: tuple[int, ...], dtype: str, backend: str) -> None:
    x = np.zeros(shape, dtype)
    value, found = value_and_grad(f, backend=backend)(x)
    assert value == f(x.copy())
    assert_like(found, x, np.zeros(shape))
    assert_like(vjp(f, x, backend=backend)[1](1.0)[0], x, np.zeros(shape))
    assert jvp(f, (x,), (x,), backend=backend) == (value, 0.0)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("shape", EMPTY_SHAPES, ids=str)
@pytest.mark.parametrize("f", EMPTY_PROGRAMS, ids=lambda f: f.__name__)
def test_no_elements(f, shape):
    if f is distance and len(shape) == 3:
        pytest.skip("np.linalg.norm is of vectors and matrices")
    for dtype in ("f8", ">f4"):
        check_empty(f, shape, dtype, "python")


@pytest.mark.parametrize(
    "f",
    [f if f is rows else pytest.param(f, marks=pytest.mark.slow) for f in EMPTY_PROGRAMS],
    ids=lambda f: f.__name__,
)
def test_no_elements_in_numba(f):
    for shape in EMPTY_SHAPES[:4]:
        check_empty(f, shape, "f8", "numba")


RAISING = {
    "max": lambda x: np.max(x),
    "min of rows": lambda x: np.sum(np.min(x, axis=0)),
    "argmax": lambda x: x.ravel()[np.argmax(x)],
    "built-in max": lambda x: max(x.ravel()),
    "first": lambda x: np.sum(x[0]),
    "item": lambda x: x.item(),
}


@pytest.mark.parametrize("backend", ["python", pytest.param("numba", marks=pytest.mark.slow)])
@pytest.mark.parametrize("f", RAISING.values(), ids=RAISING)
def test_what_raises_of_no_elements(f, backend):
    x = np.zeros((0, 3))
    with pytest.raises((ValueError, IndexError)) as primal:
        f(x)
    calls = [
        lambda: value_and_grad(f, backend=backend)(x),
        lambda: vjp(f, x, backend=backend),
        lambda: jvp(f, (x,), (x,), backend=backend),
    ]
    for call in calls:
        with pytest.raises(primal.type):
            call()


def without_dimensions(x):
    y = np.empty_like(x)
    y[()] = x * x
    y += 1.0
    return np.sum(y * x[()]) * y.item() + float(x) * x.sum()


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize(
    "x",
    [np.array(0.75), np.array(0.75, ">f8"), np.array(0.75, "f4"), np.broadcast_to(0.75, ())],
    ids=["plain", "swapped", "single", "read-only"],
)
def test_no_dimensions(x, backend):
    wanted = differences.gradient(without_dimensions, (np.array(0.75),), 0).reshape(())
    value, found = value_and_grad(without_dimensions, backend=backend)(x)
    assert_like(found, x, wanted)
    assert abs(value - without_dimensions(np.array(0.75))) < 1e-5
    assert_like(vjp(without_dimensions, x, backend=backend)[1](1.0)[0], x, wanted)
    slope = jvp(without_dimensions, (x,), (np.ones((), x.dtype),), backend=backend)[1]
    np.testing.assert_allclose(slope, wanted, rtol=ROUNDING[x.dtype.itemsize])


# --- what is refused -------------------------------------------------------------------------


def squares(x):
    return np.sum(x * x)


class Meters(np.ndarray):
    pass


DATES = np.array(["2020-01-01"], "M8[D]")
REFUSED = {
    "object": (np.array([1.0, 2.0], object), "an array of dtype object", "x.astype(float)"),
    "masked": (np.ma.masked_array([1.0, 2.0], [0, 1]), "a MaskedArray", "x.filled(0.0)"),
    "masked datum": (np.ma.masked, "a MaskedConstant", "x.filled(0.0)"),
    "matrix": (np.ones((1, 1)).view(np.matrix), "a matrix", "write @ where * multiplies matrices"),
    "subclass": (np.ones(2).view(Meters), "a Meters", "np.asarray(x)"),
    "records": (np.zeros(2, [("a", float)]), "an array of dtype [('a', '<f8')]", "x['name']"),
    "record": (np.zeros(2, [("a", float)])[0], "a void", "x['name']"),
    "dates": (DATES, "an array of dtype datetime64[D]", "(x - start) / np.timedelta64(1, 's')"),
    "date": (DATES[0], "a datetime64", "(x - start) / np.timedelta64(1, 's')"),
    "durations": (DATES - DATES, "an array of dtype timedelta64[D]", "x / np.timedelta64(1, 's')"),
    "texts": (np.array(["a"]), "an array of dtype <U1", "an array of numbers"),
    "iterator": (np.ones(2).flat, "a flatiter", "np.array(x)"),
    "in a list": ([np.ma.masked_array([1.0])], "a list with a MaskedArray in it", "x.filled(0.0)"),
    "in a dict": (
        {"a": {"b": DATES}},
        "a dict with an array of dtype datetime64[D] in it",
        "start",
    ),
}


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize(("x", "name", "fix"), REFUSED.values(), ids=REFUSED)
def test_arguments_that_are_refused(x, name, fix, backend):
    calls = [
        lambda: grad(squares, backend=backend)(x),
        lambda: grad(lambda y, a: np.sum(y), backend=backend)(1.0, x),
        lambda: vjp(squares, x, backend=backend),
        lambda: jvp(squares, (x,), (x,), backend=backend),
    ]
    for call in calls:
        with pytest.raises(dp.NonDifferentiableInputError) as caught:
            call()
        assert caught.value.what.endswith(f"is {name}") and fix in caught.value.fix


@pytest.mark.parametrize(
    "x", [REFUSED[k][0] for k in ("object", "masked", "matrix", "dates")], ids=str
)
def test_arrays_from_outside_that_are_refused(x):
    for f in (lambda y: np.sum(y * x), lambda y: y * np.sum(x), lambda y: -x * y):
        with pytest.raises(dp.KindError) as caught:
            grad(f, backend="python")(1.5)
        assert caught.value.fix and caught.value.place is not None


@pytest.mark.parametrize("x", [np.arange(3), np.array([True]), np.ones(2, np.uint8)], ids=str)
def test_integers_are_refused_where_a_gradient_is_asked(x):
    with pytest.raises(dp.NonDifferentiableInputError, match="only floating-point"):
        grad(squares, backend="python")(x)


@pytest.mark.parametrize("dtype", ["c8", "c16", np.clongdouble])
def test_complex_arrays_are_refused_where_a_gradient_is_asked(dtype):
    with pytest.raises(dp.NonDifferentiableInputError, match="complex"):
        grad(squares, backend="python")(np.ones(2, dtype))


@pytest.mark.parametrize("dtype", [np.float16, np.longdouble])
def test_compiled_code_refuses_what_it_cannot_compute_with(dtype):
    with pytest.raises(dp.BackendCompileError, match=f"compiled code has no {np.dtype(dtype)}"):
        grad(squares, backend="numba")(np.ones(2, dtype))
    with pytest.warns(dp.PerformanceWarning):
        found = grad(squares, backend="auto")(np.ones(2, dtype))
    assert found.dtype == dtype
