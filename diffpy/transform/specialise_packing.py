"""Values on their way from one function to another, and the functions that they go to.

A nested function travels with what it captures: its free variables are looked up in the frame that
it was defined in, at the time of the call, and become extra arguments.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from diffpy.kinds import (
    type_code,
)
from diffpy.transform.ir import (
    Atom,
    Const,
    Function,
    Var,
)
from diffpy.transform.specialise_scopes import (
    Cells,
    Definition,
    Image,
    Scope,
)
from diffpy.transform.values import (
    UNBOUND,
    Abstract,
    Composite,
    CompositeLayout,
    ConstLayout,
    Form,
    FunctionForm,
    GeneratorForm,
    Layout,
    ObjectForm,
    ScopeRef,
    atoms_of,
    kinds_of,
    layout_of,
    refill,
)


@dataclass(frozen=True)
class Packed:
    """Values of one frame on their way to another: layouts, with scopes by number."""

    layouts: tuple[Layout, ...]
    #: of each new scope its definition and the number of the scope around it
    scopes: tuple[tuple[int, Definition | None, ScopeRef | None], ...]
    captured: tuple[tuple[ScopeRef, str, Layout], ...]
    #: objects that only one captured variable refers to, on the side that they come from
    alone: frozenset[int] = frozenset()
    #: numbers of the atoms that may share memory, where some of it is written
    overlaps: frozenset[frozenset[int]] = frozenset()

    #: numbers of the atoms that are NumPy's here, and Python's on some way that leads here
    unsettled: frozenset[int] = frozenset()

    def kinds(self) -> Iterator[Any]:
        for layout in (*self.layouts, *(layout for _, _, layout in self.captured)):
            yield from kinds_of(layout)


class Packing:
    """Takes values apart; free variables of functions among them are taken along."""

    def __init__(self, known: dict[Scope, ScopeRef] | None = None, constants: bool = False) -> None:
        #: whether the other side is made for the integers and bools that are known here
        self.constants = constants
        self.known = dict(known or {})
        self.scopes: list[tuple[int, Definition | None, ScopeRef | None]] = []
        self.order: list[Scope] = list(self.known)
        self.atoms: list[Atom] = []
        self.captured_atoms: list[Atom] = []
        self._outside = set(self.known)
        self._pending: list[tuple[Scope, str]] = []
        self._seen: set[tuple[Scope, str]] = set()

    def pack(self, values: list[Abstract], callee: Definition | None, scope: Any) -> Packed:
        layouts = tuple(self._layout(value, self.atoms) for value in values)
        if callee is not None and scope is not None:
            self.ref(scope)
            self._require(callee, scope)
        captured = []
        while self._pending:
            owner, name = self._pending.pop(0)
            value = owner.lookup(name)
            if value is None or value is UNBOUND:
                continue
            layout = self._layout(value, self.captured_atoms)
            captured.append((self.ref(owner), name, layout))
        return Packed(layouts, tuple(self.scopes), tuple(captured))

    def _layout(self, value: Abstract, atoms: list[Atom]) -> Layout:
        if isinstance(value, Composite):
            form = self._form(value.form)
            items = tuple(self._layout(item, atoms) for item in value.items)
            return CompositeLayout(form, items)
        if self.constants and isinstance(value, Const) and type_code(value.kind) in "ib":
            return ConstLayout(f"{value.value!r} {value.kind}", value)
        atoms.extend(atoms_of(value))
        return layout_of(value)

    def _form(self, form: Form) -> Form:
        """A form on its way; what its scopes hold is taken along."""
        if isinstance(form, FunctionForm | GeneratorForm):
            if form.scope is not None:
                self._require(form.definition, form.scope)
                form = replace(form, scope=self.ref(form.scope))
        if isinstance(form, GeneratorForm | ObjectForm):
            state = form.state
            form = replace(form, state=self.ref(state))
            self._require_object(state)
        return form

    def ref(self, scope: Any) -> ScopeRef:
        found = self.known.get(scope)
        if found is None:
            around = None if scope.parent is None else self.ref(scope.parent)
            found = self.known[scope] = ScopeRef(len(self.order))
            self.order.append(scope)
            self.scopes.append((found.index, scope.definition, around))
        return found

    def _require(self, definition: Definition, scope: Any) -> None:
        for name in definition.free:
            owner = scope
            while owner is not None and not owner.has(name):
                owner = owner.parent
            if owner is not None:
                self._take(owner, name)

    def _require_object(self, owner: Any) -> None:
        for name in owner.attributes:
            self._take(owner, name)

    def _take(self, owner: Scope, name: str) -> None:
        if owner not in self._outside and (owner, name) not in self._seen:
            self._seen.add((owner, name))
            self._pending.append((owner, name))


def unpack(
    packed: Packed, known: list[Scope], atoms: Iterator[Atom], frame: Cells
) -> tuple[list[Abstract], list[Scope]]:
    """The values in the frame that they arrive in, and the scopes by number."""
    scopes: list[Scope] = list(known)
    for index, definition, around in packed.scopes:
        assert index == len(scopes)
        scopes.append(Image(definition, None if around is None else scopes[around.index], frame))

    def resolve(value: Abstract) -> Abstract:
        if not isinstance(value, Composite):
            return value
        form = value.form
        if isinstance(form, FunctionForm | GeneratorForm) and isinstance(form.scope, ScopeRef):
            form = replace(form, scope=scopes[form.scope.index])
        if isinstance(form, GeneratorForm | ObjectForm) and isinstance(form.state, ScopeRef):
            form = replace(form, state=scopes[form.state.index])
        return Composite(form, tuple(map(resolve, value.items)))

    values = [resolve(refill(layout, atoms)) for layout in packed.layouts]
    for ref, name, layout in packed.captured:
        image = scopes[ref.index]
        value = resolve(refill(layout, atoms))
        if isinstance(image, Image):
            image.receive(name, value)
    return values, scopes


@dataclass(eq=False)
class Entry:
    """A function of the program for one signature."""

    definition: Definition
    function: Function
    packed: Packed
    scope: ScopeRef | None
    names: tuple[str, ...]
    key: Any
    #: the value, then what became of the variables in `writes`
    result: Packed | None = None
    #: variables of the scopes that came with the arguments that the function rebinds
    writes: tuple[tuple[ScopeRef, str], ...] = ()
    #: lists that came with the arguments and change their lengths
    resizes: tuple[ScopeRef, ...] = ()
    #: objects that came with the arguments and are changed
    changes: tuple[ScopeRef, ...] = ()
    #: array parameters that are written, by number
    stores: tuple[int, ...] = ()
    #: what the outermost function writes into in their place
    copies: tuple[Var, ...] = ()
    #: whether objects among the arguments of the outermost function are changed
    changes_arguments: bool = False
    #: whether the result leaves the program
    outermost: bool = False
    #: whether exceptions are returned, as a flag and a value after the others
    catching: bool = False
    #: whether there are any
    raises: bool = False
    #: for each array among the results the arrays among the parameters that it may be
    aliases: tuple[frozenset[int], ...] = ()
    hidden: list[Any] = field(default_factory=list)
    #: the parameters among the hidden ones that are lists of pools
    pools: frozenset[Var] = frozenset()
    building: bool = False
    recursive: bool = False
    #: position in the program's stack of the outermost function whose unfinished result was used
    depends: int = 1 << 30
    tentative: list[Entry] = field(default_factory=list)

    def interface(self) -> tuple[Any, ...]:
        """What a caller has to know; the stores last."""
        return (self.result, self.writes, self.aliases, tuple(self.hidden), self.stores)

    def size(self) -> int:
        """How many atoms the result has."""
        return 0 if self.result is None else len(tuple(self.result.kinds()))


def has_constants(layout: Layout) -> bool:
    if isinstance(layout, CompositeLayout):
        return any(map(has_constants, layout.items))
    return isinstance(layout, ConstLayout)


def has_functions(layout: Layout) -> bool:
    if not isinstance(layout, CompositeLayout):
        return False
    scoped = FunctionForm | GeneratorForm | ObjectForm
    return isinstance(layout.form, scoped) or any(map(has_functions, layout.items))
