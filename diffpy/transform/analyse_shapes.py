"""Which arrays have the same shape, without knowing which shape.

    t = a - m            m a number:       t has the shape of a
    u = np.exp(t)        one operand:      u has the shape of t, and so of a
    v = u * b            b another array:  broadcasting; nothing is known
    w = u * t            same class:       w has the shape of a

The adjoint of an operand that has the result's shape needs no sum over broadcast axes.
"""

from __future__ import annotations

from diffpy.kinds import Array
from diffpy.rules.structural import convert, copy
from diffpy.transform.ir import Atom, Function, Instr, Var, walk
from diffpy.transform.program import ShapeFacts


def analyse_shapes(function: Function) -> ShapeFacts:
    """Classes of arrays of equal shape."""
    representative: dict[Var, Var] = {}
    for s in walk(function.body):
        if not isinstance(s, Instr) or s.target is None or not isinstance(s.target.kind, Array):
            continue
        if not (s.primitive.elementwise or s.primitive in (copy, convert)):
            continue
        arrays = [a for a in s.args if isinstance(a, Var) and isinstance(a.kind, Array)]
        classes = {representative.get(a, a) for a in arrays}
        if len(classes) == 1:
            representative[s.target] = classes.pop()
    return ShapeFacts(representative)


def has_shape_of(facts: ShapeFacts, operand: Atom, operands: tuple[Atom, ...]) -> bool:
    """Whether an operand of an elementwise operation has the shape of its result."""
    arrays = [a for a in operands if isinstance(a.kind, Array)]
    return isinstance(operand.kind, Array) and all(facts.equal(operand, a) for a in arrays)
