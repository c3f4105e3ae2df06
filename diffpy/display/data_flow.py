"""How data flows through a function: nodes, edges, and frames for branches and loops.

def f(x, n):                        x ──► x (carried) ──► x = x * x ──► return x
    for i in range(n):                        ▲               │
        x = x * x                             └───────────────┘
    return x
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from diffpy.display.expressions import Expressions
from diffpy.display.partials import partial
from diffpy.kinds import Array
from diffpy.rules.structural import accumulate, store
from diffpy.transform.analyse_activity import Activity
from diffpy.transform.analyse_storage import analyse_storage
from diffpy.transform.ir import Atom, Block, Call, For, Function, If, Instr, Statement, Var, While


@dataclass(eq=False)
class Node:
    """A value: an input, a statement, what a loop carries, or the result."""

    label: str
    active: bool
    role: str = "statement"  # or "input", "index", "carried", "result"
    line: int | None = None


@dataclass(eq=False)
class Frame:
    """A branch or a loop, or the function itself."""

    label: str
    items: list[Node | Frame] = field(default_factory=list)
    line: int | None = None

    def nodes(self) -> Iterator[Node]:
        """The nodes inside, at any depth."""
        for item in self.items:
            if isinstance(item, Node):
                yield item
            else:
                yield from item.nodes()


@dataclass
class Edge:
    """Data that goes from one node to another; ``back`` to the next iteration."""

    active: bool
    back: bool = False
    label: Callable[[], str | None] | None = None


@dataclass
class DataFlow:
    """The picture's contents."""

    frame: Frame
    edges: dict[tuple[Node, Node], Edge] = field(default_factory=dict)


Sources: TypeAlias = dict[Node, None]


def data_flow(function: Function, wrt: Iterable[int]) -> DataFlow:
    """The data flow of a function whose parameters ``wrt`` are active."""
    return _Tracer(function, wrt).flow


class _Tracer:
    """Follows the statements in order and notes where each value comes from."""

    def __init__(self, function: Function, wrt: Iterable[int]) -> None:
        self.expressions = Expressions(function)
        self.storage = analyse_storage(function)
        self.active = Activity(function, wrt, self.storage)
        self.flow = DataFlow(Frame(function.name))
        self._frames = [self.flow.frame]
        self._sources: dict[Var, Sources] = {}
        #: the statements that wrote last into arrays that share memory
        self._writers: dict[Var, Sources] = {}
        for param in function.params:
            label = self.expressions.names.get(param, param.name)
            self._sources[param] = {self._node(label, [param], role="input"): None}
        self._block(function.body)
        results = ", ".join(map(self.expressions.text, function.results))
        by = self._maker(function.results[0]) if len(function.results) == 1 else None
        self._made(f"return {results}", function.results, function.results, role="result", by=by)
        self._drop_unread(self.flow.frame, {start for start, _ in self.flow.edges})
        drawn = set(self.flow.frame.nodes())
        edges = self.flow.edges.items()
        self.flow.edges = {pair: edge for pair, edge in edges if drawn.issuperset(pair)}

    def _drop_unread(self, frame: Frame, read: set[Node]) -> None:
        """Without the indices of loops that are only used in tests, which labels show."""
        kept: list[Node | Frame] = []
        for item in frame.items:
            if isinstance(item, Frame):
                self._drop_unread(item, read)
            elif item.role == "index" and item not in read:
                continue
            kept.append(item)
        frame.items = kept

    # --- nodes and edges ---------------------------------------------------------------------

    def _node(
        self, label: str, values: Iterable[Atom], role: str = "statement", line: int | None = None
    ) -> Node:
        node = Node(label, any(v in self.active for v in values), role, line)
        self._frames[-1].items.append(node)
        return node

    def _made(
        self,
        label: str,
        values: Iterable[Atom],
        reads: Iterable[Atom],
        line: int | None = None,
        role: str = "statement",
        by: Instr | None = None,
    ) -> Node:
        """A node, and edges to it from what it reads."""
        node = self._node(label, values, role, line)
        for leaf in dict.fromkeys(self.expressions.leaves(*reads)):
            self._edges_from(leaf, node, by)
        return node

    def _edges_from(self, leaf: Var, node: Node, by: Instr | None = None) -> None:
        active = leaf in self.active and node.active

        def label() -> str | None:
            return None if by is None or not active else partial(self.expressions, by, leaf)

        for source in self._of(leaf):
            edge = self.flow.edges.setdefault((source, node), Edge(active, label=label))
            edge.active |= active

    def _of(self, atom: Atom) -> Sources:
        """The nodes that a value comes from."""
        if not isinstance(atom, Var):
            return {}
        written = self._writers.get(self.storage.group(atom)) if _is_array(atom) else None
        return written or self._sources.get(atom, {})

    # --- statements --------------------------------------------------------------------------

    def _block(self, block: Block) -> None:
        for statement in block.statements:
            self._statement(statement)

    def _statement(self, s: Statement) -> None:
        match s:
            case Instr() if self.expressions.is_nested(s.target):
                pass
            case Call() if any(map(self.expressions.is_nested, s.targets)):
                pass
            case Instr(target=None):
                self._effect(s)
            case Instr(target=Var() as target):
                name = self.expressions.names.get(target, "_")
                label = f"{name} = {self.expressions.statement(s)}"
                node = self._made(label, [target], s.args, s.line, by=s)
                self._sources[target] = {node: None}
            case Call():
                self._call(s)
            case If():
                self._branch(s)
            case For() | While():
                self._loop(s)

    def _effect(self, s: Instr) -> None:
        array = s.args[0] if s.args else None
        writes = s.primitive in (store, accumulate) and isinstance(array, Var)
        node = self._made(self.expressions.statement(s), s.args[:1], s.args, s.line)
        if writes:
            assert isinstance(array, Var)
            self._writers[self.storage.group(array)] = {node: None}

    def _call(self, s: Call) -> None:
        names = ", ".join(self.expressions.names.get(t, "_") for t in s.targets)
        written = self.storage.written_by[s]
        label = f"{names} = " * bool(names) + self.expressions.statement(s)
        node = self._made(label, (*s.targets, *written), s.args, s.line)
        self._sources.update((t, {node: None}) for t in s.targets)
        self._writers.update((self.storage.group(v), {node: None}) for v in written)

    def _branch(self, s: If) -> None:
        test = self.expressions.text(s.test)
        before = dict(self._writers)
        yields = []
        merged: dict[Var, Sources] = {}
        negated = f"if not {test}" if test.isidentifier() else f"if not ({test})"
        for label, block in ((f"if {test}", s.then), (negated, s.orelse)):
            self._writers = dict(before)
            yields.append(self._framed(label, block, s.results, s.line))
            for group, writers in self._writers.items():
                merged.setdefault(group, {}).update(writers)
        self._writers = merged
        for result, *sources in zip(s.results, *yields):
            self._sources[result] = {node: None for each in sources for node in each}

    def _framed(
        self, label: str, block: Block, targets: Iterable[Var], line: int | None
    ) -> list[Sources]:
        """The block in a frame of its own; where the values that it yields come from."""
        frame = Frame(label, line=line)
        self._frames.append(frame)
        self._block(block)
        yielded = [self._copied(t, y, True) for t, y in zip(targets, block.yields)]
        self._frames.pop()
        if frame.items:
            self._frames[-1].items.append(frame)
        return yielded

    def _copied(self, target: Var, source: Atom, constants: bool = False) -> Sources:
        """Where a yielded value comes from; an expression gets a node, as ``target = …``.

        With ``constants`` a constant does too, if something active may stand in its place.
        """
        nested = isinstance(source, Var) and self.expressions.is_nested(source)
        if not nested and (isinstance(source, Var) or not constants or target not in self.active):
            return self._of(source)
        name = self.expressions.names.get(target, target.name)
        label = f"{name} = {self.expressions.text(source)}"
        by = self._maker(source)
        line = None if by is None else by.line
        return {self._made(label, [target, source], [source], line, by=by): None}

    def _maker(self, atom: Atom) -> Instr | None:
        """The operation that is written in the place of an atom."""
        made = self.expressions.nesting.inner.get(atom) if isinstance(atom, Var) else None
        return made if isinstance(made, Instr) else None

    def _loop(self, s: For | While) -> None:
        starts = [self._copied(head, init) for head, init in zip(s.heads, s.inits)]
        frame = Frame("", line=s.line)
        self._frames.append(frame)
        carried: list[Node | None] = []
        for head, start in zip(s.heads, starts):
            if head not in self.expressions.names:  # nobody reads it in the loop
                carried.append(None)
                self._sources[head] = start
                continue
            node = self._node(self.expressions.names[head], [head], "carried", s.line)
            carried.append(node)
            self._sources[head] = {node: None}
            for source in start:
                self.flow.edges[source, node] = Edge(source.active and node.active)
        if isinstance(s, For):
            frame.label = self._for_label(s)
        else:
            self._block(s.test)
            frame.label = f"while {self.expressions.text(s.test.yields[0])}"
        self._block(s.body)
        ends = [self._copied(head, y) for head, y in zip(s.heads, s.body.yields)]
        self._frames.pop()
        self._frames[-1].items.append(frame)
        for head_node, end, start, result in zip(carried, ends, starts, s.results):
            self._sources[result] = end or ({head_node: None} if head_node else start)
            if head_node is not None:
                self._back(end, head_node)

    def _back(self, sources: Sources, head: Node) -> None:
        """Edges to what the next iteration begins with."""
        for source in sources:
            if source is not head:
                both = source.active and head.active
                self.flow.edges.setdefault((source, head), Edge(both, back=True))

    def _for_label(self, s: For) -> str:
        index = self.expressions.names.get(s.index, "_")
        bounds = [s.start, s.stop, s.step]
        if getattr(s.step, "value", None) == 1:
            bounds = [s.stop] if getattr(s.start, "value", None) == 0 else [s.start, s.stop]
        if self.expressions.nesting.uses[s.index]:
            node = self._made(index, [s.index], bounds, s.line, role="index")
            self._sources[s.index] = {node: None}
        return f"for {index} in range({', '.join(map(self.expressions.text, bounds))})"


def _is_array(v: Var) -> bool:
    return isinstance(v.kind, Array)
