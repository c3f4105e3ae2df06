"""What the words of the command line mean: functions, kinds, numbers of arguments."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from diffpy.errors import DiffpyError
from diffpy.kinds import PY_BOOL, PY_COMPLEX, PY_FLOAT, PY_INT, Array, Scalar
from diffpy.structure import Known, Leaf, Sequence, Structure

_PYTHON = {"float": PY_FLOAT, "int": PY_INT, "bool": PY_BOOL, "complex": PY_COMPLEX}


class UsageError(Exception):
    """The command line does not make sense."""


def find_function(target: str) -> Any:
    """The function that ``module:function`` or ``file.py:function`` names."""
    where, colon, name = target.rpartition(":")
    if not colon or not where or not name:
        raise UsageError(f"{target!r} is not of the form module:function or file.py:function")
    found: Any = _module(where)
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise UsageError(f"there is no {name!r} in {where}") from None
    if not callable(found):
        raise UsageError(f"{target} is a {type(found).__name__}, not a function")
    return found


def _module(where: str) -> ModuleType:
    path = Path(where)
    try:
        if path.suffix == ".py" or os.sep in where:
            return _module_of_file(path)
        if os.getcwd() not in sys.path:
            sys.path.insert(0, os.getcwd())
        return importlib.import_module(where)
    except DiffpyError:  # a decorator in it refuses
        raise
    except Exception as error:
        raise UsageError(f"cannot import {where}: {type(error).__name__}: {error}") from error


def _module_of_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise UsageError(f"there is no file {path}")
    folder = str(path.resolve().parent)
    if folder not in sys.path:  # what stands beside it can be imported, as if it were run
        sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location(path.stem, path.resolve())
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


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
