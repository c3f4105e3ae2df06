"""Make a jvp inside a program take the tangents that the program has.

A jvp takes tangents of the kinds that tangents have; a program may pass a Python float for a
np.float64, or 0.0 for the tangent of an integer:

    jvp_f(x, n, x_dot: np.float64)    becomes    jvp_f(x, n, x_dot: float, n_dot: float)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from diffpy.errors import NonDifferentiableInputError
from diffpy.kinds import Array, Kind, is_differentiable
from diffpy.structure import Known, Leaf, Sequence, Structure, leaves
from diffpy.transform.apply_transform import as_declared
from diffpy.transform.build import Builder
from diffpy.transform.check_request import show
from diffpy.transform.ir import Block, Var, substitute
from diffpy.transform.program import Specialised


def adapt_tangents(derivative: Specialised, like: Structure, given: Structure) -> Specialised:
    """The derivative for tangents (or adjoints) of ``like`` that have the structure ``given``."""
    primals, wanted = derivative.arguments
    if given == wanted:
        return derivative
    function = derivative.function
    count = len(list(leaves(primals)))
    expected = iter(function.params[count:])
    params: list[Var] = []
    builder = Builder()
    with builder.block() as statements:
        replaced = {}
        for kind, used in _pair_tangents(like, given, "the tangent"):
            param = Var("x_dot", kind)
            params.append(param)
            if used:
                target = next(expected)
                param.name = target.name
                replaced[target] = as_declared(builder, param, target.kind)
        for statement in substitute(function.body, replaced).statements:
            builder.add(statement)
    rest = tuple(expected)
    yields = tuple(replaced.get(a, a) if isinstance(a, Var) else a for a in function.results)
    adapted = replace(
        function,
        params=(*function.params[:count], *params, *rest),
        body=Block(tuple(statements), yields),
    )
    return replace(derivative, function=adapted, arguments=(primals, given))


def _pair_tangents(primal: Structure, given: Structure, label: str) -> Iterator[tuple[Kind, bool]]:
    """For each leaf of the given tangent its kind, and whether the primal there has a tangent."""
    match primal, given:
        case Leaf(kind), Leaf(tangent_kind):
            used = is_differentiable(kind)
            ranks = [k.ndim if isinstance(k, Array) else -1 for k in (kind, tangent_kind)]
            if used and ranks[0] != ranks[1]:
                raise NonDifferentiableInputError(f"{label} is {show(given)} for {show(primal)}")
            yield tangent_kind, used
        case Leaf(kind), Known(None) if not is_differentiable(kind):
            return
        case Sequence(_, items), Sequence(_, given_items) if len(items) == len(given_items):
            for k, (item, part) in enumerate(zip(items, given_items)):
                yield from _pair_tangents(item, part, f"{label}[{k}]")
        case Known(), Known(None):
            return
        case _:
            raise NonDifferentiableInputError(f"{label} is {show(given)} for {show(primal)}")
