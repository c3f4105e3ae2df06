"""The python backend: the generated text as it stands, for debugging and exotic objects."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

from ..modules import load_module


def compile_python(text: str, stem: str) -> dict[str, Callable[..., Any]]:
    """Import `text` and return the functions it defines, by name.

    Examples
    --------
    >>> compile_python("def triple(x):\\n    return 3 * x\\n", "triple")["triple"](4)
    12
    """
    return dict(defined_functions(load_module(stem, text)))


def defined_functions(module: ModuleType) -> dict[str, FunctionType]:
    """The functions that `module` itself defines, in order; what it imported is left out."""
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, FunctionType) and value.__globals__ is vars(module)
    }
