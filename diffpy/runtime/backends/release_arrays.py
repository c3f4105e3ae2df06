"""Let arrays go when an exception leaves compiled code.

numba does so only where a function returns: an exception leaks every array that the function holds.
Here all ways out with an error lead through one block, which releases what the variables hold then.
A variable that holds an array has a place on the stack, which is zero before it is assigned and
after it is deleted, so that the block need not know how it was reached.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core.callconv import RETCODE_NONE, RETCODE_OK, RETCODE_STOPIT, CPUCallConv
from numba.core.lowering import Lower

_CODE = ir.IntType(32)


class ReleasingCallConv(CPUCallConv):
    """How the function that `lower` lowers ends; others, made meanwhile, have other builders."""

    def __init__(self, context: Any, lower: Any) -> None:
        super().__init__(context)
        self._lower = lower

    def _is_ours(self, builder: Any) -> bool:
        return builder is getattr(self._lower, "builder", None)

    def _return_errcode_raw(self, builder: Any, code: Any) -> None:
        if code in (RETCODE_OK, RETCODE_NONE, RETCODE_STOPIT) or not self._is_ours(builder):
            super()._return_errcode_raw(builder, code)
        else:
            self._lower.leave(ir.Constant(_CODE, code) if isinstance(code, int) else code)


class ReleasingLower(Lower):
    """Lowers one function; its context has the call convention above."""

    def init(self) -> None:
        super().init()
        self._leaving: list[tuple[Any, Any]] = []
        self._way_out: Any = None

    def leave(self, code: Any) -> None:
        """End the function with the code of an error, at the end of the present block."""
        if self._way_out is None:
            self._way_out = self.function.append_basic_block("way_out")
        self._leaving.append((code, self.builder.block))
        self.builder.branch(self._way_out)

    def lower_function_body(self) -> Any:
        entry = super().lower_function_body()
        if self._way_out is not None:
            self.builder.position_at_end(self._way_out)
            code = self.builder.phi(_CODE)
            for each, block in self._leaving:
                code.add_incoming(each, block)
            for name, place in self.varmap.items():
                if self._holds_memory(name):
                    held = self.builder.load(place)
                    self.context.nrt.decref(self.builder, self.typeof(name), held)
            self.builder.ret(code)
        return entry

    def _find_singly_assigned_variable(self) -> None:
        """Which variables need no place on the stack."""
        super()._find_singly_assigned_variable()
        names = self._singly_assigned_vars
        self._singly_assigned_vars = {name for name in names if not self._holds_memory(name)}

    def _holds_memory(self, name: str) -> bool:
        return bool(self.context.data_model_manager[self.typeof(name)].contains_nrt_meminfo())
