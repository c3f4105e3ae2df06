"""Write imports inside of functions as assignments.

import numpy.linalg as la       la = import_module('numpy.linalg', False)
from math import sin            sin = import_from('math', 'sin', 0)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from diffpy.transform.intrinsics import IMPORT_FROM, IMPORT_MODULE
from diffpy.transform.lower_while_tests import located


def lower_imports(tree: Any, fresh: Callable[[str], str]) -> Any:
    """The tree, changed in place.

    Examples
    --------
    >>> import ast
    >>> tree = gast.parse('import a.b, c as d; from .e import f')
    >>> print(ast.unparse(gast.gast_to_ast(lower_imports(tree, str))))
    a = import_module('a.b', True)
    d = import_module('c', False)
    f = import_from('e', 'f', 1)
    """
    return _Imports().visit(tree)


class _Imports(gast.NodeTransformer):
    def visit_Import(self, node: Any) -> Any:
        def one(alias: Any) -> Any:
            if alias.asname is not None:
                return _bind(node, alias.asname, IMPORT_MODULE, alias.name, False)
            return _bind(node, alias.name.partition(".")[0], IMPORT_MODULE, alias.name, True)

        return [one(alias) for alias in node.names]

    def visit_ImportFrom(self, node: Any) -> Any:
        return [
            _bind(
                node, alias.asname or alias.name, IMPORT_FROM, node.module or "", alias.name,
                node.level or 0,
            )
            for alias in node.names
        ]  # fmt: skip


def _bind(node: Any, name: str, function: Any, *arguments: Any) -> Any:
    target = gast.Name(id=name, ctx=gast.Store(), annotation=None, type_comment=None)
    parts = [gast.Constant(value=value, kind=None) for value in (function, *arguments)]
    call = gast.Call(func=parts[0], args=parts[1:], keywords=[])
    return located(gast.Assign(targets=[target], value=call, type_comment=None), node)
