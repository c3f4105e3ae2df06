"""What specialisation knows about a value of the user's program while it reads the program.

Numbers and arrays are atoms of the intermediate form. Everything else is known while compiling and
leaves no code: a tuple is a `Composite` of its items, a function is `Static`, a nested function is
a `Composite` whose form remembers where its free variables live. The *layout* of a value is what
remains of it without its atoms; two values of one layout can be one variable:

    (1.5, x)          Composite(TupleForm(tuple), [Const 1.5, Var x])
    its layout        CompositeLayout(TupleForm(tuple), (float, float))
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import numpy as np

from diffpy.errors import Noun
from diffpy.explain_values import name_of
from diffpy.kinds import PY_BOOL, PY_INT, Array, Kind, List, Opaque, Scalar, Tape
from diffpy.structure import Known, Leaf, Numbers, Sequence, Structure
from diffpy.transform.ir import Atom, Const, Var

if TYPE_CHECKING:
    from diffpy.transform.specialise_scopes import Definition, Scope


class Left(Exception):
    """What follows in this statement does not run: a flag of the environment says what does."""


class Unreachable(Exception):
    """What follows never runs: an exception was raised, or a recursion has no result yet."""


# --- forms: what a composite is made of -------------------------------------------------------


@dataclass(frozen=True)
class TupleForm:
    """A tuple, a namedtuple (by its class), or a list that is only read (``cls`` is list)."""

    cls: type


@dataclass(frozen=True)
class FunctionForm:
    """A nested function: the items are its default values."""

    definition: Definition
    scope: Scope | ScopeRef


@dataclass(frozen=True)
class GeneratorForm:
    """A generator that did not start: the items are its arguments.

    ``state`` is what all names for it share: the variable ``used``.
    """

    definition: Definition
    scope: Scope | ScopeRef | None
    state: Scope | ScopeRef


@dataclass(frozen=True)
class ObjectForm:
    """A list, a dict or an instance of a class, with its identity.

    What it holds are the variables of ``state``: the attributes of an instance; of a list or a
    dict ``items``, a composite that is replaced when the list changes.
    """

    cls: type
    state: Scope | ScopeRef


@dataclass(frozen=True)
class HandleForm:
    """An instance in a pool: the item is its place (see `specialise_pools`)."""

    cls: type


@dataclass(frozen=True)
class RowForm:
    """A list in a list: the item is its place among those of its family (`specialise_rows`)."""

    family: str
    cls: ClassVar[type] = list


@dataclass(frozen=True)
class RecordForm:
    """An instance of a class on its way in or out: the items are its attributes."""

    cls: type
    keys: tuple[str, ...]


@dataclass(frozen=True)
class NumbersForm:
    """A list of numbers on its way in or out: the item is an array."""

    item: Scalar


@dataclass(frozen=True)
class GrowingForm:
    """What a list holds whose length only the running program knows.

    The items are growing lists of numbers, one for each atom of an element.
    """

    element: Layout


@dataclass(frozen=True)
class MappingForm:
    """What a dict holds whose keys only the running program knows; a set, if elements are empty.

    The items are the table of the keys' places, then growing lists: one for each atom of a key,
    and one for each atom of an element.
    """

    key: Layout
    element: Layout


@dataclass(frozen=True)
class ExceptionForm:
    """An exception: the items are its arguments, those with keywords last.

    ``instance`` is the exception itself if it is an object from outside.
    """

    cls: type
    keywords: tuple[str, ...] = ()
    cause: Any = ...
    instance: Any = None


@dataclass(frozen=True)
class PartialForm:
    """functools.partial: the items are the function, positional and keyword arguments."""

    positional: int
    keywords: tuple[str, ...]


@dataclass(frozen=True)
class TransformForm:
    """A derivative of a function value, as `grad(f)` in the user's code; one item."""

    transform: TransformSpec


@dataclass(frozen=True)
class TransformSpec:
    """Which derivative: what `api.Transformed` carries as ``.transform``."""

    name: str
    fun: Any = field(compare=False, default=None)
    argnums: int | tuple[int, ...] = 0
    has_aux: bool = False


@dataclass(frozen=True)
class UnionForm:
    """One of several layouts: the items are the tag and one value for each alternative."""


@dataclass(frozen=True)
class DictForm:
    """A dict whose keys are known: the items are its values.

    Keys of different types may be equal (1 and 1.0), so their types count too.
    """

    keys: tuple[Any, ...]
    types: tuple[type, ...]


@dataclass(frozen=True)
class TextForm:
    """A formatted string: texts, and how each of the items is formatted between them."""

    pieces: tuple[str | Formatted, ...]

    @property
    def template(self) -> str:
        """What ``str.format`` makes the text of."""
        return "".join(
            piece.replace("{", "{{").replace("}", "}}")
            if isinstance(piece, str)
            else f"{{{'!' * bool(piece.conversion)}{piece.conversion}:{piece.spec}}}"
            for piece in self.pieces
        )


@dataclass(frozen=True)
class Formatted:
    """How a value is written into a text: ``{x!r:.3f}`` has conversion "r" and spec ".3f"."""

    conversion: str = ""
    spec: str = ""


@dataclass(frozen=True)
class MaybeForm:
    """A variable that may be unbound: the items are a flag and the value."""

    name: str


@dataclass(frozen=True)
class NamedForm:
    """The other composites: range (start, stop, step), slice, enumerate (of, start), …"""

    name: str


RANGE = NamedForm("range")
SLICE = NamedForm("slice")
ENUMERATE = NamedForm("enumerate")
#: a formatted string: messages show it, but what numbers read as is not known while compiling
TEXT = NamedForm("formatted string")
ZIP = NamedForm("zip")
REVERSED = NamedForm("reversed")
#: items: the function, the object
METHOD = NamedForm("method")
UNION = UnionForm()
TUPLE = TupleForm(tuple)

Form: TypeAlias = (
    TupleForm
    | FunctionForm
    | GeneratorForm
    | ObjectForm
    | HandleForm
    | RowForm
    | RecordForm
    | NumbersForm
    | GrowingForm
    | MappingForm
    | ExceptionForm
    | DictForm
    | TextForm
    | PartialForm
    | TransformForm
    | UnionForm
    | MaybeForm
    | NamedForm
)


# --- values ------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Composite:
    """A value made of other values."""

    form: Form
    items: tuple[Abstract, ...]


@dataclass(frozen=True, eq=False)
class Static:
    """An object known while compiling: a function, a module, a class, a string, None, …"""

    value: Any
    #: how the object is named in the user's source, for messages
    name: str | None = None


@dataclass(frozen=True)
class Unbound:
    """A local variable that has no value (yet)."""


@dataclass(frozen=True)
class ArrayMethod:
    """``a.sum`` before it is called."""

    name: str


class _Impossible:
    """Stands for an alternative of a union that a test has ruled out."""


UNBOUND = Unbound()
NONE = Static(None)
IMPOSSIBLE = Static(_Impossible())

Abstract: TypeAlias = Atom | Composite | Static | Unbound


def tuple_of(*items: Abstract, cls: type = tuple) -> Composite:
    return Composite(TupleForm(cls), items)


def is_atom(value: Abstract) -> bool:
    return isinstance(value, Var | Const)


def is_impossible(value: Abstract) -> bool:
    return isinstance(value, Static) and isinstance(value.value, _Impossible)


def is_none(value: Abstract) -> bool:
    return isinstance(value, Static) and value.value is None


def is_nothing(value: Abstract) -> bool:
    """Whether a value is None or not bound: no operation goes on with it."""
    return is_none(value) or isinstance(value, Unbound)


def is_tuple(value: Abstract) -> bool:
    return isinstance(value, Composite) and isinstance(value.form, TupleForm)


def dict_of(values: dict[Any, Abstract]) -> Composite:
    return Composite(DictForm(tuple(values), tuple(map(type, values))), tuple(values.values()))


def is_array_like(value: Abstract) -> bool:
    """Whether NumPy makes an array of a value that stands beside one."""
    if not isinstance(value, Composite):
        return False
    return is_tuple(value) or value.form == RANGE or isinstance(value.form, GrowingForm)


def is_dict(value: Abstract) -> bool:
    return isinstance(value, Composite) and isinstance(value.form, DictForm)


def is_text(value: Abstract) -> bool:
    """A string, or a text that numbers are formatted into."""
    if isinstance(value, Composite):
        return value.form == TEXT or isinstance(value.form, TextForm)
    return isinstance(value, Static) and isinstance(value.value, str)


def is_array(value: Abstract) -> bool:
    return isinstance(value, Var) and isinstance(value.kind, Array)


# --- layouts -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class ScopeRef:
    """A scope, counted in the order in which a call or a result meets it."""

    index: int


@dataclass(frozen=True)
class CompositeLayout:
    form: Form
    items: tuple[Layout, ...]


@dataclass(frozen=True)
class StaticLayout:
    """Static values are equal if they are one object, or equal strings or dtypes."""

    known: Known

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, StaticLayout):
            return NotImplemented
        return self.known == other.known or _same_static(self.known.value, other.known.value)

    def __hash__(self) -> int:
        value = self.known.value
        return hash(value) if _by_value(value) else hash(self.known)


def _by_value(value: Any) -> bool:
    return isinstance(value, np.dtype) or type(value).__name__ == "builtin_function_or_method"


def _same_static(first: Any, second: Any) -> bool:
    return _by_value(first) and type(first) is type(second) and bool(first == second)


@dataclass(frozen=True)
class ConstLayout:
    """A number that the callee is compiled for."""

    text: str
    const: Const = field(compare=False)


Layout: TypeAlias = (
    Scalar | Array | List | Tape | Opaque | CompositeLayout | StaticLayout | ConstLayout | Unbound
)


def layout_of(value: Abstract) -> Layout:
    """The layout of a value inside the frame that it belongs to."""
    match value:
        case Var() | Const():
            return value.kind
        case Composite():
            return CompositeLayout(value.form, tuple(map(layout_of, value.items)))
        case Static():
            return StaticLayout(Known(value.value))
        case _:
            return value


def atoms_of(value: Abstract) -> Iterator[Atom]:
    """The atoms of a value, left to right."""
    if isinstance(value, Var | Const):
        yield value
    elif isinstance(value, Composite):
        for item in value.items:
            yield from atoms_of(item)


def kinds_of(layout: Layout) -> Iterator[Kind]:
    """The kinds of a layout's atoms, left to right."""
    if isinstance(layout, Scalar | Array | List | Tape | Opaque):
        yield layout
    elif isinstance(layout, CompositeLayout):
        for item in layout.items:
            yield from kinds_of(item)


def refill(layout: Layout, atoms: Iterator[Atom]) -> Abstract:
    """The value of this layout made of the next atoms."""
    match layout:
        case Scalar() | Array() | List() | Tape() | Opaque():
            return next(atoms)
        case CompositeLayout():
            return Composite(layout.form, tuple(refill(item, atoms) for item in layout.items))
        case StaticLayout():
            return Static(layout.known.value)
        case ConstLayout():
            return layout.const
        case _:
            return layout


def layout_of_structure(structure: Structure) -> Layout:
    match structure:
        case Numbers(kind, item):
            return CompositeLayout(NumbersForm(item), (kind,))
        case Leaf():
            return structure.kind
        case Sequence(cls, parts, keys):
            items = tuple(map(layout_of_structure, parts))
            if cls is dict:
                return CompositeLayout(DictForm(keys, tuple(map(type, keys))), items)
            form = RecordForm(cls, keys) if structure.is_object else TupleForm(cls)
            return CompositeLayout(form, items)
        case Known(int() as value):
            const = Const(value, PY_BOOL if isinstance(value, bool) else PY_INT)
            return ConstLayout(f"{value!r} {const.kind}", const)
        case Known():
            return StaticLayout(structure)


def structure_of(value: Abstract) -> Structure | None:
    """The structure of a result; None if it cannot leave the program."""
    match value:
        case Var() | Const():
            return Leaf(value.kind)
        case Static():
            return Known(value.value)
        case Composite(form=NumbersForm(item=item), items=(Var(kind=kind),)):
            return Numbers(kind, item)
        case Composite(form=TupleForm() | DictForm() | RecordForm() as form, items=items):
            parts = [structure_of(item) for item in items]
            if any(part is None for part in parts):
                return None
            cls = dict if isinstance(form, DictForm) else form.cls
            keys = getattr(form, "keys", ())
            return Sequence(cls, tuple(part for part in parts if part is not None), keys)
        case _:
            return None


def describe_kind(value: Abstract) -> Noun:
    """What a value is, in words for a message; ``{describe_kind(x):an}`` with an article."""
    return Noun(_describe(value))


def _describe(value: Abstract) -> str:
    match value:
        case Var() | Const():
            return str(value.kind)
        case Static(value=None):
            return "None"
        case Static(value=np.ndarray() | np.generic()):
            return name_of(value.value)
        case Static():
            named = getattr(value.value, "__name__", None)
            if named is None and " at 0x" in repr(value.value):  # it says nothing but its class
                return type(value.value).__name__
            return f"{type(value.value).__name__} {named or repr(value.value)}"
        case Composite(form=TupleForm(cls=cls)):
            return cls.__name__
        case Composite(form=FunctionForm(definition=definition)):
            return f"function {definition.name}"
        case Composite(form=GeneratorForm(definition=definition)):
            return f"generator {definition.name}"
        case Composite(form=ObjectForm(cls=cls) | HandleForm(cls=cls) | ExceptionForm(cls=cls)):
            return cls.__name__
        case Composite(form=GrowingForm() | RowForm()):
            return "list"
        case Composite(form=DictForm() | MappingForm()):
            return "dict"
        case Composite(form=TextForm()):
            return "formatted string"
        case Composite(form=UnionForm()):
            return " or ".join(describe_kind(item) for item in value.items[1:])
        case Composite(form=NamedForm(name=name)):
            return name
        case Composite(form=TransformForm() | PartialForm()):
            return "function"
        case _:
            return "unbound variable"
