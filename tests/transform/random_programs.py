"""Random programs of the intermediate form, for hypothesis.

They loop, branch, swap, exit early, store, read, push, pop and call, and always terminate.
"""

import math

from hypothesis import strategies as st

from diffpy.kinds import PY_BOOL, PY_FLOAT, PY_INT, TAPE, Array
from diffpy.rules import operators
from diffpy.rules.structural import accumulate, dim, index, pop, push, store, zeros
from diffpy.transform.ir import (
    Block,
    Call,
    Const,
    For,
    Function,
    If,
    Instr,
    Var,
    While,
    called_functions,
)

ARRAY = Array("float64", 1)
LENGTH = 3
_NAMES = ("x", "y", "z", "i", "t")
_ARITHMETIC = (operators.add, operators.subtract, operators.multiply)


class _Program:
    def __init__(self, draw):
        self.draw = draw
        self.tape = Var("tape", TAPE)
        self.callees = []
        self.size = 0

    def pick(self, many):
        return self.draw(st.sampled_from(many))

    def chance(self, percent):
        return self.draw(st.integers(0, 99)) < percent

    def variable(self, kind, temporary=None):
        if temporary is None:
            temporary = self.chance(60)
        return Var("t" if temporary and self.chance(70) else self.pick(_NAMES), kind, temporary)

    def atom(self, scope, kind):
        here = [v for v in scope if v.kind == kind]
        if here and self.chance(85):
            # the youngest are the most interesting
            return self.pick(here[-4:]) if self.chance(70) else self.pick(here)
        if kind == PY_BOOL:
            return Const(self.draw(st.booleans()), PY_BOOL)
        if kind == PY_INT:
            return Const(self.draw(st.integers(-2, 3)), PY_INT)
        return Const(self.pick([0.0, 1.0, -0.5, 2.0, math.inf]), PY_FLOAT)

    def function(self, name, arrays=1):
        params = [self.variable(k, False) for k in (PY_FLOAT, PY_FLOAT, PY_INT)]
        params += [Var(self.pick(["a", "b", "x"]), ARRAY) for _ in range(arrays)]
        scope = list(params)
        block, scope = self.statements(scope, 3)
        kinds = [PY_FLOAT, self.pick([PY_FLOAT, PY_INT]), PY_FLOAT]
        made = Function(name, tuple(params), doc=self.pick([None, "What it does.\n\n  More."]))
        made.body = Block(tuple(block), tuple(self.atom(scope, k) for k in kinds))
        if self.chance(30):
            made.reverse_from = self.draw(st.integers(0, len(block)))
        return made

    def block(self, scope, depth, kinds):
        statements, inner = self.statements(list(scope), depth)
        return Block(tuple(statements), tuple(self.atom(inner, k) for k in kinds))

    def statements(self, scope, depth):
        made = []
        for _ in range(self.draw(st.integers(0, 5))):
            self.size += 1
            kind = self.draw(st.integers(0, 15))
            if depth == 0 or self.size > 40:
                kind %= 8
            if kind < 4:
                made.append(self.arithmetic(scope))
            elif kind < 8:
                made += self.storage(scope)
            elif kind < 10:
                made.append(self.branch(scope, depth))
            elif kind < 13:
                made.append(self.counted(scope, depth))
            elif kind < 15:
                made.append(self.conditional(scope, depth))
            else:
                made.append(self.call(scope))
        return made, scope

    def arithmetic(self, scope):
        kind = self.pick([PY_FLOAT, PY_FLOAT, PY_INT, PY_BOOL])
        if kind == PY_BOOL:
            primitive = operators.less
            args = (self.atom(scope, PY_FLOAT), self.atom(scope, PY_FLOAT))
        elif kind == PY_INT and self.chance(30):
            # bounded, so that counting stays cheap; raises for no operands
            primitive = operators.remainder
            args = (self.atom(scope, PY_INT), Const(5, PY_INT))
        else:
            primitive = self.pick(_ARITHMETIC[: 2 if kind == PY_INT else 3])
            args = (self.atom(scope, kind), self.atom(scope, kind))
        target = self.variable(kind)
        scope.append(target)
        return Instr(target, primitive, args)

    def storage(self, scope):
        arrays = [v for v in scope if v.kind == ARRAY]
        place = Const(self.draw(st.integers(0, LENGTH - 1)), PY_INT)
        one = (("pattern", ("i",)),)
        what = self.draw(st.integers(0, 6))
        if what == 0:
            target = self.variable(ARRAY)
            scope.append(target)
            return [Instr(target, zeros, (Const(LENGTH, PY_INT),), (("dtype", "float64"),))]
        if what in (1, 2):
            target = self.variable(PY_FLOAT)
            scope.append(target)
            return [Instr(target, index, (self.pick(arrays), place), one)]
        if what == 3:
            target = self.variable(PY_INT)
            scope.append(target)
            return [Instr(target, dim, (self.pick(arrays),), (("axis", 0),))]
        if what == 4:
            slot = (("slot", PY_FLOAT),)
            target = self.variable(PY_FLOAT)
            pushed = Instr(None, push, (self.tape, self.atom(scope, PY_FLOAT)), slot)
            scope.append(target)
            return [pushed, Instr(target, pop, (self.tape,), slot)]
        if what == 5 and self.chance(50):
            # the whole array: only a name can be rebound
            return [
                Instr(
                    None,
                    accumulate,
                    (self.pick(arrays), self.atom(scope, PY_FLOAT)),
                    (("pattern", ("e",)),),
                )
            ]
        write = self.pick([store, accumulate])
        args = (self.pick(arrays), self.atom(scope, PY_FLOAT), place)
        return [Instr(None, write, args, one)]

    def results(self, kinds):
        return tuple(self.variable(k) for k in kinds)

    def carried(self):
        return [
            self.pick([PY_FLOAT, PY_FLOAT, PY_INT, ARRAY, PY_BOOL])
            for _ in range(self.draw(st.integers(0, 3)))
        ]

    def atoms(self, scope, kinds):
        return tuple(self.atom(scope, k) if k != ARRAY else self.array(scope) for k in kinds)

    def array(self, scope):
        return self.pick([v for v in scope if v.kind == ARRAY])

    def inner(self, scope, depth, kinds):
        statements, inner = self.statements(list(scope), depth)
        return Block(tuple(statements), self.atoms(inner, kinds))

    def branch(self, scope, depth):
        kinds = self.carried()
        test = self.atom(scope, PY_BOOL)
        then, orelse = (self.inner(scope, depth - 1, kinds) for _ in range(2))
        results = self.results(kinds)
        scope += results
        return If(test, then, orelse, results)

    def counted(self, scope, depth):
        kinds = self.carried()
        index_ = self.variable(PY_INT, False)
        start = self.atom(scope, PY_INT) if self.chance(20) else Const(0, PY_INT)
        stop = Const(self.draw(st.integers(0, 3)), PY_INT)
        ints = [v for v in scope if v.kind == PY_INT]
        if ints and self.chance(50):
            start, stop = Const(0, PY_INT), self.pick(ints[:1])  # the parameter is small
        heads = self.results(kinds)
        inits = self.atoms(scope, kinds)
        if isinstance(start, Var):
            start = Const(1, PY_INT)
        exits = self.chance(30)
        body = self.inner([*scope, index_, *heads], depth - 1, kinds + [PY_BOOL] * exits)
        results = self.results(kinds)
        scope += results
        step = Const(self.pick([1, 1, 2]), PY_INT)
        return For(index_, start, stop, step, heads, inits, body, results, exits)

    def conditional(self, scope, depth):
        kinds = [PY_INT, *self.carried()]
        heads = self.results(kinds)
        inits = (Const(0, PY_INT), *self.atoms(scope, kinds[1:]))
        limit = Const(self.draw(st.integers(0, 3)), PY_INT)
        inside = [*scope, *heads]
        statements, seen = self.statements(inside, 0) if self.chance(40) else ([], inside)
        again = self.variable(PY_BOOL)
        statements.append(Instr(again, operators.less, (heads[0], limit)))
        test = Block(tuple(statements), (again,))
        exits = self.chance(30)
        body = self.inner([*seen, again], depth - 1, kinds[1:] + [PY_BOOL] * exits)
        count = self.variable(PY_INT)
        counting = Instr(count, operators.add, (heads[0], Const(1, PY_INT)))
        body = Block((*body.statements, counting), (count, *body.yields))
        results = self.results(kinds)
        scope += results
        return While(test, heads, inits, body, results, exits)

    def call(self, scope):
        if not self.callees:
            return self.arithmetic(scope)
        callee = self.pick(self.callees)
        targets = tuple(self.variable(a.kind) for a in callee.results)
        args = tuple(
            Const(2, PY_INT) if p.kind == PY_INT else self.atoms(scope, [p.kind])[0]
            for p in callee.params
        )
        scope += targets
        return Call(targets, callee, args)


@st.composite
def programs(draw):
    """An entry function of two floats, a small int and an array; its tape."""
    program = _Program(draw)
    if program.chance(40):
        program.callees.append(program.function("helper"))
        program.size = 0
    entry = program.function("x" if program.chance(10) else "entry")
    return Program(entry, program.tape)


class Program:
    def __init__(self, entry, tape):
        self.entry = entry
        self.tape = tape

    def __repr__(self):
        return "\n".join(map(show, called_functions(self.entry)))


def show(function):
    """The intermediate form as text, for people."""
    numbers = {}

    def atom(a):
        if isinstance(a, Const):
            return repr(a.value)
        return f"{a.name}{'~' * a.temporary}#{numbers.setdefault(a, len(numbers))}"

    def atoms(many):
        return ", ".join(map(atom, many))

    def block(b, indent):
        lines = [line for s in b.statements for line in statement(s, indent)]
        return [*lines, f"{indent}-> {atoms(b.yields)}"]

    def statement(s, indent):
        deeper = indent + "    "
        match s:
            case Instr():
                left = "" if s.target is None else f"{atom(s.target)} = "
                yield f"{indent}{left}{s.primitive.name}({atoms(s.args)}) {dict(s.static) or ''}"
            case Call():
                yield f"{indent}{atoms(s.targets)} = {s.function.name}({atoms(s.args)})"
            case If():
                yield f"{indent}if {atom(s.test)}: giving {atoms(s.results)}"
                yield from block(s.then, deeper)
                yield f"{indent}else:"
                yield from block(s.orelse, deeper)
            case For() | While():
                carry = f"{atoms(s.heads)} from {atoms(s.inits)} giving {atoms(s.results)}"
                if isinstance(s, For):
                    bounds = atoms((s.start, s.stop, s.step))
                    yield f"{indent}for {atom(s.index)} in range({bounds}): {carry}"
                else:
                    yield f"{indent}while: {carry}"
                    yield from block(s.test, deeper)
                    yield f"{indent}do{' and exit' * s.exits}:"
                yield from block(s.body, deeper)

    head = f"def {function.name}({atoms(function.params)}): reverse from {function.reverse_from}"
    return "\n".join([head, *block(function.body, "    ")])
