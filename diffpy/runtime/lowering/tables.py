"""Tables in compiled code: what `diffpy.runtime.tables` says, compiled as it stands there."""

from __future__ import annotations

from numba.extending import register_jitable

from .. import tables

for _function in (
    tables.table_find,
    tables.table_place,
    tables.table_remove,
    tables.table_row,
    tables.table_enlarge,
    tables.table_rebuild,
):
    register_jitable(_function)
