"""Print a Python syntax tree as text that a person wants to read.

astunparse prints every expression in parentheses and an index tuple as ``x[(i, 1:2)]``, which is
no Python. This printer leaves needless parentheses out and adds what a tree cannot hold: comments.

    ((a + b) * (- (c ** 2)))[(i, j)]        becomes        ((a + b) * -c ** 2)[i, j]

>>> import ast
>>> print(print_source(ast.parse("y = ((a + b) * (- (c ** 2)))[(i, j)]")), end="")
y = ((a + b) * -c ** 2)[i, j]
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import astunparse

#: Columns of generated text, and where comments at the end of a line begin.
WIDTH = 100
COMMENT_COLUMN = 62

_LAMBDA, _OR, _AND, _NOT, _COMPARE, _BIT_OR, _BIT_XOR, _BIT_AND = range(8)
_SHIFT, _SUM, _PRODUCT, _FACTOR, _POWER, _AWAIT, _ATOM = range(8, 15)

_LEVELS: dict[type[ast.AST], int] = {
    ast.Lambda: _LAMBDA,
    ast.IfExp: _LAMBDA,
    ast.Or: _OR,
    ast.And: _AND,
    ast.Not: _NOT,
    ast.Compare: _COMPARE,
    ast.BitOr: _BIT_OR,
    ast.BitXor: _BIT_XOR,
    ast.BitAnd: _BIT_AND,
    ast.LShift: _SHIFT,
    ast.RShift: _SHIFT,
    ast.Add: _SUM,
    ast.Sub: _SUM,
    ast.Mult: _PRODUCT,
    ast.MatMult: _PRODUCT,
    ast.Div: _PRODUCT,
    ast.Mod: _PRODUCT,
    ast.FloorDiv: _PRODUCT,
    ast.UAdd: _FACTOR,
    ast.USub: _FACTOR,
    ast.Invert: _FACTOR,
    ast.Pow: _POWER,
}


def print_source(
    tree: ast.AST,
    headings: Mapping[ast.AST, str] | None = None,
    trailing: Mapping[ast.AST, str] | None = None,
) -> str:
    """The text of a module, a statement or an expression.

    Parameters
    ----------
    tree
        Lowered code: neither ``match`` nor ``try*``.
    headings
        Comments to print on a line of their own before a statement.
    trailing
        Comments to print behind a simple statement, in a column where that fits, else before it.
    """
    printer = _Printer(headings or {}, trailing or {})
    printer.dispatch(tree)
    return printer.text()


def _level(tree: ast.AST) -> int:
    """How tightly the outermost operator of an expression binds."""
    match tree:
        case ast.UnaryOp() | ast.BinOp() | ast.BoolOp():
            return _LEVELS[type(tree.op)]
        case ast.Constant(value=int() | float() as value) if value < 0:
            return _FACTOR
        case _:
            return _LEVELS.get(type(tree), _ATOM)


class _Printer(astunparse.Unparser):
    """astunparse's printer with operator precedence, bare tuples, docstrings and comments."""

    def __init__(self, headings: Mapping[ast.AST, str], trailing: Mapping[ast.AST, str]) -> None:
        self._headings = headings
        self._trailing = trailing
        self._lines: list[str] = []
        self._indent = 0
        self.future_imports: list[str] = []

    def text(self) -> str:
        lines = self._lines[1:] if self._lines and not self._lines[0] else self._lines
        return "\n".join(lines) + "\n"

    def fill(self, text: str = "") -> None:
        self._lines.append("    " * self._indent + text)

    def write(self, text: str) -> None:
        if not self._lines:
            self._lines.append("")
        self._lines[-1] += text

    def enter(self) -> None:
        super().enter()
        self._wrap()

    def dispatch(self, tree: Any) -> None:
        if isinstance(tree, list):
            for one in tree:
                self.dispatch(one)
            return
        if tree in self._headings:
            self.fill(f"# {self._headings[tree]}")
        first = len(self._lines)
        getattr(self, f"_{type(tree).__name__}")(tree)
        if isinstance(tree, ast.stmt) and first == len(self._lines) - 1:
            self._wrap()
        if tree in self._trailing:
            self._comment(first, f"# {self._trailing[tree]}")

    def _comment(self, first: int, comment: str) -> None:
        line = self._lines[-1]
        column = min(COMMENT_COLUMN, WIDTH - len(comment))
        gap = max(2, column - len(line))
        if first == len(self._lines) - 1 and len(line) + gap + len(comment) <= WIDTH:
            self._lines[-1] = line + " " * gap + comment
        else:
            self._lines.insert(first, "    " * self._indent + comment)

    def _wrap(self) -> None:
        """Break the last line if it is too long and a list in parentheses ends it."""
        if len(self._lines[-1]) > WIDTH:
            self._lines[-1:] = _wrapped(self._lines[-1])

    # --- helpers -----------------------------------------------------------------------------

    def _operand(self, tree: ast.AST, level: int) -> None:
        """An expression, in parentheses if it binds less tightly than ``level``."""
        if _level(tree) < level:
            self.write("(")
            self.dispatch(tree)
            self.write(")")
        else:
            self.dispatch(tree)

    def _listed(self, trees: Sequence[ast.AST]) -> None:
        for n, tree in enumerate(trees):
            if n:
                self.write(", ")
            self.dispatch(tree)

    def _bare(self, tree: ast.AST) -> None:
        """An expression where a tuple needs no parentheses."""
        if isinstance(tree, ast.Tuple) and tree.elts:
            self._listed(tree.elts)
            if len(tree.elts) == 1:
                self.write(",")
        else:
            self.dispatch(tree)

    def _suite(self, statements: list[ast.stmt], documented: bool = False) -> None:
        self.enter()
        if documented:
            statements = self._docstring(statements)
        self.dispatch(statements)
        self.leave()

    def _docstring(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        """Print the docstring, if there is one, and return what follows it."""
        match statements:
            case [ast.Expr(value=ast.Constant(value=str() as text)), *rest]:
                self.fill(_triple_quoted(text))
                return rest
        return statements

    # --- statements --------------------------------------------------------------------------

    def _Module(self, tree: ast.Module) -> None:
        previous: ast.stmt | None = None
        statements = self._docstring(tree.body)
        documented = len(statements) < len(tree.body)
        imports = (ast.Import, ast.ImportFrom)
        for statement in statements:
            if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
                if self._lines:
                    self._lines += ["", ""]
            elif (documented and previous is None) or (
                isinstance(previous, imports) and not isinstance(statement, imports)
            ):
                self.fill()
            self.dispatch(statement)
            previous = statement

    def _FunctionDef(self, tree: ast.FunctionDef) -> None:
        self._definition(tree, "def")

    def _AsyncFunctionDef(self, tree: ast.AsyncFunctionDef) -> None:
        self._definition(tree, "async def")

    def _definition(self, tree: ast.FunctionDef | ast.AsyncFunctionDef, keyword: str) -> None:
        for decorator in tree.decorator_list:
            self.fill("@")
            self.dispatch(decorator)
        self.fill(f"{keyword} {tree.name}(")
        self.dispatch(tree.args)
        self.write(")")
        if tree.returns is not None:
            self.write(" -> ")
            self.dispatch(tree.returns)
        self._suite(tree.body, documented=True)

    def _ClassDef(self, tree: ast.ClassDef) -> None:
        for decorator in tree.decorator_list:
            self.fill("@")
            self.dispatch(decorator)
        self.fill(f"class {tree.name}")
        if tree.bases or tree.keywords:
            self.write("(")
            self._listed([*tree.bases, *tree.keywords])
            self.write(")")
        self._suite(tree.body, documented=True)

    def _Expr(self, tree: ast.Expr) -> None:
        self.fill()
        self.dispatch(tree.value)

    def _ImportFrom(self, tree: ast.ImportFrom) -> None:
        head = f"from {'.' * tree.level}{tree.module or ''} import "
        names = [a.name if a.asname is None else f"{a.name} as {a.asname}" for a in tree.names]
        line = head + ", ".join(names)
        if len(line) + 4 * self._indent <= WIDTH:
            self.fill(line)
            return
        self.fill(f"{head}(")
        for name in names:
            self.fill(f"    {name},")
        self.fill(")")

    def _Return(self, tree: ast.Return) -> None:
        self.fill("return")
        if tree.value is not None:
            self.write(" ")
            self._bare(tree.value)

    def _Assign(self, tree: ast.Assign) -> None:
        self.fill()
        for target in tree.targets:
            self._bare(target)
            self.write(" = ")
        self._bare(tree.value)

    def _For(self, tree: ast.For) -> None:
        self._for("for", tree)

    def _AsyncFor(self, tree: ast.AsyncFor) -> None:
        self._for("async for", tree)

    def _for(self, keyword: str, tree: ast.For | ast.AsyncFor) -> None:
        self.fill(f"{keyword} ")
        self._bare(tree.target)
        self.write(" in ")
        self._bare(tree.iter)
        self._suite(tree.body)
        if tree.orelse:
            self.fill("else")
            self._suite(tree.orelse)

    # --- expressions -------------------------------------------------------------------------

    def _UnaryOp(self, tree: ast.UnaryOp) -> None:
        self.write(self.unop[type(tree.op).__name__])
        if isinstance(tree.op, ast.Not):
            self.write(" ")
        self._operand(tree.operand, _level(tree))

    def _BinOp(self, tree: ast.BinOp) -> None:
        level = _level(tree)
        power = level == _POWER
        self._operand(tree.left, _AWAIT if power else level)
        self.write(f" {self.binop[type(tree.op).__name__]} ")
        self._operand(tree.right, _FACTOR if power else level + 1)

    def _BoolOp(self, tree: ast.BoolOp) -> None:
        level = _level(tree)
        word = " and " if isinstance(tree.op, ast.And) else " or "
        for n, value in enumerate(tree.values):
            if n:
                self.write(word)
            self._operand(value, level + 1)

    def _Compare(self, tree: ast.Compare) -> None:
        self._operand(tree.left, _BIT_OR)
        for op, right in zip(tree.ops, tree.comparators):
            self.write(f" {self.cmpops[type(op).__name__]} ")
            self._operand(right, _BIT_OR)

    def _IfExp(self, tree: ast.IfExp) -> None:
        self._operand(tree.body, _OR)
        self.write(" if ")
        self._operand(tree.test, _OR)
        self.write(" else ")
        self.dispatch(tree.orelse)

    def _Lambda(self, tree: ast.Lambda) -> None:
        self.write("lambda")
        arguments = _Printer({}, {})
        arguments.dispatch(tree.args)
        text = arguments.text().strip()
        self.write(f" {text}: " if text else ": ")
        self.dispatch(tree.body)

    def _Tuple(self, tree: ast.Tuple) -> None:
        self.write("(")
        self._listed(tree.elts)
        self.write(",)" if len(tree.elts) == 1 else ")")

    def _Starred(self, tree: ast.Starred) -> None:
        self.write("*")
        self._operand(tree.value, _BIT_OR)

    def _Dict(self, tree: ast.Dict) -> None:
        self.write("{")
        for n, (key, value) in enumerate(zip(tree.keys, tree.values)):
            if n:
                self.write(", ")
            if key is None:
                self.write("**")
                self._operand(value, _BIT_OR)
            else:
                self.dispatch(key)
                self.write(": ")
                self.dispatch(value)
        self.write("}")

    def _Attribute(self, tree: ast.Attribute) -> None:
        if isinstance(tree.value, ast.Constant) and type(tree.value.value) is int:
            self.write("(")  # 3.real is no number
            self.dispatch(tree.value)
            self.write(")")
        else:
            self._operand(tree.value, _ATOM)
        self.write(f".{tree.attr}")

    def _Call(self, tree: ast.Call) -> None:
        self._operand(tree.func, _ATOM)
        if len(tree.args) == 1 and not tree.keywords and isinstance(tree.args[0], ast.GeneratorExp):
            self.dispatch(tree.args[0])
            return
        self.write("(")
        self._listed([*tree.args, *tree.keywords])
        self.write(")")

    def _Subscript(self, tree: ast.Subscript) -> None:
        self._operand(tree.value, _ATOM)
        self.write("[")
        starred = isinstance(tree.slice, ast.Tuple) and any(
            isinstance(e, ast.Starred) for e in tree.slice.elts
        )
        if starred:  # Python 3.10 wants the parentheses
            self.dispatch(tree.slice)
        else:
            self._bare(tree.slice)
        self.write("]")

    def _comprehension(self, tree: ast.comprehension) -> None:
        self.write(" async for " if tree.is_async else " for ")
        self._bare(tree.target)
        self.write(" in ")
        self._operand(tree.iter, _OR)
        for test in tree.ifs:
            self.write(" if ")
            self._operand(test, _OR)

    def _JoinedStr(self, tree: ast.JoinedStr) -> None:
        self.write(ast.unparse(tree))

    def _write_constant(self, value: Any) -> None:
        if isinstance(value, str):
            text = repr(value)
            quote = text[0] == "'" and '"' not in value
            self.write(f'"{text[1:-1]}"' if quote else text)
        else:
            super()._write_constant(value)


def _wrapped(line: str) -> list[str]:
    """A call, a definition or a return of several values, one line's worth of items at a time."""
    indent = line[: len(line) - len(line.lstrip())]
    commas, opening = _outermost(line)
    if line.lstrip().startswith("return ") and commas:
        head, tail = f"{indent}return (", ")"
        starts = [len(indent) + len("return "), *(n + 1 for n in commas), len(line)]
    else:
        tail = ":" if line.endswith("):") else ""
        if opening is None or not line.endswith(f"){tail}"):
            return [line]
        head, tail = line[: opening + 1], f"){tail}"
        inner, _ = _outermost(line[opening + 1 : len(line) - len(tail)])
        starts = [opening + 1, *(opening + 2 + n for n in inner), len(line) - len(tail)]
    items = [line[a:b].strip() for a, b in pairwise(starts)]
    lines = [head]
    for item in items:
        fits = len(lines[-1]) + len(item) + 1 <= WIDTH
        if len(lines) > 1 and fits:
            lines[-1] += f" {item}"
        else:
            lines.append(f"{indent}    {item}")
    return [*lines, indent + tail]


def _outermost(line: str) -> tuple[list[int], int | None]:
    """Where a line's commas outside parentheses stand, and the last parenthesis opened there."""
    depth = 0
    quote = ""
    commas: list[int] = []
    opening = None
    n = 0
    while n < len(line):
        c = line[n]
        if quote:
            if c == "\\":
                n += 1
            elif c == quote:
                quote = ""
        elif c in "\"'":
            quote = c
        elif c in "([{":
            if depth == 0:
                opening = n
            depth += 1
        elif c in ")]}":
            depth -= 1
        elif c == "," and depth == 0:
            commas.append(n)
        n += 1
    return commas, opening


def _triple_quoted(text: str) -> str:
    """A docstring literal whose value is exactly ``text``."""
    text = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if text.endswith('"'):
        text = text[:-1] + '\\"'
    shown = (
        c if c in "\n\t" or c.isprintable() else c.encode("unicode_escape").decode() for c in text
    )
    return f'"""{"".join(shown)}"""'
