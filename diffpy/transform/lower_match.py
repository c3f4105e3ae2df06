"""Write `match` as a chain of ifs.

    match shape:                    if instance_of(shape, Disk):
        case Disk(r):                   r = field(shape, Disk, 0)
            area = 3.14 * r * r         area = 3.14 * r * r
        case (a, b) if a > 0:       elif (sequence_of(shape, 2, False) and bound((a := shape[0]))
            area = a * b                  and bound((b := shape[1])) and a > 0):
        case _:                         a = shape[0]; b = shape[1]
            area = 0.0                  area = a * b
                                    else:
                                        area = 0.0

A subject that is no plain name is assigned to one first. What a pattern binds is bound at the head
of its body; before that only where a guard reads it, or where one of several alternatives binds it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gast

from diffpy.transform.intrinsics import (
    BOUND,
    FIELD,
    HAS_FIELD,
    INSTANCE_OF,
    MAPPING_WITH,
    SEQUENCE_OF,
)
from diffpy.transform.lower_while_tests import located


def lower_match(tree: Any, fresh: Callable[[str], str]) -> Any:
    """The tree, changed in place.

    Examples
    --------
    >>> import ast
    >>> tree = gast.parse('''
    ... match n:
    ...     case 0 | 1:
    ...         y = x
    ...     case k if k > 2:
    ...         y = k
    ...     case _:
    ...         y = 0
    ... ''')
    >>> print(ast.unparse(gast.gast_to_ast(lower_match(tree, str))))
    if n == 0 or n == 1:
        y = x
    elif bound((k := n)) and k > 2:
        k = n
        y = k
    else:
        y = 0
    """
    return _Lower(fresh).visit(tree)


#: makes a new expression for (a part of) the subject
Part = Callable[[], Any]


@dataclass
class _Pattern:
    """What a pattern asks, and what it binds when it matches."""

    tests: list[Any] = field(default_factory=list)
    binds: list[tuple[str, Part, Any]] = field(default_factory=list)


class _Lower(gast.NodeTransformer):
    def __init__(self, fresh: Callable[[str], str]) -> None:
        self._fresh = fresh

    def visit_Match(self, node: Any) -> Any:
        self.generic_visit(node)
        before: list[Any] = []
        subject = node.subject
        if isinstance(subject, gast.Name) and subject.id not in _bound_names(node):
            name = subject.id
        else:
            name = self._fresh("subject")
            target = _name(name, gast.Store())
            assign = gast.Assign(targets=[target], value=subject, type_comment=None)
            before.append(located(assign, subject))
        chain: list[Any] = []
        for case in reversed(node.cases):
            chain = _case(case, lambda: _name(name), chain)
        for statement in chain:
            located(statement, node)
        return [*before, *chain] or located(gast.Pass(), node)


def _case(case: Any, subject: Part, rest: list[Any]) -> list[Any]:
    """``if`` the pattern matches, the body, ``else`` the rest."""
    pattern = _Pattern()
    _read(case.pattern, subject, pattern)
    tests = list(pattern.tests)
    if case.guard is not None:
        tests += [_bound(*bind) for bind in pattern.binds]
        tests.append(case.guard)
    body = [_assignment(*bind) for bind in pattern.binds] + case.body
    if not tests:
        return body
    return [located(gast.If(test=_all(tests), body=body, orelse=rest), case.pattern)]


def _read(pattern: Any, subject: Part, found: _Pattern) -> None:
    """Add what a pattern asks of a subject."""

    def test(node: Any) -> None:
        found.tests.append(located(node, pattern))

    match pattern:
        case gast.MatchValue(value=value):
            test(gast.Compare(left=subject(), ops=[gast.Eq()], comparators=[value]))
        case gast.MatchSingleton(value=value):
            test(gast.Compare(left=subject(), ops=[gast.Is()], comparators=[_constant(value)]))
        case gast.MatchAs(pattern=inner, name=name):
            if inner is not None:
                _read(inner, subject, found)
            if name is not None:
                found.binds.append((name, subject, pattern))
        case gast.MatchOr(patterns=patterns):
            _read_alternatives(patterns, subject, found, pattern)
        case gast.MatchSequence(patterns=patterns):
            _read_sequence(patterns, subject, found, test)
        case gast.MatchClass():
            test(_call(INSTANCE_OF, subject(), pattern.cls))
            for k, inner in enumerate(pattern.patterns):
                count = len(pattern.patterns)
                _read(inner, _field(subject, pattern, k, count), found)
            for name, inner in zip(pattern.kwd_attrs, pattern.kwd_patterns):
                test(_call(HAS_FIELD, subject(), _constant(name)))
                _read(inner, _attribute(subject, name), found)
        case gast.MatchMapping(keys=keys, patterns=patterns):
            test(_call(MAPPING_WITH, subject(), gast.Tuple(elts=list(keys), ctx=gast.Load())))
            for key, inner in zip(keys, patterns):
                _read(inner, _element(subject, key), found)


def _read_alternatives(patterns: list[Any], subject: Part, found: _Pattern, node: Any) -> None:
    ways = []
    for alternative in patterns:
        inner = _Pattern()
        _read(alternative, subject, inner)
        binds = [_bound(*bind) for bind in inner.binds]
        ways.append(_all([*inner.tests, *binds]) if inner.tests or binds else _constant(True))
    found.tests.append(located(gast.BoolOp(op=gast.Or(), values=ways), node))


def _read_sequence(
    patterns: list[Any], subject: Part, found: _Pattern, test: Callable[[Any], None]
) -> None:
    count = len(patterns)
    starred = [k for k, p in enumerate(patterns) if isinstance(p, gast.MatchStar)]
    fixed = count - len(starred)
    test(_call(SEQUENCE_OF, subject(), _constant(fixed), _constant(bool(starred))))
    for k, inner in enumerate(patterns):
        if k in starred:
            if inner.name is not None:
                found.binds.append((inner.name, _stretch(subject, k, count - k - 1), inner))
        else:
            place = k - count if starred and k > starred[0] else k
            _read(inner, _element(subject, _constant(place)), found)


# --- parts of the subject ---


def _element(subject: Part, key: Any) -> Part:
    return lambda: gast.Subscript(value=subject(), slice=key, ctx=gast.Load())


def _stretch(subject: Part, start: int, after: int) -> Part:
    """The items of a star, which are a list whatever the subject is."""

    def make() -> Any:
        upper = _constant(-after) if after else None
        part = gast.Slice(lower=_constant(start), upper=upper, step=None)
        items = gast.Subscript(value=subject(), slice=part, ctx=gast.Load())
        star = gast.Starred(value=items, ctx=gast.Load())
        return gast.List(elts=[star], ctx=gast.Load())

    return make


def _attribute(subject: Part, name: str) -> Part:
    return lambda: gast.Attribute(value=subject(), attr=name, ctx=gast.Load())


def _field(subject: Part, pattern: Any, position: int, count: int) -> Part:
    return lambda: _call(FIELD, subject(), pattern.cls, _constant(position), _constant(count))


# --- nodes ---


def _bound_names(node: Any) -> set[str]:
    """The names that patterns and guards bind."""
    names: set[str] = set()
    for case in node.cases:
        guard = () if case.guard is None else gast.walk(case.guard)
        for inner in (*gast.walk(case.pattern), *guard):
            if isinstance(inner, gast.MatchAs | gast.MatchStar) and inner.name is not None:
                names.add(inner.name)
            if isinstance(inner, gast.NamedExpr):
                names.add(inner.target.id)
    return names


def _bound(name: str, part: Part, where: Any) -> Any:
    value = gast.NamedExpr(target=_name(name, gast.Store()), value=part())
    return located(_call(BOUND, value), where)


def _assignment(name: str, part: Part, where: Any) -> Any:
    target = _name(name, gast.Store())
    return located(gast.Assign(targets=[target], value=part(), type_comment=None), where)


def _all(tests: list[Any]) -> Any:
    return tests[0] if len(tests) == 1 else gast.BoolOp(op=gast.And(), values=tests)


def _call(function: Any, *arguments: Any) -> Any:
    return gast.Call(func=_constant(function), args=list(arguments), keywords=[])


def _constant(value: Any) -> Any:
    return gast.Constant(value=value, kind=None)


def _name(name: str, context: Any = None) -> Any:
    return gast.Name(id=name, ctx=context or gast.Load(), annotation=None, type_comment=None)
