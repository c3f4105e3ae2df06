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
from diffpy.transform.lower_generators import is_generator

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
    "TryStar": ("`except*`", "groups of exceptions are not followed", "except"),
    "ClassDef": ("a class in a function", "", "define the class outside"),
}
_REFUSED_CALLS = ("exec", "eval", "globals", "locals", "vars", "delattr")


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
        source = source_of(function)
        refuse_unsupported(source)
        _refuse_generator(source)


def _refuse_generator(source: Source) -> None:
    """A generator may be consumed in a function; by itself it has no derivative."""
    if isinstance(source.node, gast.Lambda) or not is_generator(source.node.body):
        return
    raise UnsupportedSyntaxError(
        f"`{source.node.name}` is a generator, and so has no single result",
        source.place(source.node),
        "a derivative is that of a function that returns",
        "consume it in a function: sum(f(x)), or a loop over f(x)",
    )


@functools.lru_cache(maxsize=4096)
def refuse_unsupported(source: Source) -> None:
    """Refuse what no later part of the compiler can handle."""
    _Fence(source).visit(source.node)


class _Fence(gast.NodeVisitor):
    """Raises at the first refused node."""

    def __init__(self, source: Source) -> None:
        self._source = source

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
        self.generic_visit(node)

    def visit_Expr(self, node: Any) -> None:
        if isinstance(node.value, gast.Yield | gast.YieldFrom):
            if node.value.value is not None:
                self.visit(node.value.value)
        else:
            self.generic_visit(node)

    def visit_Yield(self, node: Any) -> None:
        self.refuse(
            node,
            "the value of `yield`",
            "what is sent to a generator, and what one returns, is not followed",
            "a statement of its own: yield …",
        )

    visit_YieldFrom = visit_Yield

    def visit_Delete(self, node: Any) -> None:
        for target in node.targets:
            if not isinstance(target, gast.Name | gast.Subscript):
                self.refuse(
                    target,
                    "`del` of a part",
                    "what is left of the whole is not followed",
                    "make a new one without it",
                )

    def visit_MatchMapping(self, node: Any) -> None:
        if node.rest is not None:
            self.refuse(node, "`**` in a pattern", "", "read the other keys by their names")
        self.generic_visit(node)

    def visit_FunctionDef(self, node: Any) -> None:
        inside = node is not self._source.node
        for decorator in node.decorator_list if inside else ():
            self.visit(decorator)
        if inside:  # the defaults of the function itself are objects already
            self.visit(node.args)
        for statement in node.body:
            self.visit(statement)

    def visit_Name(self, node: Any) -> None:
        pass  # annotations are not run

    def visit_AnnAssign(self, node: Any) -> None:
        self.visit(node.target)
        if node.value is not None:
            self.visit(node.value)
