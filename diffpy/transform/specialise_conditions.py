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
    PY_INT,
    Array,
    Scalar,
    is_bool,
)
from diffpy.rules import operators
from diffpy.transform.ir import (
    Atom,
    Const,
    If,
    Instr,
    Statement,
    Var,
)
from diffpy.transform.specialise_expressions import Expressions
from diffpy.transform.specialise_frames import FALSE, TRUE
from diffpy.transform.specialise_layouts import (
    zero,
)
from diffpy.transform.values import (
    IMPOSSIBLE,
    TEXT,
    UNION,
    Abstract,
    Composite,
    NamedForm,
    Static,
    TupleForm,
    UnionForm,
    Unreachable,
    describe_kind,
    is_atom,
    is_impossible,
    is_none,
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
            case Composite(form=NamedForm(name="formatted string")):
                raise self.error("what a formatted string reads is not known while compiling")
            case Composite(form=NamedForm(name="range")):
                return self._as_test(self.apply(operator.ne, self.length(value), Const(0, PY_INT)))
            case _:
                return True

    def _truth_atom(self, value: Abstract) -> Atom:
        test = self.truth(value)
        return (TRUE if test else FALSE) if isinstance(test, bool) else test

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

    def visit_BoolOp(self, node: Any) -> Abstract:
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
            if isinstance(value, Composite) and value.form == TEXT:
                raise self.error("what a formatted string reads is not known while compiling")
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
            return TRUE if item.value in self.lasting(container).value else FALSE
        if isinstance(container, Composite) and is_tuple(container):
            parts = [
                lambda other=other: self.truth(self.compare(gast.Eq(), item, other))
                for other in container.items
            ]
            found = self._connect(False, [lambda: False, *parts])
            return (TRUE if found else FALSE) if isinstance(found, bool) else found
        raise self.unsupported(f"`in` of a {describe_kind(container)} is not supported yet")


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
