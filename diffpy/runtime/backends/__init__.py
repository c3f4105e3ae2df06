"""The backends: each turns the text of a generated module into callables."""

from __future__ import annotations

from .numba import compile_numba
from .python import compile_python

__all__ = ["compile_numba", "compile_python"]
