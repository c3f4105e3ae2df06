"""A tiny interpreter of the intermediate form: what a program means, without printing it."""

import ast
import math
from typing import Any

import numpy as np

from diffpy import runtime
from diffpy.runtime import tape
from diffpy.transform.fill_templates import parse_template
from diffpy.transform.ir import Atom, Block, Call, Const, For, Function, If, Instr, Var, While

_code: dict[str, Any] = {}


def interpret(function: Function, *args: Any, tapes: dict[Var, Any] | None = None) -> Any:
    """Run a function on values; a single result comes bare, several as a tuple."""
    results = _run(function, args, tapes or {})
    return results[0] if len(results) == 1 else results


def _run(function: Function, args: tuple[Any, ...], tapes: dict[Var, Any]) -> tuple[Any, ...]:
    scope = dict(tapes)
    scope.update(zip(function.params, args, strict=True))
    return _block(function.body, scope, tapes)


def _value(atom: Atom, scope: dict[Var, Any]) -> Any:
    return atom.value if isinstance(atom, Const) else scope[atom]


def _block(block: Block, scope: dict[Var, Any], tapes: dict[Var, Any]) -> tuple[Any, ...]:
    for statement in block.statements:
        match statement:
            case Instr():
                value = _perform(statement, [_value(a, scope) for a in statement.args])
                if statement.target is not None:
                    scope[statement.target] = value
            case Call():
                given = tuple(_value(a, scope) for a in statement.args)
                scope.update(zip(statement.targets, _run(statement.function, given, tapes)))
            case If():
                chosen = statement.then if _value(statement.test, scope) else statement.orelse
                scope.update(zip(statement.results, _block(chosen, scope, tapes)))
            case For():
                bounds = (statement.start, statement.stop, statement.step)
                values = tuple(_value(a, scope) for a in statement.inits)
                for i in range(*(_value(a, scope) for a in bounds)):
                    scope.update(zip(statement.heads, values))
                    scope[statement.index] = i
                    values = _block(statement.body, scope, tapes)
                    if statement.exits and values[-1]:
                        break
                scope.update(zip(statement.results, values))
            case While():
                values = tuple(_value(a, scope) for a in statement.inits)
                while True:
                    scope.update(zip(statement.heads, values))
                    if not _block(statement.test, scope, tapes)[0]:
                        break
                    values = _block(statement.body, scope, tapes)
                    if statement.exits and values[-1]:
                        break
                scope.update(zip(statement.results, values))
    return tuple(_value(a, scope) for a in block.yields)


def _perform(instr: Instr, args: list[Any]) -> Any:
    text = instr.primitive.text
    if not isinstance(text, str):
        text = text(len(args), **instr.options)
    code = _code.get(text)
    if code is None:
        expression = isinstance(parse_template(text).tree, ast.expr)
        code = _code[text] = compile(text, "<primitive>", "eval" if expression else "exec")
    names = {"np": np, "math": math, **vars(runtime), **vars(tape)}
    names.update((f"_{n}", a) for n, a in enumerate(args))
    return eval(code, names)
