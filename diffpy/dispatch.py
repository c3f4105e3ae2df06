"""Calls of a derivative: pick the version, compile it, run it.

`Dispatch` serves `grad`, `value_and_grad` and `jvp`, whose derivatives are one function each;
`diffpy.pullback` serves `vjp`, which needs two. The backend is chosen when a version is made, before
anything runs; an exception at run time is the user's and is passed on.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from diffpy.config import config
from diffpy.errors import BackendCompileError, render
from diffpy.kinds import Kind, Scalar
from diffpy.parameters import Parameters
from diffpy.runtime.backends import compile_numba, compile_python
from diffpy.runtime.calling import Plan, WideInteger, run
from diffpy.runtime.derivative_trees import contains_nan
from diffpy.runtime.entry import write_entry, write_slow_entry
from diffpy.transform import pipeline
from diffpy.transform.check_request import Transform
from diffpy.transform.pipeline import Program
from diffpy.transform.program import Specialised
from diffpy.versions import VersionTable, describe_arguments, signature_text, warn


class Executable:
    """A program on a backend; the plain Python of it is there at any time."""

    def __init__(self, program: Program, backend: str) -> None:
        self.program = program
        self.function: Callable[..., Any] = self.python
        self.compiled = False
        backend = config.backend if backend == "auto" else backend
        if backend == "python":
            return
        try:
            self.function = compile_program(program)
            self.compiled = True
        except BackendCompileError as error:
            if backend == "numba":
                raise
            text = render(f"{program.name} runs in Python: {error.what}", error.place, error.why)
            warn(text, fix=error.fix or 'backend="python" if that is fast enough')

    @cached_property
    def python(self) -> Callable[..., Any]:
        """The function as plain Python."""
        return compile_python(self.program.text, self.program.name)[self.program.name]


def compile_program(program: Program) -> Callable[..., Any]:
    """The program compiled by numba for the kinds of its parameters; nothing is run."""
    try:
        dispatcher: Any = compile_numba(program.compiled_text, program.name)[program.name]
        dispatcher.compile(tuple(map(numba_type, program.kinds)))
    except Exception as error:  # numba's own, llvmlite's, and what overloads raise
        raise explain_failure(program, error) from error
    function: Callable[..., Any] = dispatcher
    return function


def numba_type(kind: Kind) -> Any:
    """The numba type that arguments of a kind have after `diffpy.runtime.calling.prepare`."""
    from numba import from_dtype, types

    from diffpy.kinds import Array, Tape

    if isinstance(kind, Tape):
        return types.int64
    if isinstance(kind, Array):
        return types.Array(from_dtype(np.dtype(kind.dtype)), kind.ndim, "C")
    return from_dtype(np.dtype(kind.dtype))


def explain_failure(program: Program, error: Exception) -> BackendCompileError:
    """What numba could not compile, at the user's line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = lines[0] if lines else type(error).__name__
    return BackendCompileError(
        f"numba cannot compile the derivative of {program.name}",
        pipeline.place_of_failure(program, str(error)),
        why=f"numba says: {reason}",
    )


class Version:
    """A derivative for one signature, ready to be called."""

    def __init__(self, specialised: Specialised, program: Program, backend: str) -> None:
        self.specialised = specialised
        self.executable = Executable(program, backend)
        self.plan = make_plan(specialised, program, self.executable.compiled)
        self.entry: Callable[..., Any] | None = None

    def run(self, values: tuple[Any, ...], hidden: tuple[Any, ...]) -> Any:
        """Call it for arguments that have its structures."""
        try:
            return run(self.plan, self.executable.function, values, hidden)
        except WideInteger:
            plan = make_plan(self.specialised, self.executable.program, compiled=False)
            return run(plan, self.executable.python, values, hidden)

    @property
    def signature(self) -> str:
        return signature_text(self.specialised.arguments)


def make_plan(specialised: Specialised, program: Program, compiled: bool) -> Plan:
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
        """A new version."""
        derivative = pipeline.derive(self.transform, structures)
        program = pipeline.finish_derivative(derivative)
        return Version(derivative, program, self.transform.backend)

    def find(self, values: tuple[Any, ...]) -> tuple[Version, tuple[Any, ...]]:
        """The version for these arguments and the values of its hidden arguments."""
        names = self.parameters.names
        return self.table.find(describe_arguments(values, names, self.parameters.name))

    def call(self, *values: Any) -> Any:
        """Call with one value per parameter, whatever their kinds."""
        version, hidden = self.find(values)
        if config.debug_nans:
            return self.checked(version.run(values, hidden))
        if self._install is not None and version.plan.compiled:
            if version.entry is None:
                version.entry = write_entry(
                    version.plan,
                    version.executable.function,
                    self.parameters.signature,
                    self.call,
                    self.parameters.name,
                )
            self._install(version.entry)
        return version.run(values, hidden)

    def inspect(self, stage: str) -> str:
        """The text of a stage: for the latest call, or for the kinds that the function implies."""
        version = self.table.last_used()
        if version is not None:
            structures, program = version.specialised.arguments, version.executable.program
        else:
            structures = pipeline.guess_structures(self.transform.fun)
            program = pipeline.finish_derivative(pipeline.derive(self.transform, structures))
        match stage:
            case "final":
                return program.text
            case "numba":
                return program.compiled_text
            case "primal":
                return pipeline.finish(pipeline.build(self.transform.fun, structures).function).text
        raise ValueError(f"there is no stage {stage!r}; choose primal, final or numba")

    def checked(self, result: Any) -> Any:
        if contains_nan(result):
            raise FloatingPointError(
                f"{self.transform.name} of {self.parameters.name} gives NaN: {result}"
            )
        return result
