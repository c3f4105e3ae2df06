"""Ask for the extents of the arrays that others have theirs from.

    B = A.copy()                     B = A.copy()
    n = B.shape[0]        becomes    n = A.shape[0]

so that nothing need be computed only to know how long it would be.
"""

from __future__ import annotations

from dataclasses import replace

from diffpy.rules.extents import Axis
from diffpy.rules.structural import dim
from diffpy.transform.analyse_shapes import Shapes
from diffpy.transform.ir import (
    Block,
    Function,
    Instr,
    Var,
    map_instructions,
)


def trace_extents(function: Function) -> Block:
    """The body of a function with the extents traced."""
    shapes = Shapes(function)

    def traced(s: Instr) -> Instr:
        match s:
            case Instr(primitive=primitive, args=(Var() as array,)) if primitive is dim:
                extent = shapes.of(array)[s.options["axis"]]
                if isinstance(extent, Axis):
                    return replace(s, args=(extent.array,), static=(("axis", extent.axis),))
        return s

    return map_instructions(function.body, traced)
