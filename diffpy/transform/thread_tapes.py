"""Hand the tapes that functions refer to down the calls as arguments.

Passes before this one name a tape as they name a number; nobody defines it:

    def f_forward(x):                        def f_forward(x, tape):
        push_f8(tape, x)         becomes         push_f8(tape, x)
        y = f_forward(x / 2)                     y = f_forward(x / 2, tape)

>>> from diffpy.kinds import PY_FLOAT, TAPE
>>> from diffpy.rules.structural import push
>>> from diffpy.transform.ir import Block, Call, Instr, Var
>>> x, tape = Var("x", PY_FLOAT), Var("tape", TAPE)
>>> inner = Function("inner", (x,), Block((Instr(None, push, (tape, x), (("slot", PY_FLOAT),)),)))
>>> z = Var("z", PY_FLOAT)
>>> outer = thread_tapes(Function("outer", (z,), Block((Call((), inner, (z,)),))))
>>> outer.params, outer.body.statements[0].args
((z:float, tape:tape), (z:float, tape:tape))
"""

from __future__ import annotations

from dataclasses import replace

from diffpy.kinds import TAPE
from diffpy.transform.ir import (
    Block,
    Call,
    Function,
    Statement,
    Var,
    called_functions,
    free_variables,
    map_blocks,
    walk,
)


def thread_tapes(entry: Function) -> Function:
    """The program of ``entry`` with every free tape made a parameter, after the others.

    All functions get the tapes in one order, that of first use, callees first. Functions are made
    anew (they may be shared with other derivatives); calls among them go to the new ones.
    """
    functions = called_functions(entry)
    needs = _needed_tapes(functions)
    order: dict[Var, int] = {}
    for function in functions:
        for tape in needs[function]:
            order.setdefault(tape, len(order))
    threaded = {f: tuple(sorted(needs[f], key=order.__getitem__)) for f in functions}
    made = {
        f: Function(
            f.name,
            (*f.params, *threaded[f]),
            doc=f.doc,
            origin=f.origin,
            recursive=f.recursive,
            reverse_from=f.reverse_from,
        )
        for f in functions
    }

    def block(b: Block) -> Block:
        return Block(tuple(map(statement, b.statements)), b.yields)

    def statement(s: Statement) -> Statement:
        if isinstance(s, Call):
            args = (*s.args, *threaded[s.function])
            return replace(s, function=made[s.function], args=args)
        return map_blocks(s, block)

    for function in functions:
        made[function].body = block(function.body)
    return made[entry]


def _needed_tapes(functions: list[Function]) -> dict[Function, dict[Var, None]]:
    """The tapes that each function or a function that it calls refers to, in order of use."""
    needs: dict[Function, dict[Var, None]] = {}
    callers: dict[Function, dict[Function, None]] = {f: {} for f in functions}
    for function in functions:
        params = set(function.params)
        free = free_variables(function.body)
        needs[function] = dict.fromkeys(v for v in free if v.kind == TAPE and v not in params)
        for statement in walk(function.body):
            if isinstance(statement, Call):
                callers[statement.function].setdefault(function)
    waiting = list(functions)
    while waiting:
        callee = waiting.pop()
        for caller in callers[callee]:
            known = needs[caller]
            missing = [t for t in needs[callee] if t not in known and t not in caller.params]
            if missing:
                known.update(dict.fromkeys(missing))
                waiting.append(caller)
    return needs
