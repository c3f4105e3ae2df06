"""Functions that leave their results in arguments: ``outputs=`` and ``preserve=``."""

import copy
import zlib
from collections.abc import Callable
from inspect import signature
from typing import Any

import differences
import numpy as np
import pytest
from in_place_programs import PROGRAMS, InPlace

import diffpy as dp

BACKENDS = ("python", "numba")


def with_contents(program: InPlace) -> Callable:
    """The program as a function that returns what `vjp` and `jvp` are to return."""
    bare = not isinstance(program.outputs, tuple)
    parameters = () if program.function is np.copyto else signature(program.function).parameters
    outputs = [
        output if isinstance(output, int) else list(parameters).index(output)
        for output in ([program.outputs] if bare else program.outputs)
    ]

    def primal(*args: Any) -> Any:
        result = program.function(*args)
        held = tuple(args[k] for k in outputs)
        contents = held[0] if bare else held
        return contents if result is None else (result, contents)

    return primal


def every(share: int) -> Any:
    """Every program in Python, and one in ``share`` compiled; the others are slow."""

    def marks(program: InPlace, backend: str) -> list:
        is_slow = backend == "numba" and zlib.crc32(program.name.encode()) % share
        return [pytest.mark.slow] if is_slow else []

    return pytest.mark.parametrize(
        "program, backend",
        [
            pytest.param(
                program, backend, id=f"{program.name}-{backend}", marks=marks(program, backend)
            )
            for program in PROGRAMS
            for backend in BACKENDS
        ],
    )


def assert_apart(result: differences.Tree, given: differences.Tree) -> None:
    """What comes out shares no memory with what went in (but ``return u`` is ``u``)."""
    for out in differences.arrays_in(result):
        assert not any(np.shares_memory(out, array) for array in differences.arrays_in(given))


@every(share=4)
def test_reverse(program: InPlace, backend: str) -> None:
    args, primal = copy.deepcopy(program.args), with_contents(program)
    out, pullback = dp.vjp(program.function, *args, outputs=program.outputs, backend=backend)
    differences.assert_untouched(program.args, args)
    assert_apart(out, args)
    differences.check_value(primal, args, out)
    out_bar = differences.random_like(out)
    active = tuple(k for k, arg in enumerate(args) if differences.components(arg).size)
    for gradients in (pullback(out_bar), pullback(out_bar)):
        found = differences.pick(gradients, active)
        differences.check_gradient(primal, args, active, found, out_bar)


@every(share=4)
def test_forward(program: InPlace, backend: str) -> None:
    args, primal = copy.deepcopy(program.args), with_contents(program)
    tangents = differences.random_like(args)
    out, out_dot = dp.jvp(
        program.function, args, tangents, outputs=program.outputs, backend=backend
    )
    differences.assert_untouched(program.args, args)
    assert_apart((out, out_dot), (args, tangents))
    differences.check_value(primal, args, out)
    differences.check_tangent(primal, args, tangents, out_dot)


@every(share=20)
def test_second_order(program: InPlace, backend: str) -> None:
    if program.order < 2:
        pytest.skip("defaults and *args are not looked at twice")
    dp.check_grads(program.function, program.args, outputs=program.outputs, backend=backend)


# --- containers ----------------------------------------------------------------------------------


class Oscillator:
    def __init__(self, x, v):
        self.x, self.v = x, v

    def swing(self, dt, n):
        for _ in range(n):
            self.v = self.v - self.x**3 * dt
            self.x = self.x + self.v * dt


def swings(x, v, dt, n):
    oscillator = Oscillator(x, v)
    oscillator.swing(dt, n)
    return oscillator.x, oscillator.v


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_method_that_changes_self(backend: str) -> None:
    oscillator, x, v = Oscillator(1.5, 0.5), 1.5, 0.5
    out, pullback = dp.vjp(Oscillator.swing, oscillator, 0.1, 3, outputs="self", backend=backend)
    expected, plain = dp.vjp(swings, x, v, 0.1, 3, backend=backend)
    assert (oscillator.x, oscillator.v) == (x, v)
    assert (out.x, out.v) == expected
    gradient = pullback(Oscillator(2.0, 3.0))
    assert (gradient[0].x, gradient[0].v, *gradient[1:]) == plain((2.0, 3.0))
    tangents = (Oscillator(2.0, 3.0), 1.0, 0.0)
    primals = (oscillator, 0.1, 3)
    _, dot = dp.jvp(Oscillator.swing, primals, tangents, outputs=0, backend=backend)
    expected_dot = dp.jvp(swings, (x, v, 0.1, 3), (2.0, 3.0, 1.0, 0.0), backend=backend)[1]
    assert (dot.x, dot.v) == expected_dot


def extends(xs, y):
    for _ in range(2):
        xs.append(y * xs[0])
    xs[0] = y


def keeps_its_list(xs, y):
    ys = xs
    ys[1] = y * xs[0]
    xs = [*ys, 3.0]
    xs[0] = 7.0


def fills_dict(table, y):
    table["a"] = table["b"][1] * y
    table["b"][0] = y
    table["c"] = table.pop("a") * y


@pytest.mark.parametrize("backend", BACKENDS)
def test_lists_and_dicts(backend: str) -> None:
    xs = [2.0, 3.0]
    out, pullback = dp.vjp(extends, xs, 5.0, outputs="xs", backend=backend)
    assert out == [5.0, 3.0, 10.0, 10.0] and xs == [2.0, 3.0]
    assert pullback([1.0, 1.0, 1.0, 10.0]) == ([55.0, 1.0], 23.0)
    out, pullback = dp.vjp(keeps_its_list, xs, 5.0, outputs="xs", backend=backend)
    assert out == [2.0, 10.0]
    assert pullback([1.0, 1.0]) == ([6.0, 0.0], 2.0)

    table = {"a": 1.0, "b": np.array([2.0, 3.0])}
    out, pullback = dp.vjp(fills_dict, table, 5.0, outputs="table", backend=backend)
    assert list(out) == ["b", "c"] and out["c"] == 75.0 and list(out["b"]) == [5.0, 3.0]
    gradient, y_bar = pullback({"b": np.array([1.0, 1.0]), "c": 1.0})
    assert gradient["a"] == 0.0 and list(gradient["b"]) == [0.0, 26.0] and y_bar == 31.0
    assert table["a"] == 1.0 and list(table["b"]) == [2.0, 3.0]


# --- options -------------------------------------------------------------------------------------


def measures(u, k):
    u *= k
    return np.sum(u), u[0]


def test_has_aux_comes_last() -> None:
    u = np.array([1.0, 2.0])
    (total, held), pullback, first = dp.vjp(measures, u, 3.0, has_aux=True, outputs=(0,))
    assert total == 9.0 and first == 3.0 and list(held[0]) == [3.0, 6.0]
    u_bar, k_bar = pullback((1.0, (np.array([0.0, 1.0]),)))
    assert list(u_bar) == [3.0, 6.0] and k_bar == 5.0


def smooth(u, n):
    for _ in range(n):
        u[1:-1] *= u[:-2] + u[2:]


def roughness(u, d):
    out, dot = dp.jvp(smooth, (u, 2), (d, 0.0), outputs="u")
    return np.sum(out * dot**2)


def roughness_of_copies(u, d):
    def smoothed(x):
        y = x.copy()
        smooth(y, 2)
        return y

    out, dot = dp.jvp(smoothed, (u,), (d,))
    return np.sum(out * dot**2)


@pytest.mark.parametrize("backend", BACKENDS)
def test_inside_of_a_differentiated_function(backend: str) -> None:
    args = (np.arange(1.0, 6.0), np.array([1.0, 3.0, 2.0, 4.0, 1.0]))
    found = dp.grad(roughness, argnums=(0, 1), backend=backend)(*args)
    expected = dp.grad(roughness_of_copies, argnums=(0, 1), backend=backend)(*args)
    assert np.allclose(found, expected, rtol=1e-12)
    assert list(args[0]) == [1, 2, 3, 4, 5]


def test_linearize() -> None:
    u = np.arange(1.0, 6.0)
    out, tangent = dp.linearize(smooth, u, 2, outputs="u")
    expected, dot = dp.jvp(smooth, (u, 2), (np.ones(5), 0.0), outputs="u")
    assert np.array_equal(out, expected) and np.array_equal(tangent(np.ones(5), 0.0), dot)


@pytest.mark.parametrize(
    "outputs, error, message",
    [
        ("n", dp.NonDifferentiableInputError, "the output 'n' of smooth is an int here"),
        ("w", dp.NonDifferentiableInputError, "smooth has no parameter 'w'"),
        (5, dp.NonDifferentiableInputError, "there is no argument 5"),
        ((), ValueError, "outputs names no argument"),
        (1.5, TypeError, "outputs must be numbers or names"),
        ([[0]], TypeError, "outputs must be numbers or names"),
    ],
)
def test_outputs_that_are_none(outputs: Any, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        dp.vjp(smooth, np.ones(3), 2, outputs=outputs)
    with pytest.raises(error, match=message):
        dp.jvp(smooth, (np.ones(3), 2), (np.ones(3), 0.0), outputs=outputs)


def test_a_derivative_has_no_outputs() -> None:
    gradient = dp.grad(lambda u: np.sum(u * u))
    with pytest.raises(dp.NonDifferentiableInputError, match="leaves its arguments"):
        dp.vjp(gradient, np.ones(3), outputs=0)

    def inside(u):
        return np.sum(dp.jvp(gradient, (u,), (u,), outputs=0)[1])

    with pytest.raises(dp.UnsupportedSyntaxError, match="leaves its arguments"):
        dp.grad(inside)(np.ones(3))


def test_a_check_of_nothing() -> None:
    with pytest.raises(ValueError, match="outputs= names the arguments"):
        dp.check_grads(smooth, (np.ones(3), 2))


def divides(u, n):
    u[0] = 1.0 / n


@pytest.mark.parametrize("backend", BACKENDS)
def test_exceptions_are_raised_where_the_function_raises(backend: str) -> None:
    u = np.ones(2)
    with pytest.raises(ZeroDivisionError) as caught:
        dp.vjp(divides, u, 0, outputs="u", backend=backend)
    assert "u[0] = 1.0 / n" in str(caught.traceback[-1].statement) and list(u) == [1.0, 1.0]
