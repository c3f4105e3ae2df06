"""From a primitive's text to a syntax tree with its operands in place.

A declaration says how a primitive is printed: ``_0 + _1``. The text is parsed once:

    "_0 * _1", [x + y, 2]        becomes        (x + y) * 2

>>> template = parse_template("np.where(_0, _1, 0.0)")
>>> sorted(template.globals), template.mentions
(['np'], (1, 1))
>>> filled = template.fill([ast.Name("c", ast.Load()), ast.Name("x", ast.Load())])
>>> ast.unparse(filled)
'np.where(c, x, 0.0)'
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from diffpy.kinds import NP_BOOL, Opaque, Scalar, Tape, sample, type_code
from diffpy.rules.registry import Text
from diffpy.transform.ir import Function, Instr, walk

_OPERAND = re.compile(r"_(\d+)")
#: dtypes for which numba promotes as NumPy does
_SAME_IN_NUMBA = ("bool", "int64", "float64", "complex128")


@dataclass(frozen=True, eq=False)
class Template:
    """The parsed text of a primitive.

    Attributes
    ----------
    tree
        An expression, or a statement for an effect.
    mentions
        How often each operand occurs.
    rebound
        Operands that stand where a name is assigned (``_0 += _1``): only a name can go there.
    lazy
        Operands that are not always evaluated (the right side of ``and``).
    globals
        The names that it takes from its module or from Python.
    width
        Characters without the operands.
    """

    tree: ast.expr | ast.stmt
    mentions: tuple[int, ...]
    rebound: frozenset[int]
    lazy: frozenset[int]
    globals: frozenset[str]
    width: int

    def mentions_of(self, operand: int) -> int:
        return self.mentions[operand] if operand < len(self.mentions) else 0

    def fill(self, operands: Sequence[ast.expr]) -> ast.expr | ast.stmt:
        """The tree with operands put in."""
        filled: ast.expr | ast.stmt = _fill(self.tree, operands)
        return filled


@lru_cache(maxsize=4096)
def parse_template(text: str) -> Template:
    """The template that a text with operands ``_0``, ``_1``, … stands for."""
    statement = ast.parse(text).body[0]
    mentions: list[int] = []
    rebound: set[int] = set()
    read: set[str] = set()
    bound: set[str] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.Name):
            operand = _OPERAND.fullmatch(node.id)
            if operand is None:
                (read if isinstance(node.ctx, ast.Load) else bound).add(node.id)
                continue
            number = int(operand[1])
            mentions += [0] * (number + 1 - len(mentions))
            mentions[number] += 1
            if isinstance(node.ctx, ast.Store):
                rebound.add(number)
    return Template(
        statement.value if isinstance(statement, ast.Expr) else statement,
        tuple(mentions),
        frozenset(rebound),
        frozenset(_lazy_operands(statement)),
        frozenset(read - bound),
        len(_OPERAND.sub("", text)),
    )


def _lazy_operands(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        match node:
            case ast.IfExp():
                lazy: list[ast.expr] = [node.body, node.orelse]
            case ast.BoolOp():
                lazy = node.values[1:]
            case ast.Compare():
                lazy = node.comparators[1:]
            case ast.Lambda():
                lazy = [node.body]
            case _:
                continue
        for part in lazy:
            for inner in ast.walk(part):
                found = _OPERAND.fullmatch(inner.id) if isinstance(inner, ast.Name) else None
                if found is not None:
                    yield int(found[1])


def _fill(node: Any, operands: Sequence[ast.expr]) -> Any:
    if isinstance(node, list):
        return [_fill(item, operands) for item in node]
    if not isinstance(node, ast.AST):
        return node
    if isinstance(node, ast.Name):
        found = _OPERAND.fullmatch(node.id)
        if found is None:
            return node
        operand = operands[int(found[1])]
        if isinstance(node.ctx, ast.Store):
            assert isinstance(operand, ast.Name), "only a name can be rebound"
            return ast.Name(operand.id, ast.Store())
        return operand
    if not node._fields:
        return node
    return type(node)(**{name: _fill(getattr(node, name, None), operands) for name in node._fields})


def _written(text: Text, instr: Instr) -> str:
    return text if isinstance(text, str) else text(len(instr.args), **instr.options)


def checked_text(instr: Instr) -> str | None:
    """The text that raises what Python raises where plain compiled code would not, if it can."""
    checked = instr.primitive.checked
    if checked is None:
        return None
    bits = 64 if instr.target is None else instr.target.bits
    return checked(instr.args, bits, **instr.options)


def raises_in_python(instr: Instr) -> bool:
    """Whether Python itself raises for some operands; overflow is compiled code's own concern."""
    checked = instr.primitive.checked
    if instr.primitive.may_raise(**instr.options):
        return True
    return checked is not None and checked(instr.args, 0, **instr.options) is not None


def choose_templates(functions: Iterable[Function], compiled: bool) -> dict[Instr, Template]:
    """How each instruction is printed: for numba (``compiled``) or for Python and NumPy."""
    chosen: dict[Instr, Template] = {}
    for function in functions:
        for statement in walk(function.body):
            if isinstance(statement, Instr):
                chosen[statement] = parse_template(_choose_text(statement, compiled))
    return chosen


def _choose_text(instr: Instr, compiled: bool) -> str:
    primitive = instr.primitive
    if compiled:
        checked = checked_text(instr)
        if checked is not None:
            return _promoted(checked, instr)
        text = primitive.text if primitive.compiled is None else primitive.compiled
        return _promoted(_written(text, instr), instr)
    return _written(primitive.text, instr)


def _promoted(text: str, instr: Instr) -> str:
    """The text with the dtypes that NumPy gives to operands and result; numba's are wider.

    Beside a NumPy number Python's are of its dtype (NEP 50): with single precision, ``x < 0.1``
    compares with ``np.float32(0.1)``. ``np.int8(100) + np.int8(100)`` is an int8, and the sum of
    two np.bool_ is one.
    """
    if not instr.primitive.elementwise or instr.target is None:
        return text
    kinds = [a.kind for a in instr.args]
    python = [isinstance(k, Scalar) and k.python for k in kinds]
    if instr.target.kind == Scalar("float16"):  # NumPy computes these in single precision
        return f"half({_OPERAND.sub(lambda n: f'np.float32({n[0]})', text)})"
    if all(python) or any(isinstance(k, Tape | Opaque) for k in kinds):
        return text
    values = [
        sample(k) if weak else np.dtype(k.dtype)
        for k, weak in zip(kinds, python)
        if not isinstance(k, Tape | Opaque)
    ]
    dtype = np.result_type(*values)
    target = instr.target.kind
    if dtype.name == "bool" and target == NP_BOOL:
        return f"np.bool_({text})"
    if dtype.name in _SAME_IN_NUMBA:
        return text
    exact = type_code(target) == "b" and dtype.kind in "iu"  # np.int8(100) < 300 is true
    for n, (kind, weak) in enumerate(zip(kinds, python)):
        if weak and type_code(kind) != "b" and not exact:
            text = re.sub(rf"\b_{n}\b", f"np.{dtype.name}(_{n})", text)
    if isinstance(target, Scalar) and target.dtype == dtype.name:
        return f"np.{dtype.name}({text})"
    return text
