"""What numba cannot do is told in diffpy's words, at the user's lines."""

import fractions
import re
import warnings
from typing import Any

import numpy as np
import pytest

import diffpy as dp


def squares(a):
    return np.sum(a * a)


def square(x):
    return x * x


def power(x, n):
    y = x * 1.0
    return y * n


LONG = np.dtype(np.longdouble).name

REFUSED = [
    (squares, np.ones(3, np.float16), "float16"),
    (square, np.float16(2.0), "float16"),
    (squares, np.ones(3, np.longdouble), LONG),
    (square, np.longdouble(2.0), LONG),
]


@pytest.mark.parametrize(("f", "x", "dtype"), REFUSED)
def test_numba_is_asked_for(f: Any, x: Any, dtype: str) -> None:
    with pytest.raises(dp.BackendCompileError) as caught:
        dp.grad(f, backend="numba")(x)
    error = caught.value
    assert error.why == f"compiled code has no {dtype}"
    assert error.place is not None and error.place.filename == __file__
    assert error.place.line == f.__code__.co_firstlineno + 1


@pytest.mark.parametrize(("f", "x", "dtype"), REFUSED)
def test_one_warning_at_the_call(f: Any, x: Any, dtype: str) -> None:
    df = dp.grad(f, backend="auto")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = df(x)
        df(x)
    np.testing.assert_array_equal(result, 2 * x)
    assert [w.category for w in caught] == [dp.PerformanceWarning]
    assert caught[0].filename == __file__
    assert f"line {f.__code__.co_firstlineno + 1}" in str(caught[0].message)
    assert f"compiled code has no {dtype}" in str(caught[0].message)


KINDLESS = [
    np.array([1.0, 2.0], object),
    np.ma.masked_array([1.0, 2.0], [False, True]),
    np.zeros(3, [("a", float)]),
    np.zeros(3, [("a", float)])[0],
    np.array(["a"]),
    np.array(["2020"], "M8[D]"),
    fractions.Fraction(1, 2),
    np.ones(3).view(type("Sub", (np.ndarray,), {})),
]


@pytest.mark.parametrize("backend", ["auto", "numba", "python"])
@pytest.mark.parametrize("x", KINDLESS, ids=lambda x: str(getattr(x, "dtype", type(x))))
def test_arguments_without_a_kind(x: Any, backend: str) -> None:
    with pytest.raises(dp.NonDifferentiableInputError, match="argument 'x' of square is"):
        dp.grad(square, backend=backend)(x)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "x",
    [
        np.ones(3, ">f8"),
        np.ones(3, ">f4"),
        np.ones(10)[::3],
        np.asfortranarray(np.ones((2, 3))),
        np.broadcast_to(2.0, (2, 2)),
    ],
    ids=["big endian", "big endian single", "gaps", "Fortran", "read-only"],
)
def test_arrays_that_are_copied(x: Any) -> None:
    np.testing.assert_array_equal(dp.grad(squares, backend="numba")(x), 2 * x)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n", [2**63, -(2**63) - 1, 10**30])
def test_integers_beyond_64_bits_run_in_python(n: int) -> None:
    df = dp.grad(power, backend="numba")
    assert df(2.0, 3) == 3.0
    assert df(2.0, n) == float(n)
    assert df(2.0, 3) == 3.0


def test_no_text_of_numbas_comes_raw(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever numba says while it compiles is quoted, at the line that it is about."""
    from diffpy import compilation

    monkeypatch.setattr(compilation, "_UNKNOWN_TO_NUMBA", ())
    with pytest.raises(dp.BackendCompileError) as caught:
        dp.grad(squares, backend="numba")(np.ones(3, np.float16))
    assert caught.value.why == "numba says: float16"
    assert not re.search(r"\x1b|Failed in|_nb_|0x", str(caught.value))


# --- what compiled code says at run time -----------------------------------------------------


def added(a, b):
    return np.sum(a + b)


def solved(a, b):
    return np.sum(np.linalg.solve(a, b))


def inverted(a):
    return np.sum(np.linalg.inv(a))


def decomposed(a):
    return np.sum(np.linalg.cholesky(a))


def reshaped(a):
    return np.sum(a.reshape(2, 3))


def multiplied(a, b):
    return np.sum(a @ b)


def stacked(a, b):
    return np.sum(np.concatenate((a, b)))


ZEROS = np.zeros((2, 2))

FAILING = [
    (added, np.ones(2), np.ones(3)),
    (solved, ZEROS, np.ones(2)),
    (solved, np.eye(2), np.ones(3)),
    (inverted, ZEROS),
    (decomposed, -np.eye(2)),
    (reshaped, np.ones(3)),
    (multiplied, np.ones((2, 2)), np.ones((3, 3))),
    (stacked, np.ones((2, 2)), np.ones((3, 3))),
]


@pytest.mark.parametrize("program", FAILING, ids=lambda p: p[0].__name__)
def test_array_operations_fail_as_numpys_do(program: Any) -> None:
    f, *args = program
    with pytest.raises(Exception) as expected:  # noqa: PT011
        f(*args)
    with pytest.raises(expected.type) as caught:
        dp.grad(f, backend="numba")(*args)
    assert caught.type is expected.type
    assert caught.traceback[-1].name == f.__name__
    assert not re.search(r"numba|File|argument \d to output", str(caught.value))
