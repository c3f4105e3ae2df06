"""Statements: blocks, branches, assignments and stores, and how control leaves early.

A jump sets flags in the environment. What follows a conditional jump goes into the branch that
does not jump; where both branches may go on, it is guarded by the flag:

    if a:                       If(a): return 1
        return 1                else:  If(b): (skip, returned, result) = (True, True, 2)
    if b:                              else:  (False, False, dummy)
        if c: return 2                 If(skip): …    else: rest
    rest
"""

from __future__ import annotations

import operator
from functools import partial
from typing import Any

import gast
import numpy as np

from diffpy.kinds import PY_INT, Array, Scalar, is_integer, type_code
from diffpy.rules import structural
from diffpy.rules.notation import Value
from diffpy.rules.registry import definition_of
from diffpy.transform.ir import Const, Var
from diffpy.transform.specialise_expressions import _BINARY, Expressions
from diffpy.transform.specialise_frames import NOT_LEFT, TRUE
from diffpy.transform.specialise_joins import Arm
from diffpy.transform.values import (
    NONE,
    Abstract,
    Composite,
    Stale,
    Static,
    UnionForm,
    Unreachable,
    atoms_of,
    describe_kind,
    is_array,
    is_atom,
    is_tuple,
    tuple_of,
)


class Statements(Expressions):
    """How statements are run."""

    def run(self, steps: list[Any], live: int, start: int = 0) -> None:
        """Run statements (or actions) of one block; ``live`` is what is read after it."""
        for k in range(start, len(steps)):
            if self.env.dead:
                return
            jump = self.env.flag("%jump")
            if isinstance(jump, Const):
                if jump.value:
                    return
            else:
                skip, rest = self.arm(), self.arm()
                rest.env.names.update(NOT_LEFT)
                self.run_arm(rest, partial(self.run, steps, live, k))
                self.merge(jump, skip, rest, live)
                return
            try:
                step = steps[k]
                if callable(step):
                    step()
                    continue
                self.node = step
                self.builder.line = step.lineno
                if isinstance(step, gast.If):
                    if self._if(step, steps, k, live):
                        return
                else:
                    method = getattr(self, f"_{type(step).__name__.lower()}", None)
                    if method is None:
                        raise self.unsupported(f"`{type(step).__name__}` is not supported")
                    method(step)
            except Unreachable:
                self.env.dead = True
                return

    def _if(self, node: Any, steps: list[Any], k: int, live: int) -> bool:
        """Run an if statement; True if what follows it in its block was run with it."""
        after = self.definition.liveness.after(node)
        test = self.test(node.test)
        if isinstance(test, Const):
            test = bool(test.value)
        if isinstance(test, bool):
            self.narrow(node.test, test)
            self.run(node.body if test else node.orelse, after)
            return False
        line = self.builder.line
        arms = []
        for body, outcome in ((node.body, True), (node.orelse, False)):
            arm = self.arm()

            def action(body: Any = body, outcome: bool = outcome) -> None:
                self.narrow(node.test, outcome)
                self.run(body, after)

            self.run_arm(arm, action)
            arms.append(arm)
        ended = [_ends(arm) for arm in arms]
        together = ended[0] != ended[1] and k + 1 < len(steps)
        if together:
            self.run_arm(arms[ended.index(False)], lambda: self.run(steps, live, k + 1))
        self.builder.line = line
        self.merge(test, arms[0], arms[1], live if together else after)
        return together or all(ended)

    # --- jumps ---

    def _return(self, node: Any) -> None:
        self.leave(NONE if node.value is None else self.evaluate(node.value))

    def leave(self, value: Abstract) -> None:
        """Return a value."""
        self.env.names["%result"] = value
        for flag in ("%returned", "%exit", "%jump"):
            self.env.names[flag] = TRUE

    def _break(self, node: Any) -> None:
        self.loops[-1] = True
        self.env.names["%exit"] = self.env.names["%jump"] = TRUE

    def _continue(self, node: Any) -> None:
        self.env.names["%jump"] = TRUE

    def _pass(self, node: Any) -> None:
        pass

    def _raise(self, node: Any) -> None:
        value = node.exc
        message = ""
        if isinstance(value, gast.Call):
            parts = [self.evaluate(a) for a in value.args]
            if len(parts) == 1 and isinstance(parts[0], Static):
                message = str(parts[0].value)
            value = value.func
        if value is None:
            raise self.unsupported("a bare `raise` is not supported yet")
        error = self.evaluate(value)
        cls = error.value if isinstance(error, Static) else None
        if not (isinstance(cls, type) and issubclass(cls, BaseException)):
            raise self.error("exceptions must derive from BaseException")
        known = next(c for c in cls.__mro__ if c.__module__ == "builtins")
        if known is not cls:
            message = f"{cls.__name__}: {message}"
        self.throw(known.__name__, message)

    def _assert(self, node: Any) -> None:
        test = self.test(node.test)
        if isinstance(test, Const):
            test = bool(test.value)
        if test is True:
            return

        def fail() -> Abstract:
            message = ""
            if node.msg is not None:
                value = self.evaluate(node.msg)
                message = str(value.value) if isinstance(value, Static | Const) else ""
            self.throw("AssertionError", message)

        if test is False:
            fail()
        assert not isinstance(test, bool)
        good, bad = self.arm(), self.arm()
        self.run_arm(good, lambda: self.narrow(node.test, True))
        self.run_arm(bad, fail)
        self.merge(test, good, bad, -1)

    # --- assignments ---

    def _expr(self, node: Any) -> None:
        self.evaluate(node.value)

    def _assign(self, node: Any) -> None:
        value = self.evaluate(node.value)
        for target in node.targets:
            self.assign(target, value)

    def _annassign(self, node: Any) -> None:
        if node.value is not None:
            self.assign(node.target, self.evaluate(node.value))

    def assign(self, target: Any, value: Abstract) -> None:
        """Assign to a name, a tuple of targets or an element."""
        match target:
            case gast.Name():
                self.assign_name(target.id, value)
            case gast.Tuple() | gast.List():
                self.node = target
                self._unpack(target.elts, value)
            case gast.Subscript():
                array = self.evaluate(target.value)
                key = self.key(target.slice)
                self.node = target
                self.store(array, key, value, target)
            case _:
                self.node = target
                raise self.unsupported(
                    f"an assignment to `{type(target).__name__.lower()}` is not supported yet"
                )

    def _unpack(self, targets: list[Any], value: Abstract) -> None:
        count = len(targets)
        starred = [i for i, t in enumerate(targets) if isinstance(t, gast.Starred)]
        if isinstance(value, Composite) and is_tuple(value):
            items = list(value.items)
            if starred:
                star, after = starred[0], count - starred[0] - 1
                if len(items) < count - 1:
                    self.throw("ValueError", "not enough values to unpack")
                middle = tuple_of(*items[star : len(items) - after])
                items = [*items[:star], middle, *items[len(items) - after :]]
                targets = [t.value if isinstance(t, gast.Starred) else t for t in targets]
            if len(items) != count:
                many = "too many" if len(items) > count else "not enough"
                self.throw("ValueError", f"{many} values to unpack (expected {count})")
        elif isinstance(value, Composite) and isinstance(value.form, UnionForm):
            choices = self.distribute((value,), lambda v: tuple_of(*self._taken_apart(v, count)))
            assert isinstance(choices, Composite)
            items = list(choices.items)
        elif is_array(value) and not starred:
            items = self._taken_apart(value, count)
        else:
            raise self.error(f"a {describe_kind(value)} cannot be unpacked")
        for target, item in zip(targets, items):
            self.assign(target, item)

    def _taken_apart(self, value: Abstract, count: int) -> list[Abstract]:
        """The items of a tuple or an array of which there must be ``count``."""
        if isinstance(value, Composite) and is_tuple(value):
            if len(value.items) != count:
                self.throw("ValueError", f"the number of values to unpack is not {count}")
            return list(value.items)
        if not is_array(value):
            raise self.error(f"a {describe_kind(value)} cannot be unpacked")
        wrong = self.apply(operator.ne, self.dim(value, 0), Const(count, PY_INT))
        assert isinstance(wrong, Var | Const)
        bad, good = self.arm(), self.arm()
        message = f"the number of values to unpack is not {count}"
        self.run_arm(bad, lambda: self.throw("ValueError", message))
        self.merge(wrong, bad, good, -1)
        return [self.subscript(value, Const(i, PY_INT)) for i in range(count)]

    def _augassign(self, node: Any) -> None:
        function = _BINARY[type(node.op).__name__]
        target = node.target
        if isinstance(target, gast.Name):
            old = self.load(target.id)
            value = self.evaluate(node.value)
            self.node = node
            if is_array(old):
                self._update_in_place(old, tuple_of(Static(...)), function, value, target)
            else:
                self.assign_name(target.id, self.binary(function, old, value))
            return
        if not isinstance(target, gast.Subscript):
            raise self.unsupported("an assignment to an attribute is not supported yet")
        array = self.evaluate(target.value)
        key = self.key(target.slice)
        value = self.evaluate(node.value)
        self.node = node
        self._update_in_place(array, key, function, value, target)

    # --- stores ---

    def _update_in_place(
        self, array: Abstract, key: Abstract, function: Any, value: Abstract, target: Any
    ) -> None:
        """``array[key] op= value``."""
        self._check_store(array, target)
        assert isinstance(array, Var) and isinstance(array.kind, Array)
        pattern, operands = self.encode(key)
        whole = pattern == ("e",)
        added = function in (operator.add, operator.sub)
        simple = is_atom(value) and not structural.is_fancy(pattern)
        if added and simple and type_code(array.kind) != "b":
            assert isinstance(value, Var | Const)
            given = type_code(value.kind)
            if "biufc".index(given) > "biufc".index(type_code(array.kind)):
                raise self.error(
                    f"an array of {array.kind.dtype} cannot take a {describe_kind(value)} in place"
                )
            addend = value if function is operator.add else self.apply(operator.neg, value)
            assert isinstance(addend, Var | Const)
            converted = structural.as_kind(Value(addend), Scalar(array.kind.dtype))
            if isinstance(addend.kind, Array):
                converted = structural.as_kind(Value(addend), array.kind)
            structural.accumulate(Value(array), converted, *operands, pattern=pattern)
            self._wrote(array)
            return
        old = array if whole else structural.read_at(Value(array), operands, pattern).atom
        result = self.binary(function, old, value)
        self._store_at(array, pattern, operands, result)

    def store(self, array: Abstract, key: Abstract, value: Abstract, target: Any) -> None:
        """``array[key] = value``."""
        self._check_store(array, target)
        assert isinstance(array, Var)
        pattern, operands = self.encode(key)
        self._store_at(array, pattern, operands, value)

    def _store_at(self, array: Var, pattern: Any, operands: Any, value: Abstract) -> None:
        if isinstance(value, Composite) and is_tuple(value):
            meaning = definition_of(np.array)
            assert meaning is not None
            value = self.run_definition(meaning, "array", (value,), {})
        if not isinstance(value, Var | Const):
            raise self.error(f"a {describe_kind(value)} cannot be stored in an array")
        assert isinstance(array.kind, Array)
        if type_code(value.kind) == "c" != type_code(array.kind):
            raise self.error("a complex number is stored in an array of real numbers")
        kind = array.kind if isinstance(value.kind, Array) else Scalar(array.kind.dtype)
        converted = structural.as_kind(Value(value), kind)
        structural.store(Value(array), converted, *operands, pattern=pattern)
        self._wrote(array)

    def encode(self, key: Abstract) -> Any:
        """Pattern and operands of an index; only integers (and arrays) are indices."""
        parts = key.items if isinstance(key, Composite) and is_tuple(key) else (key,)
        for part in parts:
            if is_atom(part):
                kind = getattr(part, "kind", None)
                assert kind is not None
                if not is_integer(kind) and type_code(kind) != "b":
                    raise self.error(f"a {kind} is no index")
        return structural.encode_index(self.to_rule(key, "[]"))

    def _check_store(self, array: Abstract, target: Any) -> None:
        if not isinstance(array, Var) or not isinstance(array.kind, Array):
            raise self.error(f"a {describe_kind(array)} has no elements to store into", node=target)
        if self.storage.group(array).fresh:
            return
        base = target.value if isinstance(target, gast.Subscript) else target
        name = base.id if isinstance(base, gast.Name) else "a"
        self.node = target
        raise self.unsupported(
            f"`{name}` is written, but it (or what it is a view of) was not made in this function",
            "stores into arguments and into views of them come in a later version",
            f"copy it first: {name} = {name}.copy()",
        )

    def _wrote(self, array: Var) -> None:
        """After a store: whatever else shows the same memory may not be read any more."""
        group = self.storage.group(array)
        line = self.builder.line
        stored = self._name_of(array)
        for name in list(self.array_names):
            value = self.env.get(name)
            if isinstance(value, Stale):
                continue
            for atom in atoms_of(value):
                if atom is not array and is_array(atom):
                    assert isinstance(atom, Var)
                    if self.storage.group(atom) is group:
                        self.env.names[name] = Stale(stored, line)
                        break

    def _name_of(self, array: Var) -> str:
        return array.name

    # --- nested functions ---

    def _functiondef(self, node: Any) -> None:
        value = self.nested_function(node)
        for decorator in reversed(node.decorator_list):
            value = self.call(self.evaluate(decorator), [value], {})
        self.bind(node.name, value)


def _ends(arm: Arm) -> bool:
    """Whether what follows in the block is never run after this arm."""
    jump = arm.env.flag("%jump")
    return arm.env.dead or (isinstance(jump, Const) and bool(jump.value))
