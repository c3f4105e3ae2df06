"""What the compiler knows about functions: one declaration each, for both modes.

A *primitive* is an operation that generated code performs in one expression (``np.sin``, ``+``,
reading an element). Its declaration says how it is printed, which kind it returns and what its
derivative is. A *definition* says what a Python callable (``np.mean``) means in terms of
primitives. Derivatives and definitions are Python functions over `diffpy.rules.notation.Value`:
they run while compiling and emit primitives, so a derivative has a derivative of its own.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from diffpy.kinds import Array, Kind, Scalar, kind_of_value, sample
from diffpy.rules.extents import ShapeRule

#: ``rule(g, out, *args, **static)`` -> what this argument's adjoint (or the result's tangent) gains
Rule = Callable[..., Any]
#: Python text with the operands as ``_0``, ``_1``, …; or a function of (operand count, static)
Text = str | Callable[..., str]


@dataclass(eq=False)
class Primitive:
    """One operation of generated code.

    Parameters
    ----------
    name : str
        For messages and for looking at the intermediate form.
    text : str or callable
        How it is printed: Python source with operands ``_0``, ``_1``, …, or a function
        ``(count, **static) -> str``. A statement for effects (``_0[_2] = _1``).
    infer : callable
        ``infer(kinds, **static) -> Kind``.
    compiled : str or callable, optional
        How it is printed for numba, where that differs (see `diffpy.runtime`).
    checked : callable, optional
        ``checked(args, bits, **static) -> text or None``: how it is printed for numba so that it
        raises what Python raises for these operands (atoms: they have a ``kind``, constants a
        ``value``); ``bits`` bounds an integer result. None: `compiled` or `text` will do.
    evaluate : callable, optional
        Computes the result from constants while compiling.
    partials : tuple, optional
        For elementwise operations: per operand a function ``(out, *args)`` giving the partial
        derivative, or None if it is zero. Serves both modes. It returns a Value, a Python number
        or a `diffpy.rules.notation.Factor` (`Quotient`, `Masked`); ``g * partial`` is right for
        all of them.
    vjp, jvp : tuple, optional
        For the others: per operand a `Rule`, or None if the derivative is zero. A jvp rule gets the
        operand's tangent and returns a term of the result's tangent; a vjp rule gets the result's
        adjoint and returns the operand's adjoint: a Value of any shape that broadcasts to the
        operand's (`diffpy.rules.notation.Scatter` for a part of it).
    undo : callable, optional
        For operations on lists, instead of rules: ``undo(shadow, g, out, *args, **static)`` changes
        the shadow of operand 0 (None if that is no list) in mirror image and returns what each
        operand's adjoint gains (None for nothing); ``g`` is the result's adjoint or None. The
        tangent is the same operation on tangents.
    linear : tuple of int
        Operands in which the operation is linear, each for itself (a tangent takes the operand's
        place); ``jvp`` is for the others.
    cost : int
        Rough number of floating-point operations for one element.
    effect : bool
        Acts on its first operand or raises; never removed, moved or repeated.
    writes : bool
        An effect that changes the contents of its first operand and nothing else; it may be removed
        if nobody reads those.
    returns : bool
        An effect that has a result.
    raises : bool
        Python raises for some operands, of whatever kinds (IndexError), unless the option
        ``inside`` says that these are none of them.
    fresh : bool
        The result is a new array that nothing else refers to.
    view : bool
        The result may share memory with the first operand.
    mirrored : bool
        The result always is a view of the first operand, whatever the layout of that. The shadow
        of the result is then the same view of the operand's shadow.
    reads_storage : bool
        The result depends on the contents of the first operand at this moment.
    broadcasts : bool
        What the vjp rules return may have to be broadcast to the operand's shape.
    scatters : bool
        A vjp rule returns a `diffpy.rules.notation.Scatter`.
    extents : callable, optional
        From the shapes of the operands (of numbers, the atoms) to that of the result, see
        `diffpy.rules.extents`; elementwise operations need none.
    """

    name: str
    text: Text
    infer: Callable[..., Kind]
    compiled: Text | None = None
    checked: Callable[..., str | None] | None = None
    evaluate: Callable[..., Any] | None = None
    partials: tuple[Rule | None, ...] | None = None
    vjp: tuple[Rule | None, ...] | None = None
    jvp: tuple[Rule | None, ...] | None = None
    undo: Callable[..., tuple[Any, ...]] | None = None
    linear: tuple[int, ...] = ()
    cost: int = 1
    effect: bool = False
    writes: bool = False
    returns: bool = False
    raises: bool = False
    fresh: bool = True
    view: bool = False
    mirrored: bool = False
    reads_storage: bool = True
    broadcasts: bool = False
    scatters: bool = False
    extents: ShapeRule | None = None

    def __call__(self, *args: Any, **static: Any) -> Any:
        """Emit this operation where the compiler stands now."""
        from diffpy.rules.notation import emit

        return emit(self, args, static)

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def may_raise(self, inside: bool = False, **static: Any) -> bool:
        """Whether an operation with these options raises for some operands, of whatever kinds."""
        return self.raises and not inside

    @property
    def elementwise(self) -> bool:
        return self.partials is not None


_definitions: dict[Any, Callable[..., Any]] = {}
_methods: dict[str, Callable[..., Any]] = {}
_read: dict[Any, Any] = {}

#: namespaces that need not be there -> the file with their rules, until that is loaded
_awaited = {
    f"scipy.{name}": f"diffpy.rules.scipy.{name}" for name in ("special", "optimize", "integrate")
}


def define(*functions: Any, method: str | None = None) -> Callable[[Any], Any]:
    """Decorator: this function over Values is what ``functions`` (and an array method) mean."""

    def register(definition: Any) -> Any:
        for function in functions:
            _definitions[function] = definition
        if method is not None:
            _methods[method] = definition
        return definition

    return register


def read_source(*functions: Any) -> None:
    """Say that functions of a library are read like a user's: their Python is what they mean."""
    _read.update({function: function for function in functions})


def read_as(function: Any) -> Callable[[Any], Any]:
    """Decorator: a library's function is read, like a user's, as this function in Python."""

    def register(python: Any) -> Any:
        _read[function] = python
        return python

    return register


def python_of(function: Any) -> Any:
    """The function in Python as which a library's function is read, or None."""
    _load_awaited()
    try:
        return _read.get(function)
    except TypeError:  # unhashable
        return None


def definition_of(function: Any) -> Callable[..., Any] | None:
    """What a Python callable means in primitives, or None if there is no rule for it."""
    try:
        found = _definitions.get(function)
        if found is None and _load_awaited():
            found = _definitions.get(function)
    except TypeError:  # unhashable
        return None
    return found


def _load_awaited() -> bool:
    """Load the rules of the namespaces that the program has imported by now; whether any were."""
    found = [package for package in _awaited if package in sys.modules]
    for package in found:
        importlib.import_module(_awaited.pop(package))
    return bool(found)


def method_definition(name: str) -> Callable[..., Any] | None:
    """What an array method (``a.sum``) means; the array is the first argument."""
    return _methods.get(name)


def kind_by_example(function: Callable[..., Any]) -> Callable[..., Kind]:
    """An ``infer`` that asks NumPy or Python itself, on small values of the operands' kinds.

    Only for pure functions whose result's kind does not depend on values.
    """

    @cache
    def infer(kinds: tuple[Kind, ...], **static: Any) -> Kind:
        import warnings

        samples = [sample(kind) for kind in kinds]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                result = function(*samples, **static)
            except ValueError:  # outside the domain, as acosh(0.7)
                shifted = [s if isinstance(s, bool) else s + 1 for s in samples]
                result = function(*shifted, **static)
        kind = kind_of_value(result)
        if kind is None:
            raise TypeError(f"{function} returned {type(result).__name__} for {kinds}")
        return kind

    return infer


def same_kind(kinds: tuple[Kind, ...], **static: Any) -> Kind:
    """``infer`` for operations that return what their first operand is."""
    return kinds[0]


def element_kind(kind: Kind) -> Scalar:
    """The kind of an array's element, which is always NumPy's own scalar."""
    assert isinstance(kind, Array)
    return Scalar(kind.dtype, False)
