"""Random programs about containers that grow and have run-time keys, against differences."""

import differences
import numpy as np
import pytest
import random_containers

import diffpy as dp

ARGNUMS = (0, 1)
TANGENTS = (0.7, -1.1, 0.0)


def compared(seeds: range, backend: str) -> int:
    """How many programs are differentiated; the others are refused, and say where."""
    count = 0
    for seed in seeds:
        f = random_containers.program_of(seed)
        try:
            for args in random_containers.points():
                check(f, args, backend)
        except dp.DiffpyError as error:
            assert error.place is not None, seed
        else:
            count += 1
    return count


def check(f, args, backend):
    value, gradient = dp.value_and_grad(f, argnums=ARGNUMS, backend=backend)(*args)
    _, out_dot = dp.jvp(f, args, TANGENTS, backend=backend)
    differences.check_value(f, args, value)
    np.testing.assert_allclose(0.7 * gradient[0] - 1.1 * gradient[1], out_dot, rtol=1e-9)
    try:
        differences.check_gradient(f, args, ARGNUMS, gradient)
    except differences.UnreliableDifferences:  # a branch on the way
        return


def test_a_few_programs() -> None:
    assert compared(range(4), "python") == 4


@pytest.mark.slow
def test_many_programs() -> None:
    assert compared(range(200), "python") > 180


@pytest.mark.slow
def test_compiled_programs() -> None:
    assert compared(range(10), "numba") > 8
