"""Tests: truth, `and`, `or`, comparisons, and what a test says about a variable.

`and` and `or` are evaluated no further than Python does, unless the rest can neither fail nor be
seen; after ``x is None`` each branch knows which of the alternatives of `x` it has.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from typing import Any

import gast

from diffpy.kinds import (
    PY_BOOL,
    PY_INT,
    Array,
    Scalar,
    is_bool,
)
from diffpy.rules import operators
from diffpy.rules.structural import convert
from diffpy.transform.ir import (
    Atom,
    Const,
    If,
    Instr,
    Statement,
    Var,
)
from diffpy.transform.specialise_expressions import Expressions
from diffpy.transform.specialise_frames import FALSE, TRUE, Environment, as_flag
from diffpy.transform.specialise_layouts import (
    zero,
)
from diffpy.transform.values import (
    IMPOSSIBLE,
    UNION,
    Abstract,
    Composite,
    FunctionForm,
    HandleForm,
    NamedForm,
    ObjectForm,
    RowForm,
    Static,
    TextForm,
    TupleForm,
    UnionForm,
    describe_kind,
    is_array,
    is_array_like,
    is_atom,
    is_impossible,
    is_none,
    is_text,
    is_tuple,
)

_COMPARE: dict[str, Callable[..., Any]] = {
    "Eq": operator.eq,
    "NotEq": operator.ne,
    "Lt": operator.lt,
    "LtE": operator.le,
    "Gt": operator.gt,
    "GtE": operator.ge,
}


_NODES = {
    operator.lt: gast.Lt(),
    operator.le: gast.LtE(),
    operator.gt: gast.Gt(),
    operator.ge: gast.GtE(),
}


class Conditions(Expressions):
    """How tests are evaluated."""

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
                return bool(self.lasting(value).value)
            case Composite(form=TupleForm()):
                return bool(value.items)
            case Composite(form=UnionForm()):
                found = self.distribute((value,), lambda x: self._truth_atom(x))
                return self._as_test(found)
            case Composite(form=TextForm() | NamedForm(name="formatted string")):
                raise self.error("what a formatted string reads is not known while compiling")
            case Composite(form=NamedForm(name="range")):
                return self._as_test(self.apply(operator.ne, self.length(value), Const(0, PY_INT)))
            case _:
                return True

    def _truth_atom(self, value: Abstract) -> Atom:
        return as_flag(self.truth(value))

    def as_python_bool(self, test: bool | Atom) -> Atom:
        """A test as the value that Python makes of it, which is no np.bool_."""
        flag = as_flag(test)
        if flag.kind == PY_BOOL:
            return flag
        return self.builder.value(convert, flag, kind=PY_BOOL)

    def test(self, node: Any) -> bool | Atom:
        """The truth of an expression; `and`, `or` and `not` need no values here."""
        match node:
            case gast.BoolOp():
                conjunction = isinstance(node.op, gast.And)
                return self._connect(
                    conjunction,
                    [partial(self._part, node, k, conjunction) for k in range(len(node.values))],
                )
            case gast.UnaryOp(op=gast.Not()):
                return self._as_test(self._negated(self.test(node.operand)))
            case _:
                outside, self.node = self.node, node
                try:
                    return self.truth(self.evaluate(node))
                finally:
                    self.node = outside

    def _part(self, node: Any, k: int, conjunction: bool) -> bool | Atom:
        """Part ``k`` of `and` or `or`, which runs where those before it let it."""
        for i, before in enumerate(node.values[:k]):
            if not _assigns(node.values[i + 1 : k]):
                self.narrow(before, conjunction)
        return self.test(node.values[k])

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
            return as_flag(test)

        self.run_arm(arm, action)
        second = arm.env.names.get("%value")
        if not arm.env.dead and not _assigned(arm.env):
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
        return self._as_test(self.joined_value())

    def visit_BoolOp(self, node: Any) -> Abstract:
        conjunction = isinstance(node.op, gast.And)

        def from_(k: int) -> Abstract:
            value = self.evaluate(node.values[k])
            if k == len(node.values) - 1:
                return value

            def rest() -> Abstract:
                self.narrow(node.values[k], conjunction)
                return from_(k + 1)

            return self._and_or(conjunction, value, rest)

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
            if not _assigned(arm.env) and all(map(_cannot_fail, arm.statements)):
                for statement in arm.statements:
                    self.builder.add(statement)
                connect = operators.logical_and if conjunction else operators.logical_or
                return self.builder.value(connect, test, second)
        self.run_arm(keep, lambda: self._kept(value, not conjunction))
        then, orelse = (arm, keep) if conjunction else (keep, arm)
        self.merge(test, then, orelse, -1)
        return self.joined_value()

    def visit_IfExp(self, node: Any) -> Abstract:
        test = self.test(node.test)

        def way(branch: Any, outcome: bool) -> Callable[[], Abstract]:
            def action() -> Abstract:
                self.narrow(node.test, outcome)
                return self.evaluate(branch)

            return action

        return self.choose(test, way(node.body, True), way(node.orelse, False))

    # --- what a test says ---

    def narrow(self, test: Any, outcome: bool) -> None:
        """Note what the outcome of a test says about variables that may be None."""
        match test:
            case gast.UnaryOp(op=gast.Not()):
                self.narrow(test.operand, not outcome)
            case gast.BoolOp(op=gast.And() | gast.Or() as op):
                if outcome == isinstance(op, gast.And):
                    for k, part in enumerate(test.values):
                        if not _assigns(test.values[k + 1 :]):
                            self.narrow(part, outcome)
            case gast.Compare(
                left=gast.Name(id=name) | gast.NamedExpr(target=gast.Name(id=name)),
                ops=[gast.Is() | gast.IsNot() as op],
                comparators=[gast.Constant(value=None)],
            ):
                self._keep(name, lambda item: is_none(item) == (outcome == isinstance(op, gast.Is)))
            case gast.Name(id=name) | gast.NamedExpr(target=gast.Name(id=name)):
                self._keep(name, lambda item: _may_be(item, outcome))
            case gast.Call() | gast.Compare():
                asked = self.narrowing_question(test)
                if asked is not None:
                    name, answer = asked
                    self._keep(name, lambda item: answer(item) != (not outcome))

    def narrowing_question(self, node: Any) -> tuple[str, Callable[[Abstract], bool | Atom]] | None:
        """The variable that a test asks the kind of, and what it asks."""
        raise NotImplementedError

    def _is_union_name(self, name: str) -> bool:
        value = self.env.get(name)
        return isinstance(value, Composite) and isinstance(value.form, UnionForm)

    def _keep(self, name: str, keep: Callable[[Abstract], bool]) -> None:
        """Rule out the alternatives of a variable that a test excludes."""
        value = self.env.get(name)
        kept = _reduced(value, keep)
        if kept is not value:
            self.env.narrow(name, kept, value)

    def _kept(self, value: Abstract, outcome: bool) -> Abstract:
        """A value of which the truth is known."""
        return _reduced(value, lambda item: _may_be(item, outcome))

    # --- comparison ---

    def visit_Compare(self, node: Any) -> Abstract:
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
        for value in (left, right):
            if is_text(value) and isinstance(value, Composite):
                raise self.error("what a formatted string reads is not known while compiling")
        if is_atom(left) and is_atom(right):
            return self.computed(function, left, right)
        if isinstance(left, Static) and isinstance(right, Static):
            try:
                return TRUE if function(left.value, right.value) else FALSE
            except TypeError as error:
                raise self.error(str(error)) from None
        equality = function in (operator.eq, operator.ne)
        if any(map(is_array, (left, right))):
            if any(map(is_array_like, (left, right))):
                return self.apply(function, self.as_array(left), self.as_array(right))
            raise self.error(
                f"`{function.__name__}` of {describe_kind(left)} and {describe_kind(right)}",
                "NumPy compares each element",
                "is None" if is_none(left) or is_none(right) else "",
            )
        if equality and left is right:
            return TRUE if function is operator.eq else FALSE
        if isinstance(left, Composite) and isinstance(right, Composite):
            if is_tuple(left) and is_tuple(right) and equality:
                classes = [issubclass(v.form.cls, tuple) for v in (left, right)]  # type: ignore[union-attr]
                same: bool | Atom = len(left.items) == len(right.items) and len({*classes}) == 1
                if same:
                    pairs = zip(left.items, right.items)
                    parts = [lambda x=x, y=y: self._is_or_equals(x, y) for x, y in pairs]
                    same = self._connect(True, [lambda: True, *parts])
                if function is operator.ne:
                    return self._negated(same)
                return self.as_python_bool(same)
            lists = [v.form.cls is list for v in (left, right) if is_tuple(v)]  # type: ignore[union-attr]
            if len(lists) == 2 and lists[0] == lists[1] and not equality:
                return self._ordered(function, left.items, right.items)
        if equality:
            return TRUE if function is operator.ne else FALSE
        self.throw_if_none(function, left, right)
        raise self.error(
            f"`{function.__name__}` of {describe_kind(left)} and {describe_kind(right)}"
        )

    def _is_or_equals(self, left: Abstract, right: Abstract) -> bool | Atom:
        """How Python compares items: one object equals itself, also if it is a nan."""
        if is_atom(left) and is_atom(right):
            values = [getattr(v, "value", v) for v in (left, right)]
            if values[0] is values[1] and not is_array(left):
                return True
        return self.truth(self.compare(gast.Eq(), left, right))

    def _ordered(
        self,
        function: Callable[..., Any],
        left: tuple[Abstract, ...],
        right: tuple[Abstract, ...],
    ) -> Abstract:
        """``left < right`` and the like: the first items that differ decide."""
        if not left or not right:
            return TRUE if function(len(left), len(right)) else FALSE
        return self.choose(
            self._is_or_equals(left[0], right[0]),
            lambda: self._ordered(function, left[1:], right[1:]),
            lambda: self.compare(_NODES[function], left[0], right[0]),
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
                if isinstance(one, Const) and is_bool(one.kind) and isinstance(other, Var | Const):
                    if other.kind == one.kind:
                        return self.apply(function, x, y)
                    if not self.is_mixed(other):
                        return different
            if is_atom(x) and is_atom(y) and x is not y:
                raise self.error("`is` compares identities, which numbers have none of", "", "==")
            return same if self._is_one_object(x, y) else different

        for one, other in ((left, right), (right, left)):
            if is_none(other) and isinstance(one, Composite) and isinstance(one.form, UnionForm):
                tag, *alternatives = one.items
                position = [i for i, item in enumerate(alternatives) if is_none(item)]
                if not position:
                    return different
                return self.apply(function, tag, Const(position[0], PY_INT))
        return self.distribute((left, right), action)

    def _is_one_object(self, x: Abstract, y: Abstract) -> bool:
        for one, other in ((x, y), (y, x)):
            if isinstance(one, Composite) and isinstance(
                one.form, ObjectForm | HandleForm | RowForm
            ):
                if isinstance(other, Composite) and isinstance(other.form, ObjectForm):
                    if not isinstance(one.form, ObjectForm):
                        return False
                    is_one = one.form.state is other.form.state
                    self.program.tells_objects_apart |= not is_one
                    return is_one
                if isinstance(other, Static) and type(other.value) is one.form.cls:
                    raise self.unsupported(
                        f"{describe_kind(one):an} is compared with one from outside",
                        "an argument may be the same object, which is not known while compiling",
                        "compare what is in them, with ==",
                    )
        return x is y

    def _contained(self, item: Abstract, container: Abstract) -> Abstract:
        if isinstance(container, Static) and isinstance(item, Static):
            return TRUE if item.value in self.lasting(container).value else FALSE
        if isinstance(container, Composite) and is_tuple(container):
            parts = [
                lambda other=other: self._is_or_equals(item, other) for other in container.items
            ]
            return self.as_python_bool(self._connect(False, [lambda: False, *parts]))
        raise self.unsupported(f"`in` of {describe_kind(container):an} is not supported yet")


def _reduced(value: Abstract, keep: Callable[[Abstract], bool]) -> Abstract:
    """A union without the alternatives that cannot be; any other value as it is."""
    if not (isinstance(value, Composite) and isinstance(value.form, UnionForm)):
        return value
    tag, *items = value.items
    kept = [IMPOSSIBLE if is_impossible(i) or not keep(i) else i for i in items]
    possible = [item for item in kept if item is not IMPOSSIBLE]
    if len(possible) == 1:
        return possible[0]
    return Composite(UNION, (tag, *kept)) if possible and kept != items else value


def _may_be(value: Abstract, outcome: bool) -> bool:
    """Whether the truth of a value may be ``outcome``, as far as is known while compiling."""
    match value:
        case Static(value=None | str() as known):
            return bool(known) == outcome
        case Composite(form=TupleForm()):
            return bool(value.items) == outcome
        case Composite(form=FunctionForm()):
            return outcome
    return True


def _assigns(nodes: list[Any]) -> bool:
    """Whether evaluating expressions binds names."""
    return any(isinstance(inner, gast.NamedExpr) for n in nodes for inner in gast.walk(n))


def _assigned(env: Environment) -> set[str]:
    """The names that a branch assigned; what it only knows better does not count."""
    known = {name for name, (value, _) in env.narrowed.items() if env.names.get(name) is value}
    return set(env.names) - {"%value"} - known


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
    return primitive.name not in ("/", "//", "%", "**", "power", "int_power")
