"""Programs of science (tests/programs): values, gradients and tangents, in both backends."""

import copy
from collections.abc import Callable
from typing import Any

import differences
import numpy as np
import programs
import pytest
from programs import Program

import diffpy as dp

PROGRAMS = programs.load()


def every(missing: Callable[[Program], str]) -> Any:
    """Parametrises a test by program and backend; numba compiles a choice in the fast suite."""
    rows = []
    for p in PROGRAMS:
        fails = pytest.mark.xfail(raises=dp.DiffpyError, strict=True, reason=missing(p))
        for backend in ("python", "numba"):
            marks: list[Any] = [fails] if missing(p) else []
            if backend == "numba" and not p.compiled:
                marks.append(pytest.mark.slow)
            rows.append(pytest.param(p, backend, id=f"{p.name}-{backend}", marks=marks))
    return pytest.mark.parametrize("program, backend", rows)


def active(args: tuple) -> tuple[int, ...]:
    return tuple(k for k, arg in enumerate(args) if differences.components(arg).size)


@every(lambda p: p.missing or p.no_gradient)
def test_gradient(program: Program, backend: str) -> None:
    args = copy.deepcopy(program.args)
    out, pullback = dp.vjp(program.function, *args, backend=backend)
    out_bar = differences.random_like(out, seed=2)
    gradients = tuple(pullback(out_bar)[k] for k in active(args))
    differences.assert_untouched(program.args, args)
    differences.check_value(program.function, args, out)
    differences.check_gradient(program.function, args, active(args), gradients, out_bar)


@every(lambda p: p.missing)
def test_tangent(program: Program, backend: str) -> None:
    args = copy.deepcopy(program.args)
    tangents = tuple(differences.random_like(arg, seed=k) for k, arg in enumerate(args))
    out, out_dot = dp.jvp(program.function, args, tangents, backend=backend)
    differences.assert_untouched(program.args, args)
    differences.check_value(program.function, args, out)
    differences.check_tangent(program.function, args, tangents, out_dot)


@pytest.mark.parametrize("program", [p for p in PROGRAMS if p.like], ids=lambda p: p.name)
def test_library_agrees(program: Program) -> None:
    found = differences.numbers(program.function(*copy.deepcopy(program.args)))
    expected = differences.numbers(program.like(*copy.deepcopy(program.args)))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
