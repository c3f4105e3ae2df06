"""From a call's arguments to a compiled function's leaves, and back.

A `Plan` says how. `run` follows it for any arguments of the right structure. `write_entry` turns
it into a small Python function, which does the same in a fraction of a microsecond for the
arguments that come most: it checks every argument, and what it does not recognise it
hands to a slow path. For ``f(x, n)`` with a tape:

    def entry(a0, a1):
        if type(a0) is float and type(a1) is int and -limit <= a1 < limit:
            tape0 = borrow_tape()
            try:
                r = compiled(a0, a1, seed0, tape0.handle)
            finally:
                return_tape(tape0)
            return r
        return slow(a0, a1)
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from diffpy.kinds import Array, Kind, Scalar
from diffpy.runtime.tape import ListTape, StackTape, borrow_tape, return_tape
from diffpy.structure import Known, Leaf, Sequence, Structure, flatten, leaves, rebuild

INT_LIMIT = 2**63


@dataclass(frozen=True)
class Plan:
    """How arguments become leaves, and leaves become the result.

    ``arguments`` has one structure per parameter; ``hidden`` are pairs of a function that fetches
    a global or a cell and the structure it must have; ``guards`` are pairs of such a function and
    the object that it must return. ``seeds`` follow the leaves; ``tapes`` counts the tapes, last.
    """

    arguments: tuple[Structure, ...]
    hidden: tuple[tuple[Callable[[], Any], Structure], ...]
    guards: tuple[tuple[Callable[[], Any], Any], ...]
    result: Structure
    seeds: tuple[Any, ...] = ()
    tapes: int = 0
    compiled: bool = False


class WideInteger(Exception):
    """An integer argument does not fit 64 bits; no compiled code takes it."""


def prepare(kind: Kind, value: Any, compiled: bool) -> Any:
    """A leaf as the backend takes it: contiguous writable arrays for compiled code."""
    if not compiled:
        return value
    if isinstance(kind, Array):
        if value.flags.carray and value.dtype.isnative:
            return value
        return np.array(value, dtype=kind.dtype, order="C")
    if type(value) is int and not -INT_LIMIT <= value < INT_LIMIT:
        raise WideInteger(value)
    return value


def declare(kind: Kind, value: Any) -> Any:
    """A result as the kind says: compiled code knows no np.float64, NumPy no Python float."""
    if isinstance(kind, Array):
        return value if type(value) is np.ndarray else np.asarray(value, dtype=kind.dtype)
    assert isinstance(kind, Scalar)
    if kind.python:
        return value.item() if isinstance(value, np.generic | np.ndarray) else value
    number_type = np.dtype(kind.dtype).type
    return value if type(value) is number_type else number_type(value)


@contextmanager
def tapes_for(count: int, compiled: bool) -> Iterator[list[StackTape] | list[ListTape]]:
    """Empty tapes for one call, taken back however the call ends."""
    if not compiled:
        yield [ListTape() for _ in range(count)]
        return
    borrowed = [borrow_tape() for _ in range(count)]
    try:
        yield borrowed
    finally:
        for tape in borrowed:
            return_tape(tape)


def take_apart(plan: Plan, values: tuple[Any, ...], hidden: tuple[Any, ...]) -> list[Any]:
    """The leaves of the arguments and of the hidden arguments, as the backend takes them."""
    structures = [*plan.arguments, *(structure for _, structure in plan.hidden)]
    return [
        prepare(leaf.kind, value, plan.compiled)
        for structure, whole in zip(structures, (*values, *hidden), strict=True)
        for leaf, value in zip(leaves(structure), flatten(structure, whole), strict=True)
    ]


def call_with(function: Callable[..., Any], arguments: list[Any], compiled: bool) -> Any:
    """Call compiled code, or Python code with NumPy's warnings off, as compiled code has them."""
    if compiled:
        return function(*arguments)
    with np.errstate(all="ignore"):
        return function(*arguments)


def put_together(structure: Structure, raw: Any) -> Any:
    """The result from what the generated function returned: one leaf bare, several in a tuple."""
    kinds = [leaf.kind for leaf in leaves(structure)]
    values = (raw,) if len(kinds) == 1 else raw or ()
    return rebuild(structure, (declare(k, v) for k, v in zip(kinds, values, strict=True)))


def run(
    plan: Plan, function: Callable[..., Any], values: tuple[Any, ...], hidden: tuple[Any, ...]
) -> Any:
    """Call a generated function with arguments that have the structures of the plan."""
    arguments = take_apart(plan, values, hidden)
    with tapes_for(plan.tapes, plan.compiled) as tapes:
        handles = [tape.handle for tape in tapes]
        raw = call_with(function, [*arguments, *plan.seeds, *handles], plan.compiled)
    return put_together(plan.result, raw)


def write_entry(
    plan: Plan, function: Callable[..., Any], slow: Callable[..., Any]
) -> Callable[..., Any]:
    """A Python function that does what `run` does for compiled code, checks included.

    >>> from diffpy.kinds import PY_FLOAT
    >>> plan = Plan((Leaf(PY_FLOAT),), (), (), Leaf(PY_FLOAT))
    >>> entry = write_entry(plan, lambda x: 2 * x, lambda x: f"slow {x!r}")
    >>> entry(3.0), entry(3)
    (6.0, 'slow 3')
    """
    writer = _Writer({"compiled": function, "slow": slow})
    text = writer.write(plan)
    exec(compile(text, "<diffpy entry>", "exec"), writer.names)
    entry: Callable[..., Any] = writer.names["entry"]
    return entry


class _Writer:
    """Writes the text of an entry and collects the objects that it names."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.names = names
        self.checks: list[str] = []
        self.leaves: list[str] = []

    def name(self, stem: str, value: Any) -> str:
        """A name for an object in the entry's globals."""
        name = f"{stem}{len(self.names)}"
        self.names[name] = value
        return name

    def write(self, plan: Plan) -> str:
        params = ", ".join(f"a{k}" for k in range(len(plan.arguments)))
        for fetch, expected in plan.guards:
            self.checks.append(f"{self.name('fetch', fetch)}() is {self.name('same', expected)}")
        for k, structure in enumerate(plan.arguments):
            self.recognise(f"a{k}", structure)
        fetches = []
        for k, (fetch, structure) in enumerate(plan.hidden):
            fetches.append(f"    h{k} = {self.name('fetch', fetch)}()")
            self.recognise(f"h{k}", structure)
        seeds = [self.name("seed", seed) for seed in plan.seeds]
        handles = [f"tape{k}.handle" for k in range(plan.tapes)]
        call = f"r = compiled({', '.join([*self.leaves, *seeds, *handles])})"
        lines = [f"def entry({params}):", *fetches, f"    if {' and '.join(self.checks) or True}:"]
        lines += [f"        {line}" for line in self.with_tapes(call, plan.tapes)]
        lines += [f"        return {self.result(plan.result)}", f"    return slow({params})"]
        return "\n".join(lines)

    def recognise(self, text: str, structure: Structure) -> None:
        """Add the checks that an expression has a structure, and its leaves."""
        match structure:
            case Leaf(Array(dtype, ndim)):
                array, name = self.name("ndarray", np.ndarray), self.name("dtype", np.dtype(dtype))
                self.checks.append(
                    f"type({text}) is {array} and {text}.dtype is {name} "
                    f"and {text}.ndim == {ndim} and {text}.flags.carray"
                )
                self.leaves.append(text)
            case Leaf(kind):
                assert isinstance(kind, Scalar)
                self.checks.append(f"type({text}) is {self.scalar_type(kind)}")
                if kind.python and kind.dtype == "int64":
                    self.checks.append(f"{-INT_LIMIT} <= {text} < {INT_LIMIT}")
                self.leaves.append(text)
            case Sequence(cls, items):
                self.checks.append(f"type({text}) is {self.name('cls', cls)}")
                self.checks.append(f"len({text}) == {len(items)}")
                for k, item in enumerate(items):
                    self.recognise(f"{text}[{k}]", item)
            case Known(value):
                known = self.name("known", value)
                if isinstance(value, str | bytes):
                    self.checks.append(f"type({text}) is type({known}) and {text} == {known}")
                else:
                    self.checks.append(f"{text} is {known}")

    def scalar_type(self, kind: Scalar) -> str:
        """The text of the type of a number."""
        if kind.python:
            return str(kind)
        return self.name("number", np.dtype(kind.dtype).type)

    def with_tapes(self, call: str, count: int) -> list[str]:
        """The call between borrowing and returning its tapes."""
        if count == 0:
            return [call]
        borrow, back = self.name("borrow", borrow_tape), self.name("back", return_tape)
        return [
            *(f"tape{k} = {borrow}()" for k in range(count)),
            "try:",
            f"    {call}",
            "finally:",
            *(f"    {back}(tape{k})" for k in range(count)),
        ]

    def result(self, structure: Structure) -> str:
        """The expression that rebuilds the result from ``r``."""
        kinds = [leaf.kind for leaf in leaves(structure)]
        texts = ["r"] if len(kinds) == 1 else [f"r[{k}]" for k in range(len(kinds))]
        converted = [self.convert(text, kind) for text, kind in zip(texts, kinds)]
        whole = isinstance(structure, Sequence) and structure.cls is tuple
        if whole and converted == texts and len(texts) == len(_items(structure)) > 1:
            return "r"
        return self.rebuild(structure, iter(converted))

    def convert(self, text: str, kind: Kind) -> str:
        if isinstance(kind, Scalar) and not kind.python:
            return f"{self.scalar_type(kind)}({text})"
        return text

    def rebuild(self, structure: Structure, texts: Iterator[str]) -> str:
        match structure:
            case Leaf():
                return next(texts)
            case Sequence(cls, items):
                parts = "".join(f"{self.rebuild(item, texts)}, " for item in items)
                return f"({parts})" if cls is tuple else f"{self.name('cls', cls)}({parts})"
            case Known(value):
                return self.name("known", value)


def _items(structure: Structure) -> tuple[Structure, ...]:
    """The items of a tuple, if all of them are leaves."""
    if isinstance(structure, Sequence) and all(isinstance(i, Leaf) for i in structure.items):
        return structure.items
    return ()
