"""The user's own exceptions come out of a derivative as they come out of the function."""

from typing import Any

import numpy as np
import pytest

import diffpy as dp

BOTH = pytest.mark.parametrize("backend", ["python", "numba"])


class TooFast(ValueError):
    """With arguments of its own."""

    def __init__(self, message: str, limit: int = 3) -> None:
        super().__init__(message)
        self.limit = limit


class Odd(Exception):
    """Without any."""


class Undecodable(UnicodeDecodeError):
    """Its base wants five arguments."""

    def __init__(self) -> None:
        super().__init__("utf8", b"", 0, 1, "reason")


READY = Odd("made before")


def formatted(x):
    if x > 1.0:
        raise TooFast(f"v = {x:.1f} and {x!r} {{}}", limit=7)
    return x * x


def bare_class(x):
    if x > 1.0:
        raise Odd
    return x * x


def several_arguments(x):
    if x > 1.0:
        raise Odd("a", 3, x, (int(x), "b"), None) from None
    return x * x


def with_cause(x):
    if x > 1.0:
        raise Odd("outer") from TooFast
    return x * x


def base_with_many_arguments(x):
    if x > 1.0:
        raise Undecodable()
    return x * x


def existing_exception(x):
    if x > 1.0:
        raise READY
    return x * x


def key_of_a_number(x):
    n = int(x)
    if n == 2:
        raise KeyError(n)
    return x * x


def asserted(x):
    assert x < 1.0, ("too large", x)
    return x * x


def asserted_without_message(x):
    assert x < 1.0
    return x * x


def in_callee(x):
    return formatted(x) + formatted(x - 1.0)


def numpy_number(x):
    y = np.sqrt(x)
    if y > 1.0:
        raise Odd(y, f"{y!r}")
    return y


PROGRAMS = [
    formatted, bare_class, several_arguments, with_cause, base_with_many_arguments,
    existing_exception, key_of_a_number, asserted, asserted_without_message, in_callee,
    numpy_number,
]  # fmt: skip


def raised_by(call: Any, *args: Any) -> tuple[Any, ...]:
    with pytest.raises(Exception) as caught:  # noqa: PT011
        call(*args)
    error = caught.value
    types = tuple(map(type, error.args))
    said = str(error)
    if isinstance(error, AssertionError):  # pytest appends what was compared
        types, said = (), said.partition("\nassert ")[0].removeprefix("assert 2.5 < 1.0")
    hidden = {k: v for k, v in vars(error).items() if not k.startswith("__")}
    cause = error.__cause__
    return type(error), said, types, hidden, type(cause), error.__suppress_context__


@BOTH
@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_same_class_arguments_and_cause(f: Any, backend: str) -> None:
    expected = raised_by(f, 2.5)
    assert raised_by(dp.grad(f, backend=backend), 2.5) == expected
    assert raised_by(lambda x: dp.jvp(f, (x,), (1.0,), backend=backend), 2.5) == expected
    assert raised_by(lambda x: dp.vjp(f, x, backend=backend), 2.5) == expected


@BOTH
@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_otherwise_there_is_a_derivative(f: Any, backend: str) -> None:
    h = 1e-6
    expected = (f(0.5 + h) - f(0.5 - h)) / (2 * h)
    np.testing.assert_allclose(dp.grad(f, backend=backend)(0.5), expected, rtol=1e-8)


def array_in_message(x, a):
    if x > 1.0:
        raise Odd("bad", a)
    return x * x


def test_arrays_are_shown_in_python_only() -> None:
    in_python = raised_by(dp.grad(array_in_message, backend="python"), 2.0, np.ones(2))
    assert in_python[1] == "('bad', array([1., 1.]))"
    assert raised_by(dp.grad(array_in_message, backend="numba"), 2.0, np.ones(2))[1] == (
        "('bad', '{…}')"
    )


def raises_another_while_formatting(x):
    if x > 1.0:
        raise Odd(f"{1.0 / (x - x)}")
    return x


@BOTH
def test_exceptions_of_the_arguments_come_first(backend: str) -> None:
    expected = raised_by(raises_another_while_formatting, 2.0)
    assert raised_by(dp.grad(raises_another_while_formatting, backend=backend), 2.0) == expected
