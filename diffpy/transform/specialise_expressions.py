"""Expressions: names, operators, tests, subscripts, attributes.

What is known while compiling is computed here and leaves no code; operations on numbers and arrays
become primitives through the definitions of the functions in Python's module ``operator``.
"""

from __future__ import annotations

import builtins
import operator
import types
from collections.abc import Callable
from functools import partial
from typing import Any

import gast
import numpy as np

from diffpy.errors import UnsupportedSyntaxError
from diffpy.kinds import PY_INT, Array, Scalar, is_bool, kind_of_value
from diffpy.rules import operators, structural
from diffpy.rules.notation import Value
from diffpy.rules.registry import definition_of, method_definition
from diffpy.transform.ir import Atom, Const, If, Instr, Statement, Var
from diffpy.transform.specialise_frames import FALSE, TRUE
from diffpy.transform.specialise_joins import DROPPED, Joining, zero
from diffpy.transform.values import (
    IMPOSSIBLE,
    METHOD,
    NONE,
    SLICE,
    TUPLE,
    UNBOUND,
    UNION,
    Abstract,
    ArrayMethod,
    Composite,
    FunctionForm,
    KindError,
    MaybeForm,
    NamedForm,
    Stale,
    Static,
    TupleForm,
    UnionForm,
    Unreachable,
    describe_kind,
    is_atom,
    is_impossible,
    is_none,
    is_tuple,
    tuple_of,
)

_BINARY: dict[str, Callable[..., Any]] = {
    "Add": operator.add,
    "Sub": operator.sub,
    "Mult": operator.mul,
    "Div": operator.truediv,
    "FloorDiv": operator.floordiv,
    "Mod": operator.mod,
    "Pow": operator.pow,
    "MatMult": operator.matmul,
    "BitAnd": operator.and_,
    "BitOr": operator.or_,
    "BitXor": operator.xor,
    "LShift": operator.lshift,
    "RShift": operator.rshift,
}
_UNARY: dict[str, Callable[..., Any]] = {
    "USub": operator.neg,
    "UAdd": operator.pos,
    "Invert": operator.invert,
}
_COMPARE: dict[str, Callable[..., Any]] = {
    "Eq": operator.eq,
    "NotEq": operator.ne,
    "Lt": operator.lt,
    "LtE": operator.le,
    "Gt": operator.gt,
    "GtE": operator.ge,
}
#: what a Python number may be asked for
_NUMBER_ATTRIBUTES = ("real", "imag", "conjugate", "is_integer")


class Expressions(Joining):
    """How expressions are evaluated."""

    def evaluate(self, node: Any) -> Abstract:
        """The value of an expression; code that computes it is emitted."""
        outside, self.node = self.node, node
        try:
            method = getattr(self, f"_{type(node).__name__.lower()}", None)
            if method is None:
                raise self.unsupported(f"`{type(node).__name__}` is not supported")
            value: Abstract = method(node)
            return value
        finally:
            self.node = outside

    def unsupported(self, what: str, why: str = "", fix: str = "") -> UnsupportedSyntaxError:
        return UnsupportedSyntaxError(what, self.place(), why, fix)

    # --- to and from rules ---

    def to_rule(self, value: Abstract, name: str) -> Any:
        match value:
            case Var() | Const():
                return Value(value)
            case Static():
                return value.value
            case Composite(form=TupleForm(cls=cls)):
                items = [self.to_rule(item, name) for item in value.items]
                return cls(items) if cls in (tuple, list) else cls(*items)
            case Composite(form=NamedForm(name="slice")):
                return slice(*(self.to_rule(item, name) for item in value.items))
            case _:
                raise KindError(
                    f"`{name}` cannot take a {describe_kind(value)}", self.place(self.node)
                )

    def from_rule(self, value: Any, name: str) -> Abstract:
        if isinstance(value, Value):
            return value.atom
        if isinstance(value, tuple | list):
            items = tuple(self.from_rule(item, name) for item in value)
            return Composite(TupleForm(type(value)), items)
        kind = kind_of_value(value)
        if isinstance(kind, Scalar):
            return Const(value, kind)
        if isinstance(value, slice):
            parts = (value.start, value.stop, value.step)
            return Composite(SLICE, tuple(self.from_rule(part, name) for part in parts))
        return Static(value)

    # --- names and constants ---

    def _constant(self, node: Any) -> Abstract:
        kind = kind_of_value(node.value)
        return Const(node.value, kind) if isinstance(kind, Scalar) else Static(node.value)

    def _name(self, node: Any) -> Abstract:
        return self.load(node.id)

    def load(self, name: str) -> Abstract:
        """The value of a name, by Python's scopes."""
        if name in self.definition.locals:
            value: Abstract = self.env.get(name)
            if value is UNBOUND:
                self.throw(
                    "UnboundLocalError",
                    f"cannot access local variable '{name}' where it is not associated "
                    "with a value",
                )
            if isinstance(value, Composite) and isinstance(value.form, MaybeForm):
                flag, inner = value.items
                assert isinstance(flag, Var | Const)
                structural.check_bound(Value(flag), name=name)
                self.env.narrow(name, inner, value)
                value = inner
            assert value is not DROPPED, f"liveness lost {name}"
            return self.readable(name, value)
        scope = self.parent
        while scope is not None:
            if name in scope.definition.locals:
                found = scope.lookup(name)
                if found is None or found is UNBOUND:
                    self.throw(
                        "NameError",
                        f"cannot access free variable '{name}' where it is not associated "
                        "with a value in enclosing scope",
                    )
                if isinstance(found, Composite) and isinstance(found.form, MaybeForm):
                    flag, found = found.items
                    assert isinstance(flag, Var | Const)
                    structural.check_bound(Value(flag), name=name)
                return self.readable(name, found)
            scope = scope.parent
        return self.load_global(name)

    def readable(self, name: str, value: Abstract) -> Abstract:
        if isinstance(value, Stale):
            raise self.unsupported(
                f"`{name}` shares memory with `{value.name}`, which was changed on line "
                f"{value.line}",
                "what a view shows after a store into its array is not followed yet",
                f"take a copy where `{name}` is made: {name} = ….copy()",
            )
        return value

    def load_global(self, name: str) -> Abstract:
        """A closure cell of the real function, a global of its module, or a builtin."""
        cell = self.definition.cells.get(name)
        if cell is not None:
            try:
                value = cell.cell_contents
            except ValueError:
                self.throw("NameError", f"free variable '{name}' has no value")
            return self.lift(value, name, ("cell", id(cell)), lambda: cell.cell_contents)
        space = self.definition.globals
        if name in space:
            return self.lift(space[name], name, ("global", id(space), name), lambda: space[name])
        if hasattr(builtins, name):
            return Static(getattr(builtins, name), name)
        raise NameErrorHere(f"name `{name}` is not defined", self.place())

    # --- operators ---

    def _binop(self, node: Any) -> Abstract:
        left, right = self.evaluate(node.left), self.evaluate(node.right)
        return self.binary(_BINARY[type(node.op).__name__], left, right)

    def binary(self, function: Callable[..., Any], left: Abstract, right: Abstract) -> Abstract:
        return self.distribute((left, right), lambda x, y: self._binary(function, x, y))

    def _binary(self, function: Callable[..., Any], left: Abstract, right: Abstract) -> Abstract:
        if is_atom(left) and is_atom(right):
            return self.apply(function, left, right)
        if isinstance(left, Composite) and isinstance(right, Composite):
            if function is operator.add and is_tuple(left) and is_tuple(right):
                return Composite(TUPLE, left.items + right.items)
        for one, other in ((left, right), (right, left)):
            if function is operator.mul and isinstance(one, Composite) and is_tuple(one):
                if isinstance(other, Const) and other.kind == PY_INT:
                    return Composite(TUPLE, one.items * other.value)
        if isinstance(left, Static) and isinstance(right, Static):
            try:
                return Static(function(left.value, right.value))
            except TypeError:
                pass
        if isinstance(left, Static) and isinstance(left.value, str) and function is operator.mod:
            return Static(left.value)
        arrays = [isinstance(getattr(v, "kind", None), Array) for v in (left, right)]
        if any(arrays) and (is_tuple(left) or is_tuple(right)):
            as_array = definition_of(np.array)
            if as_array is not None:
                left, right = (
                    self.run_definition(as_array, "array", (v,), {}) if is_tuple(v) else v
                    for v in (left, right)
                )
                return self.apply(function, left, right)
        raise self.error(
            f"`{function.__name__}` of {describe_kind(left)} and {describe_kind(right)}"
        )

    def _unaryop(self, node: Any) -> Abstract:
        if isinstance(node.op, gast.Not):
            return self._negated(self.truth(self.evaluate(node.operand)))
        function = _UNARY[type(node.op).__name__]
        operand = self.evaluate(node.operand)

        def action(value: Abstract) -> Abstract:
            if is_atom(value):
                return self.apply(function, value)
            raise self.error(f"`{function.__name__}` of {describe_kind(value)}")

        return self.distribute((operand,), action)

    def _negated(self, test: bool | Atom) -> Atom:
        if isinstance(test, bool):
            return FALSE if test else TRUE
        if isinstance(test, Const):
            return FALSE if test.value else TRUE
        return self.builder.value(operators.logical_not, test)

    # --- truth ---

    def truth(self, value: Abstract) -> bool | Atom:
        """What ``bool(value)`` is: known while compiling, or an atom of kind bool."""
        match value:
            case Const():
                return bool(value.value)
            case Var():
                if isinstance(value.kind, Array):
                    raise self.error(
                        "the truth value of an array is ambiguous", "", "use .any() or .all()"
                    )
                if is_bool(value.kind):
                    return value
                return self._as_atom(self.apply(operator.ne, value, _zero_like(value)))
            case Static():
                return bool(value.value)
            case Composite(form=TupleForm()):
                return bool(value.items)
            case Composite(form=UnionForm()):
                found = self.distribute((value,), lambda x: self._truth_atom(x))
                return self._as_test(found)
            case Composite(form=NamedForm(name="range")):
                return self._as_test(self.apply(operator.ne, self.length(value), Const(0, PY_INT)))
            case _:
                return True

    def _truth_atom(self, value: Abstract) -> Atom:
        test = self.truth(value)
        return (TRUE if test else FALSE) if isinstance(test, bool) else test

    def _as_atom(self, value: Abstract) -> Atom:
        assert isinstance(value, Var | Const)
        return value

    def _as_test(self, value: Abstract) -> bool | Atom:
        atom = self._as_atom(value)
        return bool(atom.value) if isinstance(atom, Const) else atom

    def test(self, node: Any) -> bool | Atom:
        """The truth of an expression; `and`, `or` and `not` need no values here."""
        match node:
            case gast.BoolOp():
                return self._connect(
                    isinstance(node.op, gast.And), [partial(self.test, n) for n in node.values]
                )
            case gast.UnaryOp(op=gast.Not()):
                return self._as_test(self._negated(self.test(node.operand)))
            case _:
                outside, self.node = self.node, node
                try:
                    return self.truth(self.evaluate(node))
                finally:
                    self.node = outside

    def _connect(self, conjunction: bool, parts: list[Callable[[], bool | Atom]]) -> bool | Atom:
        """``a and b and …`` (or ``or``) of tests, evaluating no further than Python does."""
        first = parts[0]()
        for part in parts[1:]:
            if isinstance(first, bool):
                if first != conjunction:
                    return first
                first = part()
                continue
            first = self._connect_two(conjunction, first, part)
        return first

    def _connect_two(
        self, conjunction: bool, first: Atom, part: Callable[[], bool | Atom]
    ) -> bool | Atom:
        arm = self.arm()

        def action() -> Abstract:
            test = part()
            return (TRUE if test else FALSE) if isinstance(test, bool) else test

        self.run_arm(arm, action)
        second = arm.env.names.get("%value")
        if not arm.env.dead and not set(arm.env.names) - {"%value"}:
            assert isinstance(second, Var | Const)
            if all(map(_cannot_fail, arm.statements)):
                for statement in arm.statements:
                    self.builder.add(statement)
                if isinstance(second, Const):
                    if bool(second.value) == conjunction:
                        return first
                    return bool(second.value)
                connect = operators.logical_and if conjunction else operators.logical_or
                return self.builder.value(connect, first, second)
        other = self.arm()
        self.run_arm(other, lambda: FALSE if conjunction else TRUE)
        then, orelse = (arm, other) if conjunction else (other, arm)
        self.merge(first, then, orelse, -1)
        return self._as_test(self.env.names.pop("%value"))

    def _boolop(self, node: Any) -> Abstract:
        conjunction = isinstance(node.op, gast.And)

        def from_(k: int) -> Abstract:
            value = self.evaluate(node.values[k])
            if k == len(node.values) - 1:
                return value
            return self._and_or(conjunction, value, lambda: from_(k + 1))

        return from_(0)

    def _and_or(self, conjunction: bool, value: Abstract, rest: Callable[[], Abstract]) -> Abstract:
        """``value and rest()`` as Python values."""
        test = self.truth(value)
        if isinstance(test, Const):
            test = bool(test.value)
        if isinstance(test, bool):
            return rest() if test == conjunction else value
        arm, keep = self.arm(), self.arm()
        self.run_arm(arm, rest)
        second = arm.env.names.get("%value")
        if test is value and isinstance(second, Var) and second.kind == value.kind:
            if not set(arm.env.names) - {"%value"} and all(map(_cannot_fail, arm.statements)):
                for statement in arm.statements:
                    self.builder.add(statement)
                connect = operators.logical_and if conjunction else operators.logical_or
                return self.builder.value(connect, test, second)
        self.run_arm(keep, lambda: value)
        then, orelse = (arm, keep) if conjunction else (keep, arm)
        self.merge(test, then, orelse, -1)
        if self.env.dead:
            raise Unreachable
        return self.env.names.pop("%value")

    def _ifexp(self, node: Any) -> Abstract:
        test = self.test(node.test)

        def way(branch: Any, outcome: bool) -> Callable[[], Abstract]:
            def action() -> Abstract:
                self.narrow(node.test, outcome)
                return self.evaluate(branch)

            return action

        return self.choose(test, way(node.body, True), way(node.orelse, False))

    def narrow(self, test: Any, outcome: bool) -> None:
        """Note what the outcome of a test says about variables that may be None."""
        match test:
            case gast.UnaryOp(op=gast.Not()):
                self.narrow(test.operand, not outcome)
            case gast.BoolOp(op=gast.And()) if outcome:
                for part in test.values:
                    self.narrow(part, outcome)
            case gast.BoolOp(op=gast.Or()) if not outcome:
                for part in test.values:
                    self.narrow(part, outcome)
            case gast.Compare(
                left=gast.Name(id=name),
                ops=[gast.Is() | gast.IsNot() as op],
                comparators=[gast.Constant(value=None)],
            ):
                self._keep(name, lambda item: is_none(item) == (outcome == isinstance(op, gast.Is)))
            case gast.Call(func=gast.Name(id="isinstance"), args=[gast.Name(id=name), classes]):
                if self._is_union_name(name):
                    wanted = self.evaluate(classes)
                    self._keep(name, lambda item: self.is_instance(item, wanted) == outcome)

    def _is_union_name(self, name: str) -> bool:
        value = self.env.get(name)
        return isinstance(value, Composite) and isinstance(value.form, UnionForm)

    def _keep(self, name: str, keep: Callable[[Abstract], bool]) -> None:
        """Rule out the alternatives of a variable that a test excludes."""
        value = self.env.get(name)
        if not (isinstance(value, Composite) and isinstance(value.form, UnionForm)):
            return
        tag, *items = value.items
        kept = [IMPOSSIBLE if is_impossible(i) or not keep(i) else i for i in items]
        possible = [item for item in kept if item is not IMPOSSIBLE]
        if len(possible) == 1:
            self.env.narrow(name, possible[0], value)
        elif possible:
            self.env.narrow(name, Composite(UNION, (tag, *kept)), value)

    def is_instance(self, value: Abstract, classes: Abstract) -> bool:
        raise NotImplementedError

    # --- comparison ---

    def _compare(self, node: Any) -> Abstract:
        left = self.evaluate(node.left)
        return self._compare_from(node, 0, left)

    def _compare_from(self, node: Any, k: int, left: Abstract) -> Abstract:
        self.node = node
        right = self.evaluate(node.comparators[k])
        result = self.compare(node.ops[k], left, right)
        if k == len(node.ops) - 1:
            return result
        return self._and_or(True, result, lambda: self._compare_from(node, k + 1, right))

    def compare(self, op: Any, left: Abstract, right: Abstract) -> Abstract:
        match op:
            case gast.Is():
                return self._identical(left, right)
            case gast.IsNot():
                return self._identical(left, right, operator.ne)
            case gast.In():
                return self._contained(left, right)
            case gast.NotIn():
                return self._negated(self._as_test(self._contained(left, right)))
        function = _COMPARE[type(op).__name__]
        return self.distribute((left, right), lambda x, y: self._compared(function, x, y))

    def _compared(self, function: Callable[..., Any], left: Abstract, right: Abstract) -> Abstract:
        if is_atom(left) and is_atom(right):
            return self.apply(function, left, right)
        if isinstance(left, Static) and isinstance(right, Static):
            return TRUE if function(left.value, right.value) else FALSE
        equality = function in (operator.eq, operator.ne)
        if isinstance(left, Composite) and isinstance(right, Composite):
            if is_tuple(left) and is_tuple(right) and equality:
                same: bool | Atom = len(left.items) == len(right.items)
                if same:
                    pairs = zip(left.items, right.items)
                    parts = [
                        lambda x=x, y=y: self.truth(self.compare(gast.Eq(), x, y)) for x, y in pairs
                    ]
                    same = self._connect(True, [lambda: True, *parts])
                if function is operator.ne:
                    return self._negated(same)
                return (TRUE if same else FALSE) if isinstance(same, bool) else same
        if equality:
            return TRUE if function is operator.ne else FALSE
        raise self.error(
            f"`{function.__name__}` of {describe_kind(left)} and {describe_kind(right)}"
        )

    def _identical(
        self, left: Abstract, right: Abstract, function: Callable[..., Any] = operator.eq
    ) -> Abstract:
        """``is``, and ``is not`` where the function is `operator.ne`."""
        same, different = (TRUE, FALSE) if function is operator.eq else (FALSE, TRUE)

        def action(x: Abstract, y: Abstract) -> Abstract:
            if isinstance(x, Static) and isinstance(y, Static):
                return same if x.value is y.value else different
            for one, other in ((x, y), (y, x)):
                if isinstance(one, Const) and is_bool(one.kind) and is_atom(other):
                    if getattr(other, "kind", None) == one.kind:
                        return self.apply(function, x, y)
            if is_atom(x) and is_atom(y) and x is not y:
                raise self.error("`is` compares identities, which numbers have none of", "", "==")
            return same if x is y else different

        for one, other in ((left, right), (right, left)):
            if is_none(other) and isinstance(one, Composite) and isinstance(one.form, UnionForm):
                tag, *alternatives = one.items
                position = [i for i, item in enumerate(alternatives) if is_none(item)]
                if not position:
                    return different
                return self.apply(function, tag, Const(position[0], PY_INT))
        return self.distribute((left, right), action)

    def _contained(self, item: Abstract, container: Abstract) -> Abstract:
        if isinstance(container, Static) and isinstance(item, Static):
            return TRUE if item.value in container.value else FALSE
        if isinstance(container, Composite) and is_tuple(container):
            parts = [
                lambda other=other: self.truth(self.compare(gast.Eq(), item, other))
                for other in container.items
            ]
            found = self._connect(False, [lambda: False, *parts])
            return (TRUE if found else FALSE) if isinstance(found, bool) else found
        raise self.unsupported(f"`in` of a {describe_kind(container)} is not supported yet")

    # --- displays ---

    def _tuple(self, node: Any) -> Abstract:
        items: list[Abstract] = []
        for element in node.elts:
            if isinstance(element, gast.Starred):
                items += self.unpacked(self.evaluate(element.value))
            else:
                items.append(self.evaluate(element))
        return tuple_of(*items)

    def _list(self, node: Any) -> Abstract:
        value = self._tuple(node)
        assert isinstance(value, Composite)
        return tuple_of(*value.items, cls=list)

    def unpacked(self, value: Abstract) -> list[Abstract]:
        if isinstance(value, Composite) and is_tuple(value):
            return list(value.items)
        raise self.unsupported(f"a {describe_kind(value)} is unpacked with *")

    def _lambda(self, node: Any) -> Abstract:
        return self.nested_function(node)

    def _namedexpr(self, node: Any) -> Abstract:
        value = self.evaluate(node.value)
        self.assign_name(node.target.id, value)
        return value

    def _joinedstr(self, node: Any) -> Abstract:
        parts = [n.value if isinstance(n, gast.Constant) else "{…}" for n in node.values]
        return Static("".join(map(str, parts)))

    def assign_name(self, name: str, value: Abstract) -> None:
        """Bind a local name; temporaries made for it are called like it."""
        self.bind(name, value)
        if isinstance(value, Var):
            if value.temporary:
                value.name, value.temporary = name, False
        elif isinstance(value, Composite) and is_tuple(value):
            for item, hint in zip(value.items, names_of_items(name, value)):
                if isinstance(item, Var) and item.temporary:
                    item.name, item.temporary = hint, False

    # --- subscripts ---

    def _subscript(self, node: Any) -> Abstract:
        container = self.evaluate(node.value)
        key = self.key(node.slice)
        return self.distribute((container, key), self.subscript)

    def key(self, node: Any) -> Abstract:
        if isinstance(node, gast.Slice):
            parts = (node.lower, node.upper, node.step)
            return Composite(SLICE, tuple(NONE if p is None else self.evaluate(p) for p in parts))
        if isinstance(node, gast.Tuple):
            return tuple_of(*(self.key(element) for element in node.elts))
        return self.evaluate(node)

    def subscript(self, container: Abstract, key: Abstract) -> Abstract:
        match container:
            case Var(kind=Array()):
                return self.run_definition(structural.read, "[]", (container, key), {})
            case Composite(form=TupleForm(cls=cls)):
                return self._tuple_item(container, key, cls)
            case Composite(form=NamedForm(name="range")) if is_atom(key):
                return self.item(container, self._wrapped(key, self.length(container)))
            case Static() if isinstance(key, Const | Static):
                try:
                    return self.from_rule(container.value[key.value], "[]")
                except (TypeError, KeyError, IndexError) as error:
                    raise self.error(f"{describe_kind(container)}: {error!r}") from None
        raise self.error(f"a {describe_kind(container)} has no elements")

    def _tuple_item(self, container: Composite, key: Abstract, cls: type) -> Abstract:
        items = container.items
        if isinstance(key, Const):
            try:
                return items[operator.index(key.value)]
            except IndexError:
                self.throw("IndexError", "tuple index out of range")
            except TypeError:
                raise self.error("a tuple index is no integer") from None
        if isinstance(key, Composite) and key.form == SLICE:
            parts = [p.value for p in key.items if isinstance(p, Const | Static)]
            if len(parts) < 3:
                raise self.unsupported(
                    "a slice of a tuple has bounds that are not known while compiling",
                    "the length of a tuple is part of its kind",
                    "use constants, or an array",
                )
            kept = items[slice(*parts)]
            return tuple_of(*kept, cls=list if cls is list else tuple)
        if isinstance(key, Var):
            return self._dynamic_item(items, key)
        raise self.error(f"a tuple cannot be indexed with a {describe_kind(key)}")

    def _dynamic_item(self, items: tuple[Abstract, ...], key: Var) -> Abstract:
        if len(items) > 64:
            raise self.unsupported("a tuple of more than 64 items is indexed with a variable")
        position = self._wrapped(key, Const(len(items), PY_INT))

        def chain(k: int) -> Abstract:
            if k == len(items):
                self.throw("IndexError", "tuple index out of range")
            test = self.apply(operator.eq, position, Const(k, PY_INT))
            return self.choose(self._as_test(test), lambda: items[k], lambda: chain(k + 1))

        return chain(0)

    def _wrapped(self, key: Abstract, length: Abstract) -> Atom:
        """A Python index, negative ones counted from the end."""
        if isinstance(key, Const):
            if key.value >= 0:
                return key
            return self._as_atom(self.apply(operator.add, length, key))
        negative = self._as_test(self.apply(operator.lt, key, Const(0, PY_INT)))
        found = self.choose(negative, lambda: self.apply(operator.add, key, length), lambda: key)
        return self._as_atom(found)

    def length(self, value: Abstract) -> Atom:
        raise NotImplementedError

    def item(self, value: Abstract, position: Atom) -> Abstract:
        raise NotImplementedError

    # --- attributes ---

    def _attribute(self, node: Any) -> Abstract:
        owner = self.evaluate(node.value)
        return self.distribute((owner,), lambda value: self.attribute(value, node.attr))

    def attribute(self, owner: Abstract, name: str) -> Abstract:
        match owner:
            case Var() | Const():
                return self._number_attribute(owner, name)
            case Composite(form=TupleForm(cls=cls)):
                fields = getattr(cls, "_fields", None)
                if fields is not None:
                    if name in fields:
                        return owner.items[fields.index(name)]
                    if name == "_fields":
                        return tuple_of(*map(Static, fields))
                    if name in ("_replace", "_asdict") or name in vars(cls):
                        return self._class_attribute(owner, cls, name)
                if name in ("index", "count"):
                    return Composite(METHOD, (Static(ArrayMethod(name)), owner))
            case Composite(form=NamedForm(name="range" | "slice" as form)):
                names = ("start", "stop", "step")
                if name in names:
                    return owner.items[names.index(name)]
                raise self.error(f"a {form} has no attribute `{name}`")
            case Composite(form=FunctionForm(definition=definition)):
                if name in ("__name__", "__doc__"):
                    return Static(definition.name if name == "__name__" else definition.doc)
            case Static():
                return self._static_attribute(owner, name)
        raise self.error(f"a {describe_kind(owner)} has no attribute `{name}` that diffpy knows")

    def _class_attribute(self, owner: Composite, cls: type, name: str) -> Abstract:
        if name == "_replace":
            return Composite(METHOD, (Static(ArrayMethod(name)), owner))
        member = vars(cls).get(name)
        if isinstance(member, types.FunctionType):
            return Composite(METHOD, (Static(member), owner))
        if isinstance(member, property) and member.fget is not None:
            return self.call(Static(member.fget), [owner], {})
        raise self.unsupported(f"`{name}` of a {cls.__name__} is not supported")

    def _number_attribute(self, owner: Var | Const, name: str) -> Abstract:
        kind = owner.kind
        if isinstance(kind, Array):
            match name:
                case "shape":
                    return tuple_of(*(self.dim(owner, axis) for axis in range(kind.ndim)))
                case "ndim":
                    return Const(kind.ndim, PY_INT)
                case "size":
                    total: Abstract = Const(1, PY_INT)
                    for axis in range(kind.ndim):
                        total = self.apply(operator.mul, total, self.dim(owner, axis))
                    return total
        if isinstance(kind, Scalar | Array):
            if name == "dtype" and not getattr(kind, "python", False):
                return Static(np.dtype(kind.dtype))
            if isinstance(kind, Scalar) and not kind.python:
                if name in ("shape", "ndim", "size"):
                    return tuple_of() if name == "shape" else Const(int(name == "size"), PY_INT)
        meaning = method_definition(name)
        if meaning is not None:
            if name in ("T", "real", "imag", "mT", "flat"):
                return self.run_definition(meaning, name, (owner,), {})
            return Composite(METHOD, (Static(ArrayMethod(name)), owner))
        if name == "T" and isinstance(kind, Array):
            return self.from_rule(Value(owner).T, name)
        if name in ("real", "imag"):
            function = definition_of(getattr(np, name))
            if function is not None:
                return self.run_definition(function, name, (owner,), {})
        raise self.error(f"a {kind} has no attribute `{name}` that diffpy knows")

    def dim(self, array: Abstract, axis: int) -> Atom:
        assert isinstance(array, Var)
        return self.builder.value(structural.dim, array, axis=axis)

    def _static_attribute(self, owner: Static, name: str) -> Abstract:
        value = owner.value
        try:
            found = getattr(value, name)
        except AttributeError:
            raise self.error(f"{describe_kind(owner)} has no attribute `{name}`") from None
        constant = isinstance(value, types.ModuleType) and not _is_user_module(value)
        label = f"{owner.name}.{name}" if owner.name else name
        return self.lift(
            found, label, ("attribute", id(value), name), lambda: getattr(value, name), constant
        )


class NameErrorHere(KindError, NameError):
    """A name that does not exist (yet)."""


def names_of_items(name: str, value: Composite) -> list[str]:
    form = value.form
    fields = getattr(getattr(form, "cls", None), "_fields", None)
    return [f"{name}_{fields[i] if fields else i}" for i in range(len(value.items))]


def _is_user_module(module: types.ModuleType) -> bool:
    top = module.__name__.partition(".")[0]
    return top not in ("numpy", "math", "cmath", "scipy", "operator", "builtins", "cupy", "sys")


def _zero_like(value: Var) -> Const:
    assert isinstance(value.kind, Scalar)
    return zero(value.kind)


def _cannot_fail(statement: Statement) -> bool:
    """Whether evaluating a statement that Python would skip changes nothing that can be seen."""
    if isinstance(statement, If):
        return False
    if not isinstance(statement, Instr):
        return False
    primitive = statement.primitive
    if primitive.effect or not primitive.elementwise or primitive.cost > 4:
        return False
    if any(isinstance(a.kind, Array) for a in statement.args):
        return False
    if primitive.checked is not None:
        target = statement.target
        bits = target.bits if target is not None else 64
        if primitive.checked(statement.args, bits, **statement.options) is not None:
            return False
    return primitive.name not in ("/", "//", "%", "**", "power")
