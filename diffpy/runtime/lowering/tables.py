"""Tables in compiled code: what `diffpy.runtime.tables` says, compiled as it stands there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba.extending import overload

from .. import tables


def _compile_as_it_is(function: Callable[..., Any]) -> None:
    """Let compiled code call a function of the runtime whose Python numba compiles."""
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    typing: dict[str, Any] = {"function": function}
    exec(f"def typed({', '.join(names)}): return function", typing)
    overload(function)(typing["typed"])


for _function in (
    tables.table_find,
    tables.table_place,
    tables.table_remove,
    tables.table_row,
    tables.table_enlarge,
    tables.table_rebuild,
):
    _compile_as_it_is(_function)
