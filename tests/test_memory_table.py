"""The table of memory counts what it says that it counts."""

import numpy as np
import pytest

from benchmarks.memory import as_markdown, bytes_on_tapes, measured, peak_of
from benchmarks.memory_programs import PROGRAMS
from diffpy import grad

BY_NAME = {program.name: program for program in PROGRAMS}


def test_the_peak_of_a_call_is_what_it_holds_at_one_time():
    def holds_two(x):
        y = x * 2.0
        return np.sum(y * y)

    peak = peak_of(holds_two, (np.ones(100_000),))
    assert 1_600_000 <= peak < 1_700_000


@pytest.mark.parametrize(
    ("name", "tapes"),
    [("linear_stencil", 0), ("chain", 0), ("scalar_loop", 16 * 20_000), ("layers", 1_600_000)],
)
def test_what_is_on_tapes_is_counted(name, tapes):
    program = BY_NAME[name]
    derivative = grad(program.function, argnums=program.argnums, backend="python")
    assert bytes_on_tapes(derivative, program.args) == tapes


def test_what_is_cheap_to_compute_again_is_not_saved():
    """`pairs` needs one array in each of its iterations, the distances, and not the differences."""
    program = BY_NAME["pairs"]
    count = len(program.args[0])
    derivative = grad(program.function, backend="python")
    assert bytes_on_tapes(derivative, program.args) <= 8 * count * count


def test_a_row_of_the_page():
    text = as_markdown([measured(BY_NAME["linear_stencil"])])
    assert text.splitlines()[2].startswith("| linear_stencil | ") and text.endswith(" | 0 |\n")


def test_a_recursion_that_reads_of_an_array_its_length_only_copies_none():
    from zoo.recursion import heap_of_sums

    assert bytes_on_tapes(grad(heap_of_sums, backend="python"), (np.ones(1000),)) < 100
