"""Random programs about containers that grow and have run-time keys, against differences."""

import differences
import pytest
import random_containers

import diffpy as dp

TANGENTS = (0.7, -1.1, 0.0)


def compared(seeds: range, backend: str) -> int:
    """How many programs are differentiated; the others are refused, and say where."""
    count = 0
    for seed in seeds:
        f = random_containers.program_of(seed)
        try:
            for args in random_containers.points():
                differences.check_both_modes(f, args, (0, 1), TANGENTS, backend)
        except dp.DiffpyError as error:
            assert error.place is not None, seed
        else:
            count += 1
    return count


def test_a_few_programs() -> None:
    assert compared(range(4), "python") == 4


@pytest.mark.slow
def test_many_programs() -> None:
    assert compared(range(200), "python") > 180


@pytest.mark.slow
def test_compiled_programs() -> None:
    assert compared(range(10), "numba") > 8
