"""Peak memory of gradients, as a multiple of that of the function.

Measured in the python backend, where tracemalloc sees each array: the most bytes at one time beyond
the arguments. A gradient's include the gradient itself and the copies of arguments that the
function writes into. What is on tapes is counted when it is most.
"""

import contextlib
import copy
import re
import signal
import sys
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks.memory_programs import PROGRAMS, Measured
from benchmarks.table import aligned, significant
from diffpy import DiffpyError, grad
from diffpy.runtime.tape import ListTape

#: NPBench's sizes are cut to this, so that its loops are short in Python
LARGEST = 24
#: seconds for one program; one that takes longer is shown as such
PATIENCE = 10
_TAPE = re.compile(r"_tape(_\d+)?$")

_TEXT = """\
# Memory

Reverse mode keeps what it reads of the forward sweep. This table says what that comes to: the peak
memory of a function and of its gradient beyond their arguments, in kilobytes, the ratio of the two,
and what of it is on tapes. The gradient's peak includes the gradient itself, and copies of the
arguments that the function writes into.

`python -m benchmarks memory --write docs/memory.md` measures it; with `--npbench CHECKOUT` also the
kernels of [NPBench](https://github.com/spcl/npbench), whose results are summed with random weights,
at small sizes. It is measured in the python backend, where every array is seen, and where numbers
that are saved one by one are Python objects; compiled code has eight bytes for each.

Linear code that works in place (`linear_stencil`, `seidel_2d`, `jacobi_2d`, `gemver`) has nothing
on tapes. The kernels are differentiated by their factors too, for which `syrk` and `symm` save
what they multiply. `lu`, `cholesky` and `trmm` read slices of what they write into: each such
read is copied, which is more than saving each element that is overwritten would be.

The programs that the tests have for each feature of the language are on [a page of their
own](memory-zoo.md).

"""
_ZOO_TEXT = """\
# Memory by feature

The peak memory of each program of `tests/zoo` and of its gradient, as on [Memory](memory.md), in
kilobytes. These programs are small, a few numbers or arrays of a few elements. What is fixed for
each call shows in them, as the results and some kilobytes of the call itself, and the ratio is
given only where the function has a kilobyte or more.

`python -m benchmarks memory --zoo --write docs/memory-zoo.md` measures it.

"""


@dataclass(frozen=True)
class Row:
    """Bytes at the peak; why there are none, if the gradient is refused."""

    name: str
    primal: int = 0
    gradient: int = 0
    tapes: int = 0
    refused: str = ""

    @property
    def ratio(self) -> float | None:
        """The gradient's peak by the function's, if that is no mere handful of numbers."""
        return self.gradient / self.primal if self.primal >= 1000 else None

    @property
    def cells(self) -> list[str]:
        if self.refused:
            return [self.name, self.refused, "", "", ""]
        ratio = "-" if self.ratio is None else significant(self.ratio)
        sizes = [kilobytes(n) for n in (self.primal, self.gradient, self.tapes)]
        return [self.name, sizes[0], sizes[1], ratio, sizes[2]]


def kilobytes(size: int) -> str:
    return f"{size / 1000:.1f}" if 0 < size < 10_000 else f"{size / 1000:,.0f}"


HEADER = ["program", "function, kB", "gradient, kB", "ratio", "on tapes, kB"]


def peak_of(call: Callable[..., Any], args: tuple[Any, ...]) -> int:
    """The most bytes at one time that a call has beyond its arguments."""
    own = copy.deepcopy(args)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    call(*own)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak - before


def bytes_on_tapes(call: Callable[..., Any], args: tuple[Any, ...]) -> int:
    """The most bytes that one call of a derivative has on its tapes, growing and indexed."""
    tapes: list[_CountingTape] = []
    indexed = [0]

    def made() -> _CountingTape:
        tapes.append(_CountingTape())
        return tapes[-1]

    def at_return(frame: FrameType, event: str, argument: Any) -> None:
        if event == "return":
            arrays = [v for k, v in frame.f_locals.items() if _TAPE.search(k)]
            size = sum(a.nbytes for a in arrays if isinstance(a, np.ndarray))
            indexed[0] = max(indexed[0], size)

    with patch("diffpy.runtime.calling.ListTape", made):
        own = copy.deepcopy(args)
        sys.setprofile(at_return)
        try:
            call(*own)
        finally:
            sys.setprofile(None)
    return indexed[0] + sum(tape.most for tape in tapes)


class _CountingTape(ListTape):
    """A tape that knows how much was on it."""

    def __init__(self) -> None:
        super().__init__()
        self._now, self.most = 0, 0

    def push(self, slot: str, value: Any) -> None:
        self._now += np.asarray(value).nbytes
        self.most = max(self.most, self._now)
        super().push(slot, value)

    def pop(self, slot: str) -> Any:
        value = super().pop(slot)
        self._now -= np.asarray(value).nbytes
        return value


def measured(program: Measured) -> Row:
    """One row of the table."""
    derivative = program.derivative or grad(
        program.function, argnums=program.argnums, backend="python"
    )
    try:
        with patience(PATIENCE):
            derivative(*copy.deepcopy(program.args))  # generates it
            program.function(*copy.deepcopy(program.args))
            return Row(
                program.name,
                peak_of(program.function, program.args),
                peak_of(derivative, program.args),
                bytes_on_tapes(derivative, program.args),
            )
    except DiffpyError as error:
        return Row(program.name, refused=type(error).__name__)
    except TimeoutError:
        return Row(program.name, refused="takes too long")


@contextlib.contextmanager
def patience(seconds: int) -> Iterator[None]:
    """A TimeoutError after so many seconds."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        tracemalloc.stop()


def npbench(checkout: Path) -> Iterator[Measured]:
    """The kernels of a checkout that take floats, their results summed with random weights."""
    from tools.npbench.check import is_inexact, real_arguments, wrapped
    from tools.npbench.kernels import kernels

    for kernel in kernels(checkout, LARGEST):
        names = kernel.info["input_args"]
        args = kernel.arguments()
        random = np.random.default_rng(0)
        function, weights = wrapped(kernel.function(), args, names, random)
        args = tuple(real_arguments(dict(zip(names, args, strict=True))).values())
        argnums = tuple(k for k, arg in enumerate(args) if is_inexact(arg))
        if argnums and weights:
            yield Measured(kernel.name, function, (*args, weights), argnums)


def rows_of(programs: Iterator[Measured]) -> Iterator[Row]:
    for program in programs:
        with np.errstate(all="ignore"):
            row = measured(program)
        print(f"{row.name}: {', '.join(row.cells[1:])}", flush=True)
        yield row


def as_markdown(rows: list[Row]) -> str:
    lines = [HEADER, ["---", *["---:"] * (len(HEADER) - 1)], *(row.cells for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def summary(rows: list[Row]) -> str:
    """What the rows come to, in a sentence."""
    ratios = [row.ratio for row in rows if row.ratio is not None and not row.refused]
    median, most, all_ = (significant(q) for q in np.quantile(ratios, (0.5, 0.9, 1.0)))
    return (
        f"**Of {len(rows)} programs, {sum(row.tapes == 0 for row in rows)} have nothing on tapes. "
        f"Of the {len(ratios)} that have a ratio, half are at most {median}, nine in ten at most "
        f"{most}, all at most {all_}.**\n\n"
    )


def run(checkout: Path | None, zoo: bool, page: Path | None, names: list[str]) -> None:
    """Measure, print, and write the page where one is asked for."""
    parts: dict[str, Iterable[Measured]] = {"Programs": PROGRAMS}
    if checkout is not None:
        parts["NPBench"] = npbench(checkout)
    if zoo:
        from benchmarks import memory_zoo

        parts = dict(memory_zoo.programs())
    found = {
        title: list(rows_of(p for p in programs if not names or p.name in names))
        for title, programs in parts.items()
    }
    text = _ZOO_TEXT + summary([r for rows in found.values() for r in rows]) if zoo else _TEXT
    for title, rows in found.items():
        print("\n" + "\n".join(aligned([HEADER, *(row.cells for row in rows)])))
        text += f"## {title}\n\n{as_markdown(rows)}\n"
    if page is not None:
        page.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
