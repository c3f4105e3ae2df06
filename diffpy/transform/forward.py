"""Forward mode: a function to the function that computes its tangent too.

The tangent travels with the value, statement by statement, in the same order, without a tape:

    def f(x, n):                     def f_tangent(x, n, x_dot):
        for i in range(n):               for i in range(n):
            x = x * x                        x_dot = x_dot * x + x_dot * x
        return x                             x = x * x
                                         return x, x_dot
"""

from __future__ import annotations

from dataclasses import replace

from diffpy.errors import MissingRuleError
from diffpy.kinds import TAPE, Array, List, Scalar, adjoint_kind
from diffpy.kinds import is_differentiable as differentiable
from diffpy.rules.containers import (
    in_shape_of,
    length,
    list_rows,
    list_to_array,
    zeros_list,
)
from diffpy.rules.item_parts import extents_of_item, part_of, put_part
from diffpy.rules.notation import Factor, Value
from diffpy.rules.structural import (
    accumulate,
    as_kind,
    broadcast_to,
    copy,
    dim,
    holds_arrays,
    pop,
    push,
    store,
    zeros,
)
from diffpy.transform.analyse_activity import Activity
from diffpy.transform.analyse_storage import analyse_storage, touches_tape
from diffpy.transform.build import Builder
from diffpy.transform.eliminate_dead_code import eliminate_dead_code
from diffpy.transform.inline_calls import inline_calls
from diffpy.transform.ir import (
    Atom,
    Block,
    Call,
    Const,
    For,
    Function,
    If,
    Instr,
    Statement,
    Var,
    While,
)
from diffpy.transform.recognise_norms import recognise_norms
from diffpy.transform.resolve_aliases import settle_conflicts


def tangent(function: Function, wrt: tuple[int, ...]) -> Function:
    """The function together with its derivative in one direction.

    Parameters
    ----------
    function : Function
    wrt : tuple of int
        Indices of differentiable parameters.

    Returns
    -------
    Function
        Takes the parameters, then a tangent for each of ``wrt``; returns the results, then a
        tangent for each result that is a float or a complex number (or an array of such).
    """
    level = _Level()
    made = level.tangent_of(inline_calls(function), wrt)
    return eliminate_dead_code(made)


class _Level:
    """One level of differentiation: tangents of tapes and of called functions."""

    def __init__(self) -> None:
        self._tape_dots: dict[Var, Var] = {}
        self._made: dict[tuple[Function, tuple[int, ...]], Function] = {}

    def tape_dot(self, tape: Atom) -> Var:
        assert isinstance(tape, Var)
        return self._tape_dots.setdefault(tape, Var(f"{tape.name}_dot", TAPE))

    def tangent_of(self, function: Function, wrt: tuple[int, ...]) -> Function:
        known = self._made.get((function, wrt))
        if known is None:
            known = self._made[function, wrt] = replace(
                function, name=f"{function.name}_tangent", body=Block(())
            )
            _Tangent(self, function, wrt).fill(known)
        return known


class _Tangent:
    """Makes the tangent of one function."""

    def __init__(self, level: _Level, function: Function, wrt: tuple[int, ...]) -> None:
        self.level = level
        function = settle_conflicts(function)
        self.function = function = replace(function, body=recognise_norms(function))
        self.wrt = wrt
        self.storage = analyse_storage(function)
        self.active = Activity(function, wrt, self.storage)
        self.builder = Builder()
        self.builder.shares_arrays = True
        self.dots: dict[Var, Atom] = {}

    def fill(self, made: Function) -> None:
        f = self.function
        dots = {i: self._dot_variable(f.params[i]) for i in self.wrt}
        made.params = (*f.params, *dots.values())
        with self.builder.block() as statements:
            for param in f.params:
                # an array that becomes active by a store into it, though it is not on entry
                if param in self.active and param not in self.dots:
                    self.dots[param] = self._zero(param)
            self._block(f.body)
            tangents = tuple(self._dot_or_zero(r) for r in f.results if differentiable(r.kind))
        made.body = Block(tuple(statements), (*f.results, *tangents))

    # -- tangents ------------------------------------------------------------------------------

    def _dot_variable(self, v: Var) -> Var:
        dot = Var(f"{v.name}_dot", adjoint_kind(v.kind), v.temporary)
        self.dots[v] = dot
        return dot

    def _dot(self, a: Atom) -> Atom | None:
        return self.dots.get(a) if isinstance(a, Var) else None

    def _dot_or_zero(self, a: Atom) -> Atom:
        dot = self._dot(a)
        return self._zero(a) if dot is None else dot

    def _zero(self, a: Atom) -> Atom:
        if isinstance(a.kind, Array):
            dims = [self.builder.value(dim, a, axis=axis) for axis in range(a.kind.ndim)]
            return self.builder.value(zeros, *dims, dtype=a.kind.dtype)
        if isinstance(a.kind, List):
            return zeros_list(Value(a), Value(self.builder.value(length, a))).atom
        assert isinstance(a.kind, Scalar)
        return Const(0j if a.kind.dtype.startswith("complex") else 0.0, adjoint_kind(a.kind))

    def _define(self, v: Var, value: Value) -> None:
        """The tangent of ``v``, in its dtype and its shape."""
        value = as_kind(value, adjoint_kind(v.kind))
        if isinstance(v.kind, Array) and value.ndim < v.kind.ndim:
            value = self._spread(value, v)
        if self._needs_own_memory(v) and not self._has_own_memory(value):
            value = copy(value)
        atom = value.atom
        if isinstance(atom, Const):
            atom = Const(atom.value, adjoint_kind(v.kind))
        elif atom.temporary and atom.name == "t":
            atom.name, atom.temporary = f"{v.name}_dot", v.temporary
        self.dots[v] = atom

    def _needs_own_memory(self, v: Var) -> bool:
        """Whether ``v`` is a new array, and it or what it is made of is written into later."""
        made = self.storage.makers.get(v)
        if not isinstance(made, Instr) or made.primitive.view:
            return False
        return any(self.storage.is_written(a) for a in (v, *made.args) if isinstance(a, Var))

    def _has_own_memory(self, value: Value) -> bool:
        if value.atom in self.dots.values():
            return False
        made = self.builder.definitions.get(value.atom)
        return made is None or made.primitive.fresh

    def _spread(self, value: Value, v: Var) -> Value:
        return broadcast_to(value, *Value(v).shape)

    # -- statements ------------------------------------------------------------------------------

    def _block(self, block: Block) -> None:
        for s in block.statements:
            self.builder.line = getattr(s, "line", None) or self.builder.line
            match s:
                case Instr():
                    self._instr(s)
                case Call():
                    self._call(s)
                case If():
                    self._if(s)
                case _:
                    self._loop(s)

    def _instr(self, s: Instr) -> None:
        if s.primitive is push:
            self.builder.add(s)
            if differentiable(s.options["slot"]):
                slot = adjoint_kind(s.options["slot"])
                args = (self.level.tape_dot(s.args[0]), self._dot_or_zero(s.args[1]))
                self.builder.emit(push, args, {"slot": slot})
        elif s.primitive is pop:
            self.builder.add(s)
            assert s.target is not None
            if differentiable(s.target.kind):
                slot = adjoint_kind(s.options["slot"])
                tape = self.level.tape_dot(s.args[0])
                self._define(s.target, Value(self.builder.value(pop, tape, slot=slot)))
        elif s.primitive is store or s.primitive is accumulate:
            array, value, *items = s.args
            dot = self._dot(array)
            value_dot = self._dot(value)
            if dot is not None and (value_dot is not None or s.primitive is store):
                new = Const(0.0, adjoint_kind(value.kind)) if value_dot is None else value_dot
                if value_dot is None and isinstance(value.kind, Array):
                    new = Const(0.0, Scalar("float64"))
                self.builder.emit(s.primitive, (dot, new, *items), s.options)
            self.builder.add(s)
        elif s.primitive.undo is not None:
            self.builder.add(s)
            if any(a in self.active for a in (s.target, *s.args) if isinstance(a, Var)):
                self._tangent_of_list_operation(s)
        elif s.target is not None and s.target in self.active:
            self.builder.add(s)
            self._tangent_of_operation(s)
        else:
            self.builder.add(s)

    def _tangent_of_operation(self, s: Instr) -> None:
        assert s.target is not None
        primitive, args, out = s.primitive, tuple(map(Value, s.args)), Value(s.target)
        total: Value | None = None
        full = False
        for i, a in enumerate(s.args):
            dot = self._dot(a)
            if dot is None:
                continue
            t = Value(dot)
            term: Value | None
            if primitive.partials is not None:
                partial = primitive.partials[i]
                if partial is None:
                    continue
                factor = partial(out, *args)
                term = _times(t, factor)
            elif i in primitive.linear:
                replaced = [*args[:i], t, *args[i + 1 :]]
                term = primitive(*replaced, **s.options)
                full = True
            elif primitive.jvp is not None and i < len(primitive.jvp):
                rule = primitive.jvp[i]
                if rule is None:
                    continue
                term = rule(t, out, *args, **s.options)
                full = True
            else:
                raise MissingRuleError(f"there is no forward rule for {primitive.name}")
            if term is not None:
                total = term if total is None else total + term
        if total is None:
            if isinstance(s.target.kind, Array) or s.target in self.active:
                self.dots[s.target] = self._zero(s.target)
            return
        arrays = [a for a in s.args if isinstance(a.kind, Array)]
        if isinstance(s.target.kind, Array) and not full and len(arrays) > 1:
            if not all(self._dot(a) is not None for a in arrays):
                total = self._spread(total, s.target)
        self._define(s.target, total)

    def _tangent_of_list_operation(self, s: Instr) -> None:
        """The same operation on the list of tangents."""
        first = s.args[0] if s.args else None
        if first is not None and isinstance(first.kind, List) and self._dot(first) is None:
            if s.target is not None and s.target in self.active:  # it becomes active later
                self.dots[s.target] = self._zero(s.target)
            return
        args = [self._dot_or_zero(a) if differentiable(a.kind) else a for a in s.args]
        static = s.options
        if "item" in static:
            static["item"] = adjoint_kind(static["item"])
        if "python" in static:
            static["python"] = False
        if s.primitive.raises:  # the operation itself has not
            static["inside"] = True
        if s.primitive is list_to_array and isinstance(first, Var) and holds_arrays(first.kind):
            assert s.target is not None  # rows that are zero have no shape of their own
            dot = list_rows(Value(args[0]), *Value(s.target).shape, **static).atom
        elif s.primitive in (part_of, put_part) and "inside" not in s.options:  # the same of items
            extents = extents_of_item(Value(s.args[0]), Value(s.args[1]))
            dot = self.builder.emit(s.primitive, (*args, *(n.atom for n in extents)), static)
        else:
            dot = self.builder.emit(s.primitive, tuple(args), static)
        if s.target is not None:
            assert isinstance(dot, Var)
            if isinstance(first, Var) and isinstance(first.kind, List):
                dot = in_shape_of(Value(dot), Value(s.target)).atom
            dot.name, dot.temporary = f"{s.target.name}_dot", s.target.temporary
            self.dots[s.target] = dot

    def _call(self, s: Call) -> None:
        wrt = tuple(i for i, a in enumerate(s.args) if self._dot(a) is not None)
        if not wrt and not any(differentiable(t.kind) for t in s.targets if t in self.active):
            if not touches_tape(s.function):
                self.builder.add(s)
                return
        made = self.level.tangent_of(s.function, wrt)
        dots = tuple(self._dot_variable(t) for t in s.targets if differentiable(t.kind))
        args = (*s.args, *(self._dot_or_zero(s.args[i]) for i in wrt))
        self.builder.add(Call((*s.targets, *dots), made, args, s.line))

    def _if(self, s: If) -> None:
        results = [r for r in s.results if r in self.active]
        made: list[Block] = []
        for branch in (s.then, s.orelse):
            with self.builder.block() as statements:
                self._block(branch)
                dots = tuple(
                    self._dot_or_zero(a)
                    for r, a in zip(s.results, branch.yields, strict=True)
                    if r in self.active
                )
            made.append(Block(tuple(statements), (*branch.yields, *dots)))
        result_dots = tuple(self._dot_variable(r) for r in results)
        self.builder.add(
            replace(s, then=made[0], orelse=made[1], results=(*s.results, *result_dots))
        )

    def _loop(self, s: Statement) -> None:
        assert isinstance(s, For | While)
        active = [n for n, h in enumerate(s.heads) if h in self.active]
        inits = tuple(self._dot_or_zero(s.inits[n]) for n in active)
        heads = tuple(self._dot_variable(s.heads[n]) for n in active)
        if isinstance(s, While):
            with self.builder.block() as statements:
                self._block(s.test)
            s = replace(s, test=Block(tuple(statements), s.test.yields))
        with self.builder.block() as statements:
            self._block(s.body)
            nexts = tuple(self._dot_or_zero(s.body.yields[n]) for n in active)
        count = len(s.heads)
        yields = (*s.body.yields[:count], *nexts, *s.body.yields[count:])
        results = tuple(self._dot_variable(s.results[n]) for n in active)
        self.builder.add(
            replace(
                s,
                heads=(*s.heads, *heads),
                inits=(*s.inits, *inits),
                body=Block(tuple(statements), yields),
                results=(*s.results, *results),
            )
        )


def _times(t: Value, partial: object) -> Value | None:
    if isinstance(partial, Factor):
        return partial.times(t)
    if isinstance(partial, int | float) and partial == 0:
        return None
    return t * partial
