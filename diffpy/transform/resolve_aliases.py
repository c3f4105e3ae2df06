"""Prepare a function in which one memory goes by several names for its reverse sweep.

    c = a if t else b         c[0] = x changes a or b: the shadow of c is one of theirs
    flat = a.reshape(9)       is it a view of a, or a copy?

Only where a program reads by one name what it wrote by another, and the sweep could not tell: then
reshapes are settled (`settle_views`), joins traced (`trace_joins`), and what is left is refused.
"""

from __future__ import annotations

from diffpy.errors import Place, UnsupportedSyntaxError
from diffpy.transform.analyse_activity import Activity
from diffpy.transform.analyse_aliases import Conflict, find_conflicts, shown
from diffpy.transform.analyse_storage import Storage, analyse_storage
from diffpy.transform.ir import Function, Instr, Line, Statement, Var
from diffpy.transform.settle_views import settle_views
from diffpy.transform.trace_joins import trace_joins


def resolve_aliases(function: Function, wrt: tuple[int, ...]) -> Function:
    """The function with its joins traced; an `UnsupportedSyntaxError` where that is impossible."""
    settled, conflicts = _settled(function)
    if not conflicts:
        return settled
    storage = analyse_storage(settled)
    active = Activity(function, wrt, storage)
    groups = {group for group in _groups(conflicts, storage) if group in active}
    traced = trace_joins(settled, storage, groups)
    conflicts = find_conflicts(traced, analyse_storage(traced), groups)
    if conflicts:
        raise _error(function, conflicts[0])
    return traced


def settle_conflicts(function: Function) -> Function:
    """The function with the reshapes settled of which it reads what it wrote by another name."""
    return _settled(function)[0]


def _settled(function: Function) -> tuple[Function, list[Conflict]]:
    """The function with its reshapes settled, and the conflicts that are left."""
    storage = analyse_storage(function)
    conflicts = find_conflicts(function, storage, set(storage.writes))
    if not conflicts:
        return function, []
    settled = settle_views(function, storage, _groups(conflicts, storage))
    storage = analyse_storage(settled)
    conflicts = find_conflicts(settled, storage, set(storage.writes))
    for conflict in conflicts:
        if any(_is_either(v, storage) for v in (conflict.used, conflict.written)):
            raise _error(function, conflict)  # compiled code may have a copy where NumPy has a view
    return settled, conflicts


def _is_either(v: Var, storage: Storage) -> bool:
    """Whether an array is shown by an operation that may copy, as `np.diag` and `broadcast_to`."""
    made = storage.makers.get(shown(v, storage))
    return isinstance(made, Instr) and made.primitive.view and not made.primitive.mirrored


def _groups(conflicts: list[Conflict], storage: Storage) -> set[Var]:
    return {storage.group(conflict.used) for conflict in conflicts}


def _error(function: Function, conflict: Conflict) -> UnsupportedSyntaxError:
    line = getattr(conflict.write, "line", None)
    used, written = (_named(v) for v in (conflict.used, conflict.written))
    at = "" if line is None else f" on line {line}"
    return UnsupportedSyntaxError(
        f"{used} shares memory with {written}, which was changed{at}",
        _place(function, conflict.use) or _place(function, conflict.write),
        "whether the two show the same elements is known only where they run",
        "take a copy where the two part: ….copy()",
    )


def _named(v: Var) -> str:
    return "an array" if v.temporary else f"`{v.name}`"


def _place(function: Function, statement: Statement | None) -> Place | None:
    line = getattr(statement, "line", None)
    if isinstance(line, Line):
        return line.place
    origin = function.origin
    if origin is None or line is None or line not in origin.lines:
        return None
    return Place(origin.filename, line, 0, None, origin.lines[line])
