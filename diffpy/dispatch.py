"""Calls of a derivative: pick the version, compile it, run it.

`Dispatch` serves `grad`, `value_and_grad` and `jvp`, whose derivatives are one function each;
`diffpy.pullback` serves `vjp`, which needs two. The backend is chosen when a version is made,
before anything runs; an exception at run time is the user's and is passed on.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from diffpy.cache.programs import DiskEntry, StoredProgram, without_reads
from diffpy.compilation import compile_program
from diffpy.config import config
from diffpy.errors import BackendCompileError, NonDifferentiableInputError, render
from diffpy.kinds import Kind, Scalar
from diffpy.nan_watch import NanWatch, refuse_nan
from diffpy.parameters import Parameters
from diffpy.runtime.backends import compile_python
from diffpy.runtime.calling import Plan, WideInteger, run
from diffpy.runtime.entry import write_entry, write_slow_entry
from diffpy.structure import Sequence, flatten
from diffpy.tracebacks import explain
from diffpy.transform import pipeline
from diffpy.transform.check_request import Transform
from diffpy.transform.pipeline import Program
from diffpy.transform.program import Specialised
from diffpy.versions import (
    Structures,
    VersionTable,
    describe_arguments,
    refuse_shared,
    signature_text,
    warn,
)


class Executable:
    """A program on a backend; the plain Python of it is there at any time."""

    def __init__(self, program: Program | StoredProgram, backend: str) -> None:
        self.program = program
        self._compiled: Callable[..., Any] | None = None
        backend = config.backend if backend == "auto" else backend
        self._wants_compiled = backend != "python"
        if not self._wants_compiled:
            return
        try:
            self._compiled = compile_program(program)
        except BackendCompileError as error:
            if backend == "numba":
                raise
            text = render(f"{program.name} runs in Python: {error.what}", error.place, error.why)
            warn(text, fix=error.fix or 'backend="python" if that is fast enough')

    @property
    def compiled(self) -> bool:
        return self._compiled is not None

    @property
    def as_asked(self) -> bool:
        """Whether it runs on the backend that was asked for, not on one that takes its place."""
        return self.compiled or not self._wants_compiled

    @property
    def function(self) -> Callable[..., Any]:
        """The function on its backend."""
        return self.python if self._compiled is None else self._compiled

    def explained(self, error: BaseException, compiled: bool | None = None) -> BaseException:
        """What to raise in place of an exception of the function; `python` if not compiled."""
        compiled = self.compiled if compiled is None else compiled
        function = self.function if compiled else self.python
        try:
            return explain(error, self.program, function, compiled)
        finally:
            del error  # it leads to this frame

    def watch(self) -> NanWatch:
        """The function in Python, which remembers where it makes a NaN."""
        return NanWatch(self.program.source_map, self.python.__code__.co_filename)

    @cached_property
    def python(self) -> Callable[..., Any]:
        """The function as plain Python."""
        # The entry is the last function of its module, whatever name was left for it.
        return list(compile_python(self.program.text, self.program.name).values())[-1]


class Version:
    """A derivative for one signature, ready to be called."""

    def __init__(
        self, specialised: Specialised, program: Program | StoredProgram, backend: str
    ) -> None:
        self.specialised = specialised
        self.executable = Executable(program, backend)
        self.plan = make_plan(specialised, program, self.executable.compiled)
        self.entry: Callable[..., Any] | None = None

    def run(self, values: tuple[Any, ...], hidden: tuple[Any, ...]) -> Any:
        """Call it for arguments that have its structures."""
        plan, function = self.plan, self.executable.function
        for _ in range(2):
            try:
                return run(plan, function, values, hidden)
            except WideInteger:  # an integer beyond 64 bits: the same program in Python
                plan = make_plan(self.specialised, self.executable.program, compiled=False)
                function = self.executable.python
            except BaseException as error:
                failure = self.executable.explained(error, plan.compiled)
                break
        try:
            raise failure
        finally:
            del failure  # the exception leads to this frame

    @property
    def signature(self) -> str:
        return signature_text(self.specialised.arguments)


def make_plan(specialised: Specialised, program: Program | StoredProgram, compiled: bool) -> Plan:
    """How calls of a version become calls of its program."""
    first = len(program.kinds) - len(program.tapes) - program.seeds
    return Plan(
        specialised.arguments,
        tuple((h.fetch, h.structure) for h in specialised.hidden),
        tuple((g.fetch, g.expected) for g in specialised.guards),
        specialised.result,
        tuple(seed_of_one(k, compiled) for k in program.kinds[first : first + program.seeds]),
        len(program.tapes),
        compiled,
    )


def seed_of_one(kind: Kind, compiled: bool) -> Any:
    """The adjoint of a number that is the result itself."""
    assert isinstance(kind, Scalar)
    one = np.dtype(kind.dtype).type(1)
    # A Python float and a np.float64 are one type to compiled code, and the former is cheaper.
    return one.item() if compiled and kind.dtype == "float64" else one


class Dispatch:
    """The versions of one derivative.

    Parameters
    ----------
    transform, parameters
        The derivative and its parameters.
    install : callable, optional
        Gets the function that the next calls shall enter: it takes arguments as the user's function
        does and is fast for those of the latest call.
    """

    def __init__(
        self,
        transform: Transform,
        parameters: Parameters,
        install: Callable[[Callable[..., Any]], None] | None = None,
    ) -> None:
        self.transform = transform
        self.parameters = parameters
        self.table: VersionTable[Version] = VersionTable(self.generate, parameters.name)
        self._install = install
        self.reset()
        config.watch(self.reset)

    def reset(self) -> None:
        """Let the next call take the slow path."""
        if self._install is not None:
            name = self.parameters.name
            self._install(write_slow_entry(self.parameters.signature, self.call, name))

    def generate(self, structures: tuple[Any, ...]) -> Version:
        """A new version, from the disk if it is there."""

        def regenerate() -> Program:
            return pipeline.finish_derivative(pipeline.derive(self.transform, structures))

        backend = self.transform.backend
        entry = DiskEntry(self.transform, structures)
        stored = entry.load((regenerate,))
        if stored is not None:
            return Version(stored.specialised, stored.programs[0], backend)
        derivative = pipeline.derive(self.transform, structures)
        program = pipeline.finish_derivative(derivative)
        version = Version(without_reads(derivative), program, backend)
        if version.executable.as_asked:
            entry.save(derivative, (program,))
        return version

    def find(self, values: tuple[Any, ...]) -> tuple[Version, tuple[Any, ...]]:
        """The version for these arguments and the values of its hidden arguments."""
        name, names = self.parameters.name, self.parameters.names
        version, hidden = self.table.find(describe_arguments(values, names, name), values)
        refuse_shared(version.specialised, values, hidden, name)
        return version, hidden

    def call(self, *values: Any) -> Any:
        """Call with one value per parameter, whatever their kinds."""
        version, hidden = self.find(values)
        if config.debug_nans:
            result = self.watched(version, values, hidden)
            return self.written_back(version, values, result)
        asked = version.specialised
        checked = asked.changes_arguments or asked.written or asked.in_order
        if self._install is not None and version.plan.compiled and not checked:
            if version.entry is None:
                version.entry = write_entry(
                    version.plan,
                    version.executable.function,
                    self.parameters.signature,
                    self.call,
                    self.parameters.name,
                    version.executable.explained,
                )
            self._install(version.entry)
        return self.written_back(version, values, version.run(values, hidden))

    def written_back(self, version: Version, values: tuple[Any, ...], result: Any) -> Any:
        """The result, after the caller's arrays got what the function leaves in them.

        That is what preserve=False asks for; otherwise they stay as they are.
        """
        specialised = version.specialised
        if self.transform.preserve or not specialised.written:
            return result
        result, contents = result
        found = flatten(Sequence(tuple, specialised.arguments), values)
        for k, held in zip(specialised.written, contents, strict=True):
            found[k][...] = held
        return result

    def shown(self) -> tuple[Structures, Program | StoredProgram]:
        """The program of the latest call, or for the kinds that the function implies."""
        version = self.table.last_used()
        if version is not None:
            return version.specialised.arguments, version.executable.program
        structures = self.guess()
        return structures, pipeline.finish_derivative(pipeline.derive(self.transform, structures))

    def standalone(self) -> str:
        """The text with a function around the entry that brings the tapes, if it needs any."""
        program = self.shown()[1]
        if not program.tapes:
            return program.text
        name = program.name
        signature = inspect.signature(Executable(program, "python").python)
        params = list(signature.parameters.values())[: -len(program.tapes)]
        passed = ", ".join([*(p.name for p in params), *["ListTape()"] * len(program.tapes)])
        return (
            f"{program.text}\n\nfrom diffpy.runtime.tape import ListTape  # noqa: E402\n\n"
            f"_{name}_on_tape = {name}\n\n\ndef {name}{signature.replace(parameters=params)}:\n"
            f"    return _{name}_on_tape({passed})\n"
        )

    def inspect(self, stage: str) -> str:
        """The text of a stage of the compiler."""
        structures, program = self.shown()
        match stage:
            case "final":
                return program.text
            case "numba":
                return program.compiled_text
            case "primal":
                return pipeline.finish(
                    pipeline.build_asked(self.transform, structures).function
                ).text
        raise ValueError(f"there is no stage {stage!r}; choose primal, final or numba")

    def guess(self) -> Structures:
        """The structures of the arguments before any call."""
        structures = pipeline.guess_structures(self.transform.fun)
        if structures is None:
            raise NonDifferentiableInputError(
                f"the kinds of the arguments of {self.parameters.name} cannot be guessed",
                fix="call the derivative, or compile(*example_args), before asking for its source",
            )
        return structures

    def watched(self, version: Version, values: tuple[Any, ...], hidden: tuple[Any, ...]) -> Any:
        """Call it in Python, and raise if the result contains a NaN."""
        executable = version.executable
        watch = executable.watch()
        plan = make_plan(version.specialised, executable.program, compiled=False)
        try:
            result = run(plan, watch.function, values, hidden)
        except BaseException as error:
            failure = executable.explained(error, compiled=False)
        else:
            refuse_nan(result, f"{self.transform.name} of {self.parameters.name}", watch)
            return result
        try:
            raise failure
        finally:
            del failure  # the exception leads to this frame
