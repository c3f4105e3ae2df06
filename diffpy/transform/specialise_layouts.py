"""What two ways of control make of one variable: layouts that hold both.

int, float            ->  float
None, float           ->  a union: a tag, and a float
unbound, float        ->  a flag, and a float
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from diffpy.kinds import (
    PY_BOOL,
    PY_INT,
    Array,
    List,
    Scalar,
    join,
    kind_of_value,
    type_code,
)
from diffpy.structure import Known
from diffpy.transform.ir import (
    Atom,
    Const,
    Var,
)
from diffpy.transform.values import (
    METHOD,
    UNION,
    CompositeLayout,
    DictForm,
    FunctionForm,
    GrowingForm,
    Layout,
    MappingForm,
    MaybeForm,
    RowForm,
    Static,
    StaticLayout,
    TupleForm,
    Unbound,
    UnionForm,
    kinds_of,
)

_MOST_ALTERNATIVES = 8
#: each message is a kind of its own
_MOST_EXCEPTIONS = 64


class ManyObjects(TypeError):
    """A variable that is another object after each iteration, while others are still used."""


class Ungrowable(TypeError):
    """A list whose length only the running program knows has elements that are no numbers."""


def unify(first: Layout, second: Layout, name: str) -> Layout:
    """The layout of a variable that is one or the other."""
    if first == second:
        return first
    if isinstance(first, Scalar) and isinstance(second, Scalar):
        kind = join(first, second)
        if isinstance(kind, Scalar):
            return kind
    row = _row(first, second)
    if row is not None:
        return row
    growing = _growing(first, second, name) or _mapping(first, second, name)
    if growing is not None:
        return growing
    if isinstance(first, Unbound) or isinstance(second, Unbound):
        bound = second if isinstance(first, Unbound) else first
        return bound if _is_maybe(bound) else _maybe(name, bound)
    if _is_maybe(first) or _is_maybe(second):
        return _maybe(name, unify(_certain(first), _certain(second), name))
    if (
        isinstance(first, CompositeLayout)
        and isinstance(second, CompositeLayout)
        and first.form != UNION
        and _same_form(first, second)
    ):
        items = (unify(a, b, name) for a, b in zip(first.items, second.items))
        return CompositeLayout(first.form, tuple(items))
    alternatives = list(_alternatives(first))
    before = len(alternatives)
    for other in _alternatives(second):
        for i, mine in enumerate(alternatives):
            if mine == other:
                break
            if isinstance(mine, Scalar) and isinstance(other, Scalar):
                joined = join(mine, other)
                if isinstance(joined, Scalar):
                    alternatives[i] = joined
                    break
            elif _same_form(mine, other):
                alternatives[i] = unify(mine, other, name)
                break
        else:
            alternatives.append(other)
    most = _MOST_EXCEPTIONS if name == "%error" else _MOST_ALTERNATIVES
    if len(alternatives) > max(most, before):  # more than there were
        raise _too_many(name, alternatives)
    return CompositeLayout(UNION, (PY_INT, *alternatives))


def _too_many(name: str, alternatives: list[Layout]) -> TypeError:
    parts = name.split(".")[1:] if name.startswith("@") else [name.replace("%value", "")]
    known = ".".join(part for part in parts if part and part != "items")
    what = f"`{known}`" if known else "a value"
    if any(map(_has_identity, alternatives)):
        return ManyObjects(f"{what} may be any of many lists, dicts or instances here")
    text = f"{what} is of more than {_MOST_ALTERNATIVES} different kinds"
    forms = [a.form if isinstance(a, CompositeLayout) else None for a in alternatives]
    if all(isinstance(form, TupleForm | None) for form in forms):
        text += ": a tuple that gets longer again and again"
    elif all(isinstance(form, FunctionForm | None) for form in forms):
        text += ": a function that holds a function that holds a function, and so on"
    return TypeError(text)


def _growing(first: Layout, second: Layout, name: str) -> CompositeLayout | None:
    """The layout of what a list holds that is of one length here and of another there."""
    one, two = elements_of(first), elements_of(second)
    if one is None or two is None:
        return None
    known = [f for f in (first, second) if isinstance(f, CompositeLayout)]
    if len(one) == len(two) and all(isinstance(f.form, TupleForm) for f in known):
        return None
    found = growing_layout((*one, *two), name)
    if found is None and name.startswith("@") and (one or two):
        label = name.split(".")[1]
        raise Ungrowable(
            f"{f'the list `{label}`' if label else 'a list'} is of different lengths here, and its "
            "elements are no numbers"
        )
    return found


def elements_of(layout: Layout) -> tuple[Layout, ...] | None:
    """The layouts of a list's elements."""
    match layout:
        case CompositeLayout(form=TupleForm(cls=cls)) if cls is list:
            return layout.items
        case CompositeLayout(form=GrowingForm(element=element)):
            return (element,)
    return None


def growing_layout(elements: Sequence[Layout], name: str = "") -> CompositeLayout | None:
    """The layout of a list of such elements, if they are made of numbers and arrays."""
    if not elements:
        return None
    element = elements[0]
    for other in elements[1:]:
        try:
            element = unify(element, other, name)
        except TypeError:
            return None
    kinds = [k for k in kinds_of(element) if isinstance(k, Scalar | Array)]
    if not kinds or len(kinds) < sum(1 for _ in kinds_of(element)) or _has_identity(element):
        return None
    return CompositeLayout(GrowingForm(element), tuple(map(List, kinds)))


def _has_identity(layout: Layout) -> bool:
    return isinstance(layout, CompositeLayout) and (
        hasattr(layout.form, "state") or any(map(_has_identity, layout.items))
    )


class RowsMeet(Exception):
    """Rows of two families are one variable: the families are one."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(first, second)
        self.first, self.second = first, second


def _row(first: Layout, second: Layout) -> Layout | None:
    """The layout of a list that is a row here or there."""
    rows = [f for f in (first, second) if isinstance(f, CompositeLayout)]
    forms = [f.form for f in rows if isinstance(f.form, RowForm)]
    if len(forms) == 2:
        raise RowsMeet(forms[0].family, forms[1].family)
    if len(forms) == 1 and len(rows) == 2:
        row, other = rows if isinstance(rows[0].form, RowForm) else rows[::-1]
        return row if elements_of(other) is not None else None
    return None


def _mapping(first: Layout, second: Layout, name: str) -> CompositeLayout | None:
    """The layout of what a dict holds that has other keys here than there."""
    one, two = pairs_of(first), pairs_of(second)
    if one is None or two is None:
        return None
    forms = [f.form for f in (first, second) if isinstance(f, CompositeLayout)]
    if forms[0] == forms[1] and isinstance(forms[0], DictForm):
        return None
    return mapping_layout((*one[0], *two[0]), (*one[1], *two[1]), name)


def pairs_of(layout: Layout) -> tuple[tuple[Layout, ...], tuple[Layout, ...]] | None:
    """The layouts of a dict's keys, and those of its values."""
    match layout:
        case CompositeLayout(form=DictForm(keys=keys)):
            return tuple(map(layout_of_key, keys)), layout.items
        case CompositeLayout(form=MappingForm(key=key, element=element)):
            return (key,), (element,)
    return None


def layout_of_key(key: Any) -> Layout:
    """The layout of a key that is known while compiling."""
    if isinstance(key, tuple):
        return CompositeLayout(TupleForm(type(key)), tuple(map(layout_of_key, key)))
    kind = kind_of_value(key)
    return kind if isinstance(kind, Scalar) else StaticLayout(Known(key))


def mapping_layout(
    keys: Sequence[Layout], elements: Sequence[Layout], name: str = ""
) -> CompositeLayout | None:
    """The layout of a dict of such keys and elements, if it can be kept in lists."""
    key, element = _united(keys, name), _united(elements, name)
    if key is None or element is None or not _is_of_integers(key):
        return None
    kinds = [k for k in kinds_of(element) if isinstance(k, Scalar | Array)]
    if len(kinds) < sum(1 for _ in kinds_of(element)) or holds_scopes(element):
        return None
    lists = (List(PY_INT), *map(List, kinds_of(key)), *map(List, kinds))  # type: ignore[arg-type]
    return CompositeLayout(MappingForm(key, element), lists)


def _united(layouts: Sequence[Layout], name: str) -> Layout | None:
    """One layout for several; None if there is none."""
    if not layouts:
        return None
    found = layouts[0]
    for other in layouts[1:]:
        try:
            found = unify(found, other, name)
        except TypeError:
            return None
    return found


def _is_of_integers(layout: Layout) -> bool:
    """Whether a key is a number without a fraction, or a tuple of such."""
    match layout:
        case Scalar():
            return type_code(layout) in "bi"
        case CompositeLayout(form=TupleForm(cls=cls)):
            parts = layout.items
            return cls is not list and bool(parts) and all(map(_is_of_integers, parts))
    return False


def holds_scopes(layout: Layout) -> bool:
    """Whether a value has an identity, or variables of a function that is running."""
    return isinstance(layout, CompositeLayout) and (
        hasattr(layout.form, "state")
        or hasattr(layout.form, "scope")
        or any(map(holds_scopes, layout.items))
    )


def reasons_of(error: TypeError) -> tuple[str, ...]:
    """Why two layouts cannot be one, and what helps."""
    if isinstance(error, ManyObjects):
        return (
            "which of several names stand for one object must be known while compiling, also "
            "after any number of iterations",
            "copy what it holds instead of keeping the object: a number, a tuple, xs.copy()",
        )
    if not isinstance(error, Ungrowable):
        return ()
    return (
        "what grows in a loop holds numbers, arrays, or tuples of numbers and arrays",
        "a list for each number of an element, or an array of more dimensions",
    )


def _maybe(name: str, layout: Layout) -> CompositeLayout:
    return CompositeLayout(MaybeForm(name), (PY_BOOL, layout))


def _is_maybe(layout: Layout) -> bool:
    return isinstance(layout, CompositeLayout) and isinstance(layout.form, MaybeForm)


def _certain(layout: Layout) -> Layout:
    if isinstance(layout, CompositeLayout) and isinstance(layout.form, MaybeForm):
        return layout.items[1]
    return layout


def _alternatives(layout: Layout) -> tuple[Layout, ...]:
    if isinstance(layout, CompositeLayout) and isinstance(layout.form, UnionForm):
        return layout.items[1:]
    return (layout,)


def _same_form(first: Layout, second: Layout) -> bool:
    return (
        isinstance(first, CompositeLayout)
        and isinstance(second, CompositeLayout)
        and first.form == second.form
        and len(first.items) == len(second.items)
        and (first.form != METHOD or first.items[0] == second.items[0])
    )


def fits(layout: Layout, target: Layout) -> bool:
    try:
        return unify(target, layout, "") == target
    except TypeError:
        return False


def zero(kind: Scalar) -> Const:
    value: Any = {"b": False, "i": 0, "u": 0, "f": 0.0, "c": 0j}[type_code(kind)]
    return Const(value, kind)


def atom_key(atom: Atom) -> str:
    return f"{id(atom)}" if isinstance(atom, Var) else f"{atom.value!r} {atom.kind}"


def same_atom(first: Atom, second: Atom) -> bool:
    return atom_key(first) == atom_key(second)


def names_of_leaves(name: str, layout: Layout) -> Iterator[str]:
    """What the variables of a composite are called: ``p_x``, ``p_0``."""
    name = {"%result": "result", "%value": "t", "%returned": "returned"}.get(name, name)
    name = {"%exit": "done", "%jump": "skip", "%raised": "raised", "%error": "error"}.get(
        name, name
    )
    if name.startswith("@"):  # a variable of another scope
        parts = name.split(".")[1:]
        name = "_".join(part for part in parts if part and part != "items") or "items"
    name = name.lstrip("0")  # a name that no user can write
    if not isinstance(layout, CompositeLayout):
        return iter([name] * sum(1 for _ in kinds_of(layout)))

    def inner(layout: CompositeLayout) -> Iterator[str]:
        form = layout.form
        if isinstance(form, MaybeForm):
            yield f"{name}_bound"
            yield from names_of_leaves(name, layout.items[1])
            return
        if isinstance(form, UnionForm):
            yield f"{name}_tag"
            for item in layout.items[1:]:
                yield from names_of_leaves(name, item)
            return
        fields = getattr(getattr(form, "cls", None), "_fields", None)
        for i, item in enumerate(layout.items):
            yield from names_of_leaves(f"{name}_{fields[i] if fields else i}", item)

    return inner(layout)


#: a variable that no code after a join reads
DROPPED = Static("a variable that nobody reads")
