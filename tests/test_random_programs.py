"""Random programs, differentiated in all modes, against differences and against each other."""

import zlib
from collections.abc import Callable

import differences
import hypothesis
import numpy as np
import pytest
import random_programs
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

import diffpy as dp

ARGNUMS = (0, 1, 2)
POINTS = (
    (0.41, -0.83, np.array([0.52, -0.27, 1.13, 0.66]), 0),
    (-0.92, 0.37, np.array([-0.71, 0.49, 0.18, -1.21]), 1),
    (1.07, 0.23, np.array([0.33, 0.94, -0.56, 0.12]), 3),
)
TANGENTS = (0.7, -1.1, np.array([0.6, -0.9, 1.2, 0.8]), 0.0)


def check_first_order(f: Callable, args: tuple, backend: str) -> None:
    before = (*args[:2], args[2].copy(), args[3])
    value, gradient = dp.value_and_grad(f, argnums=ARGNUMS, backend=backend)(*args)
    _, out_dot = dp.jvp(f, args, TANGENTS, backend=backend)
    differences.assert_untouched(before, args)
    differences.check_value(f, args, value)
    differences.check_gradient(f, args, ARGNUMS, gradient)
    differences.check_duality(args, ARGNUMS, gradient, TANGENTS, 1.0, out_dot)


def check_second_order(f: Callable, args: tuple, backend: str) -> None:
    df = dp.grad(f, argnums=ARGNUMS, backend=backend)

    def slope(x, y, v, n):
        return dp.jvp(f, (x, y, v, n), (0.7, -1.1, TANGENTS[2], 0.0))[1]

    _, forward_over_reverse = dp.jvp(df, args, TANGENTS, backend=backend)
    reverse_over_forward = dp.grad(slope, argnums=ARGNUMS, backend=backend)(*args)
    differences.check_same(args, ARGNUMS, forward_over_reverse, reverse_over_forward)
    differences.check_tangent(
        dp.grad(f, argnums=ARGNUMS, backend="python"), args, TANGENTS, forward_over_reverse
    )


class Sweep:
    """Runs a check over random programs and counts those whose differences say nothing."""

    def __init__(
        self, check: Callable[[str, Callable, tuple], None], texts: Callable = random_programs.texts
    ) -> None:
        self.check, self.texts = check, texts
        self.compared = self.skipped = self.refused = 0

    def run(self, examples: int, seed: int) -> None:
        test = given(self.texts(), st.sampled_from(range(len(POINTS))))(self.one)
        options = settings(
            max_examples=examples,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink),
        )
        options(hypothesis.seed(seed)(test))()
        print(
            f"{self.compared} programs compared, {self.skipped} skipped near a kink, "
            f"{self.refused} refused"
        )
        assert self.refused < 0.05 * self.compared
        assert self.skipped < 0.3 * self.compared

    def one(self, text: str, k: int) -> None:
        x, y, v, n = POINTS[k]
        args = (x, y, v.copy(), n)
        note(f"{text}\n# program{args!r}")
        with random_programs.imported(text) as f:
            try:
                differences.directional(f, args, TANGENTS)
                differences.gradient(f, args, ARGNUMS)
            except differences.UnreliableDifferences:
                self.skipped += 1
                hypothesis.reject()
            try:
                self.check(text, f, args)
            except dp.UnsupportedSyntaxError as error:
                # two names for one array, a generator whose `finally` may wait or raise
                known = (
                    *("shares memory with", "a part of one, or a copy", "may be or show a part of"),
                    *("and is kept", "a `finally` of a generator ends in a way of its own"),
                )
                assert any(part in str(error) for part in known)
                self.refused += 1
                hypothesis.reject()
            self.compared += 1


def chosen(text: str, one_in: int) -> bool:
    """Whether a program belongs to a sample, always the same for the same program."""
    return zlib.crc32(text.encode()) % one_in == 0


def check_in_python(text: str, f: Callable, args: tuple) -> None:
    check_first_order(f, args, "python")
    if chosen(text, 10):
        check_curvature_if_smooth(f, args, "python")


def check_in_both(text: str, f: Callable, args: tuple) -> None:
    check_in_python(text, f, args)
    if chosen(text, 25):
        check_first_order(f, args, "numba")
    if chosen(text, 250):
        check_curvature_if_smooth(f, args, "numba")


def check_compiled(text: str, f: Callable, args: tuple) -> None:
    check_first_order(f, args, "numba")


def check_curvature_if_smooth(f: Callable, args: tuple, backend: str) -> None:
    """The second order, unless the gradient's differences are too rough to judge it."""
    try:
        check_second_order(f, args, backend)
    except differences.UnreliableDifferences:
        return


def test_forty_programs() -> None:
    Sweep(check_in_python).run(40, seed=0)


def test_five_compiled_programs() -> None:
    Sweep(check_compiled).run(5, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_five_thousand_programs(seed: int) -> None:
    Sweep(check_in_both).run(250, seed=1000 + seed)


@settings(max_examples=100, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(random_programs.texts())
def test_programs_run_and_stay_small(text: str) -> None:
    note(text)
    with random_programs.imported(text) as f:
        values = [f(x, y, v.copy(), n) for x, y, v, n in POINTS]
    assert np.all(np.abs(values) < 1e6)
