"""The table: for each workload, gradient times as multiples of the primal in numba."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from math import exp, log
from pathlib import Path

from benchmarks.contenders import CONTENDERS, PEERS, Entry
from benchmarks.environment import versions
from benchmarks.finite_differences import directional_error
from benchmarks.jit import compiled_with_callees
from benchmarks.timing import Thunk, interleaved
from benchmarks.workload import NAMES, Workload, load

HAND_TOLERANCE = 1e-6  # what finite differences can tell


@dataclass(frozen=True)
class Cell:
    """One contender on one workload; `ratio` is None where `status` says why."""

    ratio: float | None
    status: str
    seconds: float | None
    first_call: float
    error: float
    extrapolated: bool

    @property
    def text(self) -> str:
        if self.ratio is None:
            return self.status
        return ("~" if self.extrapolated else "") + significant(self.ratio)


@dataclass(frozen=True)
class Row:
    name: str
    title: str
    note: str
    primal_seconds: float
    cells: dict[str, Cell]


def significant(value: float) -> str:
    """Three significant digits, thousands grouped."""
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def measured(workload: Workload, names: Sequence[str], quick: bool) -> Row:
    """Check every contender's gradient, then time all of them together with the primal."""
    args = workload.args()
    primal = compiled_with_callees(workload.primal)
    primal(*args)
    # Hand-written first: the others are compared with it, and should not wait for its compiler.
    order = sorted(names, key=lambda name: name != "hand")
    entries = {name: CONTENDERS[name](workload) for name in order}
    error = directional_error(
        primal, args, workload.argnums, workload.hand_gradient(*args), step=workload.step
    )
    if not error <= HAND_TOLERANCE:
        entries["hand"] = Entry(None, f"WRONG ({error:.0e})", error)
    thunks: dict[str, Thunk] = {"primal": lambda: primal(*args)}
    thunks |= {name: entry.thunk for name, entry in entries.items() if entry.thunk is not None}
    rounds, patience = (5, 0.5) if quick else (20, 3.0)
    seconds = interleaved(thunks, rounds=rounds, patience=patience)
    cells = {name: cell(entry, seconds.get(name), seconds["primal"])
             for name, entry in entries.items()}  # fmt: skip
    return Row(workload.name, workload.title, workload.note, seconds["primal"], cells)


def cell(entry: Entry, seconds: float | None, primal: float) -> Cell:
    scaled = None if seconds is None else seconds * entry.scale
    ratio = None if scaled is None else scaled / primal
    extrapolated = entry.scale != 1.0
    return Cell(ratio, entry.status, scaled, entry.first_call, entry.error, extrapolated)


def quotient(row: Row, name: str, other: str) -> float | None:
    """`name`'s time as a multiple of `other`'s, where both were measured."""
    a, b = row.cells.get(name), row.cells.get(other)
    if a is None or b is None or a.ratio is None or b.ratio is None:
        return None
    return a.ratio / b.ratio


def geometric_mean(ratios: Iterable[float | None]) -> str:
    logs = [log(ratio) for ratio in ratios if ratio is not None]
    return significant(exp(sum(logs) / len(logs))) + f" of {len(logs)}" if logs else "-"


def rendered(rows: Sequence[Row], names: Sequence[str]) -> str:
    """The plain text of the table, its notes, and the first calls."""
    header = ["workload", "primal", *names, "diffpy/hand"]
    body = [line(row, names) for row in rows]
    means = [geometric_mean(row.cells[name].ratio for row in rows) for name in names]
    means.append(geometric_mean(quotient(row, "diffpy", "hand") for row in rows))
    text = [*aligned([header, *body, ["geometric mean", "", *means]]), ""]
    text += [f"{row.title}. {row.note}" for row in rows if row.note]
    if any(cell.extrapolated for row in rows for cell in row.cells.values()):
        text.append(
            "~ extrapolated from fewer steps, as if linear: low where a long tape costs more"
        )
    text += ["", "First call, compilation included, seconds:"]
    calls = [["workload", *names]]
    for row in rows:
        cells = [row.cells[name] for name in names]
        calls.append([row.title, *(f"{c.first_call:.2f}" if c.first_call else "" for c in cells)])
    text += aligned(calls)
    return "\n".join([*text, "", ", ".join(f"{k} {v}" for k, v in versions().items())])


def line(row: Row, names: Sequence[str]) -> list[str]:
    compared = quotient(row, "diffpy", "hand")
    cells = [row.cells[name].text for name in names]
    primal = f"{row.primal_seconds * 1e3:.3g} ms"
    return [row.title, primal, *cells, "" if compared is None else significant(compared)]


def aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    """Columns: the first to the left, the others to the right, a rule under the header."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = [
        "  ".join([first.ljust(widths[0]), *map(str.rjust, rest, widths[1:])]).rstrip()
        for first, *rest in lines
    ]
    return [text[0], "-" * (sum(widths) + 2 * len(widths) - 2), *text[1:]]


def run(workloads: Sequence[str], peers: bool, quick: bool, path: Path | None) -> None:
    """Measure, print, and write the JSON where one is asked for."""
    names = [name for name in CONTENDERS if peers or name not in PEERS]
    rows = []
    for name in workloads or NAMES:
        rows.append(measured(load(name), names, quick))
        print(f"{name}: " + ", ".join(f"{k} {c.text}" for k, c in rows[-1].cells.items()))
    print("\nGradient time as a multiple of the primal in numba\n")
    print(rendered(rows, names))
    if path is not None:
        report = {"versions": versions(), "rows": [asdict(row) for row in rows]}
        path.write_text(json.dumps(report, indent=2) + "\n")
