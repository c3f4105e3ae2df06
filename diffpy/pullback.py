"""`vjp`: the value of a function now, its gradients whenever they are asked for.

The forward half runs at once and fills tapes of its own; the pullback holds them and copies of the
arguments, so that it can be kept, called twice, and called after the caller changed his arrays.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

import numpy as np

from diffpy.cache.programs import DiskEntry, StoredProgram, without_reads
from diffpy.config import config
from diffpy.dispatch import Executable, make_plan
from diffpy.kinds import Array, Scalar, is_differentiable
from diffpy.nan_watch import NanWatch, refuse_nan
from diffpy.parameters import Parameters
from diffpy.runtime.calling import WideInteger, call_with, declare, put_together, take_apart
from diffpy.runtime.derivative_trees import give_derivative, own_copy, take_derivative
from diffpy.runtime.tape import ListTape, StackTape
from diffpy.structure import Structure, flatten, leaves, rebuild
from diffpy.transform import pipeline
from diffpy.transform.check_request import Transform, value_structure
from diffpy.transform.pipeline import Program
from diffpy.versions import VersionTable, describe_arguments, refuse_shared


class PairVersion:
    """The forward and the reverse half of a function, for one signature."""

    def __init__(self, transform: Transform, structures: tuple[Structure, ...]) -> None:
        def regenerate() -> pipeline.ProgramPair:
            return pipeline.derive_pair(transform, structures)

        entry = DiskEntry(transform, structures)
        stored = entry.load((lambda: regenerate().forward, lambda: regenerate().reverse))
        if stored is not None:
            self.specialised = stored.specialised
            name = stored.specialised.function.name
            self.out = value_structure(stored.specialised.result, name, transform.has_aux)
            forward, reverse = stored.programs
            self._compile(forward, reverse, transform.backend)
            return
        pair = regenerate()
        self.specialised = without_reads(pair.primal)
        self.out = pair.out
        self._compile(pair.forward, pair.reverse, transform.backend)
        if self.forward.as_asked and self.forward.compiled == self.reverse.compiled:
            entry.save(pair.primal, (pair.forward, pair.reverse))

    def _compile(
        self, forward: Program | StoredProgram, reverse: Program | StoredProgram, backend: str
    ) -> None:
        self.forward = Executable(forward, backend)
        # Both halves on one backend, because they share a tape.
        self.reverse = Executable(reverse, backend if self.forward.compiled else "python")
        self.compiled = self.forward.compiled and self.reverse.compiled


class PullbackMaker:
    """The versions of the two halves of one function."""

    def __init__(self, transform: Transform) -> None:
        self.parameters = Parameters(transform.fun)
        self.table: VersionTable[PairVersion] = VersionTable(
            lambda structures: PairVersion(transform, structures), self.parameters.name
        )

    def start(self, primals: tuple[Any, ...]) -> tuple[Any, Pullback]:
        """Run the forward half; the result and the pullback."""
        name, names = self.parameters.name, self.parameters.names
        values = self.parameters.bind(primals, {})
        version, hidden = self.table.find(describe_arguments(values, names, name), values)
        refuse_shared(version.specialised, values, hidden, name)
        for compiled in (version.compiled and not config.debug_nans, False):
            pullback = Pullback(version, self.parameters, len(primals), compiled)
            try:
                return pullback.run_forward(values, hidden), pullback
            except WideInteger:  # an integer beyond 64 bits: the same program in Python
                continue
        raise AssertionError("Python takes integers of any size")


class Pullback:
    """From the adjoint of a result to the adjoints of the arguments.

    Calling it takes ``out_bar``, of the structure and shapes of the result, and returns a tuple
    with one gradient per argument. It may be called any number of times.
    """

    def __init__(
        self, version: PairVersion, parameters: Parameters, count: int, compiled: bool
    ) -> None:
        self._version = version
        self._parameters = parameters
        self._count = count
        self._compiled = compiled
        self._lock = threading.Lock()
        #: what the halves remember of NaNs, if that was asked for
        self._watches: list[NanWatch] = []
        variables = (*version.forward.program.tapes, *version.reverse.program.tapes)
        new_tape = StackTape if compiled else ListTape
        self._tapes: dict[Any, Any] = {variable: new_tape() for variable in variables}
        self._heights: dict[Any, int] = {}
        self._arguments: list[Any] = []
        self._result: Any = None

    def run_forward(self, values: tuple[Any, ...], hidden: tuple[Any, ...]) -> Any:
        """Fill the tapes; the result, which shares no memory with what the pullback holds."""
        specialised = self._version.specialised
        plan = make_plan(specialised, self._version.forward.program, self._compiled)
        self._arguments = [own_copy(leaf) for leaf in take_apart(plan, values, hidden)]
        raw = self._run(self._version.forward, self._arguments)
        for variable, tape in self._tapes.items():
            self._heights[variable] = tape.cursor()
            tape.trim()
        result = put_together(specialised.result, raw)
        found = [
            leaf.copy() if self._holds(leaf) else leaf
            for leaf in flatten(specialised.result, result)
        ]
        self._result = rebuild(specialised.result, map(_shape_only, found))
        return rebuild(specialised.result, iter(found))

    def __call__(self, out_bar: Any) -> tuple[Any, ...]:
        specialised, out = self._version.specialised, self._version.out
        value = self._result if out is specialised.result else self._result[0]
        bars = take_derivative(out, value, out_bar, "the adjoint of the result")
        kinds = [k for k in _kinds(specialised.arguments) if is_differentiable(k)]
        raw: Any = ()
        if kinds:
            with self._lock:
                for variable, tape in self._tapes.items():
                    tape.rewind(self._heights[variable])
                seeds = [*bars, *self._zero_bars(len(bars))]
                raw = self._run(self._version.reverse, [*self._arguments, *seeds])
        adjoints = [raw] if len(kinds) == 1 else list(raw)
        declared = iter([declare(k, a) for k, a in zip(kinds, adjoints, strict=True)])
        primals = iter(self._arguments)
        gradients = [
            give_derivative(structure, rebuild(structure, primals), declared)
            for structure in specialised.arguments
        ]
        return self._parameters.spread(gradients)[: self._count]

    def _zero_bars(self, given: int) -> list[Any]:
        """The adjoints of aux, which nothing flows into."""
        result = self._version.specialised.result
        pairs = list(zip(_kinds((result,)), flatten(result, self._result), strict=True))
        active = [(k, leaf) for k, leaf in pairs if is_differentiable(k)]
        return [_zero(kind, leaf) for kind, leaf in active[given:]]

    def _holds(self, leaf: Any) -> bool:
        arrays = [a for a in self._arguments if isinstance(a, np.ndarray)]
        return isinstance(leaf, np.ndarray) and any(np.may_share_memory(leaf, a) for a in arrays)

    def _run(self, half: Executable, arguments: list[Any]) -> Any:
        function = half.function if self._compiled else half.python
        if config.debug_nans and not self._compiled:
            self._watches.append(half.watch())
            function = self._watches[-1].function
        handles = [self._tapes[variable].handle for variable in half.program.tapes]
        try:
            raw = call_with(function, [*arguments, *handles], self._compiled)
        except BaseException as error:
            failure = half.explained(error, self._compiled)
        else:
            if config.debug_nans:
                refuse_nan(raw, f"vjp of {self._parameters.name}", *self._watches)
            return raw
        try:
            raise failure
        finally:
            del failure  # the exception leads to this frame

    def __repr__(self) -> str:
        return f"<pullback of {self._parameters.name}>"


def _kinds(structures: Iterable[Structure]) -> list[Any]:
    return [leaf.kind for structure in structures for leaf in leaves(structure)]


def _shape_only(leaf: Any) -> Any:
    """An array of the same shape that holds no memory."""
    return np.broadcast_to(np.float64(0.0), np.shape(leaf))


def _zero(kind: Array | Scalar, leaf: Any) -> Any:
    dtype = np.dtype(kind.dtype)
    return np.zeros(np.shape(leaf), dtype) if isinstance(kind, Array) else dtype.type(0)
