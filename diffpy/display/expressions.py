"""Expressions of the intermediate form as text, for labels.

t = 1 - x; y = r * t            becomes            r * (1 - x)   for `y`
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from diffpy.transform.fill_templates import choose_templates
from diffpy.transform.ir import Atom, Call, Const, Function, Instr, Var, called_functions
from diffpy.transform.name_variables import name_variables
from diffpy.transform.nest_expressions import nest_expressions
from diffpy.transform.print_source import print_source


class Expressions:
    """The expressions of one function, with the names that its printed text gives."""

    def __init__(self, function: Function, names: Mapping[Var, str] | None = None) -> None:
        self._templates = choose_templates([function], compiled=False)
        self.nesting = nest_expressions(function, self._templates)
        known = {each.name for each in called_functions(function)}
        reserved = frozenset(known).union(*(t.globals for t in self._templates.values()))
        given = names or name_variables(function, self.nesting, reserved, False)
        self.names: dict[Var, str] = dict(given)

    def is_nested(self, v: Var | None) -> bool:
        """Whether a variable is written inside the expression that uses it."""
        return v in self.nesting.inner

    def leaves(self, *atoms: Atom) -> Iterator[Var]:
        """The variables that the text of some atoms mentions."""
        for atom in atoms:
            yield from self.nesting.leaves(atom)

    def text(self, atom: Atom) -> str:
        """The expression of an atom."""
        return _printed(self._tree(atom))

    def statement(self, statement: Instr | Call) -> str:
        """The right side of an assignment, or the whole statement of an effect."""
        match statement:
            case Instr():
                operands = [self._tree(a) for a in statement.args]
                return _printed(self._templates[statement].fill(operands))
            case Call():
                return _printed(self._call(statement))

    def _tree(self, atom: Atom) -> ast.expr:
        if isinstance(atom, Const):
            return ast.parse(repr(atom.value), mode="eval").body
        made = self.nesting.inner.get(atom)
        if isinstance(made, Call):
            return self._call(made)
        if made is not None:
            filled = self._templates[made].fill([self._tree(a) for a in made.args])
            assert isinstance(filled, ast.expr)
            return filled
        return ast.Name(self.names.get(atom, atom.name), ast.Load())

    def _call(self, call: Call) -> ast.expr:
        function = ast.Name(call.function.name, ast.Load())
        return ast.Call(function, [self._tree(a) for a in call.args], [])


def _printed(tree: ast.AST) -> str:
    return print_source(tree).strip()
