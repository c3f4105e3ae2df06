"""The fence: refuse at decoration what diffpy does not differentiate.

Everything that is refused here is refused by its syntax alone, with its place and what to write
instead; what depends on kinds is refused later, by `specialise`.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any

import gast

from diffpy.errors import UnsupportedSyntaxError
from diffpy.rules.registry import definition_of
from diffpy.transform.find_source import Source, call_method, plain_function, source_of

#: node -> what it is, why it is refused, what to write instead
_REFUSED: dict[str, tuple[str, str, str]] = {
    "AsyncFunctionDef": ("`async def`", "derivatives run one statement after the other", "def"),
    "AsyncFor": ("`async for`", "derivatives run one statement after the other", "for"),
    "AsyncWith": ("`async with`", "derivatives run one statement after the other", "with"),
    "Await": ("`await`", "derivatives run one statement after the other", ""),
    "Global": (
        "`global`",
        "a write to a global variable would be lost between two calls",
        "pass the value in and return the new one",
    ),
    "Try": ("`try`", "exception handlers come in a later version", "an `if` before the operation"),
    "TryStar": ("`try`", "exception handlers come in a later version", "an `if`"),
    "With": ("`with`", "context managers come in a later version", "call the function outside"),
    "Match": ("`match`", "pattern matching comes in a later version", "if … elif …"),
    "Delete": ("`del`", "deleting variables is not followed", "leave the variable alone"),
    "Import": ("`import` in a function", "", "import at the top of the module"),
    "ImportFrom": ("`import` in a function", "", "import at the top of the module"),
    "ClassDef": ("a class in a function", "", "define the class outside"),
    "Dict": ("a dict", "dicts come in a later version", "a namedtuple"),
    "Set": ("a set", "sets have no order to differentiate", "a tuple"),
    "ListComp": (
        "a list comprehension",
        "comprehensions come in a later version",
        "fill an array in a loop: a = np.zeros(n)",
    ),
    "SetComp": ("a set comprehension", "comprehensions come in a later version", "a loop"),
    "DictComp": ("a dict comprehension", "comprehensions come in a later version", "a loop"),
}
_REFUSED_CALLS = ("exec", "eval", "globals", "locals", "vars", "setattr", "delattr", "super")


def fence(fun: Callable[..., Any]) -> None:
    """Refuse a callable whose source uses what is not supported.

    Raises
    ------
    UnsupportedSyntaxError
        With the place in the source.
    SourceUnavailableError
        If there is no source.
    """
    while isinstance(fun, functools.partial):
        fun = fun.func
    if isinstance(fun, types.MethodType):
        fun = fun.__func__
    if definition_of(fun) is not None:
        return
    function = plain_function(fun)
    if function is None:
        function = call_method(fun)
    if function is not None:
        refuse_unsupported(source_of(function))


@functools.lru_cache(maxsize=4096)
def refuse_unsupported(source: Source) -> None:
    """Refuse what no later part of the compiler can handle."""
    _Fence(source).visit(source.node)


class _Fence(gast.NodeVisitor):
    """Raises at the first refused node."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._lists: set[int] = set()

    def refuse(self, node: Any, what: str, why: str, fix: str) -> None:
        raise UnsupportedSyntaxError(f"{what} is not supported", self._source.place(node), why, fix)

    def visit(self, node: Any) -> None:
        found = _REFUSED.get(type(node).__name__)
        if found is not None:
            self.refuse(node, *found)
        super().visit(node)

    def visit_Call(self, node: Any) -> None:
        if isinstance(node.func, gast.Name) and node.func.id in _REFUSED_CALLS:
            self.refuse(node, f"`{node.func.id}`", "what it does is not in the source", "")
        for keyword in node.keywords:
            if keyword.arg is None:
                self.refuse(
                    keyword.value,
                    "`**` in a call",
                    "it comes in a later version",
                    "write the keywords out",
                )
        for argument in (*node.args, *(k.value for k in node.keywords)):
            self._allow_lists(argument)
        self.generic_visit(node)

    def visit_For(self, node: Any) -> None:
        self._allow_lists(node.iter)
        self._allow_lists(node.target)
        self.generic_visit(node)

    def visit_Assign(self, node: Any) -> None:
        for target in node.targets:
            self._allow_lists(target)
        if all(isinstance(target, gast.Subscript) for target in node.targets):
            self._allow_lists(node.value)
        self.generic_visit(node)

    def visit_Compare(self, node: Any) -> None:
        for op, right in zip(node.ops, node.comparators):
            if isinstance(op, gast.In | gast.NotIn):
                self._allow_lists(right)
        self.generic_visit(node)

    def visit_Subscript(self, node: Any) -> None:
        self._allow_lists(node.slice)
        self.generic_visit(node)

    def visit_List(self, node: Any) -> None:
        if id(node) not in self._lists:
            self.refuse(
                node,
                "a list",
                "lists that are kept come in a later version",
                "a tuple, or an array: a = np.zeros(n)",
            )
        self.generic_visit(node)

    def visit_arguments(self, node: Any) -> None:
        if node.kwarg is not None:
            self.refuse(
                node.kwarg,
                "`**` in a definition",
                "it comes in a later version",
                "name the parameters",
            )
        self.generic_visit(node)

    def visit_FunctionDef(self, node: Any) -> None:
        inside = node is not self._source.node
        for decorator in node.decorator_list if inside else ():
            self.visit(decorator)
        self.visit(node.args)
        for statement in node.body:
            self.visit(statement)

    def visit_Name(self, node: Any) -> None:
        pass  # annotations are not run

    def visit_AnnAssign(self, node: Any) -> None:
        self.visit(node.target)
        if node.value is not None:
            self.visit(node.value)

    def _allow_lists(self, node: Any) -> None:
        """A list that is only read where it stands is a tuple."""
        if isinstance(node, gast.List | gast.Tuple):
            self._lists.add(id(node))
            for element in node.elts:
                self._allow_lists(element)
