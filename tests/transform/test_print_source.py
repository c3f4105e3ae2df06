"""parse(print(tree)) == tree, on this repository, on parts of the standard library, on the odd."""

import ast
import importlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diffpy.transform.print_source import print_source

ROOT = Path(__file__).parents[2]
STANDARD = ("bisect", "colorsys", "fractions", "heapq", "random", "statistics", "textwrap", "ast")
FILES = [
    *sorted((ROOT / "diffpy").rglob("*.py")),
    *sorted((ROOT / "tests" / "zoo").glob("*.py")),
    *(Path(importlib.import_module(name).__file__) for name in STANDARD),
]


def same(tree: ast.AST) -> None:
    text = print_source(tree)
    assert ast.dump(ast.parse(text)) == ast.dump(tree), text


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_round_trip_of_files(path):
    tree = ast.parse(path.read_text())
    if any(isinstance(node, ast.Match) for node in ast.walk(tree)):
        keep = [s for s in tree.body if not any(isinstance(n, ast.Match) for n in ast.walk(s))]
        tree = ast.Module(keep, [])
    same(tree)


@pytest.mark.parametrize(
    "text",
    [
        "x[i, 1:2]",
        "x[i]",
        "x[()]",
        "x[i,]",
        "x[(i, j), k]",
        "x[a:b, ..., None, ::c]",
        "a - (b - c)",
        "(a - b) - c",
        "a ** b ** c",
        "(a ** b) ** c",
        "(-a) ** b",
        "-a ** -b",
        "not (a and b)",
        "(not a) == b",
        "(a < b) < c",
        "a < b < c",
        "(a if b else c) if d else (e if f else g)",
        "(lambda x: x)(1)",
        "(lambda: 0) if a else b",
        "f(*a, **k)",
        "f(x for x in y if (a if b else c))",
        "[x for x in (a if b else c)]",
        "3 .real",
        "1e400 - 1e400j",
        "(a or b) and c or d",
        "a, *b = c",
        "a = b = c, d",
        "f'{a!r:>{w}} {{}}'",
        "'\"'",
        '"it\'s"',
        "(yield)",
        "x = (y := 3) + 1",
        "{**a, 'b': 1}",
        "~-+a",
        "a @ b % c // d",
    ],
)
def test_round_trip_of_odd_expressions(text):
    same(ast.parse(text))


names = st.sampled_from("abc").map(lambda s: ast.Name(s, ast.Load()))
numbers = st.one_of(st.integers(0, 9), st.floats(0, 1e9)).map(ast.Constant)
binary = st.sampled_from([ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Mod, ast.Pow, ast.FloorDiv])
unary = st.sampled_from([ast.USub, ast.UAdd, ast.Invert, ast.Not])
compare = st.sampled_from([ast.Lt, ast.Eq, ast.Is, ast.NotIn])
boolean = st.sampled_from([ast.And, ast.Or])
expressions = st.recursive(
    st.one_of(names, numbers),
    lambda e: st.one_of(
        st.builds(lambda x, o, y: ast.BinOp(x, o(), y), e, binary, e),
        st.builds(lambda o, x: ast.UnaryOp(o(), x), unary, e),
        st.builds(lambda x, o, y: ast.Compare(x, [o()], [y]), e, compare, e),
        st.builds(lambda o, x, y: ast.BoolOp(o(), [x, y]), boolean, e, e),
        st.builds(ast.IfExp, e, e, e),
        st.builds(lambda f, x: ast.Call(f, [x], []), e, e),
        st.builds(lambda x: ast.Attribute(x, "T", ast.Load()), e),
        st.builds(
            lambda x, i, j: ast.Subscript(x, ast.Tuple([i, ast.Slice(j)], ast.Load()), ast.Load()),
            e,
            e,
            e,
        ),
    ),
    max_leaves=25,
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(expressions)
def test_round_trip_of_random_expressions(expression):
    same(ast.Module([ast.Expr(expression)], []))


def test_docstrings_keep_their_value():
    for doc in ('ends in "', "a\\b", 'with """ inside', "two\n    lines", "bell \a, return \r"):
        function = ast.parse("def f():\n    'doc'\n    return 1")
        function.body[0].body[0].value.value = doc
        same(function)


def test_comments():
    tree = ast.parse("if a:\n    x = 1\n    y = 2")
    inner = tree.body[0].body
    text = print_source(tree, {inner[0]: "first part"}, {inner[1]: "line 2: y"})
    assert text.splitlines() == [
        "if a:",
        "    # first part",
        "    x = 1",
        "    y = 2" + " " * 53 + "# line 2: y",
    ]
