"""Every program of the zoo: reverse, forward and second order, in every backend.

The primal in plain Python is the oracle (differences.py). One place, `is_slow`, decides what the
fast suite leaves out.
"""

import linecache
import math
import zlib
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import differences
import numpy as np
import pytest
import zoo
from differences import Argnums, Tree
from zoo import Program

import diffpy as dp
from diffpy.versions import VersionTable

PROGRAMS = list(zoo.load().values())
BACKENDS = ("python", "numba")


def is_slow(program: Program, backend: str, order: int, share: int) -> bool:
    """Compiled derivatives cost up to seconds each, so the fast suite takes a choice of them.

    Of the first order it is one program in ``share``, by its name, of the second order none.
    """
    if backend == "python" or program.always:
        return False
    return order == 2 or zlib.crc32(program.name.encode()) % share != 0


def every(
    order: int,
    suits: Callable[[Program], bool] = lambda program: True,
    backends: tuple[str, ...] = BACKENDS,
    share: int = 1,
) -> Any:
    """Parametrises a test by program and backend."""
    rows = [
        pytest.param(
            program,
            backend,
            id=f"{program.name}-{backend}",
            marks=[pytest.mark.slow] if is_slow(program, backend, order, share) else [],
        )
        for program in PROGRAMS
        if suits(program)
        for backend in backends
    ]
    return pytest.mark.parametrize("program, backend", rows)


def has_number_result(program: Program) -> bool:
    """Whether `grad` applies; the other programs go through `vjp`."""
    out = program.function(*program.fresh_cases()[0])
    return not isinstance(out, tuple) and np.ndim(out) == 0


def is_all_active(program: Program) -> bool:
    """Whether `vjp`, which differentiates all arguments, asks for the same as `argnums`."""
    return program.argnums in (0, tuple(range(len(program.cases[0]))))


def first_argnum(program: Program) -> int:
    """The first differentiated argument."""
    return program.argnums if isinstance(program.argnums, int) else program.argnums[0]


def differentiates_no_tuple(program: Program) -> bool:
    """Whether the inner product of the first gradient and a direction is one expression."""
    return has_number_result(program) and not isinstance(
        program.cases[0][first_argnum(program)], tuple
    )


def random_tangents(program: Program, args: tuple, argnums: Argnums | None = None) -> tuple:
    """Random tangents of the differentiated arguments, zero for the others."""
    argnums = program.argnums if argnums is None else argnums
    active = differences.pick(args, argnums)
    return differences.tangents_of(args, argnums, differences.random_like(active, seed=1))


def reverse(program: Program, args: tuple, backend: str) -> tuple[Tree, Tree, Tree]:
    """Value, gradient, and the output adjoint that the gradient belongs to."""
    f = program.function
    if has_number_result(program):
        df = dp.value_and_grad(f, argnums=program.argnums, backend=backend)
        return *df(*args), 1.0
    out, pullback = dp.vjp(f, *args, backend=backend)
    out_bar = differences.random_like(out, seed=2)
    gradients = pullback(out_bar)
    return out, gradients[0] if isinstance(program.argnums, int) else gradients, out_bar


@every(order=1, share=6)
def test_reverse(program: Program, backend: str) -> None:
    for args, before in zip(program.fresh_cases(), program.fresh_cases(), strict=True):
        value, gradient, out_bar = reverse(program, args, backend)
        differences.assert_untouched(before, args)
        differences.assert_no_shared_memory(gradient, args)
        differences.check_value(program.function, args, value)
        differences.check_gradient(program.function, args, program.argnums, gradient, out_bar)


@every(order=1, share=14)
def test_forward(program: Program, backend: str) -> None:
    for args, before in zip(program.fresh_cases(), program.fresh_cases(), strict=True):
        tangents = random_tangents(program, args)
        value, out_dot = dp.jvp(program.function, args, tangents, backend=backend)
        differences.assert_untouched(before, args)
        differences.check_value(program.function, args, value)
        differences.check_tangent(program.function, args, tangents, out_dot)


@every(order=1, backends=("python",))
def test_modes_agree(program: Program, backend: str) -> None:
    for args in program.fresh_cases():
        tangents = random_tangents(program, args)
        _, gradient, out_bar = reverse(program, args, backend)
        _, out_dot = dp.jvp(program.function, args, tangents, backend=backend)
        differences.check_duality(args, program.argnums, gradient, tangents, out_bar, out_dot)


@every(order=1, suits=has_number_result, backends=("python",))
def test_a_second_call_generates_nothing(program: Program, backend: str) -> None:
    df = dp.grad(program.function, argnums=program.argnums, backend=backend)
    df(*program.fresh_cases()[0])
    with patch.object(VersionTable, "_made", side_effect=AssertionError("generated again")):
        df(*program.fresh_cases()[0])


# --- second order ----------------------------------------------------------------------------

SLOPE_FORWARD = """
def make(f, v, {names_v}):
    def slope({names}):
        return dp.jvp(f, ({names},), ({names_v},))[1]
    return slope
"""
SLOPE_REVERSE = """
def make(f, v, {names_v}):
    def slope({names}):
        return np.sum(v * dp.grad(f, argnums={k})({names}))
    return slope
"""


def slope(template: str, program: Program, args: tuple, tangents: tuple) -> Callable:
    """The derivative of a program along fixed tangents, as a function that diffpy can read."""
    k, count = first_argnum(program), len(args)
    source = template.format(
        k=k,
        names=", ".join(f"x{i}" for i in range(count)),
        names_v=", ".join(f"v{i}" for i in range(count)),
    )
    filename = f"<slope of {program.name}, {count} arguments, {len(template)}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    names: dict = {"dp": dp, "np": np, "__name__": __name__}
    exec(compile(source, filename, "exec"), names)
    return names["make"](program.function, tangents[k], *tangents)


def check_curvature(program: Program, args: tuple, tangents: tuple, found: Tree) -> None:
    """Compares a Hessian-vector product with differences of the gradient."""
    df = dp.grad(program.function, argnums=program.argnums, backend="python")
    differences.check_tangent(df, args, tangents, found)


@every(order=2, suits=has_number_result)
def test_jvp_of_grad(program: Program, backend: str) -> None:
    df = dp.grad(program.function, argnums=program.argnums, backend=backend)
    for args in program.fresh_cases():
        tangents = random_tangents(program, args)
        _, found = dp.jvp(df, args, tangents, backend=backend)
        check_curvature(program, args, tangents, found)


@every(order=2, suits=has_number_result)
def test_grad_of_jvp(program: Program, backend: str) -> None:
    for args in program.fresh_cases():
        tangents = random_tangents(program, args)
        along = slope(SLOPE_FORWARD, program, args, tangents)
        found = dp.grad(along, argnums=program.argnums, backend=backend)(*args)
        check_curvature(program, args, tangents, found)


@every(order=2, suits=differentiates_no_tuple)
def test_grad_of_grad(program: Program, backend: str) -> None:
    for args in program.fresh_cases():
        tangents = random_tangents(program, args, first_argnum(program))
        along = slope(SLOPE_REVERSE, program, args, tangents)
        found = dp.grad(along, argnums=program.argnums, backend=backend)(*args)
        check_curvature(program, args, tangents, found)


@every(order=2, suits=has_number_result, backends=("python",))
def test_second_orders_agree(program: Program, backend: str) -> None:
    df = dp.grad(program.function, argnums=program.argnums, backend=backend)
    for args in program.fresh_cases():
        tangents = random_tangents(program, args)
        _, forward_over_reverse = dp.jvp(df, args, tangents, backend=backend)
        along = slope(SLOPE_FORWARD, program, args, tangents)
        reverse_over_forward = dp.grad(along, argnums=program.argnums, backend=backend)(*args)
        differences.check_same(args, program.argnums, forward_over_reverse, reverse_over_forward)


# --- the zoo and the oracle themselves -------------------------------------------------------


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_program_is_smooth(program: Program) -> None:
    assert has_number_result(program) or is_all_active(program)
    for args, before in zip(program.fresh_cases(), program.fresh_cases(), strict=True):
        tangents = random_tangents(program, args)
        assert np.all(np.isfinite(differences.directional(program.function, args, tangents)))
        differences.assert_untouched(before, args)


def saturating(x: float, y: float) -> float:
    return math.exp(-x * y) / (1 + y * y)


def test_differences_know_a_gradient() -> None:
    x, y = 0.7, -1.3
    f = saturating(x, y)
    exact = np.array([-y * f, -x * f - 2 * y * f / (1 + y * y)])
    found = differences.gradient(saturating, (x, y), (0, 1))
    np.testing.assert_allclose(found, exact, rtol=1e-10)


@pytest.mark.parametrize("error", [1e-5, -1e-5, math.nan, math.inf])
@pytest.mark.parametrize("k", [0, 1])
def test_differences_see_a_wrong_gradient(k: int, error: float) -> None:
    found = differences.gradient(saturating, (0.7, -1.3), (0, 1))
    differences.check_gradient(saturating, (0.7, -1.3), (0, 1), tuple(found))
    found[k] *= 1 + error
    with pytest.raises(AssertionError):
        differences.check_gradient(saturating, (0.7, -1.3), (0, 1), tuple(found))


def test_differences_see_one_wrong_component_of_many() -> None:
    a = np.linspace(-1, 1, 30)
    found = np.cos(a)
    differences.check_gradient(lambda a: np.sum(np.sin(a)), (a,), 0, found)
    found[17] += 1e-5
    with pytest.raises(AssertionError):
        differences.check_gradient(lambda a: np.sum(np.sin(a)), (a,), 0, found)


@pytest.mark.parametrize("x", [1.0, 1.0 + 1e-5, 1.0 - 1e-5])
def test_differences_refuse_a_kink(x: float) -> None:
    with pytest.raises(differences.UnreliableDifferences):
        differences.gradient(lambda x: x * x if x > 1 else x, (x,), 0)


def test_differences_agree_with_the_complex_step() -> None:
    def f(x: Any) -> Any:
        return np.exp(np.sin(3 * x)) * x**3 / (1 + x * x)

    exact = np.imag(f(0.8 + 1e-30j)) / 1e-30
    np.testing.assert_allclose(differences.gradient(f, (0.8,), 0), [exact], rtol=1e-10)


def test_differences_see_a_changed_input() -> None:
    with pytest.raises(AssertionError):
        differences.assert_untouched((np.ones(3), 2), (np.zeros(3), 2))


@pytest.mark.parametrize("backend", BACKENDS)
def test_captured_values_are_read_at_each_call(backend: str, monkeypatch: Any) -> None:
    from zoo import closures

    df = dp.grad(closures.global_number, backend=backend)
    before = df(0.6)
    monkeypatch.setattr(closures, "FACTOR", 2 * closures.FACTOR)
    assert df(0.6) == pytest.approx(2 * before - 0.4 * 1.7)


@pytest.mark.parametrize("backend", BACKENDS)
def test_captured_cell_is_read_at_each_call(backend: str) -> None:
    k = 2.0

    def f(x: float) -> float:
        return k * x * x

    df = dp.grad(f, backend=backend)
    first = df(3.0)
    k = 5.0
    assert (first, df(3.0)) == (12.0, 30.0)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "function, slope",
    [(np.sin, np.cos), (math.sin, math.cos), (np.exp, np.exp), (math.log, lambda x: 1 / x)],
)
def test_library_functions_themselves(function: Any, slope: Any, backend: str) -> None:
    assert dp.grad(function, backend=backend)(0.6) == pytest.approx(slope(0.6), rel=1e-14)
