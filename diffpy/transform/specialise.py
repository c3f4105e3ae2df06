"""Specialise a function to the kinds of its arguments.

One abstract interpretation of the user's tree: what is known while compiling (functions, tuples,
strings, None, ranges) is computed, what is a number or an array becomes a variable of the
intermediate form. The parts, each a class that builds on the one before:

    frames  joins  names  expressions  conditions  subscripts       what a value is
    assignments  statements  heads  sequences  loops                what is done
    calls  builtins  library  transforms                            what is called

    def scale(v, mode):                specialised to (float[:], "twice")
        if mode == "twice":            scale(v): t = v * 2
            return v * 2                         return t
        return v
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import math
import sys
import threading
import types
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from diffpy.errors import DiffpyError
from diffpy.kinds import PY_FLOAT
from diffpy.parameters import Position
from diffpy.rules.registry import definition_of
from diffpy.structure import Leaf, Structure
from diffpy.transform.find_source import (
    call_method,
    has_signature_of_another,
    plain_function,
)
from diffpy.transform.ir import Const, Var
from diffpy.transform.own_items import own_items
from diffpy.transform.program import Reads, Specialised
from diffpy.transform.specialise_frames import Program, is_pool_key
from diffpy.transform.specialise_layouts import ManyObjects, RowsMeet, Ungrowable
from diffpy.transform.specialise_outsiders import Outsiders
from diffpy.transform.specialise_packing import Entry, Packed
from diffpy.transform.specialise_pools import (
    PoolChanged,
    PoolLayouts,
    with_pools,
)
from diffpy.transform.specialise_scopes import Definition, calling_definition
from diffpy.transform.specialise_statements import TooLong
from diffpy.transform.values import (
    Static,
    kinds_of,
    layout_of,
    layout_of_structure,
    refill,
    structure_of,
)

_DEEPEST = 20_000


class Interpreter(Outsiders):
    """All of it."""


def specialise(
    fun: Callable[..., Any], structures: tuple[Structure, ...], outputs: tuple[Position, ...] = ()
) -> Specialised:
    """The intermediate form of a function for arguments of these structures.

    Parameters
    ----------
    fun : callable
        A function, method, lambda, njit dispatcher, partial, or a library function with a rule.
    structures : tuple of Structure
        One for each parameter, in the order of the signature.
    outputs : tuple of Position, optional
        Arguments whose contents in the end are returned besides the result: ``(result, (u, v))``.

    Examples
    --------
    >>> from diffpy.kinds import PY_FLOAT
    >>> from diffpy.structure import Leaf
    >>> def double(x):
    ...     return x + x
    >>> found = specialise(double, (Leaf(PY_FLOAT),))
    >>> [str(param) for param in found.function.params], found.result
    (['x:float'], Leaf(kind=Scalar(dtype='float64', python=True)))
    """
    with _deep_recursion():
        first = Program()
        try:
            return _specialise(fun, structures, outputs, first)
        except DiffpyError as error:
            if not isinstance(error, TooLong):
                with contextlib.suppress(DiffpyError):
                    return _specialise(fun, structures, outputs, Program(constants=True))
            if first.makes_instances and not outputs:
                try:
                    return _specialise_in_pools(fun, structures)
                except DiffpyError:
                    if isinstance(error.__cause__, Ungrowable | ManyObjects):
                        raise  # the other says only that pools are needed
            raise


def _specialise_in_pools(fun: Any, structures: tuple[Structure, ...]) -> Specialised:
    """Read a program again and again until it is known what the attributes of instances hold."""
    pools: PoolLayouts = {}
    families: dict[str, str] = {}
    while True:
        program = Program(pooled=True, pools=pools, families=families)
        try:
            found = _specialise(fun, structures, (), program)
        except PoolChanged:
            continue
        except RowsMeet as meeting:
            families[meeting.first] = meeting.second
            pools.clear()  # they hold rows of both families
            continue
        except DiffpyError:
            if program.pools_changed:
                continue
            raise
        if not program.pools_changed:
            return found


def _specialise(
    fun: Any,
    structures: tuple[Structure, ...],
    outputs: tuple[Position, ...],
    program: Program,
) -> Specialised:
    definition, layouts = _entry_of(fun, structures, outputs, program)
    frame = Interpreter(program, definition, None)
    with program.builder.block():
        packed = Packed(tuple(layouts), (), ())
        entry = frame.entry(definition, packed, None)
        made = [key for key in entry.hidden if is_pool_key(key)]
        leaves = entry.result is None or _result_structure(entry) is not None
        if entry.stores or made or not leaves:
            inner, entry = entry, frame.entry(definition, packed, None, outermost=True)
            inner.function.name, entry.function.name = entry.function.name, inner.function.name
    function = entry.function
    with_pools(function, [p for p in function.params if p in entry.pools])
    own_items(function)
    if entry.result is None:  # it raises always: a derivative of it does so too
        function.body = replace(function.body, yields=(Const(math.nan, PY_FLOAT),))
    result = _result_structure(entry)
    if result is None:
        raise DiffpyError(
            f"`{function.name}` returns what cannot leave the compiled program",
            frame.place(definition.node),
            "a result is a number, an array, None, a string or a tuple of such, and of one kind "
            "whichever way it is returned",
            "return numbers, arrays and tuples of them",
        )
    outside = [key for key in entry.hidden if not is_pool_key(key)]
    hidden = tuple(program.hidden[key] for key in outside)
    guards = tuple(program.guards.values())
    read = Reads(
        program.reads,
        frozenset(program.hidden),
        tuple(outside),
        tuple(program.guards),
        frozenset(key for key in program.definitions if isinstance(key[0], types.CodeType)),
    )
    # what is in a pool is not among the objects that are known to change
    changes = entry.changes_arguments or program.tells_objects_apart or program.pooled
    return Specialised(
        function,
        tuple(structures),
        hidden,
        guards,
        result,
        read,
        changes,
        entry.stores,
        tuple(program.outside.values()) if changes else (),
        entry.copies,
    )


def _result_structure(entry: Entry) -> Structure | None:
    if entry.result is None:
        return Leaf(PY_FLOAT)
    if entry.result.captured or entry.result.scopes:
        return None
    layout = entry.result.layouts[0]
    return structure_of(refill(layout, iter([Var("y", k) for k in kinds_of(layout)])))


def _entry_of(
    fun: Any,
    structures: tuple[Structure, ...],
    outputs: tuple[Position, ...],
    program: Program,
) -> tuple[Definition, list[Any]]:
    """The definition that a callable starts with, and a layout for each of its parameters."""
    layouts = [layout_of_structure(s) for s in structures]
    by_name = isinstance(fun, functools.partial) or has_signature_of_another(fun)
    if definition_of(fun) is None and not by_name and not outputs:
        first: list[Any] = []
        target = fun
        if isinstance(fun, types.MethodType):
            first, target = [layout_of(Static(fun.__self__))], fun.__func__
        python = plain_function(target)
        if python is None:
            python = call_method(fun)
            first = [layout_of(Static(fun))]
        if python is not None:
            holder = Interpreter(program, calling_definition("call", ()), None)
            return holder.definition_for(python), [*first, *layouts]
    name = getattr(fun, "__name__", "function")
    names = _names(fun, len(structures))
    kinds = _kinds_of_parameters(fun) if by_name or outputs else {}
    also = [names[p.parameter] + ("" if p.item is None else f"[{p.item}]") for p in outputs]
    definition = calling_definition(name, names, kinds, also)
    return definition, [*layouts, layout_of(Static(fun))]


def _names(fun: Any, count: int) -> tuple[str, ...]:
    names = tuple(_kinds_of_parameters(fun))
    usual = ("x",) if count == 1 else tuple(f"x{i}" for i in range(count))
    return names if len(names) == count else usual


def _kinds_of_parameters(fun: Any) -> dict[str, Any]:
    """How each parameter takes its argument, by name; nothing where that is not known."""
    try:
        parameters = inspect.signature(fun).parameters.values()
    except (ValueError, TypeError):
        return {}
    return {p.name: p.kind for p in parameters}


class _deep_recursion:
    """Nested branches nest the interpreter; Python's limit is raised meanwhile."""

    _lock = threading.Lock()
    _users = 0
    _limit = 0

    def __enter__(self) -> None:
        cls = type(self)
        with cls._lock:
            if cls._users == 0:
                cls._limit = sys.getrecursionlimit()
                sys.setrecursionlimit(max(cls._limit, _DEEPEST))
            cls._users += 1

    def __exit__(self, *exception: object) -> None:
        cls = type(self)
        with cls._lock:
            cls._users -= 1
            if cls._users == 0:
                sys.setrecursionlimit(cls._limit)
