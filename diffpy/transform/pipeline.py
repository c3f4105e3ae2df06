"""The order of the passes, in one place.

build           find the source, fence it, specialise it to the kinds of the arguments
differentiate   reverse or forward sweep; a derivative of a derivative begins with `build`
finish          drop dead code, pass the tapes through the calls
text            print it: plain for Python and for people, with checks for numba
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

from diffpy.errors import NonDifferentiableInputError
from diffpy.kinds import Kind, Tape, is_differentiable
from diffpy.parameters import Parameters, Position
from diffpy.structure import Sequence, Structure, leaves
from diffpy.transform import reverse
from diffpy.transform.adapt_tangents import adapt_tangents
from diffpy.transform.analyse_layouts import depends_on_layout
from diffpy.transform.apply_transform import all_leaves, close_seed, differentiate
from diffpy.transform.check_request import Transform, check_pair
from diffpy.transform.eliminate_dead_code import eliminate_dead_code
from diffpy.transform.emit import emit_module, emit_source_map
from diffpy.transform.guess_kinds import guess
from diffpy.transform.ir import Function, Origin, Var
from diffpy.transform.map_lines import SourceMap
from diffpy.transform.program import Specialised
from diffpy.transform.refuse_unsupported import fence
from diffpy.transform.return_arguments import return_arguments, return_written
from diffpy.transform.specialise import specialise
from diffpy.transform.thread_tapes import thread_tapes
from diffpy.transform.type_constants import type_constants
from diffpy.transform.widen_powers import widen_powers


@contextlib.contextmanager
def collection_paused() -> Iterator[None]:
    """No cyclic garbage collection meanwhile.

    The passes make millions of small objects, most of which live on. Python's collector looks at
    all of them again and again, which makes generation slower than linear (by half at 8000
    statements).
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@dataclass(frozen=True, eq=False)
class Program:
    """A finished function: ``params`` are leaves, then seeds, then tapes."""

    entry: Function
    seeds: int

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def origin(self) -> Origin | None:
        """The user's source."""
        return self.entry.origin

    @property
    def kinds(self) -> tuple[Kind, ...]:
        return tuple(param.kind for param in self.entry.params)

    @property
    def tapes(self) -> tuple[Var, ...]:
        return tuple(param for param in self.entry.params if isinstance(param.kind, Tape))

    @cached_property
    @collection_paused()
    def text(self) -> str:
        """What people read and the python backend runs."""
        return emit_module(self.entry, compiled=False, defaults=self.defaults)

    @cached_property
    @collection_paused()
    def compiled_text(self) -> str:
        """What numba compiles: it raises what Python raises."""
        return emit_module(self.entry, compiled=True)

    @cached_property
    def source_map(self) -> SourceMap:
        """Where the parts of `text` come from."""
        return emit_source_map(self.entry, compiled=False, defaults=self.defaults)

    @cached_property
    def compiled_source_map(self) -> SourceMap:
        """Where the parts of `compiled_text` come from."""
        return emit_source_map(self.entry, compiled=True)

    @property
    def defaults(self) -> Mapping[Var, float]:
        """The seeds are 1.0 unless the caller says otherwise."""
        first = len(self.entry.params) - len(self.tapes) - self.seeds
        return dict.fromkeys(self.entry.params[first : first + self.seeds], 1.0)


def build(
    fun: Callable[..., Any] | Transform,
    structures: tuple[Structure, ...],
    outputs: tuple[Position, ...] = (),
) -> Specialised:
    """The function for arguments of these structures, one for each of its parameters.

    The derivative of a derivative: the inner one is built, differentiated, and from then on is
    a function like any other. With ``outputs`` it returns what these arguments hold in the end too.
    """
    if isinstance(fun, Transform):
        return close_seed(derive(fun, structures))
    transform = getattr(fun, "transform", None)
    if not isinstance(transform, Transform):
        return specialise(fun, structures, outputs)
    if outputs or not transform.preserve:
        raise NonDifferentiableInputError(
            f"an argument of the {transform.name} of a function is an output, or written back",
            why="a derivative that is differentiated leaves its arguments as they are",
            fix="leave outputs= and preserve= away",
        )
    return close_seed(derive(transform, structures))


def build_asked(transform: Transform, structures: tuple[Structure, ...]) -> Specialised:
    """What a transform differentiates: its function, with the outputs that it asks for."""
    fun = transform.fun
    if not transform.preserve:
        found = return_written(build(fun, structures))
    elif transform.outputs is None:
        found = build(fun, structures)
    else:
        make = partial(build, fun, structures)
        found = return_arguments(transform, structures, Parameters(fun), make)
    if not found.in_order and depends_on_layout(found.function):
        return replace(found, in_order=True)
    return found


@collection_paused()
def derive(transform: Transform, structures: tuple[Structure, ...]) -> Specialised:
    """The derivative of ``transform.fun`` for arguments of these structures, its seed open."""
    parameters = Parameters(transform.fun)
    if transform.name not in ("jvp", "pullback"):
        return differentiate(tidy(build_asked(transform, structures)), transform, parameters)
    primals, given = structures
    if not isinstance(primals, Sequence):
        raise NonDifferentiableInputError(f"the primals of {transform.name} are not a tuple")
    inner = tidy(build_asked(transform, primals.items))
    like = primals if transform.name == "jvp" else inner.result
    return adapt_tangents(differentiate(inner, transform, parameters), like, given)


@dataclass(frozen=True, eq=False)
class ProgramPair:
    """The two halves of `vjp`, and the structure of the result that is differentiated."""

    primal: Specialised
    forward: Program
    reverse: Program
    out: Structure


@collection_paused()
def derive_pair(transform: Transform, structures: tuple[Structure, ...]) -> ProgramPair:
    """The forward and the reverse half of a function with respect to all its arguments."""
    primal = tidy(build_asked(transform, structures))
    out = check_pair(primal, transform)
    arguments = [leaf for structure in primal.arguments for leaf in leaves(structure)]
    wrt = tuple(k for k, leaf in enumerate(arguments) if is_differentiable(leaf.kind))
    pair = reverse.pair(primal.function, wrt)
    return ProgramPair(primal, finish(pair.forward), finish(pair.reverse), out)


def tidy(specialised: Specialised) -> Specialised:
    """Drop what no result needs, and take for floats what only floats need, before a sweep."""
    function = widen_powers(eliminate_dead_code(specialised.function))
    return replace(specialised, function=function)


def finish(function: Function, seeds: int = 0) -> Program:
    """The function ready to be printed."""
    return Program(thread_tapes(type_constants(eliminate_dead_code(function))), seeds)


def finish_derivative(derivative: Specialised) -> Program:
    """A derivative ready to be printed; its seeds are what follows the leaves."""
    count = sum(1 for _ in all_leaves(derivative))
    return finish(derivative.function, len(derivative.function.params) - count)


@collection_paused()
def check_source(fun: Callable[..., Any]) -> None:
    """Find the source of a function and refuse at once what diffpy cannot differentiate."""
    transform = getattr(fun, "transform", None)
    if not isinstance(transform, Transform):  # otherwise its own decoration has checked it
        fence(fun)


def guess_structures(fun: Callable[..., Any]) -> tuple[Structure, ...] | None:
    """The structures of arguments that annotations and code imply, if there is something."""
    transform = getattr(fun, "transform", None)
    return guess_structures(transform.fun) if isinstance(transform, Transform) else guess(fun)
