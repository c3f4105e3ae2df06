"""Ask, where the program runs, whether a reshape is a view or a copy.

                                  if reshapes_in_place(a, (9,)):
    flat = a.reshape(9)     ->        flat = a.reshape(9)           # a view
                                  else:
                                      flat = a.copy().reshape(9)

This is for programs that store through one of the names and read the other. The reverse sweep then
knows whether the two have one shadow. The reshape of an array that was just made (`np.zeros`) is
known to be a view.
"""

from __future__ import annotations

from dataclasses import replace

from diffpy.kinds import PY_BOOL
from diffpy.rules.structural import copy, empty, index, ones, zeros
from diffpy.rules.views import (
    contiguous,
    is_contiguous,
    ravel,
    reshape,
    reshape_copy,
    reshape_view,
    reshapes,
)
from diffpy.transform.analyse_storage import Storage
from diffpy.transform.ir import Block, Call, For, Function, If, Instr, Statement, Var, While

_IN_ORDER_OF_C = (zeros, empty, ones, copy)


def settle_views(function: Function, storage: Storage, groups: set[Var]) -> Function:
    """The function with reshapes of arrays of some groups made views or copies."""
    return replace(function, body=_Settler(storage, groups).block(function.body))


class _Settler:
    def __init__(self, storage: Storage, groups: set[Var]) -> None:
        self._storage = storage
        self._groups = groups

    def block(self, block: Block) -> Block:
        return Block(tuple(t for s in block.statements for t in self._settled(s)), block.yields)

    def _settled(self, s: Statement) -> list[Statement]:
        match s:
            case Instr(target=Var() as target) if s.primitive in (reshape, ravel, contiguous):
                if self._storage.group(target) not in self._groups:
                    return [s]
                return self._decided(s)
            case Instr() | Call():
                return [s]
            case If():
                return [replace(s, then=self.block(s.then), orelse=self.block(s.orelse))]
            case For() | While():
                return [replace(s, body=self.block(s.body))]

    def _decided(self, s: Instr) -> list[Statement]:
        target, array = s.target, s.args[0]
        assert target is not None and isinstance(array, Var)
        if s.primitive is not contiguous and self._is_in_order(array):
            return [replace(s, primitive=reshape_view, static=(("sure", True),))]
        test = Var("shared", PY_BOOL, True)
        if s.primitive is contiguous:
            asked = Instr(test, is_contiguous, (array,), (), s.line)
            copied = Var(target.name, target.kind)
            orelse = Block((Instr(copied, copy, (array,), (), s.line),), (copied,))
            return [asked, If(test, Block((), (array,)), orelse, (target,), s.line)]
        if s.primitive is reshape:
            asked = Instr(test, reshapes, s.args, (), s.line)
        else:
            asked = Instr(test, is_contiguous, (array,), (), s.line)
        view, copied = Var(target.name, target.kind), Var(target.name, target.kind)
        shown = Instr(view, reshape_view, s.args, (("sure", False),), s.line)
        made = Instr(copied, reshape_copy, s.args, (), s.line)
        arms = Block((shown,), (view,)), Block((made,), (copied,))
        return [asked, If(test, *arms, (target,), s.line)]

    def _is_in_order(self, array: Var) -> bool:
        """Whether an array is new, or a row of a new one."""
        made = self._storage.makers.get(array)
        while isinstance(made, Instr) and made.primitive is index:
            if any(code not in "ie" for code in made.options["pattern"]):
                return False
            source = made.args[0]
            assert isinstance(source, Var)
            made = self._storage.makers.get(source)
        return isinstance(made, Instr) and made.primitive in _IN_ORDER_OF_C
