"""From a call's arguments to a compiled function's leaves, and from its leaves to the result.

A `Plan` says how; `run` follows it for any arguments of the right structure, and
`diffpy.runtime.entry` writes a faster function for the arguments that come most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from diffpy.kinds import Array, Kind, Scalar
from diffpy.runtime.tape import ListTape, StackTape, borrow_tape, return_tape
from diffpy.structure import Structure, flatten, leaves, rebuild

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
    """A leaf as the programs take it: arrays are contiguous, writable and of the native order.

    Both backends get the same, so that what is a view in one is a view in the other.
    """
    if isinstance(kind, Array):
        array = np.asarray(value)  # a memmap as a plain array, without a copy
        if array.flags.carray and array.dtype.isnative:
            return array
        return np.array(array, dtype=kind.dtype, order="C")
    if compiled and type(value) is int and not -INT_LIMIT <= value < INT_LIMIT:
        raise WideInteger(value)
    return value


def declare(kind: Kind, value: Any) -> Any:
    """A result as the kind says: compiled code knows no np.float64, NumPy no Python float.

    Arrays are C-contiguous, whatever the layout of the arguments was.
    """
    if isinstance(kind, Array):
        return np.asarray(value, dtype=kind.dtype, order="C")
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
