"""Every array helper against NumPy, as plain Python and compiled."""

import numba
import numpy as np
import pytest

from diffpy import runtime
from diffpy.runtime import register_overloads

register_overloads()

DTYPES = ["f8", "f4", "i8", "b1", "c16"]
_compiled = {}


def compiled(name, arity):
    """A dispatcher that calls the helper."""
    if (name, arity) not in _compiled:
        arguments = ", ".join(f"x{k}" for k in range(arity))
        scope = {"helper": getattr(runtime, name)}
        exec(f"def call({arguments}):\n    return helper({arguments})", scope)
        jit = numba.njit(error_model="numpy", boundscheck=True)
        _compiled[name, arity] = jit(scope["call"])
    return _compiled[name, arity]


def make(shape, dtype, layout="C", seed=0):
    """An array of small numbers; layout A is a strided view."""
    rng = np.random.default_rng(seed)
    wide = tuple(2 * n for n in shape) if layout == "A" else shape
    a = rng.integers(-9, 9, wide).astype("f8") / 2
    if np.dtype(dtype).kind == "c":
        a = a + 1j * rng.integers(-9, 9, wide)
    a = (a > 0) if dtype == "b1" else a.astype(dtype)
    if layout == "A":
        return a[tuple(slice(None, None, 2) for _ in shape)]
    return np.asarray(a, order=layout)


def agree(name, expected, *args, rtol=1e-6):
    """Both modes give `expected`, value, shape and dtype, or raise the same class."""
    for call in (getattr(runtime, name), compiled(name, len(args))):
        if isinstance(expected, type) and issubclass(expected, Exception):
            with pytest.raises(expected):
                call(*args)
            continue
        got = call(*args)
        np.testing.assert_allclose(got, expected, rtol=rtol)
        assert np.shape(got) == np.shape(expected)
        if isinstance(got, np.ndarray):
            assert got.dtype == np.asarray(expected).dtype


# A compilation takes half a second: dtypes, layouts and ranks are paired, not multiplied.
CASES = [
    ((3,), "C", "f8"),
    ((3, 4), "F", "f4"),
    ((3, 4), "A", "c16"),
    ((2, 3, 4), "C", "i8"),
    ((3, 4), "C", "b1"),
    ((0, 3), "C", "f8"),
]


@pytest.mark.parametrize("shape, layout, dtype", CASES)
def test_reductions_along_an_axis(shape, layout, dtype):
    a = make(shape, dtype, layout)
    names = ["sum", "prod"] if dtype == "c16" else ["sum", "prod", "max", "min", "argmax", "argmin"]
    for axis in (0, -1):
        for name in names:
            try:
                expected = getattr(np, name)(a, axis=axis)
            except ValueError:
                expected = ValueError
            agree(f"{name}_axis", expected, a, axis)


@pytest.mark.parametrize("name", ["max", "min", "argmax", "argmin"])
def test_nan_wins_and_ties_go_first(name):
    a = np.array([[1.0, np.nan, 3.0], [np.nan, 2.0, 3.0]])
    for axis in (0, 1):
        agree(f"{name}_axis", getattr(np, name)(a, axis=axis), a, axis)
    agree(name if "arg" in name else f"{name}_all", getattr(np, name)(a), a)
    ties = np.array([1.0, 5.0, 5.0, 1.0])
    agree(name if "arg" in name else f"{name}_all", getattr(np, name)(ties), ties)
    agree(name if "arg" in name else f"{name}_all", ValueError, np.empty(0))


def test_axis_out_of_bounds():
    agree("sum_axis", ValueError, np.ones(3), 1)


@pytest.mark.parametrize("dtype, layout", [("f8", "A"), ("f4", "F"), ("b1", "C")])
@pytest.mark.parametrize(
    "big, small",
    [((3, 4), (4,)), ((3, 4), (1,)), ((3, 4), (3, 1)), ((3, 4), (3, 4)), ((2, 3, 4), (3, 1)),
     ((0, 3), (1, 3)), ((2, 3, 4), (1, 3, 4))],
)  # fmt: skip
def test_unbroadcast(big, small, layout, dtype):
    x = make(big, dtype, layout)
    expected = x
    for _ in range(len(big) - len(small)):
        expected = np.add.reduce(expected, axis=0, dtype=dtype)
    for k, n in enumerate(small):
        if n == 1:
            expected = np.add.reduce(expected, axis=k, keepdims=True, dtype=dtype)
    agree("unbroadcast", expected, x, small)


def test_unbroadcast_returns_its_argument_and_rejects_nonsense():
    x = np.ones((2, 3))
    assert runtime.unbroadcast(x, (2, 3)) is x
    agree("unbroadcast", ValueError, x, (2,))
    agree("unbroadcast", ValueError, x, (2, 2))


I3, J3 = np.array([0, 2, -1]), np.array([1, 1, 0])
INDICES = [
    ((5,), I3),
    ((5,), np.array([], dtype=np.int64)),
    ((5,), np.array([True, False, True, True, False])),
    ((3, 4), I3),
    ((3, 4), (I3, J3)),
    ((3, 4), (I3, 1)),
    ((3, 4), (1, I3)),
    ((3, 4), (slice(None), I3)),
    ((3, 4), (I3, slice(1, None, 2))),
    ((3, 4), (slice(None, None, -1), J3)),
    ((3, 4), make((3, 4), "b1")),
    ((3, 4), (np.array([True, False, True]), np.array([3, 3]))),
    ((3, 4), np.array([[0, 1], [2, 2]])),
    ((3, 4), (np.array([[0], [2]]), np.array([1, 3, 3]))),
    ((3, 4, 2), (I3, slice(None), np.array([0, 1, 1]))),
    ((3, 4, 2), (slice(None), I3, np.array([0, 1, 1]))),
    ((3, 4, 2), (Ellipsis, J3)),
    ((3, 4, 2), (0, slice(None), J3)),
    ((3, 4, 2), (I3, None, slice(None))),
    ((3, 4, 2), make((3, 4), "b1")),
    ((3, 4, 2, 3), (slice(None), I3, slice(None), J3)),
]


@pytest.mark.parametrize("shape, index", INDICES, ids=range(len(INDICES)))
def test_fancy_indexing(shape, index):
    for dtype, layout in [("f8", "C"), ("c16", "A")]:
        a = make(shape, dtype, layout)
        picked = a[index]
        agree("take", picked, a, index)
        values = make(picked.shape, dtype, seed=1)
        for name in ("put", "add_at"):
            expected = a.copy()
            if name == "put":
                expected[index] = values
            else:
                np.add.at(expected, index, values)
            for call in (getattr(runtime, name), compiled(name, 3)):
                target = a.copy(order="A")
                call(target, index, values)
                np.testing.assert_allclose(target, expected)


def test_stores_broadcast_their_values():
    index = np.array([2, 0, 2])
    for values in (1.5, np.ones(4), np.ones((3, 1)), np.ones((1, 3, 4)), np.array(2.0)):
        # NumPy's add.at, unlike its store, takes no extra axes of length 1.
        for name in ("put", "add_at") if np.ndim(values) < 3 else ("put",):
            expected = np.zeros((3, 4))
            getattr(runtime, name)(expected, index, values)
            got = np.zeros((3, 4))
            compiled(name, 3)(got, index, values)
            np.testing.assert_array_equal(got, expected)


def test_a_store_from_itself_reads_first():
    for call in (runtime.put, compiled("put", 3)):
        a = np.arange(5.0)
        call(a, np.array([1, 2, 3, 4]), a[:-1])
        np.testing.assert_array_equal(a, [0, 0, 1, 2, 3])


@pytest.mark.parametrize(
    "index", [np.array([0, 5]), np.array([-6]), (np.array([0]), np.array([0]))]
)
def test_bad_indices(index):
    for name, extra in (("take", ()), ("put", (1.0,)), ("add_at", (1.0,))):
        with pytest.raises(IndexError):
            getattr(runtime, name)(np.zeros(5), index, *extra)
        with pytest.raises((IndexError, numba.TypingError)):
            compiled(name, 2 + len(extra))(np.zeros(5), index, *extra)


def test_wrong_values_shape():
    for call in (runtime.put, compiled("put", 3)):
        with pytest.raises(ValueError):
            call(np.zeros(5), np.array([0, 1, 2]), np.zeros(2))


@pytest.mark.parametrize("dtype", ["f8", "i8"])
@pytest.mark.parametrize(
    "left, right",
    [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((2, 3), (3, 4)), ((0, 3), (3, 2)),
     ((2, 0), (0, 3)), ((5, 2, 3), (3, 4)), ((5, 2, 3), (5, 3, 4)), ((2, 3), (5, 3, 4)),
     ((5, 1, 2, 3), (4, 3, 2)), ((5, 2, 3), (3,)), ((3,), (5, 3, 2)), ((20, 30), (30, 25))],
)  # fmt: skip
def test_matmul(left, right, dtype):
    a, b = make(left, dtype), make(right, dtype, "A", seed=1)
    agree("matmul", np.matmul(a, b), a, b)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("layout", ["C", "F"])
def test_matmul_of_matrices(layout, dtype):
    a, b = make((20, 30), dtype, layout), make((30, 25), dtype, layout, seed=1)
    agree("matmul", np.matmul(a, b), a, b, rtol=1e-4 if dtype == "f4" else 1e-12)


def test_matmul_mixes_dtypes_and_checks_shapes():
    a, b = make((2, 3), "f4"), make((3, 2), "i8")
    agree("matmul", a @ b, a, b)
    agree("matmul", ValueError, np.ones((2, 3)), np.ones((2, 3)))


def test_outer_add():
    for dtype in ("f8", "f4", "c16", "i8"):
        u, v = make((3,), dtype), make((4,), dtype, "A", seed=1)
        for call in (runtime.outer_add, compiled("outer_add", 3)):
            a = make((3, 4), dtype, "F", seed=2)
            expected = a + np.outer(u, v)
            call(a, u, v)
            np.testing.assert_allclose(a, expected)


@pytest.mark.parametrize("dtype, layout", [("f8", "C"), ("f4", "F"), ("b1", "A")])
def test_shaping(dtype, layout):
    for layout in (layout,):
        a = make((2, 3, 4), dtype, layout)
        agree("transpose", a.transpose(2, 0, 1), a, (2, 0, 1))
        agree("transpose", a.transpose(-1, 0, 1), a, (-1, 0, 1))
        agree("reshape", a.reshape(6, 4), a, (6, 4))
        agree("reshape", a.reshape(-1, 2), a, (-1, 2))
        agree("reshape", a.reshape(-1), a, -1)
        agree("reshape", ValueError, a, (5, -1))
        b = make((2, 1, 4), dtype, layout, seed=1)
        agree("concatenate", np.concatenate((a, b), axis=1), (a, b), 1)
        agree("concatenate", np.concatenate((a, b), axis=-2), (a, b), -2)
        agree("concatenate", ValueError, (a, b), 0)
        agree("broadcast_to", np.broadcast_to(b, (3, 2, 5, 4)), b, (3, 2, 5, 4))
        agree("broadcast_to", ValueError, b, (2, 2, 3))
        agree("zeros_like", np.zeros(a.shape, dtype), a)
    agree("reshape", np.zeros((3, 0)), np.zeros((0, 3)), (3, -1))
    agree("reshape", np.array(3.0), np.array([3.0]), ())
    agree("reshape", np.array([3.0]), np.array(3.0), (1,))
    agree("broadcast_to", np.full((2, 3), 4.0), 4.0, (2, 3))
    agree("full", np.full((2, 3), 4), (2, 3), 4)
    agree("full", np.full(3, True), 3, True)
    assert compiled("zeros_like", 1)((1.5, 2, np.ones(2)))[:2] == (0.0, 0)


@pytest.mark.parametrize("dtype", ["f8", "f4", "i8"])
def test_where(dtype):
    c = make((3, 4), "b1")
    x, y = make((3, 4), dtype, "F"), make((4,), dtype, seed=1)
    agree("where", np.where(c, x, y), c, x, y)
    agree("where", np.where(c[:, :1], x, y), c[:, :1], x, y)
    agree("where", np.where(c, x, 2.0), c, x, 2.0)
    agree("where", np.where(c, 1, y), c, 1, y)
    agree("where", np.where(c, 1.0, 2), c, 1.0, 2)
    agree("where", np.where(True, x, y), True, x, y)
    agree("where", np.where(c[:0], x[:0], y), c[:0], x[:0], y)
    agree("where", ValueError, c, x, y[:3])
    agree("where", np.where(False, 1.0, 2.0)[()], False, 1.0, 2.0)


@pytest.mark.parametrize("dtype", ["f8", "f4", "i8"])
def test_clip(dtype):
    a = make((3, 4), dtype, "A")
    agree("clip", np.clip(a, 0.0, 1.0), a, 0.0, 1.0)
    agree("clip", np.clip(a, -1, None), a, -1, None)
    agree("clip", np.clip(a, None, 2), a, None, 2)
    low = make((4,), dtype, seed=1)
    agree("clip", np.clip(a, low, 3), a, low, 3)
    agree("clip", np.clip(2.5, 0.0, 1.0), 2.5, 0.0, 1.0)
    nan = np.array([np.nan, 1.0, -5.0])
    agree("clip", np.clip(nan, -1.0, np.inf), nan, -1.0, np.inf)
