"""Let a function return what its arguments hold in the end.

    def relax(u, n):              with outputs="u"       def relax(u, n):
        for _ in range(n):                                   v = u.copy()
            u[1:-1] = …                                      for _ in range(n):
                                                                 v[1:-1] = …
                                                             return v

What is built is ``lambda u, n: (relax(u, n), (u,))``: the arguments of a function that is called
show what it did to them, and the caller's own are copied first, as those of every function that
is differentiated. What is left to do here is to say which outputs make sense, and how they and the
result come to be one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from diffpy.errors import NonDifferentiableInputError, UnsupportedSyntaxError
from diffpy.kinds import Array
from diffpy.parameters import Parameters, Position
from diffpy.rules.structural import copy
from diffpy.structure import Known, Leaf, Numbers, Sequence, Structure, leaves
from diffpy.transform.build import Builder
from diffpy.transform.check_request import Transform, locate, show, value_structure
from diffpy.transform.ir import Block
from diffpy.transform.program import Specialised


def return_arguments(
    transform: Transform,
    structures: tuple[Structure, ...],
    parameters: Parameters,
    build: Callable[[tuple[Position, ...]], Specialised],
) -> Specialised:
    """What ``build`` makes, with the outputs that a transform asks for as its result.

    A function that returns None has the contents as its result, another one ``(result, contents)``;
    with has_aux, ``((result, contents), aux)``. The contents are a tuple if several are asked for.
    """
    positions = transform.output_positions(parameters)
    for position in positions:
        _check_changes(structures, position, parameters.name)
    found = build(positions)
    if not isinstance(found.result, Sequence):  # it raises always
        return found
    found = _with_arrays_of_its_own(found)
    result, contents = found.result.items  # type: ignore[union-attr]
    assert isinstance(contents, Sequence)
    held = contents.items[0] if transform.bare_output else contents
    value = value_structure(result, found.function.name, transform.has_aux)
    out = held if value == Known(None) else Sequence(tuple, (value, held))
    if not transform.has_aux:
        return replace(found, result=out)
    assert isinstance(result, Sequence)
    aux = result.items[1]
    first, second = (sum(1 for _ in leaves(s)) for s in (value, result))
    atoms, body = found.function.results, found.function.body
    ordered = (*atoms[:first], *atoms[second:], *atoms[first:second])
    function = replace(found.function, body=Block(body.statements, ordered))
    return replace(found, function=function, result=Sequence(tuple, (out, aux)))


def _with_arrays_of_its_own(found: Specialised) -> Specialised:
    """The function with copies of the arrays that it returns as they came."""
    function, builder = found.function, Builder()
    with builder.block() as statements:
        for statement in function.body.statements:
            builder.add(statement)
        results = tuple(
            builder.value(copy, atom)
            if isinstance(atom.kind, Array) and atom in function.params
            else atom
            for atom in function.results
        )
    return replace(found, function=replace(function, body=Block(tuple(statements), results)))


def return_written(found: Specialised) -> Specialised:
    """The function with the contents of the arrays that it writes into as its last results.

    They are returned for the caller to keep (``preserve=False``), and have no derivatives.
    """
    if found.changes_arguments:
        raise UnsupportedSyntaxError(
            f"preserve=False, and {found.function.name} changes a list, a dict or an object among "
            "its arguments, or compares them with `is`",
            why="only what it stores into arrays is written back",
            fix="leave preserve= away, and return what they hold",
        )
    function = found.function
    body = replace(function.body, yields=(*function.results, *found.copies))
    return replace(found, function=replace(function, body=body))


def _check_changes(structures: tuple[Structure, ...], position: Position, name: str) -> None:
    """Refuse an argument that no function can change."""
    structure = locate(structures, position).structure
    if not _can_change(structure):
        raise NonDifferentiableInputError(
            f"the output {position.label} of {name} is {show(structure)} here",
            why="a function changes arrays, lists, dicts and objects, and rebinds its own names",
            fix="return the value, or pass an array",
        )


def _can_change(structure: Structure) -> bool:
    match structure:
        case Numbers() | Leaf(Array()):
            return True
        case Sequence(cls, items) if issubclass(cls, tuple):
            return any(map(_can_change, items))
    return isinstance(structure, Sequence)
