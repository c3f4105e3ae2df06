"""The picture of a function's data flow, as `graphviz` draws it."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from diffpy.display.data_flow import DataFlow, Edge, Frame, Node, data_flow
from diffpy.display.extras import require
from diffpy.display.line_report import differentiated_function
from diffpy.structure import Structure
from diffpy.transform.check_request import Transform

if TYPE_CHECKING:
    import graphviz

_LONGEST_LABEL = 48
_LONGEST_PARTIAL = 24

_ACTIVE, _FAINT, _PLAIN = "#c92a2a", "#868e96", "#495057"
_SHAPES = {
    "input": "cds",
    "index": "ellipse",
    "carried": "ellipse",
    "statement": "box",
    "result": "box",
}


def graph(
    transform: Transform, structures: tuple[Structure, ...], max_nodes: int = 50
) -> graphviz.Digraph:
    """The picture of the function that a derivative is of; see `Transformed.graph`."""
    library = require("graphviz", "a picture of the data flow")
    function, wrt = differentiated_function(transform, structures)
    flow = data_flow(function, wrt)
    drawing = _Drawing(library.Digraph(function.name), collapsed(flow, max_nodes))
    drawing.draw()
    return drawing.picture


def collapsed(flow: DataFlow, max_nodes: int) -> DataFlow:
    """The flow with blocks drawn as one node, innermost first, until it is small enough.

    If there are still too many nodes, runs of statements are drawn as one.
    """
    if max_nodes < 1:
        raise ValueError(f"max_nodes must be at least 1, not {max_nodes}")
    merged: dict[Node, Node] = {}
    frame = flow.frame
    for depth in range(_depth(frame), 0, -1):
        if _count(frame) <= max_nodes:
            break
        frame = _without_depth(frame, depth, merged)
    if _count(frame) > max_nodes:
        frame = _without_runs(frame, max_nodes, merged)
    return DataFlow(frame, _between(flow.edges, merged))


def _count(frame: Frame) -> int:
    return sum(1 for _ in frame.nodes())


def _depth(frame: Frame) -> int:
    return max((1 + _depth(item) for item in frame.items if isinstance(item, Frame)), default=0)


def _without_depth(frame: Frame, depth: int, merged: dict[Node, Node]) -> Frame:
    """The frame with those that many levels down drawn as nodes."""
    items: list[Node | Frame] = []
    for item in frame.items:
        if isinstance(item, Node):
            items.append(item)
        elif depth > 1:
            items.append(_without_depth(item, depth - 1, merged))
        else:
            items.append(_merge(list(item.nodes()), merged, item.label))
    return Frame(frame.label, items, frame.line)


def _without_runs(frame: Frame, max_nodes: int, merged: dict[Node, Node]) -> Frame:
    """The frame, which holds no other, with runs of statements drawn as nodes."""
    nodes = [item for item in frame.items if isinstance(item, Node)]
    statements = [node for node in nodes if node.role in ("statement", "merged")]
    room = max(1, max_nodes - (len(nodes) - len(statements)))
    length = -(-len(statements) // room)
    run = {node: n // length for n, node in enumerate(statements)}
    items: list[Node | Frame] = []
    for key, group in groupby(nodes, lambda node: run.get(node)):
        members = list(group)
        if key is None or len(members) == 1:
            items += members
        else:
            items.append(_merge(members, merged))
    return Frame(frame.label, items, frame.line)


def _merge(nodes: list[Node], merged: dict[Node, Node], label: str = "") -> Node:
    """One node for several; some of them may stand for others already."""
    here = set(nodes)
    inner = [n for n, into in merged.items() if into in here]
    drawn = [n for n in (*nodes, *inner) if n.role != "merged"]
    count = sum(n.role == "statement" for n in drawn)
    label = label or _lines(drawn)
    active = any(node.active for node in nodes)
    one = Node(f"{label}\n{count} statement{'s' * (count != 1)}", active, "merged")
    merged.update(dict.fromkeys((*nodes, *inner), one))
    return one


def _lines(nodes: list[Node]) -> str:
    numbers = [node.line for node in nodes if node.line is not None]
    if not numbers:
        return ""
    first, last = min(numbers), max(numbers)
    return f"line {first}" if first == last else f"lines {first} to {last}"


def _between(
    edges: dict[tuple[Node, Node], Edge], merged: dict[Node, Node]
) -> dict[tuple[Node, Node], Edge]:
    """The edges between what is drawn."""
    drawn: dict[tuple[Node, Node], Edge] = {}
    for (start, end), edge in edges.items():
        pair = merged.get(start, start), merged.get(end, end)
        if pair == (start, end):
            drawn[pair] = edge
        elif pair[0] is not pair[1]:
            known = drawn.setdefault(pair, Edge(edge.active, edge.back))
            known.active |= edge.active
            known.back &= edge.back
    return drawn


@dataclass
class _Drawing:
    """Hands a flow to `graphviz`."""

    picture: graphviz.Digraph
    flow: DataFlow
    _names: dict[Node, str] = field(default_factory=dict)
    _frames: int = 0

    def draw(self) -> None:
        self.picture.attr(rankdir="TB", ranksep="0.35", nodesep="0.25", fontname="Helvetica")
        self.picture.attr("node", fontname="Courier", fontsize="11", margin="0.12,0.06", height="0")
        self.picture.attr("edge", fontname="Courier", fontsize="9", arrowsize="0.6")
        self._frame(self.picture, self.flow.frame)
        for (start, end), edge in self.flow.edges.items():
            self._edge(self._names[start], self._names[end], edge)

    def _frame(self, into: graphviz.Digraph, frame: Frame) -> None:
        for item in frame.items:
            if isinstance(item, Node):
                self._node(into, item)
                continue
            self._frames += 1
            with into.subgraph(name=f"cluster_{self._frames}") as inner:
                inner.attr(
                    label=_escaped(item.label), labeljust="l", fontname="Courier", fontsize="11",
                    style="rounded", color=_FAINT, fontcolor=_PLAIN,
                )  # fmt: skip
                self._frame(inner, item)

    def _node(self, into: graphviz.Digraph, node: Node) -> None:
        name = self._names[node] = f"n{len(self._names)}"
        look = {"shape": _SHAPES.get(node.role, "box"), "color": _FAINT, "fontcolor": _PLAIN}
        if node.active:
            look |= {"color": _ACTIVE, "fontcolor": "black"}
            look |= {"style": "filled", "fillcolor": "#fff0f0"}
        if node.role == "merged":
            look["style"] = "filled,dashed" if node.active else "dashed"
        if node.role == "result":
            look["peripheries"] = "2"
        tooltip = node.label if node.line is None else f"line {node.line}: {node.label}"
        into.node(name, _escaped(_shortened(node.label)), tooltip=_escaped(tooltip), **look)

    def _edge(self, start: str, end: str, edge: Edge) -> None:
        look = {"color": _ACTIVE if edge.active else _FAINT}
        if edge.active:
            look |= {"penwidth": "1.5", "fontcolor": _ACTIVE}
        if edge.back:
            look |= {"style": "dashed", "constraint": "false"}
        label = edge.label() if edge.label is not None and edge.active else None
        if label is not None and label != "1.0" and len(label) <= _LONGEST_PARTIAL:
            look["label"] = _escaped(f" {label}")
        self.picture.edge(start, end, **look)


def _shortened(label: str) -> str:
    return "\n".join(
        line if len(line) <= _LONGEST_LABEL else f"{line[: _LONGEST_LABEL - 1]}…"
        for line in label.split("\n")
    )


def _escaped(text: str) -> str:
    """The text as a label: backslashes are not the language's own."""
    import graphviz

    escaped: str = graphviz.escape(text).replace("\n", r"\n")
    return escaped
