"""Random programs about what lists, dicts and instances hold, against differences.

`random_items` writes into arrays that others hold, `random_objects` gives several names to one
thing, and the containers of `random_containers` grow and have keys that are made at run time.
"""

from types import ModuleType

import differences
import pytest
import random_containers
import random_items
import random_objects

import diffpy as dp

TANGENTS = (0.7, -1.1, 0.0)


def differentiated(programs: ModuleType, seeds: range, backend: str) -> int:
    """How many programs are differentiated; the others are refused, and say where."""
    count = 0
    for seed in seeds:
        f = programs.program_of(seed)
        try:
            for args in programs.points():
                differences.check_both_modes(f, args, (0, 1), TANGENTS, backend)
        except dp.DiffpyError as error:
            assert error.place is not None, seed
        else:
            count += 1
    return count


@pytest.mark.parametrize(
    ("programs", "count", "least"),
    [(random_items, 10, 6), (random_objects, 20, 16), (random_containers, 4, 4)],
)
def test_some_programs(programs: ModuleType, count: int, least: int) -> None:
    assert differentiated(programs, range(count), "python") >= least


@pytest.mark.slow
@pytest.mark.parametrize(
    ("programs", "count", "least"),
    [(random_items, 1000, 600), (random_objects, 1000, 800), (random_containers, 200, 180)],
)
def test_many_programs(programs: ModuleType, count: int, least: int) -> None:
    assert differentiated(programs, range(count), "python") > least


@pytest.mark.slow
@pytest.mark.parametrize(
    ("programs", "count", "least"),
    [(random_items, 40, 24), (random_objects, 40, 30), (random_containers, 10, 8)],
)
def test_compiled_programs(programs: ModuleType, count: int, least: int) -> None:
    assert differentiated(programs, range(count), "numba") > least
