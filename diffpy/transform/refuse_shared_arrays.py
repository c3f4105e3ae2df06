"""Refuse programs that write into an array that a list holds.

Arrays in a list are values for the reverse sweep: what was appended is what is read.

    us.append(u)                           us.append(u.copy())
    u += du                 refused        u += du                   allowed

>>> from diffpy.kinds import PY_FLOAT, PY_INT
>>> from diffpy.rules.containers import list_append
>>> from diffpy.rules.structural import store
>>> from diffpy.transform.ir import Block, Const, Instr
>>> us, u = Var("us", List(Array("float64", 1))), Var("u", Array("float64", 1))
>>> write = Instr(None, store, (u, Const(0.0, PY_FLOAT), Const(0, PY_INT)), (("pattern", ("i",)),))
>>> body = Block((Instr(None, list_append, (us, u)), write))
>>> refuse_shared_arrays(Function("f", (us, u), body))
Traceback (most recent call last):
    ...
diffpy.errors.UnsupportedSyntaxError: `u` is changed, and it may be in a list
a list holds the array itself, which would change with it
instead: put a copy into the list: u.copy()
"""

from __future__ import annotations

from diffpy.errors import Place, UnsupportedSyntaxError
from diffpy.kinds import Array, List
from diffpy.rules.containers import list_to_array
from diffpy.transform.analyse_storage import analyse_storage
from diffpy.transform.ir import (
    Atom,
    Call,
    Function,
    Instr,
    Statement,
    Var,
    called_functions,
    operands,
    targets,
    walk,
)


def refuse_shared_arrays(entry: Function) -> None:
    """Raise `UnsupportedSyntaxError` if an array in a list may be written into.

    To be called for the user's own program; derivatives of it keep to the rule by themselves.
    """
    for function in called_functions(entry):
        _check(function)


def _check(function: Function) -> None:
    statements = list(walk(function.body))
    involved = [s for s in statements if any(map(_holds_arrays, (*operands(s), *targets(s))))]
    if not involved:
        return
    storage = analyse_storage(function)
    shared: set[Var] = set()
    for s in involved:
        copies = isinstance(s, Instr) and s.primitive is list_to_array
        if isinstance(s, Instr | Call) and not copies:
            arrays = [a for a in (*s.args, *targets(s)) if isinstance(a.kind, Array)]
            shared.update(storage.group(a) for a in arrays if isinstance(a, Var))
    for s in statements:
        for v in storage.written_by[s]:
            if storage.group(v) in shared:
                raise UnsupportedSyntaxError(
                    f"`{v.name}` is changed, and it may be in a list",
                    _place(function, s),
                    "a list holds the array itself, which would change with it",
                    f"put a copy into the list: {v.name}.copy()",
                )


def _holds_arrays(atom: Atom) -> bool:
    return isinstance(atom.kind, List) and isinstance(atom.kind.item, Array)


def _place(function: Function, statement: Statement) -> Place | None:
    origin, line = function.origin, getattr(statement, "line", None)
    if origin is None or line is None or line not in origin.lines:
        return None
    return Place(origin.filename, line, 0, None, origin.lines[line])
