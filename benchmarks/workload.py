"""What a workload file must offer, and how the table finds it."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from benchmarks.timing import Thunk

NAMES = (
    "logistic",
    "newton",
    "lorenz",
    "building",
    "power",
    "fibonacci",
    "quadtree",
    "determinant",
)


@dataclass(frozen=True)
class Workload:
    """One row of the table.

    `hand_gradient` takes the primal's arguments. `jax_gradient` and `torch_gradient` take
    them too, and return the call that is timed; a string in their place says why there is none.
    `note` is printed under the table. Where PyTorch runs on the smaller `torch_args`, its time
    is multiplied by `torch_scale` and marked with a tilde. `step` is the relative step of the
    finite differences that check `hand_gradient`.
    """

    name: str
    title: str
    primal: Callable[..., float]
    argnums: tuple[int, ...]
    args: Callable[[], tuple[Any, ...]]
    hand_gradient: Callable[..., Any]
    jax_gradient: Callable[..., Thunk] | str
    torch_gradient: Callable[..., Thunk] | str
    torch_args: Callable[[], tuple[Any, ...]] | None = None
    torch_scale: float = 1.0
    step: float = 1e-5
    note: str = ""


def load(name: str) -> Workload:
    """The workload of `benchmarks/workloads/<name>.py`."""
    workload = import_module(f"benchmarks.workloads.{name}").WORKLOAD
    assert isinstance(workload, Workload)
    return workload
