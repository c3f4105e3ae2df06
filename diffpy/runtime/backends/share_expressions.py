"""Compile each kind of array expression and of slice once.

numba writes the loops of an expression of whole arrays (`a * x + b`) where it stands, and what
finds the bounds of a slice, and compiles both there, each time. The derivative of a program of
arrays has hundreds of them, of a few kinds. Here those of one form, of operands of the same types,
become calls of one function, if they stand more than once in the function that is compiled:

    y = a * x + b          y = array_expression(a, x, b)
    z = c * y + x          z = array_expression(c, y, x)
    u = v[1:-1, 2:]        u = part(v, (slice(1, -1), slice(2, None)))

LLVM copies a function to where it is called if that is worth while. Memory for the result of an
expression is asked for either way, which takes longer than a call.
"""

from __future__ import annotations

import ast
import functools
import hashlib
from collections import Counter
from collections.abc import Callable
from typing import Any, cast

from numba.core import types
from numba.np.ufunc.array_exprs import _arr_expr_to_ast, _lower_array_expr

Form = tuple[Callable[..., Any], Any]


def repeated_forms(lower: Any) -> frozenset[Form]:
    """The forms that stand in a function more than once; others are cheaper where they stand."""
    found = (form_of(lower, e) for block in lower.blocks.values() for e in block.find_exprs())
    return frozenset(form for form, n in Counter(found).items() if form is not None and n > 1)


def form_of(lower: Any, expression: Any) -> Form | None:
    """The function that an expression may become a call of, and the types of the call."""
    if expression.op == "arrayexpr":
        given = [lower.typeof(operand.name) for operand in operands_of(expression)]
        if any(isinstance(kind, types.Optional) for kind in given):
            return None
        return _function(expression), expression.ty(*map(types.unliteral, given))
    if expression.op in ("getitem", "static_getitem"):
        signature = lower.fndesc.calltypes.get(expression)
        return (part, signature) if signature is not None and _takes_slices(signature) else None
    return None


def operands_of(expression: Any) -> list[Any]:
    """The variables of an array expression, each once."""
    return list(dict.fromkeys(expression.list_vars()))


def part(a: Any, index: Any) -> Any:
    """A view of an array."""
    return a[index]


def _takes_slices(signature: Any) -> bool:
    """Whether a part of an array is a view that is found without a test of bounds."""
    array, index = signature.args
    items = list(cast(Any, index)) if isinstance(index, types.BaseTuple) else [index]
    slices = all(isinstance(item, types.SliceType) for item in items)
    return isinstance(array, types.Array) and slices


def lower_array_expression(lower: Any, expression: Any) -> Any:
    """Write the call of the function of an expression, or numba's loops."""
    form = form_of(lower, expression)
    if form is None or form not in lower.repeated:
        return _lower_array_expr(lower, expression)
    return call_shared(lower, form, operands_of(expression))


def call_shared(lower: Any, form: Form, operands: Any) -> Any:
    """Write the call of a function that is compiled once for all who call it."""
    context, builder = lower.context, lower.builder
    function, signature = form
    compiled = context.plain.compile_subroutine(builder, function, signature)
    values = [
        context.cast(builder, lower.loadvar(operand.name), lower.typeof(operand.name), taken)
        for operand, taken in zip(operands, signature.args, strict=True)
    ]
    return context.call_internal(builder, compiled.fndesc, signature, values)


def _function(expression: Any) -> Callable[..., Any]:
    """The expression as a function of its operands; the same object for the same form."""
    operands = operands_of(expression)
    tree, ufuncs = _arr_expr_to_ast(expression.expr)
    names = {operand.name: f"x{k}" for k, operand in enumerate(operands)}
    names |= {name: f"f{k}" for k, name in enumerate(ufuncs)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = names[node.id]
    return _defined(ast.unparse(tree), len(operands), tuple(ufuncs.values()))


@functools.cache
def _defined(text: str, count: int, ufuncs: tuple[Any, ...]) -> Callable[..., Any]:
    # Machine code on disk calls functions by their names, which must tell them apart.
    known_by = hashlib.sha256(repr((text, [f.__name__ for f in ufuncs])).encode()).hexdigest()
    name = f"array_expression_{known_by[:16]}"
    parameters = ", ".join(f"x{k}" for k in range(count))
    scope: dict[str, Any] = {f"f{k}": ufunc for k, ufunc in enumerate(ufuncs)}
    source = f"def {name}({parameters}):\n    return {text}\n"
    exec(compile(source, "<diffpy array expression>", "exec"), scope)
    function: Callable[..., Any] = scope[name]
    return function
