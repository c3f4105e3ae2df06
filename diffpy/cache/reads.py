"""What a compilation read from outside, as a list that another process can go through.

The globals and cells that functions read, attributes of modules, default values: each is written
as a way to it from the functions known so far, and a fingerprint of what was there. Going through
the list finds the same objects again, functions included, or the first difference.

    def f(x): return helper(x) * SCALE     global 0 helper    function helper 5a…
                                           global 0 SCALE     hidden python float64
    def helper(v): return np.sin(v)        global 1 np        module numpy
                                           attribute numpy sin   library numpy:sin
"""

from __future__ import annotations

import builtins
import operator
import sys
import types
from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

from diffpy.cache.fingerprints import Fingerprints, NotPortable
from diffpy.structure import describe
from diffpy.transform.program import Reads
from diffpy.transform.specialise_calls import default_of

#: how something is reached, what was there, and whether only its structure counts
Step: TypeAlias = tuple[list[Any], str, bool]
Fetch: TypeAlias = Callable[[], Any]


def write_reads(reads: Reads, marks: Fingerprints) -> tuple[list[Step], dict[Any, int]]:
    """The steps for what a compilation read, and the number of the step for each key.

    Parameters
    ----------
    reads
        What it read.
    marks
        Has described the function and its arguments already.

    Raises
    ------
    NotPortable
        If there is something that cannot be found again or compared.
    """
    steps: list[Step] = []
    for key, value in reads.values.items():
        way = _way(key, reads, marks.functions)
        is_hidden = key in reads.structured
        steps.append((way, _mark(value, is_hidden, marks), is_hidden))
    numbers = {key: k for k, key in enumerate(reads.values)}
    for key in reads.guards:
        if key not in numbers:  # of what has been compared above
            numbers[key] = len(steps)
            steps.append((_way_to_guard(key, reads, marks.functions), "", False))
    known = {_definition_key(function) for function in marks.functions}
    if not reads.definitions <= known:
        raise NotPortable("a function was reached in another way")
    return steps, numbers


def follow(steps: list[Step], marks: Fingerprints) -> list[tuple[Fetch, Any]] | None:
    """What is there now, step by step, and how to fetch it; None if something is different."""
    found: list[tuple[Fetch, Any]] = []
    for way, expected, is_hidden in steps:
        try:
            fetch = _fetch(way, marks.functions)
            value = fetch()
            if expected and _mark(value, is_hidden, marks) != expected:
                return None
        except (LookupError, AttributeError, ValueError, NotPortable):
            return None
        found.append((fetch, value))
    return found


def _mark(value: Any, is_hidden: bool, marks: Fingerprints) -> str:
    if not is_hidden:
        return marks.of_value(value)
    structure = describe(value, containers=False)
    if structure is None:
        raise NotPortable(value)
    return f"hidden {marks.of_structure(structure)}"


def _way(key: tuple[Any, ...], reads: Reads, functions: list[types.FunctionType]) -> list[Any]:
    match key:
        case ("global" | "builtin" as kind, space, str() as name):
            for k, function in enumerate(functions):
                if id(function.__globals__) == space:
                    return [kind, k, name]
        case ("cell", cell):
            for k, function in enumerate(functions):
                for j, own in enumerate(function.__closure__ or ()):
                    if id(own) == cell:
                        return ["cell", k, j]
        case ("default", types.FunctionType() as owner, str() as name):
            for k, function in enumerate(functions):
                if function is owner:
                    return ["default", k, name]
        case ("attribute", owner, str() as name):
            for module in sys.modules.copy().values():
                if id(module) == owner and isinstance(module, types.ModuleType):
                    if sys.modules.get(module.__name__) is module:
                        return ["attribute", module.__name__, name]
    raise NotPortable(key)


def _way_to_guard(
    key: tuple[Any, ...], reads: Reads, functions: list[types.FunctionType]
) -> list[Any]:
    """The way to a function's code, to its default values, or to whether builtins are hidden."""
    match key:
        case ("builtins", space):
            names = [k[2] for k in reads.values if k[:2] == ("builtin", space)]
            _, owner, _ = _way(("builtin", space, names[0]), reads, functions)
            return ["builtins", owner, names]
        case ("code" | "__defaults__" | "__kwdefaults__" as part, types.FunctionType() as owner):
            for k, function in enumerate(functions):
                if function is owner:
                    return ["function", k, "__code__" if part == "code" else part]
    raise NotPortable(key)


def _fetch(way: list[Any], functions: list[types.FunctionType]) -> Fetch:
    kind, owner, name = way
    match kind:
        case "global":
            return partial(operator.getitem, functions[owner].__globals__, name)
        case "builtins":
            return partial(functions[owner].__globals__.keys().isdisjoint, name)
        case "builtin":
            if name in functions[owner].__globals__:  # a global stands before it now
                raise NotPortable(name)
            return partial(getattr, builtins, name)
        case "cell":
            return partial(getattr, (functions[owner].__closure__ or ())[name], "cell_contents")
        case "function":
            return partial(getattr, functions[owner], name)
        case "default":
            return partial(default_of, functions[owner], name)
        case _:
            return partial(getattr, sys.modules[owner], name)


def _definition_key(function: types.FunctionType) -> tuple[Any, ...]:
    cells = tuple(id(cell) for cell in function.__closure__ or ())
    return function.__code__, id(function.__globals__), cells
