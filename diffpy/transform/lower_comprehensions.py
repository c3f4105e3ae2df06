"""Comprehensions as what they are: generators that are called where they stand.

    sum(x * i for i in range(n) if i != 2)

becomes (with the name that Python has no way to write)

    def <genexpr>(items):
        for i in items:
            if i != 2:
                yield x * i

    sum(<genexpr>(range(n)))

and a list comprehension is ``list`` of such a call. The first iterable is evaluated outside, as in
Python; the variables of the comprehension are its own.
"""

from __future__ import annotations

import copy
from typing import Any

import gast

#: the parameter of a generator expression; no name that a user can write
ITEMS = "0items"


class GeneratorFunction(gast.FunctionDef):
    """A function definition that stands where its value is used."""


def lower_comprehensions(tree: Any) -> Any:
    """A copy of a function's tree without comprehensions.

    >>> tree = gast.parse("def f(x): return [x * i for i in (1, 2)]").body[0]
    >>> call = lower_comprehensions(tree).body[0].value
    >>> call.func.value, type(call.args[0].func).__name__
    (<class 'list'>, 'GeneratorFunction')
    """
    return _Lowering().visit(copy.deepcopy(tree))


class _Lowering(gast.NodeTransformer):
    def visit_GeneratorExp(self, node: Any) -> Any:
        return self._called(node, node.elt)

    def visit_ListComp(self, node: Any) -> Any:
        return _call(node, list, self._called(node, node.elt))

    def visit_SetComp(self, node: Any) -> Any:
        return _call(node, set, self._called(node, node.elt))

    def visit_DictComp(self, node: Any) -> Any:
        pair = gast.copy_location(gast.Tuple([node.key, node.value], gast.Load()), node.key)
        return _call(node, dict, self._called(node, pair))

    def _called(self, node: Any, element: Any) -> Any:
        """The call of the generator that a comprehension is."""

        def here(new: Any, place: Any = node) -> Any:
            return gast.copy_location(new, place)

        statement = here(gast.Expr(here(gast.Yield(element), element)), element)
        for k, part in reversed(list(enumerate(node.generators))):
            if part.is_async:
                continue  # the fence refuses it
            for test in reversed(part.ifs):
                statement = here(gast.If(test, [statement], []), test)
            items = here(gast.Name(ITEMS, gast.Load(), None, None)) if k == 0 else part.iter
            statement = here(gast.For(part.target, items, [statement], [], None), part.target)
        assigned = sorted(
            {n.target.id for n in gast.walk(statement) if isinstance(n, gast.NamedExpr)}
        )
        body = [here(gast.Nonlocal(assigned))] if assigned else []
        parameter = here(gast.Name(ITEMS, gast.Param(), None, None))
        arguments = gast.arguments([parameter], [], None, [], [], None, [])
        function = GeneratorFunction("<genexpr>", arguments, [*body, statement], [], None, None, [])
        here(function)
        first = self.visit(node.generators[0].iter)
        self.generic_visit(function)
        return here(gast.Call(function, [first], []))


def _call(node: Any, function: type, argument: Any) -> Any:
    """``function(argument)`` for the builtin, whatever its name means here."""
    constant = gast.copy_location(gast.Constant(function, None), node)
    return gast.copy_location(gast.Call(constant, [argument], []), node)


def with_array_rows(node: Any) -> Any:
    """A call of a function that makes an array, where each row of a comprehension is one too.

    None if the argument is no comprehension of lists.

    >>> tree = gast.parse("def f(x): return array([[x, i] for i in (1, 2)])").body[0]
    >>> call = lower_comprehensions(tree).body[0].value
    >>> row = with_array_rows(call).args[0].args[0].func.body[0].body[0].value.value
    >>> row.func.id, type(row.args[0]).__name__
    ('array', 'List')
    """
    found = _row_of(node.args[0]) if len(node.args) == 1 else None
    if found is None or not _makes_list(found.value):
        return None
    made = copy.deepcopy(node)
    yielded = _row_of(made.args[0])
    row = gast.Call(copy.deepcopy(node.func), [yielded.value], [])
    gast.copy_location(row, yielded.value)
    yielded.value = with_array_rows(row) or row
    return made


def _row_of(node: Any) -> Any:
    """What a list comprehension yields, as the ``yield``; None if the node is something else."""
    match node:
        case gast.Call(
            func=gast.Constant(value=cls), args=[gast.Call(func=GeneratorFunction(body=body))]
        ) if cls is list:
            return next((n for s in body for n in gast.walk(s) if isinstance(n, gast.Yield)), None)
    return None


def _makes_list(node: Any) -> bool:
    match node:
        case gast.List():
            return True
        case gast.BinOp(left=left, right=right):
            return _makes_list(left) or _makes_list(right)
    return _row_of(node) is not None
