"""Give every part of a program's text a number of its own.

Compiled code knows of a place nothing but a line number, and many of the user's lines can stand on
one line of generated text. So what numba compiles claims to have each part on a line of its own:

    x = a / b / c          becomes     7| x = (12| (16| a / b) / c)

>>> numbers = part_numbers(tree := ast.parse("x = a / b / c"))
>>> [ast.unparse(node) for node in numbers if isinstance(node, ast.BinOp)]
['a / b / c', 'a / b']
"""

from __future__ import annotations

import ast
from types import CodeType


def part_numbers(tree: ast.AST) -> dict[ast.AST, int]:
    """The number of each part that has a position, the same whenever a text is read."""
    positioned = (node for node in ast.walk(tree) if hasattr(node, "lineno"))
    return {node: number for number, node in enumerate(positioned, 1)}


def compile_numbered(text: str, path: str) -> CodeType:
    """The code of a module whose line numbers are the numbers of its parts."""
    tree = ast.parse(text)
    for node, number in part_numbers(tree).items():
        place = {"lineno": number, "end_lineno": number, "col_offset": 0, "end_col_offset": 0}
        for name, value in place.items():
            setattr(node, name, value)
    return compile(tree, path, "exec", dont_inherit=True)
