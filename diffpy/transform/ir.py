"""The form that every pass reads and writes: structured static single assignment.

`specialise` turns the user's Python into this form once; reverse mode, forward mode and the
clean-up passes map it to itself, which is why derivatives of derivatives need nothing special;
`emit` turns it back into Python text. Every variable has one kind and one definition. Control flow
keeps its structure: an ``If`` yields values from both branches, a loop carries values from one
iteration to the next (block arguments instead of phi nodes), so no pass ever needs a dominator
tree:

    x = 1.0                            for i in range(0, n, 1), carrying x_1 from 1.0:
    for i in range(n):                     t = x_1 * a
        x = x * a             is           yield t
    return x                           -> x_2
                                       return x_2
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from diffpy.errors import LocatedNode, Place
from diffpy.kinds import Kind
from diffpy.rules.registry import Primitive

if TYPE_CHECKING:
    from diffpy.transform.trace_joins import Source


class SourceFile(Protocol):
    """What a line needs of the user's source."""

    def place(self, node: Any) -> Place: ...


class Line(int):
    """The number of the user's line that a statement comes from, and where exactly that is.

    Passes treat it as a number. ``callers`` are the calls, innermost first, through which an
    inlined statement came to where it stands.
    """

    source: SourceFile
    node: LocatedNode
    function: str
    callers: tuple[Line, ...]

    @classmethod
    def of(cls, number: int, source: SourceFile, node: LocatedNode, function: str) -> Line:
        line = cls(number)
        line.source, line.node, line.function, line.callers = source, node, function, ()
        return line

    def called_from(self, call: Line) -> Line:
        """The same place, reached by one call more."""
        line = self.of(self, self.source, self.node, self.function)
        line.callers = (*self.callers, call, *call.callers)
        return line

    @property
    def place(self) -> Place:
        return self.source.place(self.node)


class Var:
    """One definition of one variable. ``name`` is a hint; `emit` makes names unique."""

    __slots__ = ("bits", "kind", "mixed", "name", "temporary", "unsettled")

    def __init__(self, name: str, kind: Kind, temporary: bool = False, bits: int = 64) -> None:
        self.name = name
        self.kind = kind
        self.temporary = temporary  # may be folded into the expression that uses it
        self.bits = bits  # of an integer: proof that |value| < 2**bits (64: none)
        self.mixed = False  # of another kind in Python, on some way: an int where it is a float
        self.unsettled = False  # a number of NumPy's that is Python's on some way

    def __repr__(self) -> str:
        return f"{self.name}:{self.kind}"


@dataclass(frozen=True)
class Const:
    """A number known while compiling."""

    value: Any
    kind: Kind

    @property
    def bits(self) -> int:
        return int(self.value).bit_length() if isinstance(self.value, int) else 64


Atom: TypeAlias = Var | Const


@dataclass(frozen=True, eq=False)
class Instr:
    """``target = primitive(*args, **static)``; ``target`` is None for pure effects."""

    target: Var | None
    primitive: Primitive
    args: tuple[Atom, ...]
    static: tuple[tuple[str, Any], ...] = ()
    line: int | None = None

    @property
    def options(self) -> dict[str, Any]:
        return dict(self.static)


@dataclass(frozen=True, eq=False)
class Call:
    """``targets = function(*args)`` for a function of the program that is not inlined."""

    targets: tuple[Var, ...]
    function: Function
    args: tuple[Atom, ...]
    line: int | None = None


@dataclass(frozen=True, eq=False)
class Block:
    """Statements, then the atoms that the block hands to what contains it."""

    statements: tuple[Statement, ...]
    yields: tuple[Atom, ...] = ()


@dataclass(frozen=True, eq=False)
class If:
    """``results`` take ``then.yields`` or ``orelse.yields``."""

    test: Atom
    then: Block
    orelse: Block
    results: tuple[Var, ...]
    line: int | None = None


@dataclass(frozen=True, eq=False)
class For:
    """A counted loop. ``heads`` start as ``inits`` and take ``body.yields`` after each iteration.

    ``index`` runs over ``range(start, stop, step)``. With ``exits`` the body yields one atom more,
    last: a bool that ends the loop after this iteration (how break and return arrive here).
    ``results`` are the heads when the loop is over.
    """

    index: Var
    start: Atom
    stop: Atom
    step: Atom
    heads: tuple[Var, ...]
    inits: tuple[Atom, ...]
    body: Block
    results: tuple[Var, ...]
    exits: bool = False
    line: int | None = None


@dataclass(frozen=True, eq=False)
class While:
    """``test`` runs before each iteration and yields one bool; its names are seen by ``body``."""

    test: Block
    heads: tuple[Var, ...]
    inits: tuple[Atom, ...]
    body: Block
    results: tuple[Var, ...]
    exits: bool = False
    line: int | None = None


Statement: TypeAlias = Instr | Call | If | For | While
Loop = (For, While)


@dataclass(eq=False)
class Function:
    """A function of the program: leaves in, leaves out.

    The body is filled in after the object exists, so that recursive calls can refer to it.
    """

    name: str
    params: tuple[Var, ...] = ()
    body: Block = field(default_factory=lambda: Block(()))
    doc: str | None = None
    origin: Origin | None = None
    recursive: bool = False
    #: where the reverse sweep begins, for the headings in the printed text
    reverse_from: int | None = None
    #: of arrays that are one or another, which one: for the reverse sweep
    joins: Mapping[Var, Source] = field(default_factory=dict)
    #: parameters that may share memory with each other
    overlaps: tuple[frozenset[Var], ...] = ()

    @property
    def results(self) -> tuple[Atom, ...]:
        return self.body.yields


@dataclass(frozen=True)
class Origin:
    """The user's source that a function comes from."""

    filename: str
    lines: Mapping[int, str]


def operands(statement: Statement) -> tuple[Atom, ...]:
    """The atoms that a statement itself reads, without those inside its blocks."""
    match statement:
        case Instr() | Call():
            return statement.args
        case If():
            return (statement.test,)
        case For():
            return (statement.start, statement.stop, statement.step, *statement.inits)
        case While():
            return statement.inits


def targets(statement: Statement) -> tuple[Var, ...]:
    """The variables that a statement defines in the block that it stands in."""
    match statement:
        case Instr():
            return () if statement.target is None else (statement.target,)
        case Call():
            return statement.targets
        case _:
            return statement.results


def blocks(statement: Statement) -> tuple[Block, ...]:
    """The blocks inside a statement."""
    match statement:
        case If():
            return (statement.then, statement.orelse)
        case For():
            return (statement.body,)
        case While():
            return (statement.test, statement.body)
        case _:
            return ()


def block_arguments(statement: Statement) -> tuple[Var, ...]:
    """The variables that a loop defines at the head of its body."""
    match statement:
        case For():
            return (statement.index, *statement.heads)
        case While():
            return statement.heads
        case _:
            return ()


def walk(block: Block) -> Iterator[Statement]:
    """Every statement of a block and of the blocks inside it, outermost first."""
    for statement in block.statements:
        yield statement
        for inner in blocks(statement):
            yield from walk(inner)


def free_variables(block: Block) -> list[Var]:
    """The variables that a block reads and does not define, in order of first use."""
    defined: set[Var] = set()
    found: dict[Var, None] = {}

    def use(atoms: Sequence[Atom]) -> None:
        for atom in atoms:
            if isinstance(atom, Var) and atom not in defined:
                found.setdefault(atom)

    def visit(inner: Block) -> None:
        for statement in inner.statements:
            use(operands(statement))
            defined.update(block_arguments(statement))
            for child in blocks(statement):
                visit(child)
            defined.update(targets(statement))
        use(inner.yields)

    visit(block)
    return list(found)


def substitute(block: Block, mapping: Mapping[Var, Atom]) -> Block:
    """The block with variables replaced by atoms; definitions keep their variables."""
    if not mapping:
        return block

    def atom(a: Atom) -> Atom:
        return mapping.get(a, a) if isinstance(a, Var) else a

    def atoms(many: Sequence[Atom]) -> tuple[Atom, ...]:
        return tuple(map(atom, many))

    def visit(inner: Block) -> Block:
        return Block(tuple(map(statement, inner.statements)), atoms(inner.yields))

    def statement(s: Statement) -> Statement:
        match s:
            case Instr() | Call():
                return replace(s, args=atoms(s.args))
            case If():
                return replace(s, test=atom(s.test), then=visit(s.then), orelse=visit(s.orelse))
            case For():
                return replace(
                    s,
                    start=atom(s.start),
                    stop=atom(s.stop),
                    step=atom(s.step),
                    inits=atoms(s.inits),
                    body=visit(s.body),
                )
            case While():
                return replace(s, inits=atoms(s.inits), test=visit(s.test), body=visit(s.body))

    return visit(block)


def map_blocks(statement: Statement, change: Callable[[Block], Block]) -> Statement:
    """A statement with each of the blocks in it changed."""
    match statement:
        case If():
            return replace(statement, then=change(statement.then), orelse=change(statement.orelse))
        case For():
            return replace(statement, body=change(statement.body))
        case While():
            return replace(statement, test=change(statement.test), body=change(statement.body))
        case _:
            return statement


def map_instructions(block: Block, change: Callable[[Instr], Instr]) -> Block:
    """The block with each of its instructions changed, also in the blocks inside it."""

    def visit(inner: Block) -> Block:
        made = [
            change(s) if isinstance(s, Instr) else map_blocks(s, visit) for s in inner.statements
        ]
        return Block(tuple(made), inner.yields)

    return visit(block)


def called_functions(function: Function) -> list[Function]:
    """The function and everything that it reaches by calls, callees first."""
    order: dict[Function, None] = {}
    seen: set[Function] = set()

    def visit(f: Function) -> None:
        seen.add(f)
        for statement in walk(f.body):
            if isinstance(statement, Call) and statement.function not in seen:
                visit(statement.function)
        order.setdefault(f)

    visit(function)
    return list(order)
