"""Libraries that are only needed for looking: imported late, and missed with a clear message."""

from __future__ import annotations

import importlib
from types import ModuleType


def require(module: str, purpose: str) -> ModuleType:
    """A module of the extra `display`.

    Raises
    ------
    ImportError
        If it is not installed; says how to install it.

    Examples
    --------
    >>> require("no_such_library", "painting")
    Traceback (most recent call last):
    ImportError: painting needs no_such_library, which is not installed
    instead: pip install "diffpy[display]"
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        library = module.partition(".")[0]
        if error.name is not None and error.name.partition(".")[0] != library:
            raise  # it is there, and something that it needs itself is not
        raise ImportError(
            f"{purpose} needs {library}, which is not installed\n"
            'instead: pip install "diffpy[display]"',
            name=library,
        ) from error
