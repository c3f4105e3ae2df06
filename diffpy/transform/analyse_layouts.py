"""Whether what a function does to its arguments depends on how their elements lie in memory.

    flat = m.reshape(9)      a view of `m` in the order of C, a copy in Fortran's
    flat[0] = x              is this a store into `m`?
    return np.sum(m)

The order goes on from the arguments to what is computed of them, such as ``2 * m``. Programs take
arrays in the order of C. Where the function may do something else with the caller's, that must be
known before it is called.
"""

from __future__ import annotations

from diffpy.rules.structural import empty, ones, zeros
from diffpy.rules.views import contiguous, ravel, reshape
from diffpy.transform.analyse_aliases import find_conflicts
from diffpy.transform.analyse_storage import analyse_storage
from diffpy.transform.ir import Function, Instr, Var, called_functions, walk

_VIEWS_OR_COPIES = (reshape, ravel, contiguous)
_IN_ORDER = (zeros, empty, ones)


def depends_on_layout(function: Function) -> bool:
    """Whether anything is read by one name, and written by another that may be a copy."""
    return any(map(_has_conflict, called_functions(function)))


def _has_conflict(function: Function) -> bool:
    operations = [s for s in walk(function.body) if isinstance(s, Instr)]
    in_order = {s.target for s in operations if s.primitive in _IN_ORDER}
    shown = [
        s.args[0]
        for s in operations
        if s.primitive in _VIEWS_OR_COPIES and s.args[0] not in in_order
    ]
    if not shown:
        return False
    storage = analyse_storage(function)
    conflicts = find_conflicts(function, storage, set(storage.writes))
    groups = {storage.group(conflict.used) for conflict in conflicts}
    return any(isinstance(array, Var) and storage.group(array) in groups for array in shown)
