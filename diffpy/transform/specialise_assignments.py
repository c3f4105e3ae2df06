"""Assignments: names, tuples of targets, and stores into arrays.

A store is allowed into arrays that this function made, or that it was passed.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import gast
import numpy as np

from diffpy.kinds import (
    PY_INT,
    Array,
    Scalar,
    is_integer,
    type_code,
)
from diffpy.rules import structural
from diffpy.rules.containers import list_get
from diffpy.rules.notation import Value
from diffpy.rules.registry import definition_of
from diffpy.transform.ir import (
    Atom,
    Block,
    Call,
    Const,
    Instr,
    Statement,
    Var,
    called_functions,
    walk,
)
from diffpy.transform.specialise_expressions import BINARY
from diffpy.transform.specialise_subscripts import Subscripts
from diffpy.transform.values import (
    Abstract,
    Composite,
    Static,
    TupleForm,
    UnionForm,
    atoms_of,
    describe_kind,
    is_array,
    is_array_like,
    is_atom,
    is_tuple,
    tuple_of,
)


class Assignments(Subscripts):
    """How targets are assigned."""

    def visit_Assign(self, node: Any) -> None:
        value = self.evaluate(node.value)
        if len(node.targets) > 1:
            value = self.owned(value)  # one object
        for target in node.targets:
            self.assign(target, value)

    def owned(self, value: Abstract, label: str = "") -> Abstract:
        """A value as something that may be changed, under several names."""
        raise NotImplementedError

    def visit_AnnAssign(self, node: Any) -> None:
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
                array, key = self.place_of(target)
                self.node = target
                self.store(array, key, value, target)
            case _:
                self.node = target
                raise self.unsupported(
                    f"an assignment to `{type(target).__name__.lower()}` is not supported yet"
                )

    def place_of(self, target: Any) -> tuple[Abstract, Abstract]:
        """The container and the key of a store; ``a[i][j]`` of an array is ``a[i, j]``.

        Not where ``i`` or ``j`` is an array: ``a[i]`` is a copy then, or ``a[i, :, j]`` has its
        axes in another order than ``a[i][:, j]``.
        """
        if not isinstance(target.value, gast.Subscript):
            return self.evaluate(target.value), self.key(target.slice)
        array, key = self.place_of(target.value)
        if not (is_array(array) and _are_indices(key)):
            row = self.distribute((array, key), self.subscript)
            return row, self.key(target.slice)
        more = self.key(target.slice)
        if any(is_array(p) or is_array_like(p) for p in _parts(more)):
            return self.subscript(array, key), more
        return array, tuple_of(*_parts(key), *_parts(more))

    def _unpack(self, targets: list[Any], value: Abstract) -> None:
        count = len(targets)
        starred = [i for i, t in enumerate(targets) if isinstance(t, gast.Starred)]
        if isinstance(value, Composite) and is_tuple(value):
            items = list(value.items)
            if starred:
                star, after = starred[0], count - starred[0] - 1
                if len(items) < count - 1:
                    self.throw("ValueError", "not enough values to unpack")
                middle = tuple_of(*items[star : len(items) - after], cls=list)
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
            raise self.error(f"{describe_kind(value):an} cannot be unpacked")
        for target, item in zip(targets, items):
            self.assign(target, item)

    def _taken_apart(self, value: Abstract, count: int) -> list[Abstract]:
        """The items of a tuple or an array of which there must be ``count``."""
        if isinstance(value, Composite) and is_tuple(value):
            if len(value.items) != count:
                self.throw("ValueError", f"the number of values to unpack is not {count}")
            return list(value.items)
        if not is_array(value):
            raise self.error(f"{describe_kind(value):an} cannot be unpacked")
        wrong = self.apply(operator.ne, self.dim(value, 0), Const(count, PY_INT))
        assert isinstance(wrong, Var | Const)
        bad, good = self.arm(), self.arm()
        message = f"the number of values to unpack is not {count}"
        self.run_arm(bad, lambda: self.throw("ValueError", message))
        self.merge(wrong, bad, good, -1)
        return [self.subscript(value, Const(i, PY_INT)) for i in range(count)]

    def visit_AugAssign(self, node: Any) -> None:
        function = BINARY[type(node.op).__name__]
        target = node.target
        if isinstance(target, gast.Name):
            old = self.load(target.id)
            value = self.evaluate(node.value)
            self.node = node
            if is_array(old):
                self._update_in_place(old, tuple_of(Static(...)), function, value, target)
                if self.load(target.id) is not old:  # bound anew by what is added
                    self.assign_name(target.id, old)
            else:
                self.assign_name(target.id, self.updated(function, old, value, target))
            return
        if not isinstance(target, gast.Subscript):
            raise self.unsupported("an assignment to an attribute is not supported yet")
        array, key = self.place_of(target)
        if is_array(array):
            value = self._without_stores_into(array, node.value)
            self.node = node
            self._update_in_place(array, key, function, value, target)
            return
        old = self.distribute((array, key), self.subscript)
        value = self.evaluate(node.value)
        self.node = node
        new = self.updated(function, old, value, target)
        if not (new is old and is_array(old) and self.holds_references(array)):
            self.store(array, key, new, target)  # otherwise it is there already

    def holds_references(self, value: Abstract) -> bool:
        """Whether a value is a dict or a list of the running program."""
        raise NotImplementedError

    def _without_stores_into(self, array: Abstract, node: Any) -> Abstract:
        """What is added to an element, which Python reads before."""
        assert isinstance(array, Var)
        before = self.storage.group(array).stores
        emitted = self.builder.emitted()
        count = len(emitted)
        value = self.evaluate(node)
        new = Block(tuple(emitted[count:]))
        changed = self.storage.group(array).stores != before
        if changed or (self._may_be_in_list(array) and any(map(self._may_write_items, walk(new)))):
            raise self.unsupported(
                "what is added to an element stores into its array",
                "the element is read before",
                "compute what is added on a line of its own",
            )
        return value

    def _may_be_in_list(self, array: Atom) -> bool:
        made = self.builder.definitions.get(array) if isinstance(array, Var) else None
        if made is None:
            return not (isinstance(array, Var) and self.storage.group(array).params)
        if made.primitive.view:
            return self._may_be_in_list(made.args[0])
        return made.primitive is list_get

    def _may_write_items(self, s: Statement) -> bool:
        """Whether a statement is a call that may write into arrays of a list."""
        if not isinstance(s, Call) or not any(map(self._may_hold_items, s.args)):
            return False
        reached = called_functions(s.function)
        if any(entry.function in reached for entry in self.program.stack):
            return True  # who knows what is still to come
        return any(
            isinstance(inner, Instr)
            and inner.primitive.writes
            and isinstance(inner.args[0].kind, Array)
            for function in reached
            for inner in walk(function.body)
        )

    def _may_hold_items(self, a: Atom) -> bool:
        if isinstance(a.kind, Array):
            return self._may_be_in_list(a)
        return structural.holds_arrays(a.kind)

    def updated(self, function: Any, old: Abstract, value: Abstract, target: Any) -> Abstract:
        """What ``old op= value`` gives the target, if it is no array."""
        return self.binary(function, old, value)

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
        # Compiled code adds element by element: not to an array that shows the same memory.
        group = self.storage.group(array)
        overlaps = any(
            self.storage.group(a) is group
            for a in atoms_of(value)
            if isinstance(a, Var) and isinstance(a.kind, Array)
        )
        simple = is_atom(value) and not structural.is_fancy(pattern) and not overlaps
        signed = np.dtype(array.kind.dtype).kind in "ifc"  # others have no -x to add
        if added and simple and signed and self._fits(value, array.kind):
            assert isinstance(value, Var | Const)
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
        if is_array(old) and not self._fits(result, array.kind):
            taken = result if self._fits(value, array.kind) else value
            raise self.error(
                f"an array of {array.kind.dtype} cannot take {describe_kind(taken):an} in place"
            )
        self._store_at(array, pattern, operands, result)

    def _fits(self, value: Abstract, kind: Array) -> bool:
        """Whether NumPy lets an array of a kind take a value in place."""
        assert isinstance(value, Var | Const)
        return "biufc".index(type_code(value.kind)) <= "biufc".index(type_code(kind))

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
            raise self.error(f"{describe_kind(value):an} cannot be stored in an array")
        assert isinstance(array.kind, Array)
        if type_code(value.kind) == "c" != type_code(array.kind):
            raise self.error("a complex number is stored in an array of real numbers")
        kind = array.kind if isinstance(value.kind, Array) else Scalar(array.kind.dtype)
        self._check_steps(array, pattern, operands, value)
        converted = structural.as_kind(Value(value), kind)
        structural.store(Value(array), converted, *operands, pattern=pattern)
        self._wrote(array)

    def _check_steps(self, array: Var, pattern: Any, operands: Any, value: Atom) -> None:
        """Refuse ``c[::2] = c[:3]``: NumPy may read there what it has just stored."""
        if not isinstance(value, Var) or getattr(value.kind, "ndim", 0) != 1:
            return
        if len(pattern) != 1 or pattern[0][0] != "s":
            self._check_apart(array, pattern, operands, value)
            return
        target, own = self._steps(array)
        source, other = self._steps(value)
        if target is not source:
            self._check_apart(array, pattern, operands, value)
            return
        if source is value:
            return
        own *= _step(pattern[0], [v.atom for v in operands])
        if not (own == other or own * other < 0):  # also if one is not known: NaN
            raise self.unsupported(
                "a part of an array is stored into another part of it, with another step",
                "NumPy may read there what it has just stored",
                "store a copy: a[::2] = a[:3].copy()",
            )

    def _check_apart(self, array: Var, pattern: Any, operands: Any, value: Var) -> None:
        """The same of rows, columns and conditions, at run time; other parts NumPy copies."""
        if structural.is_fancy(pattern):
            self._check_apart_by_condition(array, operands, value)
            return
        if self.storage.group(array) is self.storage.group(value):
            whole = pattern == ("e",)
            out = (
                Value(array)
                if whole
                else structural.index(Value(array), *operands, pattern=pattern)
            )
            if out.ndim == 1:
                structural.check_apart(out, Value(value))
            return
        both = self._made_by_list(array) and self._made_by_list(value)
        if both and not (self._is_row(array, pattern) and self._is_row(value)):
            raise self.unsupported(
                "a part of an array of a list is stored into another one, which may be of the same",
                "NumPy may read there what it has just stored",
                "store a copy: xs[i][1] = xs[j][:, 2].copy()",
            )

    def _check_apart_by_condition(self, array: Var, operands: Any, value: Var) -> None:
        """NumPy copies what is stored by index arrays, but not if a condition chooses alone."""
        mask = operands[0].atom
        assert isinstance(array.kind, Array)
        alone = len(operands) == 1 and mask.kind == Array("bool", array.kind.ndim)
        shared = self.storage.group(array) is self.storage.group(value)
        if alone and (shared or (self._made_by_list(array) and self._made_by_list(value))):
            structural.check_apart_where(Value(array), Value(mask), Value(value))

    def _made_by_list(self, array: Var) -> bool:
        made = self.builder.definitions.get(array)
        if made is not None and made.primitive.view and isinstance(made.args[0], Var):
            return self._made_by_list(made.args[0])
        return made is not None and made.primitive is list_get

    def _is_row(self, array: Var, pattern: Any = None) -> bool:
        """Whether a vector, or what an index shows of an array, lies as rows do."""
        if pattern is None:
            made = self.builder.definitions.get(array)
            if made is None or made.primitive is not structural.index:
                return made is not None and made.primitive is list_get
            (array, *_), pattern = made.args, made.options["pattern"]  # type: ignore[assignment]
        *before, last = pattern
        assert isinstance(array.kind, Array)
        kept = last == "e" or (last[0] == "s" and last[3] == "0") or len(pattern) < array.kind.ndim
        return kept and all(part in ("i", "e") for part in before)

    def _steps(self, array: Var) -> tuple[Var, float]:
        """The vector that an array shows every so many elements of; NaN if that is not known."""
        step = 1.0
        while (made := self.builder.definitions.get(array)) is not None:
            pattern = made.options.get("pattern", ())
            if made.primitive is not structural.index or len(pattern) != 1 or pattern[0][0] != "s":
                break
            step *= _step(pattern[0], made.args[1:])
            (array, *_) = made.args  # type: ignore[assignment]
        return array, step

    def encode(self, key: Abstract) -> Any:
        """Pattern and operands of an index; only integers (and arrays) are indices."""
        for part in _parts(key):
            if is_atom(part):
                kind = getattr(part, "kind", None)
                assert kind is not None
                if not is_integer(kind) and type_code(kind) != "b":
                    raise self.error(f"{describe_kind(part):an} is no index")
        return structural.encode_index(self.to_rule(key, "[]"))

    def _check_store(self, array: Abstract, target: Any) -> None:
        if not isinstance(array, Var) or not isinstance(array.kind, Array):
            what = f"{describe_kind(array):an} has no elements to store into"
            raise self.error(what, node=target)
        base = target.value if isinstance(target, gast.Subscript) else target
        self.may_write(array, base.id if isinstance(base, gast.Name) else "a", target)

    def may_write(self, array: Var, name: str, place: Any) -> None:
        """Note that an array is written; refuse it if its memory is from outside."""
        group = self.storage.group(array)
        self.stored |= group.params
        if group.fresh:
            return
        self.node = place
        raise self.unsupported(
            f"`{name}` is written, and it (or what it is a view of) is from outside of the "
            "function that is differentiated",
            "what is written there would outlast the call",
            f"work on a copy, local = {name}.copy(), or pass `{name}` as an argument",
        )

    def _wrote(self, array: Var) -> None:
        """Count a store."""
        self.storage.group(array).stores += 1
        self.writes += 1


def _are_indices(key: Abstract) -> bool:
    """Whether a key consists of integers, each for an axis."""
    return all(
        isinstance(p, Var | Const) and isinstance(p.kind, Scalar) and is_integer(p.kind)
        for p in _parts(key)
    )


def _parts(key: Abstract) -> tuple[Abstract, ...]:
    """What stands between the brackets, one for each comma."""
    match key:
        case Composite(form=TupleForm(cls=cls)) if cls is not list:
            return key.items
    return (key,)


def _step(part: str, operands: Sequence[Atom]) -> float:
    """The step of a slice of a pattern."""
    if part[3] == "0":
        return 1.0
    last = operands[-1]
    return float(last.value) if isinstance(last, Const) else math.nan
