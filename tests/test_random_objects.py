"""Random programs about several names for one thing, against differences."""

import differences
import pytest
import random_objects

import diffpy as dp

TANGENTS = (0.7, -1.1, 0.0)


def compared(seeds: range, backend: str) -> int:
    """How many programs are differentiated; the others are refused, and say where."""
    count = 0
    for seed in seeds:
        f = random_objects.program_of(seed)
        try:
            for args in random_objects.points():
                differences.check_both_modes(f, args, (0, 1), TANGENTS, backend)
        except dp.DiffpyError as error:
            assert error.place is not None, seed
        else:
            count += 1
    return count


def test_twenty_programs() -> None:
    assert compared(range(20), "python") > 15


@pytest.mark.slow
def test_many_programs() -> None:
    assert compared(range(1000), "python") > 800


@pytest.mark.slow
def test_compiled_programs() -> None:
    assert compared(range(40), "numba") > 30
