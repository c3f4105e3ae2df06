"""Who takes part: each contender's gradient of a workload, checked before it is timed."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from benchmarks.timing import Thunk
from benchmarks.trees import relative_error
from benchmarks.workload import Workload

TOLERANCE = 1e-8


@dataclass(frozen=True)
class Entry:
    """A contender that is ready to be timed, or the reason why it is not.

    The time of a call counts `scale` times: a smaller problem stands for the whole.
    """

    thunk: Thunk | None
    status: str = ""
    error: float = 0.0
    first_call: float = 0.0
    scale: float = 1.0


def diffpy_gradient(
    primal: Callable[..., Any], argnums: tuple[int, ...], args: tuple[Any, ...]
) -> Thunk:
    """diffpy's gradient on the numba backend, which raises rather than fall back to Python."""
    import diffpy

    gradient = diffpy.grad(primal, argnums=argnums, backend="numba")
    return lambda: gradient(*args)


def diffpy_entry(workload: Workload) -> Entry:
    args = workload.args()

    def prepare() -> Thunk:
        return diffpy_gradient(workload.primal, workload.argnums, args)

    return checked(prepare, workload, args)


def hand_entry(workload: Workload) -> Entry:
    args = workload.args()
    return checked(lambda: lambda: workload.hand_gradient(*args), workload, args)


def jax_entry(workload: Workload) -> Entry:
    if isinstance(workload.jax_gradient, str):
        return Entry(None, workload.jax_gradient)
    prepare, args = workload.jax_gradient, workload.args()
    return checked(lambda: prepare(*args), workload, args)


def torch_entry(workload: Workload) -> Entry:
    if isinstance(workload.torch_gradient, str):
        return Entry(None, workload.torch_gradient)
    prepare, args = workload.torch_gradient, (workload.torch_args or workload.args)()
    return checked(lambda: prepare(*args), workload, args, workload.torch_scale)


CONTENDERS: dict[str, Callable[[Workload], Entry]] = {
    "diffpy": diffpy_entry,
    "hand": hand_entry,
    "JAX": jax_entry,
    "PyTorch": torch_entry,
}
PEERS = ("JAX", "PyTorch")


def checked(
    prepare: Callable[[], Thunk], workload: Workload, args: tuple[Any, ...], scale: float = 1.0
) -> Entry:
    """Build a gradient, time its first call, and compare it with the hand-written one.

    A contender that fails in any way is one cell of the table, never the end of the run.
    """
    start = perf_counter()
    try:
        thunk = prepare()
        gradient = thunk()
        first_call = perf_counter() - start
        error = relative_error(gradient, workload.hand_gradient(*args))
    except ModuleNotFoundError as missing:
        return Entry(None, f"no {missing.name}")
    except Exception as failure:
        print(f"{workload.name}: {type(failure).__name__}: {failure}", file=sys.stderr)
        return Entry(None, type(failure).__name__)
    if not error <= TOLERANCE:
        return Entry(None, f"WRONG ({error:.0e})", error)
    return Entry(thunk, "", error, first_call, scale)
