"""Random programs whose control leaves in every way, against differences."""

import numpy as np
import pytest
import random_control
import random_programs
from hypothesis import HealthCheck, given, note, settings
from test_random_programs import POINTS, Sweep, check_compiled, check_in_both, check_in_python


def test_thirty_programs() -> None:
    Sweep(check_in_python, random_control.texts).run(30, seed=0)


def test_two_compiled_programs() -> None:
    Sweep(check_compiled, random_control.texts).run(2, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_ten_thousand_programs(seed: int) -> None:
    Sweep(check_in_both, random_control.texts).run(250, seed=1000 + seed)


@settings(max_examples=50, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(random_control.texts())
def test_programs_run_and_stay_small(text: str) -> None:
    note(text)
    with random_programs.imported(text) as f:
        values = [f(x, y, v.copy(), n) for x, y, v, n in POINTS]
    assert np.all(np.abs(values) < 1e6)
