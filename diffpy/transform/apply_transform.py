"""Turn a specialised function into its gradient or its tangent, a specialised function again.

    f(x, n) -> y            grad               f'(x, n, y_bar) -> x_bar
    f(x, n) -> y            value_and_grad     f'(x, n, y_bar) -> y, x_bar
    f(x, n) -> y            jvp                f'((x, n), (x_dot,)) -> y, y_dot

This is where the leaves of a derivative get the structure of the arguments that it is with respect
to, and where asking for what does not exist is refused. The seed ``y_bar`` follows the leaves in
``params``; `close_seed` sets it to 1.0, which makes the derivative a function like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from diffpy.kinds import PY_FLOAT, Array, Kind, Scalar, adjoint_kind, is_differentiable
from diffpy.parameters import Parameters
from diffpy.rules.structural import convert, dim, zeros
from diffpy.structure import Known, Leaf, Numbers, Sequence, Structure, leaves
from diffpy.transform import forward, reverse
from diffpy.transform.build import Builder
from diffpy.transform.check_request import (
    Part,
    Transform,
    check_differentiable,
    check_result,
    locate,
)
from diffpy.transform.ir import (
    Atom,
    Block,
    Call,
    Const,
    Function,
    Var,
    called_functions,
    substitute,
)
from diffpy.transform.ir import walk as walk_statements
from diffpy.transform.program import Specialised

T = TypeVar("T")


def differentiate(inner: Specialised, transform: Transform, parameters: Parameters) -> Specialised:
    """The derivative that ``transform`` asks for, its seed left open."""
    match transform.name:
        case "jvp":
            return tangent(inner)
        case "pullback":
            return pullback(inner)
        case _:
            return gradient(inner, transform, parameters)


def gradient(inner: Specialised, transform: Transform, parameters: Parameters) -> Specialised:
    """`grad` and `value_and_grad`."""
    parts = [locate(inner.arguments, p) for p in transform.positions(parameters)]
    for part in parts:
        check_differentiable(part, inner.function.name)
    check_result(inner.result, inner.function.name, transform)
    function = with_number_result(inner.function)
    wrt = [k for part in parts for k in active_leaves(part)]
    keep_value = transform.name == "value_and_grad"
    kept = () if transform.preserve else inner.written
    keep = keep_value or transform.has_aux or bool(kept)
    derived = reverse.gradient(function, tuple(wrt), keep)
    values, found = split_at(derived.results, len(function.results) if keep else 0)
    values, contents = split_at(values, len(values) - len(kept))
    adjoints = iter(found)

    shaped = _Assembly(derived.params)
    wanted = tuple(shaped.add(part, adjoints) for part in parts)
    result = wanted[0] if transform.bare else Sequence(tuple, wanted)
    atoms = shaped.atoms
    if keep_value:
        atoms = [*values, *atoms]
        result = Sequence(tuple, (inner.result, result))
    elif transform.has_aux:
        assert isinstance(inner.result, Sequence)
        atoms = [*atoms, *values[1:]]
        result = Sequence(tuple, (result, inner.result.items[1]))
    if kept:
        atoms = [*atoms, *contents]
        result = Sequence(tuple, (result, Sequence(tuple, tuple(Leaf(a.kind) for a in contents))))
    return replace(inner, function=shaped.finish(derived, atoms), result=result)


def tangent(inner: Specialised) -> Specialised:
    """`jvp`: the arguments are the tuple of the primals and the tuple of their tangents."""
    primals = Sequence(tuple, inner.arguments)
    whole = Part(primals, 0, "primals")
    wrt = active_leaves(whole)
    function = inner.function
    derived = forward.tangent(function, wrt)
    values, dots = split_at(derived.results, len(function.results))
    shaped = _Assembly(values)
    dot = shaped.add(Part(inner.result, 0, "result"), iter(dots))
    finished = shaped.finish(derived, [*values, *shaped.atoms])
    own, tangents = split_at(derived.params, len(function.params))
    visible, hidden = split_at(own, len(list(leaves(primals))))
    params = (*visible, *tangents, *hidden)
    return replace(
        inner,
        function=reordered(finished, params),
        arguments=(primals, tangent_structure(primals)),
        result=Sequence(tuple, (inner.result, dot)),
    )


def pullback(inner: Specialised) -> Specialised:
    """`vjp` as one function of the tuple of the primals and the adjoint of the result."""
    function, primals = inner.function, Sequence(tuple, inner.arguments)
    wrt = active_leaves(Part(primals, 0, "primals"))
    pair = reverse.pair(function, wrt)
    params = tuple(Var(p.name, p.kind, bits=p.bits) for p in function.params)
    bars = tuple(Var("out_bar", adjoint_kind(function.results[i].kind)) for i in pair.seeded)
    values = tuple(Var("out", atom.kind) for atom in pair.forward.results)
    adjoints = tuple(Var("x_bar", atom.kind) for atom in pair.reverse.results)
    calls = (
        Call(values, pair.forward, params),
        Call(adjoints, pair.reverse, (*params, *bars)),
    )
    shaped = _Assembly(params)
    result = shaped.add(Part(primals, 0, "primals"), iter(adjoints))
    visible, hidden = split_at(params, len(list(leaves(primals))))
    made = Function(f"{function.name}_pullback", (*visible, *bars, *hidden), Block(calls))
    return replace(
        inner,
        function=shaped.finish(made, shaped.atoms),
        arguments=(primals, tangent_structure(inner.result)),
        result=result,
    )


def tangent_structure(structure: Structure) -> Structure:
    """The structure of a tangent as compiled code takes it: leaves without one are left out.

    >>> from diffpy.kinds import PY_INT, TAPE
    >>> whole = Sequence(tuple, (Leaf(PY_FLOAT), Leaf(PY_INT), Known("sum")))
    >>> [str(leaf.kind) for leaf in leaves(tangent_structure(whole))]
    ['np.float64']
    """
    match structure:
        case Leaf(kind) if is_differentiable(kind):
            return Leaf(adjoint_kind(kind))
        case Sequence(items=items):
            return replace(structure, items=tuple(map(tangent_structure, items)))
        case _:
            return Known(None)


def close_seed(derivative: Specialised) -> Specialised:
    """The derivative with its seed set to 1.0 and its results converted to the declared kinds."""
    function = derivative.function
    count = sum(1 for _ in all_leaves(derivative))
    seeds = {seed: Const(_one(seed.kind), seed.kind) for seed in function.params[count:]}
    body = substitute(function.body, seeds)
    builder = Builder()
    with builder.block() as statements:
        for statement in body.statements:
            builder.add(statement)
        kinds = [leaf.kind for leaf in leaves(derivative.result)]
        results = [as_declared(builder, a, k) for a, k in zip(body.yields, kinds, strict=True)]
    block = Block(tuple(statements), tuple(results))
    closed = replace(function, params=function.params[:count], body=block, reverse_from=None)
    return replace(derivative, function=closed)


def all_leaves(specialised: Specialised) -> Iterator[Leaf]:
    """The leaves that ``function.params`` begins with: of the arguments, then of the hidden."""
    for structure in specialised.arguments:
        yield from leaves(structure)
    for hidden in specialised.hidden:
        yield from leaves(hidden.structure)


def split_at(items: tuple[T, ...], count: int) -> tuple[tuple[T, ...], tuple[T, ...]]:
    return items[:count], items[count:]


def with_number_result(function: Function) -> Function:
    """The function with a 0-d array as result 0 made a number."""
    kind = function.results[0].kind
    if not isinstance(kind, Array):
        return function
    builder = Builder()
    with builder.block() as statements:
        for statement in function.body.statements:
            builder.add(statement)
        number = builder.emit(convert, (function.results[0],), {"kind": Scalar(kind.dtype)})
    assert number is not None
    return replace(function, body=Block(tuple(statements), (number, *function.results[1:])))


def active_leaves(part: Part) -> tuple[int, ...]:
    """The numbers of the leaves of a part that have derivatives."""
    return tuple(
        part.first + k
        for k, leaf in enumerate(leaves(part.structure))
        if is_differentiable(leaf.kind)
    )


class _Assembly:
    """Collects a derivative's leaves in the structure of what it is the derivative of."""

    def __init__(self, primals: tuple[Atom, ...]) -> None:
        self.primals = primals
        self.atoms: list[Atom] = []
        self.builder = Builder()
        self._block = self.builder.block()
        self.statements = self._block.__enter__()

    def add(self, part: Part, derivatives: Iterator[Atom]) -> Structure:
        """Append the derivative of a part; the structure that it has."""
        count = len(list(leaves(part.structure)))
        return self._add(
            part.structure, iter(self.primals[part.first : part.first + count]), derivatives
        )

    def _add(
        self, structure: Structure, primals: Iterator[Atom], derivatives: Iterator[Atom]
    ) -> Structure:
        match structure:
            case Leaf(kind):
                primal = next(primals)
                if is_differentiable(kind):
                    self.atoms.append(next(derivatives))
                    return structure
                zero = self._zero(primal)
                self.atoms.append(zero)
                if isinstance(structure, Numbers):
                    return Numbers(zero.kind, PY_FLOAT)
                return Leaf(zero.kind)
            case Sequence(items=items):
                parts = tuple(self._add(i, primals, derivatives) for i in items)
                return replace(structure, items=parts)
            case _:
                return Known(None)

    def _zero(self, primal: Atom) -> Atom:
        """What an integer or a bool has for a derivative."""
        if not isinstance(primal.kind, Array):
            return Const(0.0, PY_FLOAT)
        shape = [self.builder.value(dim, primal, axis=k) for k in range(primal.kind.ndim)]
        return self.builder.value(zeros, *shape, dtype="float64")

    def finish(self, derived: Function, atoms: list[Atom]) -> Function:
        """The derivative with these results."""
        self._block.__exit__(None, None, None)
        body = Block((*derived.body.statements, *self.statements), tuple(atoms))
        return replace(derived, body=body)


def reordered(function: Function, params: tuple[Var, ...]) -> Function:
    """The function with its parameters in another order."""
    if params == function.params:
        return function
    calls_itself = any(
        isinstance(s, Call) and s.function is function
        for f in called_functions(function)
        for s in walk_statements(f.body)
    )
    if not calls_itself:
        return replace(function, params=params)
    fresh = {p: Var(p.name, p.kind, bits=p.bits) for p in function.params}
    results = tuple(Var("y", a.kind) for a in function.results)
    call = Call(results, function, tuple(fresh[p] for p in function.params))
    body = Block((call,), results)
    return Function(function.name, tuple(fresh[p] for p in params), body, function.doc)


def as_declared(builder: Builder, atom: Atom, kind: Kind) -> Atom:
    """The atom converted to the kind that the caller was promised."""
    if atom.kind == kind or not isinstance(kind, Scalar):
        return atom
    converted = builder.emit(convert, (atom,), {"kind": kind})
    assert converted is not None
    return converted


def _one(kind: Kind) -> Any:
    assert isinstance(kind, Scalar)
    one = np.dtype(kind.dtype).type(1)
    return one.item() if kind.python else one
