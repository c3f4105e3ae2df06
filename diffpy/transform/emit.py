"""Turn the intermediate form into Python text.

One program has two texts: for Python and NumPy, and for numba, which must be told where to raise
what Python raises (``checked``):

    t = 1 - x; y = x * t; return y        becomes        def f(x):
                                                             y = x * (1 - x)
                                                             return y

>>> from diffpy.kinds import PY_INT
>>> from diffpy.rules.operators import multiply, subtract
>>> x, t, y = Var("x", PY_INT), Var("t", PY_INT, temporary=True), Var("y", PY_INT)
>>> f = Function("f", (x,))
>>> f.body = Block((
...     Instr(t, subtract, (Const(1, PY_INT), x)),
...     Instr(y, multiply, (x, t)),
... ), (y,))
>>> print(emit_module(f, compiled=False))
\"\"\"f, written by diffpy.\"\"\"
<BLANKLINE>
<BLANKLINE>
def f(x):
    y = x * (1 - x)
    return y
<BLANKLINE>
>>> print(emit_module(f, compiled=True).splitlines()[-2])
    y = mul_i8(x, sub_i8(1, x))
"""

from __future__ import annotations

import ast
import builtins
import inspect
import math
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

import numpy as np

from diffpy.kinds import Scalar, type_code
from diffpy.rules.operators import subtract
from diffpy.rules.raising import throw_user
from diffpy.rules.structural import throw
from diffpy.transform.fill_templates import Template, choose_templates
from diffpy.transform.ir import (
    Atom,
    Block,
    Call,
    Const,
    For,
    Function,
    If,
    Instr,
    Line,
    Statement,
    Var,
    While,
    called_functions,
    operands,
    walk,
)
from diffpy.transform.map_lines import SourceMap
from diffpy.transform.name_variables import (
    FreshNames,
    carried_names,
    flag_is_read_first,
    initial_names,
    name_variables,
)
from diffpy.transform.nest_expressions import Nesting, nest_expressions
from diffpy.transform.print_source import print_source
from diffpy.transform.verify import verify

_MODULES = ("math", "np")


def emit_module(entry: Function, compiled: bool, defaults: Mapping[Var, Any] | None = None) -> str:
    """The text of a module that holds a function and all that it calls, callees first.

    Parameters
    ----------
    entry
        The program; its tapes are threaded (see `diffpy.transform.thread_tapes`).
    compiled
        Write for numba: operations that must raise as Python does are calls of the runtime.
    defaults
        Default values of parameters. A parameter behind one of these gets the default None.

    Returns
    -------
    str
        The same bytes for the same program.
    """
    return _emitted(entry, compiled, defaults).print()


def emit_source_map(
    entry: Function, compiled: bool, defaults: Mapping[Var, Any] | None = None
) -> SourceMap:
    """Which statement of the program each part of the text of `emit_module` comes from.

    Only who meets an exception asks for this, so the text is written again for it.
    """
    text = _emitted(entry, compiled, defaults)
    return SourceMap(text.print(), text.module, text.made)


def _emitted(entry: Function, compiled: bool, defaults: Mapping[Var, Any] | None) -> _Text:
    functions = called_functions(entry)
    if os.environ.get("DIFFPY_VERIFY"):
        for function in functions:
            verify(function)
    templates = choose_templates(functions, compiled)
    taken = _global_names(functions, templates)
    fresh = FreshNames(taken)
    called = {entry: fresh(entry.name)}
    for function in functions:
        if function not in called:
            called[function] = fresh(function.name)
    reserved = frozenset(taken | set(called.values()))
    text = _Text(ast.Module([], []))
    text.module.body += _header(called[entry], taken)
    for function in functions:
        nesting = nest_expressions(function, templates)
        names = name_variables(function, nesting, reserved, compiled)
        writer = _Writer(function, names, nesting, templates, called, text)
        text.module.body.append(writer.definition(defaults or {}))
    return text


@dataclass
class _Text:
    """A module's tree, the comments that go with it, and the statements that it is made of."""

    module: ast.Module
    headings: dict[ast.AST, str] = field(default_factory=dict)
    trailing: dict[ast.AST, str] = field(default_factory=dict)
    made: dict[ast.AST, Statement] = field(default_factory=dict)

    def print(self) -> str:
        return print_source(self.module, self.headings, self.trailing)


def _global_names(functions: list[Function], templates: Mapping[Instr, Template]) -> set[str]:
    """Every name that the text takes from its module or from Python."""
    names: set[str] = set()
    for function in functions:
        for statement in walk(function.body):
            if isinstance(statement, Instr):
                names |= templates[statement].globals
            elif isinstance(statement, For):
                names.add("range")
            atoms = [*operands(statement)]
            for block in _blocks(statement):
                atoms += block.yields
            names.update(*map(_literal_names, atoms))
        names.update(*map(_literal_names, function.results))
    return names


def _blocks(statement: Statement) -> Sequence[Block]:
    match statement:
        case If():
            return statement.then, statement.orelse
        case For():
            return (statement.body,)
        case While():
            return statement.test, statement.body
        case _:
            return ()


def _literal_names(atom: Atom) -> set[str]:
    if isinstance(atom, Var):
        return set()
    return {n.id for n in ast.walk(_literal(atom)) if isinstance(n, ast.Name)}


def _header(name: str, taken: set[str]) -> list[ast.stmt]:
    """The module's docstring and the imports of the names that it uses."""
    header: list[ast.stmt] = [ast.Expr(ast.Constant(f"{name}, written by diffpy."))]
    if "math" in taken:
        header.append(ast.Import([ast.alias("math")]))
    if "np" in taken:
        header.append(ast.Import([ast.alias("numpy", "np")]))
    runtime = sorted(n for n in taken if n not in _MODULES and not hasattr(builtins, n))
    if runtime:
        names = [ast.alias(n) for n in runtime]
        header.append(ast.ImportFrom("diffpy.runtime", names, 0))
    return header


# --- numbers -------------------------------------------------------------------------------------


def _literal(const: Const) -> ast.expr:
    """A constant; a call makes one that must be NumPy's, as those of other types than Python's."""
    kind = const.kind
    assert isinstance(kind, Scalar)
    value = const.value.item() if isinstance(const.value, np.generic) else const.value
    match type_code(kind):
        case "b":
            return ast.Constant(bool(value))
        case "i" | "u":
            number: ast.expr = _real_literal(int(value))
        case "f":
            number = _real_literal(float(value))
        case _:
            number = _complex_literal(complex(value))
    plain = kind.dtype in ("int64", "float64", "complex128")
    if plain and not isinstance(const.value, np.generic):  # see `type_constants`
        return number
    return ast.Call(_attribute("np", kind.dtype), [number], [])


def _real_literal(value: int | float) -> ast.expr:
    if isinstance(value, float) and math.isnan(value):
        return _attribute("np", "nan")
    if math.copysign(1, value) < 0:
        return ast.UnaryOp(ast.USub(), _real_literal(-value))
    if value == math.inf:
        return _attribute("np", "inf")
    return ast.Constant(value)


def _complex_literal(value: complex) -> ast.expr:
    plain = math.isfinite(value.imag) and math.copysign(1, value.imag) > 0
    if plain and value.real == 0 and math.copysign(1, value.real) > 0:
        return ast.Constant(value)
    parts = [_real_literal(value.real), _real_literal(value.imag)]
    return ast.Call(ast.Name("complex", ast.Load()), parts, [])


def _attribute(module: str, name: str) -> ast.expr:
    return ast.Attribute(ast.Name(module, ast.Load()), name, ast.Load())


# --- a function ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Copy:
    """``target = source``, one of several at once."""

    target: Var
    source: Atom


class _Writer:
    """Writes one function, in the order that `name_variables` has numbered."""

    def __init__(
        self,
        function: Function,
        names: Mapping[Var, str],
        nesting: Nesting,
        templates: Mapping[Instr, Template],
        called: Mapping[Function, str],
        text: _Text,
    ) -> None:
        self._function = function
        self._names = names
        self._nesting = nesting
        self._templates = templates
        self._called = called
        self._text = text
        self._in_reverse = False
        self._last_said: str | None = None

    def definition(self, defaults: Mapping[Var, Any]) -> ast.FunctionDef:
        function = self._function
        body: list[ast.stmt] = []
        if function.doc is not None:
            body.append(ast.Expr(ast.Constant(_indented(function.doc))))
        body += self._body()
        params = [ast.arg(self._names[p]) for p in function.params]
        first = next((n for n, p in enumerate(function.params) if p in defaults), len(params))
        values: list[ast.expr] = [_default(defaults.get(p)) for p in function.params[first:]]
        arguments = ast.arguments([], params, None, [], [], None, values)
        return ast.FunctionDef(self._called[function], arguments, body, [], lineno=0)

    def _body(self) -> list[ast.stmt]:
        function = self._function
        start = function.reverse_from
        statements = function.body.statements
        returned = function.body.yields
        if start is None:
            return self._block(function.body, returned)
        forward, ended = self._statements(statements[:start], returned)
        if ended:
            return forward
        self._in_reverse = True
        self._last_said = None
        reverse, ended = self._statements(statements[start:], returned)
        if not ended:
            reverse.append(self._return(returned))
        if forward and reverse:
            self._text.headings[forward[0]] = "forward sweep"
            self._text.headings[reverse[0]] = "reverse sweep"
        return [*forward, *reverse]

    # --- blocks ------------------------------------------------------------------------------

    def _block(
        self,
        block: Block,
        returned: tuple[Atom, ...] | None = None,
        copies: Iterable[Var] = (),
    ) -> list[ast.stmt]:
        """The statements of a block and what follows: a return, or its yields' copies."""
        written, ended = self._statements(block.statements, returned)
        if ended:
            return written
        if returned is not None:
            return [*written, self._return(returned)]
        return [*written, *self._copies(copies, block.yields)]

    def _statements(
        self, statements: Iterable[Statement], returned: tuple[Atom, ...] | None
    ) -> tuple[list[ast.stmt], bool]:
        """The statements, and whether control never gets past them."""
        written: list[ast.stmt] = []
        for statement in statements:
            match statement:
                case Instr():
                    written += self._instr(statement)
                    if statement.primitive in (throw, throw_user):
                        return written, True
                case Call():
                    written += self._call(statement)
                case If() if statement in self._nesting.tails:
                    assert returned is not None
                    return [*written, *self._tail(statement, returned)], True
                case If():
                    written += self._branch(statement)
                case For():
                    written += self._for(statement)
                case While():
                    written += self._while(statement)
        return written, False

    def _return(self, returned: tuple[Atom, ...]) -> ast.stmt:
        values = [self._expression(a) for a in returned]
        if not values:
            return ast.Return(ast.Constant(None))
        return ast.Return(values[0] if len(values) == 1 else ast.Tuple(values, ast.Load()))

    # --- expressions -------------------------------------------------------------------------

    def _expression(self, atom: Atom, renamed: Mapping[Var, Var] | None = None) -> ast.expr:
        if isinstance(atom, Const):
            return _literal(atom)
        made = self._nesting.inner.get(atom)
        if isinstance(made, Call):
            return self._call_expression(made, renamed)
        if made is not None:
            filled = self._filled(made, renamed)
            assert isinstance(filled, ast.expr)
            return filled
        if renamed:
            atom = renamed.get(atom, atom)
        return ast.Name(self._names[atom], ast.Load())

    def _filled(
        self, instr: Instr, renamed: Mapping[Var, Var] | None = None
    ) -> ast.expr | ast.stmt:
        arguments = [self._expression(a, renamed) for a in instr.args]
        filled = self._templates[instr].fill(arguments)
        self._text.made.setdefault(filled, instr)
        return filled

    # --- simple statements -------------------------------------------------------------------

    def _said(self, node: ast.stmt, line: int | None) -> ast.stmt:
        """Note behind the first statement of a group which of the user's lines it reverses."""
        said = self._quoted(line)
        if self._in_reverse and said is not None and said != self._last_said:
            self._last_said = said
            self._text.trailing[node] = said
        return node

    def _quoted(self, line: int | None) -> str | None:
        """A line of the user's; what was inlined may be of another file than the function."""
        origin = self._function.origin
        if line is None or origin is None:
            return None
        if isinstance(line, Line) and line.place.filename != origin.filename:
            place = line.place
            return f"line {line} of {PurePath(place.filename).name}: {place.source_line.strip()}"
        return f"line {line}: {origin.lines[line].strip()}" if line in origin.lines else None

    def _instr(self, instr: Instr) -> list[ast.stmt]:
        target = instr.target
        if target in self._nesting.inner:
            return []
        filled = self._filled(instr)
        if isinstance(filled, ast.expr):
            if target is None or not self._nesting.uses[target]:
                node: ast.stmt = ast.Expr(filled)
            else:
                node = self._assignment(target, filled)
        else:
            node = filled
        self._text.made[node] = instr
        return [self._said(node, instr.line)]

    def _assignment(self, target: Var, value: ast.expr) -> ast.stmt:
        """``x = value``, or ``x += e``; never for arrays, which that would change in place."""
        name = self._names[target]
        match value:
            case ast.BinOp(left=ast.Name(id=left), op=ast.Add() | ast.Sub() as op, right=right):
                if left == name and isinstance(target.kind, Scalar):
                    return ast.AugAssign(ast.Name(name, ast.Store()), op, right)
        return ast.Assign([ast.Name(name, ast.Store())], value, lineno=0)

    def _call_expression(self, call: Call, renamed: Mapping[Var, Var] | None = None) -> ast.expr:
        function = ast.Name(self._called[call.function], ast.Load())
        node = ast.Call(function, [self._expression(a, renamed) for a in call.args], [])
        self._text.made[node] = call
        return node

    def _call(self, call: Call) -> list[ast.stmt]:
        if any(t in self._nesting.inner for t in call.targets):
            return []
        value = self._call_expression(call)
        if not any(self._nesting.uses[t] for t in call.targets):
            return [self._said(ast.Expr(value), call.line)]
        names: list[ast.expr] = [
            ast.Name(self._names[t] if self._nesting.uses[t] else "_", ast.Store())
            for t in call.targets
        ]
        target = names[0] if len(names) == 1 else ast.Tuple(names, ast.Store())
        return [self._said(ast.Assign([target], value, lineno=0), call.line)]

    def _copies(self, targets: Iterable[Var], sources: Iterable[Atom]) -> list[ast.stmt]:
        """Assignments that act as if all were done at once; none where the name is the same.

        They are put in an order in which none overwrites what a later one reads; where there is
        none (``u, v = v, u``), the rest is one tuple assignment.
        """
        pending: list[_Copy] = []
        for target, source in zip(targets, sources):
            named = target in self._names
            if named and not (
                isinstance(source, Var)
                and source not in self._nesting.inner
                and self._names[source] == self._names[target]
            ):
                pending.append(_Copy(target, source))
        reads = [{self._names[v] for v in self._nesting.leaves(c.source)} for c in pending]
        readers: Counter[str] = Counter()
        for read in reads:
            readers.update(read)
        written: list[ast.stmt] = []
        left = list(range(len(pending)))
        while left:
            ready = [n for n in left if not self._is_read(pending[n], reads[n], readers)]
            if not ready:
                written.append(self._at_once([pending[n] for n in left]))
                break
            n = ready[0]
            left.remove(n)
            readers.subtract(reads[n])
            value = self._expression(pending[n].source)
            node = self._assignment(pending[n].target, value)
            source = pending[n].source
            if isinstance(source, Var) and source in self._nesting.inner:
                self._text.made[node] = self._nesting.inner[source]
            written.append(self._said(node, self._line(source)))
        return written

    def _is_read(self, copy: _Copy, own: set[str], readers: Counter[str]) -> bool:
        name = self._names[copy.target]
        return readers[name] > (name in own)

    def _at_once(self, copies: list[_Copy]) -> ast.stmt:
        names: list[ast.expr] = [ast.Name(self._names[c.target], ast.Store()) for c in copies]
        values = [self._expression(c.source) for c in copies]
        pair = ast.Tuple(names, ast.Store()), ast.Tuple(values, ast.Load())
        return self._said(ast.Assign([pair[0]], pair[1], lineno=0), self._line(copies[0].source))

    def _line(self, atom: Atom) -> int | None:
        instr = self._nesting.inner.get(atom) if isinstance(atom, Var) else None
        return None if instr is None else instr.line

    # --- branches ----------------------------------------------------------------------------

    def _branch(self, statement: If) -> list[ast.stmt]:
        test = self._expression(statement.test)
        then = self._inside(statement.then, copies=statement.results)
        orelse = self._inside(statement.orelse, copies=statement.results)
        if not then and not orelse:
            return []
        if not then:
            return [ast.If(_negated(test), orelse, [])]
        return [ast.If(test, then, orelse)]

    def _tail(self, statement: If, returned: tuple[Atom, ...]) -> list[ast.stmt]:
        """``if test: …return a``, then the other side, not indented."""
        test = self._expression(statement.test)
        sides = []
        for block in (statement.then, statement.orelse):
            taken = dict(zip(statement.results, block.yields))
            mapped = tuple(taken.get(a, a) if isinstance(a, Var) else a for a in returned)
            sides.append(self._inside(block, returned=mapped))
        return [ast.If(test, sides[0], []), *sides[1]]

    def _inside(
        self,
        block: Block,
        returned: tuple[Atom, ...] | None = None,
        copies: Iterable[Var] = (),
    ) -> list[ast.stmt]:
        """An indented block: its comments start anew."""
        self._last_said = None
        written = self._block(block, returned, copies)
        self._last_said = None
        return written

    # --- loops -------------------------------------------------------------------------------

    def _for(self, loop: For) -> list[ast.stmt]:
        before = self._copies(loop.heads, loop.inits)
        renamed = initial_names(loop)
        bounds = [self._expression(a, renamed) for a in self._bounds(loop)]
        iterated = ast.Call(ast.Name("range", ast.Load()), bounds, [])
        used = self._nesting.uses[loop.index]
        index = ast.Name(self._names[loop.index] if used else "_", ast.Store())
        body = self._loop_body(loop)
        node = ast.For(index, iterated, body or [ast.Pass()], [], lineno=0)
        self._text.made[iterated] = loop
        return [*before, node, *self._copies(loop.results, loop.heads)]

    def _bounds(self, loop: For) -> list[Atom]:
        """The arguments of ``range``, without those that go without saying."""
        start, stop, step = loop.start, loop.stop, loop.step
        if _is(step, 1):
            return [stop] if _is(start, 0) else [start, stop]
        if _is(step, -1) and _is(stop, -1) and not self._nesting.uses[loop.index]:
            # Downwards from n - 1, and nobody looks at the index: n times.
            last = self._nesting.inner.get(start) if isinstance(start, Var) else None
            if isinstance(last, Instr) and last.primitive is subtract and _is(last.args[1], 1):
                return [last.args[0]]
        return [start, stop, step]

    def _while(self, loop: While) -> list[ast.stmt]:
        before = self._copies(loop.heads, loop.inits)
        first = self._inside(loop.test)
        test = self._expression(loop.test.yields[0])
        if first:
            body = [*first, ast.If(_negated(test), [ast.Break()], []), *self._loop_body(loop)]
            test = ast.Constant(True)
        else:
            body = self._loop_body(loop)
        node = ast.While(test, body or [ast.Pass()], [])
        return [*before, node, *self._copies(loop.results, loop.heads)]

    def _loop_body(self, loop: For | While) -> list[ast.stmt]:
        if not loop.exits:
            return self._inside(loop.body, copies=loop.heads)
        self._last_said = None
        written, ended = self._statements(loop.body.statements, None)
        if not ended:
            written += self._copies_and_exit(loop)
        self._last_said = None
        return written

    def _copies_and_exit(self, loop: For | While) -> list[ast.stmt]:
        flag = loop.body.yields[-1]
        if isinstance(flag, Const):
            copies = self._copies(loop.heads, loop.body.yields)
            return [*copies, ast.Break()] if flag.value else copies
        if flag_is_read_first(loop, self._nesting):
            test = self._expression(flag)
            leave = [*self._copies(loop.heads, loop.body.yields), ast.Break()]
            return [ast.If(test, leave, []), *self._copies(loop.heads, loop.body.yields)]
        copies = self._copies(loop.heads, loop.body.yields)
        test = self._expression(flag, carried_names(loop))
        return [*copies, ast.If(test, [ast.Break()], [])]


def _is(atom: Atom, number: int) -> bool:
    return isinstance(atom, Const) and atom.value == number


def _negated(test: ast.expr) -> ast.expr:
    """``not test``, without saying not twice; an order is kept, as nan has none."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return operand
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=right):
            return ast.Compare(left, [ast.NotEq()], right)
        case ast.Compare(left=left, ops=[ast.NotEq()], comparators=right):
            return ast.Compare(left, [ast.Eq()], right)
        case _:
            return ast.UnaryOp(ast.Not(), test)


def _default(value: Any) -> ast.expr:
    return ast.parse(repr(value), mode="eval").body


def _indented(doc: str) -> str:
    """A docstring as it stands in a function's body."""
    lines = inspect.cleandoc(doc).splitlines() or [""]
    first, *rest = lines
    text = "\n".join([first, *(f"    {line}" if line else "" for line in rest)])
    return f"{text}\n    " if rest else text
