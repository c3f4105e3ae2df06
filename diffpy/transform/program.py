"""What specialisation hands to the passes after it, and what dispatch needs to call the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from diffpy.structure import Structure
from diffpy.transform.ir import Function, Var


@dataclass(frozen=True)
class Hidden:
    """A global or a closure cell that the function reads: an argument that diffpy passes.

    It is fetched at each call, so a rebound global counts from the next call on. If the structure
    that it has then is not ``structure``, another version of the derivative is generated.
    """

    name: str
    fetch: Callable[[], Any]
    structure: Structure


@dataclass(frozen=True)
class Guard:
    """A global or a cell whose identity the derivative depends on (a function, a module)."""

    name: str
    fetch: Callable[[], Any]
    expected: Any


@dataclass(frozen=True, eq=False)
class Reads:
    """Everything that specialisation read from outside of the program, by key and in order.

    Of those in ``structured`` only the structure counts, of the others the value. ``hidden`` and
    ``guards`` are the keys of the hidden arguments and of the guards; ``definitions`` are the
    functions whose code was read: code, id of the globals, ids of the cells. See
    `diffpy.cache.reads`.
    """

    values: Mapping[Any, Any]
    structured: frozenset[Any]
    hidden: tuple[Any, ...]
    guards: tuple[Any, ...]
    definitions: frozenset[Any]


@dataclass(frozen=True)
class Specialised:
    """A function of the user's, for one signature.

    ``function.params`` are the leaves of ``arguments`` in order, then those of ``hidden``;
    ``function.results`` are the leaves of ``result``.
    """

    function: Function
    arguments: tuple[Structure, ...]
    hidden: tuple[Hidden, ...]
    guards: tuple[Guard, ...]
    result: Structure
    reads: Reads | None = None
    #: whether it changes lists, dicts or objects among its arguments (the caller keeps his), or
    #: asks whether two are one
    changes_arguments: bool = False
    #: leaves of the arguments that are arrays and are written (the caller keeps his)
    written: tuple[int, ...] = ()
    #: objects that it reads where they are, if it changes objects among its arguments
    outside: tuple[Any, ...] = ()
    #: the arrays of ``function`` that it writes into in place of those in ``written``
    copies: tuple[Var, ...] = ()
    #: whether its arrays have to lie in the order of C
    in_order: bool = False


@dataclass(frozen=True)
class DependenceFacts:
    """What a loop's iterations owe each other.

    ``carried`` tells whether a value or a store of one iteration is read by a later one; only then
    must the reverse sweep run backwards.
    """

    carried: bool
    taped: bool = False
