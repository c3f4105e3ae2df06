"""Write a function's newer or rarer statements with those that `specialise` knows.

The tree is looked at once; where there is nothing to lower it is left as it is, otherwise the
passes work on a copy. Nodes keep the positions of what they were made of, so errors show the
user's own line.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gast

from diffpy.transform.find_source import Source
from diffpy.transform.lower_imports import lower_imports
from diffpy.transform.lower_match import lower_match
from diffpy.transform.lower_while_tests import assigns_in_test, lower_while_tests


@functools.lru_cache(maxsize=1024)
def lower_syntax(source: Source) -> Source:
    """The source with its tree lowered.

    Examples
    --------
    >>> from diffpy.transform.find_source import source_of
    >>> def plain(x):
    ...     return x
    >>> lower_syntax(source_of(plain)) is source_of(plain)
    True
    """
    if not any(map(_is_lowered, gast.walk(source.node))):
        return source
    node = copy.deepcopy(source.node)
    names = fresh_names(node)
    for lower in (lower_match, lower_while_tests, lower_imports):
        node = lower(node, names)
    return replace(source, node=node)


def _is_lowered(node: Any) -> bool:
    return isinstance(node, gast.Match | gast.Import | gast.ImportFrom) or assigns_in_test(node)


class FreshNames:
    """Names that a tree does not use."""

    def __init__(self, used: set[str]) -> None:
        self._used = used

    def __call__(self, wanted: str) -> str:
        name = next(n for n in _numbered(wanted) if n not in self._used)
        self._used.add(name)
        return name


def fresh_names(tree: Any) -> FreshNames:
    found = {node.id for node in gast.walk(tree) if isinstance(node, gast.Name)}
    return FreshNames(found | {n.name for n in gast.walk(tree) if isinstance(n, gast.FunctionDef)})


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}_{number}"
        number += 1
