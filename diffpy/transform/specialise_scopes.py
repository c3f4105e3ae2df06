"""Functions of the user's program as Python sees them: parameters, local names, free names.

Also the places where names live while specialising: a frame of the interpreter, or the image of a
frame in a function that it calls (captured variables are extra arguments there, and extra results
if they are rebound).
"""

from __future__ import annotations

import inspect
import itertools
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import gast

from diffpy.transform.find_source import Source, source_of
from diffpy.transform.lower_comprehensions import (
    GeneratorFunction,
    lower_comprehensions,
    with_array_rows,
)
from diffpy.transform.lower_generators import (
    LoopBody,
    Ways,
    calling_consumer,
    cleans_up,
    is_generator,
    loop_body,
    sees_its_end,
    with_as_loop,
)
from diffpy.transform.lower_syntax import lower_syntax
from diffpy.transform.specialise_liveness import Liveness
from diffpy.transform.values import Abstract


class Scope(Protocol):
    """Where the variables of one activation of a function live."""

    @property
    def definition(self) -> Definition | None: ...
    @property
    def parent(self) -> Scope | None: ...
    def has(self, name: str) -> bool: ...
    def lookup(self, name: str) -> Abstract | None: ...
    def rebind(self, name: str, value: Abstract) -> None: ...


class Cells(Protocol):
    """What an image needs of the frame that it is in."""

    written: dict[tuple[Scope, str], None]

    def lookup(self, name: str) -> Abstract | None: ...
    def bind(self, name: str, value: Abstract) -> None: ...


#: builtins that are done with an iterable when they return
EAGER = frozenset(
    ("all", "any", "dict", "frozenset", "list", "max", "min", "set", "sorted", "sum", "tuple")
)
#: the order in which scopes came to be
scope_serial = itertools.count()


@dataclass(eq=False)
class Image:
    """The captured variables of a frame, inside a function that is called or returned.

    They are cells of the frame that the image is in: variables of its environment, so that
    branches join them and loops carry them like any other. Without a definition it is an object:
    its attributes are the variables.
    """

    definition: Definition | None
    parent: Scope | None
    frame: Cells
    serial: int = field(default_factory=lambda: next(scope_serial))
    attributes: dict[str, None] = field(default_factory=dict)
    #: how often it changed its length, if it is a list
    resizes: int = 0
    #: how many loops over it run
    looped: int = 0
    #: whether anything was changed in it
    changed: bool = False

    #: what the object is called first, for names in the program
    label: str = ""

    def has(self, name: str) -> bool:
        return self.definition is not None and name in self.definition.locals

    def cell(self, name: str) -> str:
        return f"@{self.serial}.{self.label}.{name}"

    def lookup(self, name: str) -> Abstract | None:
        return self.frame.lookup(self.cell(name))

    def rebind(self, name: str, value: Abstract) -> None:
        self.receive(name, value)
        self.changed = True
        self.frame.written[self, name] = None

    def receive(self, name: str, value: Abstract) -> None:
        """What a variable is when the frame begins."""
        self.attributes[name] = None
        self.frame.bind(self.cell(name), value)


def is_cell(name: str) -> bool:
    """Whether a name of an environment is a variable of another scope."""
    return name.startswith("@")


def serial_of_cell(name: str) -> int:
    return int(name[1:].partition(".")[0])


@dataclass(frozen=True)
class Parameters:
    """The names of a function's parameters by how they take arguments."""

    positional_only: tuple[str, ...]
    positional: tuple[str, ...]
    keyword_only: tuple[str, ...]
    star: str | None
    double_star: str | None

    def names(self) -> tuple[str, ...]:
        found = (*self.positional_only, *self.positional)
        found += () if self.star is None else (self.star,)
        found += self.keyword_only
        return found if self.double_star is None else (*found, self.double_star)


@dataclass(eq=False)
class Definition:
    """A function of the user's source: a def or a lambda, at the top or nested."""

    node: Any
    source: Source
    parent: Definition | None
    #: of the real function that the source belongs to
    globals: dict[str, Any]
    cells: dict[str, Any]
    given_name: str | None = None
    #: whether it is the body of a loop over a generator, which catches none of its exceptions
    is_loop_body: bool = False
    #: whether it is called by a statement, and by nothing inside of an expression
    at_statement: bool = False
    _nested: dict[int, Definition] = field(default_factory=dict)
    _loop_bodies: dict[int, LoopBody] = field(default_factory=dict)
    _with_loops: dict[tuple[int, int], Any] = field(default_factory=dict)
    _array_rows: dict[int, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        if self.given_name is not None:
            return self.given_name
        return "lambda" if isinstance(self.node, gast.Lambda) else self.node.name

    @cached_property
    def depth(self) -> int:
        """How many functions this one is nested in."""
        return 0 if self.parent is None else 1 + self.parent.depth

    @cached_property
    def body(self) -> list[Any]:
        if isinstance(self.node, gast.Lambda):
            returned = gast.Return(value=self.node.body)
            return [gast.copy_location(returned, self.node.body)]
        statements = list(self.node.body)
        return statements[1:] if self.doc is not None else statements

    @cached_property
    def doc(self) -> str | None:
        if isinstance(self.node, gast.Lambda):
            return None
        match next(iter(self.node.body), None):
            case gast.Expr(value=gast.Constant(value=str() as text)):
                return text
        return None

    @cached_property
    def parameters(self) -> Parameters:
        a = self.node.args
        return Parameters(
            tuple(p.id for p in a.posonlyargs),
            tuple(p.id for p in a.args),
            tuple(p.id for p in a.kwonlyargs),
            None if a.vararg is None else a.vararg.id,
            None if a.kwarg is None else a.kwarg.id,
        )

    @cached_property
    def _nodes(self) -> list[Any]:
        return list(_own_nodes(self.body))

    @cached_property
    def _functions(self) -> list[Definition]:
        """The functions nested directly in this one."""
        nested = (n for n in self._nodes if isinstance(n, gast.FunctionDef | gast.Lambda))
        return [self.nested(node) for node in nested]

    @cached_property
    def nonlocals(self) -> frozenset[str]:
        """The names that this function rebinds in a function around it."""
        found = (node.names for node in self._nodes if isinstance(node, gast.Nonlocal))
        return frozenset(name for names in found for name in names)

    @cached_property
    def locals(self) -> dict[str, None]:
        """The local names, parameters first, in order of appearance."""
        found = dict.fromkeys(self.parameters.names())
        for node in self._nodes:
            match node:
                case gast.Name(id=name):
                    if not isinstance(node.ctx, gast.Load) and name not in self.nonlocals:
                        found.setdefault(name)
                case GeneratorFunction(body=[gast.Nonlocal(names=names), *_]):
                    found.update(dict.fromkeys(n for n in names if n not in self.nonlocals))
                case GeneratorFunction():
                    pass
                case gast.FunctionDef(name=name):
                    if name not in self.nonlocals:
                        found.setdefault(name)
                case gast.ExceptHandler(name=gast.Name(id=name)):
                    found.setdefault(name)
        return found

    @cached_property
    def free(self) -> tuple[str, ...]:
        """Names that this function or one nested in it reads and that are local to neither."""
        names = [node.id for node in self._nodes if isinstance(node, gast.Name)]
        for function in self._functions:
            names += function.free
        return tuple(name for name in dict.fromkeys(names) if name not in self.locals)

    @cached_property
    def captured(self) -> frozenset[str]:
        """Local names that nested functions read, at any time."""
        return frozenset(self.read_later & self.locals.keys())

    @cached_property
    def read_later(self) -> frozenset[str]:
        """Names that nested functions read, at any time.

        A generator expression that is consumed where it stands reads them there.
        """
        found: set[str] = set()
        for function in self._functions:
            at_once = id(function.node) in self._consumed_at_once
            found |= function.read_later & set(function.free) if at_once else set(function.free)
        return frozenset(found)

    @cached_property
    def _consumed_at_once(self) -> frozenset[int]:
        found = []
        for node in self._nodes:
            match node:
                case gast.Call(func=gast.Constant(), args=[gast.Call(func=inner)]):
                    found.append(id(inner))
                case gast.Call(func=gast.Name(id=name), args=[gast.Call(func=inner), *_]):
                    if name in EAGER and name not in self.locals and name not in self.globals:
                        found.append(id(inner))
                case gast.For(iter=gast.Call(func=inner)):
                    found.append(id(inner))
        return frozenset(found)

    @cached_property
    def is_generator(self) -> bool:
        return not isinstance(self.node, gast.Lambda) and is_generator(self.node.body)

    @cached_property
    def cleans_up(self) -> bool:
        return cleans_up(self.node.body)

    @cached_property
    def sees_its_end(self) -> bool:
        return sees_its_end(self.node.body)

    @cached_property
    def calling_consumer(self) -> Definition:
        """Of a generator: the function that hands its items to its last parameter."""
        node = calling_consumer(self.node)
        found = Definition(node, self.source, self.parent, self.globals, self.cells)
        found.at_statement = True
        return found

    @cached_property
    def rebound(self) -> frozenset[str]:
        """Local names that nested functions rebind."""
        found: set[str] = set()
        for function in self._functions:
            found |= function.rebound_outside
        return frozenset(found & set(self.locals))

    @cached_property
    def rebound_outside(self) -> frozenset[str]:
        """Names of functions around this one that it, or a function in it, rebinds."""
        found = set(self.nonlocals)
        for function in self._functions:
            found |= function.rebound_outside
        return frozenset(found - set(self.locals))

    @cached_property
    def liveness(self) -> Liveness:
        return Liveness(self.locals, self.body, self.captured)

    def loop_body(self, loop: Any) -> LoopBody:
        """The body of a loop over a generator as a function nested in this one."""
        found = self._loop_bodies.get(id(loop))
        if found is None:
            carried = self.liveness.names(self.liveness.carried(loop))
            carried += sorted(self.nonlocals & _assigned(loop))
            serial = 1 + len(self._loop_bodies) + 1000 * self.depth
            ways = ("result", "returned", "broke", "continued")
            names = [f"@-{serial}.{way}" for way in ways]  # cells of this function
            self.locals.update(dict.fromkeys(names))
            found = self._loop_bodies[id(loop)] = loop_body(loop, carried, Ways(*names))
            for jump in found.jumps:
                self.liveness.stands_for(jump, loop)
        return found

    def with_as_loop(self, node: Any, k: int) -> Any:
        """The k-th manager of a ``with`` and its body, as a loop that runs once."""
        found = self._with_loops.get((id(node), k))
        if found is None:
            found = self._with_loops[id(node), k] = with_as_loop(node, k)
            self.liveness.stands_for(found, node)
            for inner in found.body:
                if isinstance(inner, gast.With) and k + 1 < len(node.items):
                    self.liveness.stands_for(inner, node)
        return found

    def with_array_rows(self, node: Any) -> Any:
        """``np.array([[…] for …])`` as ``np.array([np.array([…]) for …])``, other calls as None."""
        if id(node) not in self._array_rows:
            self._array_rows[id(node)] = with_array_rows(node)
        return self._array_rows[id(node)]

    def nested(self, node: Any) -> Definition:
        """The definition of a def or a lambda in the body of this one."""
        found = self._nested.get(id(node))
        if found is None:
            found = Definition(node, self.source, self, self.globals, self.cells)
            self._nested[id(node)] = found
        return found


_definitions: dict[types.FunctionType, Definition] = {}


def definition_of_function(function: types.FunctionType) -> Definition:
    """The definition of a real Python function."""
    source = lower_syntax(source_of(function))
    names = function.__code__.co_freevars
    cells = dict(zip(names, function.__closure__ or ()))
    tree = lower_comprehensions(source.node)
    return Definition(tree, source, None, function.__globals__, cells)


#: how an argument that a function takes in this way is given to it
_GIVEN: dict[Any, str] = {
    inspect.Parameter.KEYWORD_ONLY: "{0}={0}",
    inspect.Parameter.VAR_POSITIONAL: "*{0}",
    inspect.Parameter.VAR_KEYWORD: "**{0}",
}


def calling_definition(
    name: str,
    names: Sequence[str],
    kinds: Mapping[str, Any] | None = None,
    also: Sequence[str] = (),
) -> Definition:
    """``lambda x, y, f: f(x, y)``: calls its last parameter, which is no function of Python's.

    Parameters
    ----------
    name
        Of the function, in the program.
    names
        Its parameters.
    kinds : mapping, optional
        How it takes those that are not given by their places (an `inspect.Parameter.kind` each).
    also
        Parameters, or items of them, that are returned in a tuple besides the result:
        ``lambda x, y, f: (f(x, y), (x,))``.
    """
    function = "function_"
    while function in names:
        function += "_"
    given = [_GIVEN.get((kinds or {}).get(n), "{0}").format(n) for n in names]
    call = f"{function}({', '.join(given)})"
    returned = f"({call}, ({', '.join(also)},))" if also else call
    node = gast.parse(f"lambda {', '.join((*names, function))}: {returned}").body[0].value
    return Definition(node, Source(node, f"<{name}>", {}), None, {}, {}, name)


def _assigned(loop: Any) -> set[str]:
    """The names that a loop assigns, among others."""
    named = (n for n in gast.walk(loop) if isinstance(n, gast.Name | gast.FunctionDef))
    return {n.id if isinstance(n, gast.Name) else n.name for n in named}


def _own_nodes(roots: list[Any]) -> Iterator[Any]:
    """Nodes of a function in the order of the text, without the insides of nested functions."""
    stack = list(reversed(roots))
    while stack:
        node = stack.pop()
        yield node
        match node:
            case gast.FunctionDef() | gast.Lambda():
                decorators = getattr(node, "decorator_list", [])
                children = [*decorators, *node.args.defaults, *node.args.kw_defaults]
                children = [child for child in children if child is not None]
            case _:
                children = list(gast.iter_child_nodes(node))
        stack.extend(reversed(children))
