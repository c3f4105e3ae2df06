"""Teach numba the runtime's functions, once, when the numba backend is first used.

The functions themselves are plain Python in `tape`, `checked` and `arrays`; `lowering/` mirrors
those files and says what the same names mean in nopython code.
"""

from __future__ import annotations

import importlib
import threading

_lock = threading.RLock()
_registered = False

_LOWERINGS = (
    "tape",
    "memory",
    "checked",
    "powers",
    "reductions",
    "indexing",
    "stores",
    "lists",
    "tables",
    "broadcasting",
    "linalg",
    "special",
    "scipy_special",
    "views",
)


def register_overloads() -> None:
    """Register the nopython meaning of every runtime function; idempotent and thread-safe."""
    global _registered
    if _registered:
        return
    with _lock:
        for name in _LOWERINGS:
            importlib.import_module(f"{__package__}.lowering.{name}")
        _registered = True
