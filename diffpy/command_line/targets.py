"""What the words of the command line mean: kinds, numbers of arguments.

Which function is meant is found in `diffpy.command_line.functions`.
"""

from __future__ import annotations

import ast

import numpy as np

from diffpy.command_line.usage import UsageError
from diffpy.kinds import PY_BOOL, PY_COMPLEX, PY_FLOAT, PY_INT, Array, Scalar
from diffpy.structure import Known, Leaf, Sequence, Structure

_PYTHON = {"float": PY_FLOAT, "int": PY_INT, "bool": PY_BOOL, "complex": PY_COMPLEX}


def parse_argnums(text: str) -> int | tuple[int, ...]:
    """One number, or several between commas.

    >>> parse_argnums("1"), parse_argnums("0,2")
    (1, (0, 2))
    """
    try:
        numbers = tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        numbers = ()
    if not numbers:
        raise UsageError(f"--argnums takes numbers such as 0 or 0,2, not {text!r}")
    return numbers if "," in text else numbers[0]


def parse_kinds(text: str) -> tuple[Structure, ...]:
    """The kinds of arguments as `Transformed.signatures` writes them.

    >>> from diffpy.versions import signature_text
    >>> signature_text(parse_kinds("float, float32[:, :], np.int64, (int, None), 'max'"))
    "(float, float32[:, :], np.int64, (int, None), 'max')"
    """
    try:
        tree = ast.parse(f"({text},)", mode="eval").body
        assert isinstance(tree, ast.Tuple)
        return tuple(map(_structure, tree.elts))
    except (SyntaxError, TypeError, ValueError, AssertionError) as error:
        raise UsageError(
            f"--kinds {text!r} is not understood ({error}); write for example "
            '"float, int, float64[:, :], (float, None)"'
        ) from None


def _structure(node: ast.expr) -> Structure:
    match node:
        case ast.Name(id=name) if name in _PYTHON:
            return Leaf(_PYTHON[name])
        case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="np"), attr=name):
            return Leaf(Scalar(_dtype(name)))
        case ast.Subscript(value=ast.Name(id=name), slice=axes):
            parts = axes.elts if isinstance(axes, ast.Tuple) else [axes]
            if not all(isinstance(part, ast.Slice) for part in parts):
                raise ValueError(f"{name}[…] has one ':' for each dimension")
            return Leaf(Array(_dtype(name), len(parts)))
        case ast.Tuple(elts=items):
            return Sequence(tuple, tuple(map(_structure, items)))
        case ast.Constant(value=None | str() | bytes() as value):
            return Known(value)
    raise ValueError(f"{ast.unparse(node)} is no kind")


def _dtype(name: str) -> str:
    dtype = np.dtype(name)
    if dtype.kind not in "biufc":
        raise ValueError(f"{name} is no type of numbers")
    return dtype.name
