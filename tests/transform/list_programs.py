"""Programs with lists, written with Values: loops and branches are functions of what they carry."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from diffpy.kinds import PY_FLOAT, PY_INT, Kind
from diffpy.rules import operators
from diffpy.rules.notation import Value, as_value
from diffpy.runtime import ListTape, borrow_tape, compile_numba, compile_python
from diffpy.transform import forward, reverse
from diffpy.transform.build import Builder
from diffpy.transform.eliminate_dead_code import eliminate_dead_code
from diffpy.transform.ir import Block, Call, Const, For, Function, If, Var, While, substitute
from diffpy.transform.pipeline import finish
from diffpy.transform.verify import verify

Body = Callable[..., Any]


class Program(Builder):
    """Builds a function of the intermediate form from a Python function over Values."""

    def loop(self, n: Any, body: Body, *carried: Any, exits: bool = False) -> Any:
        """``for i in range(n)``; the body takes i and what is carried, and returns the latter.

        With ``exits`` it returns one thing more, whether the loop ends here.
        """
        inits = [as_value(c) for c in carried]
        index, heads = Var("i", PY_INT), self._fresh(inits)
        with self.block() as statements:
            yields = self._atoms(body(Value(index), *map(Value, heads)))
        results = self._fresh(inits)
        start, step = Const(0, PY_INT), Const(1, PY_INT)
        atoms = tuple(i.atom for i in inits)
        made = Block(tuple(statements), yields)
        self.add(For(index, start, as_value(n).atom, step, heads, atoms, made, results, exits))
        return self._given(results)

    def repeat(self, test: Body, body: Body, *carried: Any) -> Any:
        """``while test: …``."""
        inits = [as_value(c) for c in carried]
        heads = self._fresh(inits)
        with self.block() as tests:
            flag = test(*map(Value, heads)).atom
        with self.block() as statements:
            yields = self._atoms(body(*map(Value, heads)))
        results = self._fresh(inits)
        first, made = Block(tuple(tests), (flag,)), Block(tuple(statements), yields)
        self.add(While(first, heads, tuple(i.atom for i in inits), made, results))
        return self._given(results)

    def branch(self, test: Value, then: Body, orelse: Body) -> Any:
        """``if test: …``; both sides return as many values."""
        blocks = []
        for side in (then, orelse):
            with self.block() as statements:
                yields = self._atoms(side())
            blocks.append(Block(tuple(statements), yields))
        results = self._fresh([Value(a) for a in blocks[0].yields])
        self.add(If(test.atom, *blocks, results))
        return self._given(results)

    def call(self, function: Function, *args: Any) -> Any:
        """A call that is not inlined."""
        results = tuple(Var("y", k) for k in function.result_kinds)
        self.add(Call(results, function, tuple(as_value(a).atom for a in args)))
        return self._given(results)

    def _fresh(self, values: Sequence[Value]) -> tuple[Var, ...]:
        names = [v.atom.name if isinstance(v.atom, Var) else "c" for v in values]
        return tuple(Var(n, v.kind) for n, v in zip(names, values))

    def _atoms(self, values: Any) -> tuple[Any, ...]:
        if values is None:
            return ()
        many = values if isinstance(values, tuple) else (values,)
        return tuple(as_value(v).atom for v in many)

    def _given(self, results: tuple[Var, ...]) -> Any:
        values = tuple(map(Value, results))
        return values[0] if len(values) == 1 else values


def build(body: Body, name: str = "f", **kinds: Kind) -> Function:
    """The function whose body a Python function over a program and its parameters emits."""
    made = Function(name, tuple(Var(p, k) for p, k in kinds.items()))
    fill(made, body)
    return made


def fill(made: Function, body: Body) -> None:
    """Give a function its body; it may call itself."""
    program = Program()
    with program.block() as statements:
        yields = program._atoms(body(program, *map(Value, made.params)))
    made.body = Block(tuple(statements), yields)
    verify(made)


def run(function: Function, backend: str, tape: Any = None) -> Callable[..., Any]:
    """The function as a callable; it leaves its tapes empty, unless it is given one."""
    program = finish(function)
    compiled = backend == "numba"
    if compiled:
        made = compile_numba(program.compiled_text, "lists")[program.name]
    else:
        made = compile_python(program.text, "lists")[program.name]

    def call(*args: Any) -> Any:
        tapes = [new_tape(backend) if tape is None else tape for _ in program.tapes]
        with np.errstate(all="ignore"):
            result = made(*args, *(each.handle for each in tapes))
        assert tape is not None or all(len(each) == 0 for each in tapes), "the tape is not empty"
        return result

    return call


def new_tape(backend: str) -> Any:
    return borrow_tape() if backend == "numba" else ListTape()


def gradient(function: Function, value: bool = False) -> Function:
    """The gradient in all floats; its seed is 1."""
    function = eliminate_dead_code(function)
    wrt = tuple(n for n, p in enumerate(function.params) if p.kind == PY_FLOAT)
    made = reverse.gradient(function, wrt, value)
    seed = made.params[-1]
    made.params = made.params[:-1]
    made.body = substitute(made.body, {seed: Const(1.0, seed.kind)})
    verify(made)
    return made


def halves(function: Function) -> tuple[Function, Function]:
    """Forward and reverse sweep as two functions, as for `vjp`."""
    function = eliminate_dead_code(function)
    wrt = tuple(n for n, p in enumerate(function.params) if p.kind == PY_FLOAT)
    made = reverse.pair(function, wrt)
    verify(made.forward)
    verify(made.reverse)
    return made.forward, made.reverse


def tangent(function: Function) -> Function:
    """The function with tangents of all floats as further arguments."""
    function = eliminate_dead_code(function)
    wrt = tuple(n for n, p in enumerate(function.params) if p.kind == PY_FLOAT)
    made = forward.tangent(function, wrt)
    verify(made)
    return made


def summed(function: Function) -> Function:
    """A function with one result: a sum of all results, each with a weight of its own."""

    def body(program: Program, *params: Value) -> Value:
        for statement in function.body.statements:
            program.add(statement)
        total: Any = 0.0
        for n, result in enumerate(function.body.yields):
            total = operators.add(total, operators.multiply(Value(result), 1.0 + n / 2))
        return total

    made = Function(f"sum_{function.name}", function.params)
    fill(made, body)
    return made
