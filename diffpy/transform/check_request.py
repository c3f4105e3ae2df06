"""What is asked of a function, and the refusal of what has no derivative.

A `Transform` holds the options of `diffpy.grad` and its relatives; the checks here compare it with
the structures of the arguments and of the result before any derivative is made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from diffpy.errors import NonDifferentiableInputError, NonScalarOutputError, Noun
from diffpy.kinds import Array, Scalar, is_differentiable, is_real, type_code
from diffpy.parameters import Parameters, Position
from diffpy.structure import Known, Leaf, Numbers, Sequence, Structure, leaves
from diffpy.transform.program import Specialised


@dataclass(frozen=True)
class Transform:
    """What is asked of a function: the options of `diffpy.grad` and its relatives."""

    name: str
    fun: Callable[..., Any]
    argnums: int | tuple[int, ...] | None = 0
    argnames: str | tuple[str, ...] | None = None
    has_aux: bool = False
    backend: str = "auto"
    checkpoint: int | None = None
    preserve: bool = True
    #: arguments, by number or name, whose contents in the end count as outputs
    outputs: int | str | tuple[int | str, ...] | None = None

    @property
    def bare(self) -> bool:
        """Whether one argument is differentiated, so that its gradient comes without a tuple."""
        if self.argnames is not None:
            return isinstance(self.argnames, str)
        return isinstance(self.argnums, int)

    @property
    def bare_output(self) -> bool:
        """Whether one argument is an output, so that its contents come without a tuple."""
        return isinstance(self.outputs, int | str)

    def positions(self, parameters: Parameters) -> tuple[Position, ...]:
        """The differentiated arguments."""
        asked: Any = self.argnums if self.argnames is None else self.argnames
        return tuple(map(parameters.locate, (asked,) if self.bare else asked))

    def output_positions(self, parameters: Parameters) -> tuple[Position, ...]:
        """The arguments whose contents in the end are outputs."""
        asked: Any = self.outputs
        if asked is None:
            return ()
        return tuple(map(parameters.locate, (asked,) if self.bare_output else asked))


@dataclass(frozen=True)
class Part:
    """A piece of the arguments: its structure and the number of its first leaf."""

    structure: Structure
    first: int
    label: str


def value_structure(result: Structure, name: str, has_aux: bool) -> Structure:
    """The structure of what is differentiated: the result, or with has_aux its first item."""
    if not has_aux:
        return result
    if isinstance(result, Sequence) and len(result.items) == 2:
        return result.items[0]
    raise NonScalarOutputError(
        f"{name} returns {show(result)}", why="with has_aux=True it must return a pair (value, aux)"
    )


def check_result(result: Structure, name: str, transform: Transform) -> None:
    """Refuse a gradient of what is not one real number."""
    result = value_structure(result, name, transform.has_aux)
    is_scalar = isinstance(result, Leaf) and isinstance(result.kind, Scalar)
    is_number = is_scalar or (
        isinstance(result, Leaf) and isinstance(result.kind, Array) and result.kind.ndim == 0
    )
    if is_number and isinstance(result, Leaf) and is_real(result.kind):
        return
    if is_number:
        raise NonScalarOutputError(
            f"{transform.name} needs a function that returns a real number; "
            f"{name} returns {show(result)}",
            why="an integer or a bool does not change smoothly; a complex number has no gradient",
            fix="return a float",
        )
    fix = (
        "vjp(f, x) gives the derivatives of a weighted sum of the outputs; "
        "with has_aux=True a function may return (value, aux)"
    )
    if result == Known(None):
        fix = "return the number; if the result is in an argument u, vjp(f, u, outputs='u')"
    raise NonScalarOutputError(
        f"{transform.name} needs a function that returns one number; {name} returns {show(result)}",
        fix=fix,
    )


def check_pair(primal: Specialised, transform: Transform) -> Structure:
    """Refuse a pullback through complex numbers; the structure of what is differentiated."""
    name = primal.function.name
    for structure in (*primal.arguments, primal.result):
        if any(type_code(leaf.kind) == "c" for leaf in leaves(structure)):
            raise NonDifferentiableInputError(
                f"the pullback of {name} would go through {show(structure)}",
                why="reverse derivatives of complex numbers are not there yet",
                fix="jvp, or real and imaginary parts as two reals",
            )
    return value_structure(primal.result, name, transform.has_aux)


def locate(arguments: tuple[Structure, ...], position: Position) -> Part:
    """The part of the arguments that a differentiated argument is."""
    if not -len(arguments) <= position.parameter < len(arguments):
        raise NonDifferentiableInputError(f"the call has no {position.label}")
    first = sum(len(list(leaves(a))) for a in arguments[: position.parameter])
    structure = arguments[position.parameter]
    if position.item is not None:
        assert isinstance(structure, Sequence)
        if position.item >= len(structure.items):
            raise NonDifferentiableInputError(f"the call has no {position.label}")
        first += sum(len(list(leaves(item))) for item in structure.items[: position.item])
        structure = structure.items[position.item]
    return Part(structure, first, position.label)


def check_differentiable(part: Part, name: str) -> None:
    """Refuse a gradient with respect to an argument that has none."""
    structure = part.structure
    if isinstance(structure, Sequence):
        return  # leaves without derivative get 0.0 or None
    if isinstance(structure, Leaf) and is_real(structure.kind):
        return
    what = f"the gradient of {name} is asked with respect to {part.label}, {show(structure)} here"
    if isinstance(structure, Known):
        raise NonDifferentiableInputError(what, fix="choose other argnums")
    if is_differentiable(structure.kind):
        raise NonDifferentiableInputError(
            what, why="derivatives by complex arguments are not there yet", fix="pass two reals"
        )
    fix = "pass a.astype(float)" if isinstance(structure.kind, Array) else "pass 3.0, not 3"
    raise NonDifferentiableInputError(
        what, why="only floating-point numbers have derivatives", fix=f"{fix}, or other argnums"
    )


def show(structure: Structure) -> str:
    """A structure in words.

    >>> from diffpy.kinds import PY_FLOAT
    >>> show(Sequence(tuple, (Leaf(PY_FLOAT), Leaf(Array("float64", 2)), Known("sum"))))
    "a tuple (a float, a float64 array of 2 dimensions, 'sum')"
    """
    match structure:
        case Numbers(item=item):
            return f"a list of {item}s"
        case Leaf(Array(dtype, ndim)):
            return f"{Noun(dtype):an} array of {ndim} dimension{'s' * (ndim != 1)}"
        case Leaf(kind):
            return f"{Noun(kind):an}"
        case Sequence(cls, items):
            return f"{Noun(cls.__name__):an} ({', '.join(map(show, items))})"
        case Known(value):
            return (
                f"the {value.__class__.__name__} {value.__name__}"
                if callable(value) and hasattr(value, "__name__")
                else repr(value)
            )
