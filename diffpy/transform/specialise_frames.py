"""Where the interpreter stands: the program under construction, and one frame for each function.

A frame holds the local variables as an overlay of dictionaries, one for each branch that is open,
so that entering a branch costs nothing and joining costs what the branch assigned. Besides the
user's names an environment holds how control left the statements before:

    %jump       skip the rest of this block (break, continue or return is under way)
    %exit       end the loop;  %returned   end the function;  %result   what it returns
    %raised     an exception is on its way to a handler;      %error    which
"""

from __future__ import annotations

import builtins
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

import gast

from diffpy.errors import DiffpyError, KindError
from diffpy.kinds import PY_BOOL, Array
from diffpy.rules.notation import emitting_to
from diffpy.rules.registry import Primitive, definition_of
from diffpy.transform.build import Builder
from diffpy.transform.ir import Atom, Const, Function, Instr, Line, Statement, Var
from diffpy.transform.program import Guard, Hidden
from diffpy.transform.simplify_arithmetic import integer_bits
from diffpy.transform.specialise_scopes import Definition, Scope
from diffpy.transform.specialise_storage import Storage
from diffpy.transform.values import (
    UNBOUND,
    Abstract,
    Composite,
    ExceptionForm,
    Left,
    Static,
    Unreachable,
    is_array,
    is_nothing,
)

TRUE = Const(True, PY_BOOL)
FALSE = Const(False, PY_BOOL)


def as_flag(test: bool | Atom) -> Atom:
    """A test, which may be known while compiling, as a value."""
    return (TRUE if test else FALSE) if isinstance(test, bool) else test


#: how control stands at the start of a function, an iteration, or a block that is not skipped
NOT_LEFT: dict[str, Abstract] = {
    "%jump": FALSE,
    "%exit": FALSE,
    "%returned": FALSE,
    "%raised": FALSE,
    "%result": UNBOUND,
    "%error": UNBOUND,
}
FLAGS = ("%jump", "%exit", "%returned", "%raised")
SPECIAL = (*FLAGS, "%result", "%error", "%value")


class CodeBuilder(Builder):
    """A builder that can go back to a block that was left."""

    _frame: Frame | None = None
    #: operations that were emitted, also where they were dropped again
    count = 0

    def add(self, statement: Statement) -> None:
        self.count += 1
        super().add(statement)

    def open(self, statements: list[Statement]) -> None:
        """Let what is emitted from here on go into a block, until it is closed."""
        self._open.append(statements)

    def close(self) -> None:
        self._open.pop()

    @contextlib.contextmanager
    def watched_by(self, frame: Frame) -> Iterator[None]:
        """Let a frame know of every operation before it is emitted."""
        outside, self._frame = self._frame, frame
        try:
            yield
        finally:
            self._frame = outside

    @contextlib.contextmanager
    def reopened(self, statements: list[Statement]) -> Iterator[None]:
        self._open.append(statements)
        try:
            with emitting_to(self):
                yield
        finally:
            self._open.pop()

    def emit(
        self,
        primitive: Primitive,
        args: tuple[Atom, ...],
        static: dict[str, Any] | None = None,
        name: str = "t",
        temporary: bool = True,
    ) -> Atom | None:
        """Emit one primitive; what makes a new array is left as it is.

        ``b = a * 1.0`` is a copy, and a store into `b` must not be one into `a`.
        """
        if self._frame is not None:
            self._frame.watch(primitive, args, static or {})
        makes_array = primitive.fresh and not primitive.effect
        if makes_array and any(isinstance(a.kind, Array) for a in args):
            static = static or {}
            kind = primitive.infer(tuple(a.kind for a in args), **static)
            target = Var(name, kind, temporary, integer_bits(primitive, args, kind))
            made = Instr(target, primitive, args, tuple(sorted(static.items())), self.line)
            self.add(made)
            self.definitions[target] = made
            return target
        return super().emit(primitive, args, static, name, temporary)


@dataclass(eq=False)
class Environment:
    """The variables that one branch assigned, over those of what contains it."""

    outer: Environment | None = None
    names: dict[str, Abstract] = field(default_factory=dict)
    #: what a name is known to be here -> what it is outside of this branch
    narrowed: dict[str, tuple[Abstract, Abstract]] = field(default_factory=dict)
    dead: bool = False

    def get(self, name: str) -> Abstract:
        environment: Environment | None = self
        while environment is not None:
            found = environment.names.get(name)
            if found is not None:
                return found
            environment = environment.outer
        return UNBOUND

    def knows(self, name: str) -> bool:
        return name in self.names or (self.outer is not None and self.outer.knows(name))

    def flag(self, name: str) -> Atom:
        value = self.get(name)
        return value if isinstance(value, Var | Const) else FALSE

    def narrow(self, name: str, value: Abstract, original: Abstract) -> None:
        """From here on the name is known to be ``value``, which is a part of what it was."""
        before = self.narrowed.get(name)
        if before is not None and before[0] is original:
            original = before[1]
        self.narrowed[name] = (value, original)
        self.names[name] = value

    def widened(self, name: str) -> Abstract:
        """The value of a name without what only this branch knows about it."""
        value = self.get(name)
        narrowed = self.narrowed.get(name)
        return narrowed[1] if narrowed is not None and narrowed[0] is value else value


@dataclass(eq=False)
class Program:
    """What all frames share: the hidden arguments and guards found so far, callees by signature."""

    #: whether integers and bools of the module are known while compiling (and guarded)
    constants: bool = False
    builder: CodeBuilder = field(default_factory=CodeBuilder)
    hidden: dict[Any, Hidden] = field(default_factory=dict)
    guards: dict[Any, Guard] = field(default_factory=dict)
    #: names of Python's own that were read, by the id of the globals that could hide them
    builtins: dict[int, list[str]] = field(default_factory=dict)
    #: what was read from outside, also what needs neither, by the same keys
    reads: dict[Any, Any] = field(default_factory=dict)
    #: objects that are read where they are, by identity
    outside: dict[int, Any] = field(default_factory=dict)
    entries: dict[Any, Any] = field(default_factory=dict)
    #: signatures whose results do not settle
    unsettled: set[Any] = field(default_factory=set)
    definitions: dict[Any, Definition] = field(default_factory=dict)
    #: names of the functions, to keep them apart
    names: dict[str, int] = field(default_factory=dict)
    #: whether `is` was said to be false of two lists, dicts or instances
    tells_objects_apart: bool = False
    #: whether instances of the user's classes are in pools, and what those hold
    pooled: bool = False
    pools: dict[Any, dict[str, Any]] = field(default_factory=dict)
    pools_changed: bool = False
    #: families of rows that are parts of others
    families: dict[str, str] = field(default_factory=dict)
    #: the attributes that every instance of a class has
    certain: dict[type, frozenset[str]] = field(default_factory=dict)
    #: whether any instances are made
    makes_instances: bool = False
    #: constants of another kind in Python, by identity: an int where it is a float
    mixed: dict[int, Const] = field(default_factory=dict)
    #: iterators that were gone through, by identity
    consumed: dict[int, Abstract] = field(default_factory=dict)
    #: functions under construction, outermost first
    stack: list[Any] = field(default_factory=list)
    #: loops around this place that may leave a generator which something else refers to
    held: int = 0


def is_pool_key(key: Any) -> bool:
    """Whether a hidden argument is a list of a pool."""
    return isinstance(key, tuple) and key[:1] == ("pool",)


class Frame:
    """One function under construction; the subclasses add how its code is read."""

    def __init__(self, program: Program, definition: Definition, parent: Scope | None) -> None:
        self.program = program
        self.builder = program.builder
        self.definition = definition
        self.parent = parent
        self.env = Environment()
        self.function = Function(definition.name)
        self.storage = Storage(self.builder)
        #: the names that (may) hold arrays
        self.array_names: dict[str, None] = {}
        #: hidden arguments that this function reads: key -> value
        self.hidden: dict[Any, Abstract] = {}
        self.node: Any = definition.node
        #: handlers, and ends of the function that wait for exceptions, around this place
        self.catching = 0
        #: what is read after the join that is being made
        self.live = -1
        #: what may be read after a return here: by a ``finally``, or because one cancels it
        self.awaited = 0
        #: lists and instances that came with the arguments
        self.foreign: set[Any] = set()
        #: objects that were made here
        self.images: list[Any] = []
        #: serials of objects whose contents another object has now
        self.moved: set[int] = set()
        #: how many stores there were so far
        self.writes = 0
        #: array parameters that are written
        self.stored: set[Var] = set()
        #: tests behind which the rest of the statement stands
        self.guards: list[Any] = []
        #: variables of other scopes that this function rebinds
        self.written: dict[tuple[Scope, str], None] = {}
        #: exceptions that are handled, innermost last
        self.handled: list[Abstract] = []
        #: iterators that were made before the loops around this place, by identity
        self.before_loops: dict[int, Abstract] = {}
        #: loops that are open, innermost last: whether each was left by break
        self.loops: list[bool] = []

    # --- names ---

    def has(self, name: str) -> bool:
        """Whether a name is one of this function's variables."""
        return name in self.definition.locals

    def lookup(self, name: str) -> Abstract | None:
        return self.env.get(name)

    def rebind(self, name: str, value: Abstract) -> None:
        """A nested function rebinds one of this function's variables."""
        self.bind(name, value)

    def bind(self, name: str, value: Abstract) -> None:
        self.env.names[name] = value
        if is_array(value) or isinstance(value, Composite):
            self.array_names[name] = None

    # --- errors ---

    def error(self, what: str, why: str = "", fix: str = "", node: Any = None) -> KindError:
        """An operation on values of kinds that it has no meaning for, at the place of a node."""
        return KindError(what, self.place(node), why, fix)

    def mistake(self, what: str, value: Abstract, raised: str = "TypeError") -> KindError:
        """An operation that Python refuses too, if the value is nothing or a number of Python's."""
        error = self.error(what)
        number = isinstance(value, Var | Const) and getattr(value.kind, "python", False)
        if number or is_nothing(value):
            error.raised = raised
        return error

    def place(self, node: Any = None) -> Any:
        node = self.node if node is None else node
        return self.definition.source.place(node)

    def line_of(self, node: Any, number: int | None = None) -> int | None:
        """The place of a node, as the line of its statement."""
        number = getattr(node, "lineno", None) if number is None else number
        if number is None or not hasattr(node, "lineno"):
            return number
        name = self.definition.name
        if isinstance(self.definition.node, gast.Lambda):
            name = "<lambda>"
        return Line.of(number, self.definition.source, node, name)

    def throw(self, error: str, message: str) -> NoReturn:
        """Emit the raising of an exception; nothing follows it."""
        from diffpy.rules import structural

        if self.catching:
            form = ExceptionForm(getattr(builtins, error))
            self.raise_to_handler(Composite(form, (Static(message),)))
        structural.throw(error=error, message=message)
        raise Unreachable

    def raise_to_handler(self, error: Composite) -> NoReturn:
        """Leave for the handler of an exception; nothing else of this statement runs."""
        self.env.names["%error"] = error
        self.env.names.update(dict.fromkeys(("%raised", "%exit", "%jump"), TRUE))
        raise Left

    # --- emitting ---

    def watch(self, primitive: Primitive, args: tuple[Atom, ...], static: dict[str, Any]) -> None:
        raise NotImplementedError

    def apply(self, operation: Callable[..., Any], *values: Abstract) -> Abstract:
        """What a Python operation (of the module ``operator``) does with atoms."""
        meaning = definition_of(operation)
        assert meaning is not None, operation
        return self.run_definition(meaning, operation.__name__, values, {})

    def run_definition(
        self,
        meaning: Callable[..., Any],
        name: str,
        arguments: tuple[Abstract, ...],
        keywords: dict[str, Abstract],
    ) -> Abstract:
        """Let a definition emit what a function means."""
        try:
            plain = [self.to_rule(a, name) for a in arguments]
            named = {key: self.to_rule(a, name) for key, a in keywords.items()}
            return self.from_rule(meaning(*plain, **named), name)
        except DiffpyError as error:
            if error.place is not None:
                raise
            raise type(error)(error.what, self.place(), error.why, error.fix) from error
        except (TypeError, ValueError, AttributeError, IndexError, AssertionError) as error:
            from diffpy.transform.values import describe_kind

            given = ", ".join(map(describe_kind, arguments))
            raise KindError(
                f"`{name}` cannot be applied here", self.place(), f"({given}): {error}"
            ) from error

    def to_rule(self, value: Abstract, name: str) -> Any:
        raise NotImplementedError

    def from_rule(self, value: Any, name: str) -> Abstract:
        raise NotImplementedError

    # --- parts that the subclasses write ---

    def started_later(
        self, definition: Definition, scope: Any, values: list[Abstract]
    ) -> Composite:
        raise NotImplementedError

    def owned(self, value: Abstract, label: str = "") -> Abstract:
        raise NotImplementedError

    def exported(self, value: Abstract) -> Abstract:
        raise NotImplementedError

    def evaluate(self, node: Any) -> Abstract:
        raise NotImplementedError

    def call(
        self, function: Abstract, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        raise NotImplementedError

    def truth(self, value: Abstract) -> bool | Atom:
        raise NotImplementedError

    def lift(
        self, value: Any, name: str, key: Any, fetch: Callable[[], Any], constant: bool = False
    ) -> Abstract:
        raise NotImplementedError

    def nested_function(self, node: Any) -> Abstract:
        raise NotImplementedError

    def hidden_value(self, key: Any) -> Abstract:
        raise NotImplementedError

    def length(self, value: Abstract) -> Atom:
        raise NotImplementedError

    def run(self, steps: list[Any], live: int, start: int = 0) -> None:
        raise NotImplementedError
