"""Take tests that assign out of the heads of while loops.

    while (y := f(x)) > 0:          while True:
        x = g(y)                        if not (y := f(x)) > 0:
                                            break
                                        x = g(y)

The else part of such a loop runs after it, if it was the test that ended it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast


def assigns_in_test(node: Any) -> bool:
    """Whether a node is a while loop whose test assigns to a name."""
    return isinstance(node, gast.While) and any(
        isinstance(inner, gast.NamedExpr) for inner in gast.walk(node.test)
    )


def lower_while_tests(tree: Any, fresh: Callable[[str], str]) -> Any:
    """The tree, changed in place.

    Examples
    --------
    >>> import ast
    >>> tree = gast.parse('''
    ... while (y := x * x) < 4:
    ...     x = x + y
    ... ''')
    >>> print(ast.unparse(gast.gast_to_ast(lower_while_tests(tree, str))))
    while True:
        if not (y := (x * x)) < 4:
            break
        x = x + y
    """
    return _WhileTests(fresh).visit(tree)


class _WhileTests(gast.NodeTransformer):
    def __init__(self, fresh: Callable[[str], str]) -> None:
        self._fresh = fresh

    def visit_While(self, node: Any) -> Any:
        self.generic_visit(node)
        if not assigns_in_test(node):
            return node
        failed = gast.UnaryOp(op=gast.Not(), operand=node.test)
        leave: list[Any] = [gast.Break()]
        flag = self._fresh("ended") if node.orelse else None
        if flag is not None:
            leave.insert(0, _assign(flag, True))
        out = gast.If(test=failed, body=leave, orelse=[])
        loop = gast.While(test=_constant(True), body=[out, *node.body], orelse=[])
        for new in (out, loop):
            located(new, node.test)
        gast.copy_location(loop, node)
        if flag is None:
            return loop
        before = located(_assign(flag, False), node)
        name = gast.Name(id=flag, ctx=gast.Load(), annotation=None, type_comment=None)
        after = located(gast.If(test=name, body=node.orelse, orelse=[]), node)
        return [before, loop, after]


def located(tree: Any, where: Any) -> Any:
    """The tree; its new nodes stand where ``where`` stands."""
    for node in gast.walk(tree):
        if not hasattr(node, "lineno"):
            gast.copy_location(node, where)
    return tree


def _constant(value: Any) -> Any:
    return gast.Constant(value=value, kind=None)


def _assign(name: str, value: Any) -> Any:
    target = gast.Name(id=name, ctx=gast.Store(), annotation=None, type_comment=None)
    return gast.Assign(targets=[target], value=_constant(value), type_comment=None)
