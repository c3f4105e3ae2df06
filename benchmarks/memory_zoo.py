"""Peak memory of the gradient of each program that the tests have by feature.

These programs are small, a few numbers or arrays of a few elements, so that what is fixed for each
call shows: the value and gradient themselves, and some 1 kB of the call. A program whose gradient
has a large multiple of its memory is found by looking for what is on its tapes.
"""

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.memory_programs import Measured
from diffpy import vjp

_TESTS = Path(__file__).resolve().parents[1] / "tests"


def programs() -> Iterator[tuple[str, list[Measured]]]:
    """The features, and the programs of each."""
    sys.path.insert(0, str(_TESTS))
    import zoo

    found = sorted(zoo.load().values(), key=lambda program: program.name)
    for feature, group in groupby(found, key=lambda program: program.name.partition(".")[0]):
        yield feature, list(map(_measured, group))


def _measured(program: Any) -> Measured:
    """A program with its first arguments; what gives no number is pulled back with weights."""
    import differences

    name = program.name.partition(".")[2]
    argnums = program.argnums if isinstance(program.argnums, tuple) else (program.argnums,)
    out = program.function(*program.fresh_cases()[0])
    args = program.fresh_cases()[0]
    if not isinstance(out, tuple) and np.ndim(out) == 0:
        return Measured(name, program.function, args, argnums)
    weights = differences.random_like(out)

    def pulled_back(*args: Any) -> Any:
        return vjp(program.function, *args, backend="python")[1](weights)

    return Measured(name, program.function, args, argnums, pulled_back)
