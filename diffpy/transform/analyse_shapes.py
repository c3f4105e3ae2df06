"""How long the axes of arrays are, said with those of other arrays, without running anything.

    t = a - m            m a number:       t has the shape of a
    u = np.exp(t)        one operand:      u has the shape of t, and so of a
    v = a[:-2] + a[2:]   two parts:        both are two shorter than a, and so is v
    w = u * b            b another array:  broadcasting; w has the extents of u where b has 1
    a = a + m            in a loop:        a has the shape that it had before the loop

The adjoint of an operand that has the result's shape needs no sum over broadcast axes. And whoever
needs to know how long an array was need not have the array.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from diffpy.kinds import Array
from diffpy.rules.extents import Asked, Axis, Extent, Number, broadcast, is_shallow
from diffpy.rules.registry import Primitive
from diffpy.rules.structural import dim, index, is_fancy
from diffpy.transform.ir import Atom, Block, For, Function, If, Instr, Var, While, blocks

Extents = tuple[Extent, ...]


class Shapes:
    """The extents of the arrays of a function."""

    def __init__(self, function: Function) -> None:
        self._known: dict[Var, Extents] = {}
        #: the integers that are lengths
        self._lengths: dict[Any, Extent] = {}
        self._visit(function.body)

    def _visit(self, block: Block) -> None:
        for s in block.statements:
            match s:
                case Instr(target=Var(kind=Array()) as target):
                    self._learn(target, self.of_result(s.primitive, s.args, s.options))
                case Instr(primitive=primitive, target=Var() as target, args=(Var() as array,)) if (
                    primitive is dim
                ):
                    self._lengths[target] = self.of(array)[s.options["axis"]]
                case If():
                    self._visit(s.then)
                    self._visit(s.orelse)
                    for result, *ends in zip(s.results, s.then.yields, s.orelse.yields):
                        self._agree(result, ends)
                case For() | While():
                    self._visit_loop(s)

    def _visit_loop(self, loop: For | While) -> None:
        """What a loop carries has the shape that it starts with, if each iteration keeps that."""
        carried = [
            (head, init, last, result)
            for head, init, last, result in zip(
                loop.heads, loop.inits, loop.body.yields, loop.results, strict=False
            )
            if isinstance(head.kind, Array)
        ]
        for head, init, _, _ in carried:
            self._agree(head, [init])
        while True:
            for child in blocks(loop):
                self._visit(child)
            lost = [c for c in carried if c[0] in self._known and not self._same(c[1], c[2])]
            if not lost:
                break
            for head, *_ in lost:
                del self._known[head]
        for head, init, _, result in carried:
            self._known.pop(result, None)
            if head in self._known:
                self._agree(result, [init])

    def _agree(self, v: Var, ends: list[Atom]) -> None:
        """Each of several arrays may be ``v``."""
        self._known.pop(v, None)
        first, *others = ends
        if isinstance(v.kind, Array) and all(self._same(first, other) for other in others):
            assert isinstance(first, Var)
            self._known[v] = self.of(first)

    def _same(self, first: Atom, second: Atom) -> bool:
        both = isinstance(first, Var) and isinstance(second, Var)
        return both and self.of(first) == self.of(second)  # type: ignore[arg-type]

    def _learn(self, array: Var, found: tuple[Extent | None, ...] | None) -> None:
        own = _own(array)
        self._known.pop(array, None)
        if found is not None and len(found) == len(own):
            known = map(self._settled, found)
            self._known[array] = tuple(o if k is None else k for k, o in zip(known, own))

    def _settled(self, found: Any) -> Extent | None:
        """An extent that was said as the length of an array is that of the array."""
        match found:
            case Number(value) | Asked(value) if value in self._lengths:
                return self._lengths[value]
            case Asked():
                return None
        return found if is_shallow(found) else None

    def of(self, array: Var) -> Extents:
        """The extents of an array; where nothing is known, said with the array itself."""
        return self._known.get(array) or _own(array)

    def of_result(
        self, primitive: Primitive, args: Iterable[Atom], options: dict[str, Any]
    ) -> tuple[Extent | None, ...] | None:
        """The extents of what an operation makes; None if the operation does not say."""
        rule = primitive.extents or (broadcast if primitive.elementwise else None)
        if rule is None:
            return None
        operands = (self.of(a) if isinstance(a.kind, Array) else a for a in args)  # type: ignore[arg-type]
        static = {} if rule is broadcast else options
        return rule(*operands, **static)

    def has_shape_of_result(self, operand: Atom, operands: tuple[Atom, ...]) -> bool:
        """Whether an operand of an elementwise operation has the shape of its result."""
        if not isinstance(operand, Var) or not isinstance(operand.kind, Array):
            return False
        arrays = [a for a in operands if isinstance(a, Var) and isinstance(a.kind, Array)]
        return all(self.of(a) == self.of(operand) for a in arrays)

    def fits(
        self, value: Atom, array: Var, items: Iterable[Atom], pattern: tuple[str, ...]
    ) -> bool:
        """Whether a value has the shape of the part of an array that it is stored to."""
        if not isinstance(value, Var) or not isinstance(value.kind, Array):
            return False
        if pattern == ("e",):
            return self.of(array) == self.of(value)
        if is_fancy(pattern):
            return False
        return self.of_result(index, (array, *items), {"pattern": pattern}) == self.of(value)


def _own(array: Var) -> Extents:
    assert isinstance(array.kind, Array)
    return tuple(Axis(array, axis) for axis in range(array.kind.ndim))
