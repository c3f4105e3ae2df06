"""Gradient against primal as loops get longer and recursions deeper, as numbers and a plot."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.contenders import diffpy_gradient
from benchmarks.jit import compiled_with_callees
from benchmarks.table import aligned, significant
from benchmarks.timing import Thunk, interleaved
from benchmarks.workloads import logistic, power


@dataclass(frozen=True)
class Sweep:
    """One workload at growing sizes."""

    title: str
    axis: str
    primal: Callable[..., float]
    hand_gradient: Callable[..., Any]
    argnums: tuple[int, ...]
    args: Callable[[int], tuple[Any, ...]]
    sizes: tuple[int, ...]


SWEEPS = (
    Sweep(
        "logistic map", "steps of the loop", logistic.logistic, logistic.hand_gradient, (0, 1),
        lambda n: (0.3, 3.0, n), (1_000, 10_000, 100_000, 1_000_000, 10_000_000),
    ),
    Sweep(
        "power by recursion", "depth of the recursion", power.power, power.hand_gradient, (0,),
        lambda n: (1.001, n), (10, 30, 100, 300, 1000),
    ),
)  # fmt: skip
Times = dict[str, list[float]]


def measured(sweep: Sweep, sizes: Sequence[int], quick: bool) -> Times:
    """Seconds of primal, hand-written and diffpy's gradient, for each size."""
    primal = compiled_with_callees(sweep.primal)
    times: Times = {}
    for size in sizes:
        args = sweep.args(size)
        thunks: dict[str, Thunk] = {
            "primal": partial(primal, *args),
            "hand": partial(sweep.hand_gradient, *args),
        }
        for thunk in thunks.values():
            thunk()  # compiles
        try:
            thunks["diffpy"] = diffpy_gradient(sweep.primal, sweep.argnums, args)
            thunks["diffpy"]()
        except Exception as failure:
            thunks.pop("diffpy", None)
            print(f"diffpy, {sweep.title}, {size}: {type(failure).__name__}")
        seconds = interleaved(thunks, rounds=3 if quick else 12, patience=1.0)
        for name in ("primal", "hand", "diffpy"):
            times.setdefault(name, []).append(seconds.get(name, float("nan")))
    return times


def printed(sweep: Sweep, sizes: Sequence[int], times: Times) -> None:
    lines = [[sweep.axis, "primal, ms", "hand/primal", "diffpy/primal"]]
    for k, size in enumerate(sizes):
        primal = times["primal"][k]
        ratios = [significant(times[name][k] / primal) for name in ("hand", "diffpy")]
        lines.append([f"{size:,}", f"{primal * 1e3:.4g}", *ratios])
    print(f"{sweep.title}\n" + "\n".join(aligned(lines)) + "\n")


def plotted(panels: Sequence[tuple[Sweep, Sequence[int], Times]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(panels), figsize=(10.0, 4.2), layout="constrained")
    styles = {"primal": ("0.55", "o"), "hand": ("tab:blue", "s"), "diffpy": ("tab:orange", "^")}
    labels = {"primal": "primal", "hand": "gradient, hand-written", "diffpy": "gradient, diffpy"}
    for axis, (sweep, sizes, times) in zip(axes, panels, strict=True):
        for name, (colour, marker) in styles.items():
            axis.loglog(sizes, times[name], color=colour, marker=marker, label=labels[name])
        axis.set(title=sweep.title, xlabel=sweep.axis, ylabel="seconds a call")
        axis.grid(True, which="major", alpha=0.3)
        axis.legend(frameon=False)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def run(quick: bool, path: Path) -> None:
    panels = []
    for sweep in SWEEPS:
        sizes = sweep.sizes[:-1] if quick else sweep.sizes
        times = measured(sweep, sizes, quick)
        printed(sweep, sizes, times)
        panels.append((sweep, sizes, times))
    plotted(panels, path)
    print(f"plot: {path}")
