"""Let arrays go when an exception leaves compiled code.

numba does so only where a function returns: an exception leaks every array that the function holds.
Here all ways out with an error lead through one block, which releases what the variables hold then.
For that, the function keeps a list on its stack of the memory that its variables hold:

    x = np.zeros(n)     held[0] = memory of x
    y = x * a           held[1] = memory of y
    del x               held[0] = NULL, and the next variable takes this place
    way out             release(held[0]), release(held[1]), ...

The block need not know how it was reached, and it reads the list in a loop on purpose: LLVM would
make values of single places, and hundreds of values that come from hundreds of ways take minutes.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils
from numba.core.callconv import RETCODE_NONE, RETCODE_OK, RETCODE_STOPIT, CPUCallConv
from numba.core.lowering import Lower

_CODE = ir.IntType(32)
_INDEX = ir.IntType(64)
_MEMORY = cgutils.voidptr_t


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
        self._held: Any = None  # the list on the stack, once it is needed
        self._length = ir.Constant(_INDEX, 0)  # grows until the function is written
        self._free: list[Any] = []
        self._places: dict[str, list[Any]] = {}

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
            if self._held is not None:
                self._release_all()
            self.builder.ret(code)
        return entry

    def _release_all(self) -> None:
        builder = self.builder
        kind = ir.FunctionType(ir.VoidType(), [_MEMORY])
        release = cgutils.get_or_insert_function(self.module, kind, "NRT_decref")
        with cgutils.for_range(builder, self._length) as loop:
            builder.call(release, [builder.load(builder.gep(self._held, [loop.index]))])

    def storevar(self, value: Any, name: str, argidx: int | None = None) -> None:
        super().storevar(value, name, argidx)
        held = self.context.nrt.get_meminfos(self.builder, self.typeof(name), value)
        places = self._places.setdefault(name, [])
        while len(places) < len(held):
            places.append(self._free.pop() if self._free else self._new_place())
        for place, (_, memory) in zip(places, held, strict=True):
            self.builder.store(memory, place)

    def delvar(self, name: str) -> None:
        # A variable of one block is not met again; others may be stored to wherever they are read.
        for_good = name in self._blk_local_varmap
        super().delvar(name)
        places = self._places.pop(name, []) if for_good else self._places.get(name, [])
        for place in places:
            self.builder.store(ir.Constant(_MEMORY, None), place)
        if for_good:
            self._free += places

    def _new_place(self) -> Any:
        """A place in the list, which is empty when the function starts."""
        with self.builder.goto_entry_block():
            if self._held is None:
                self._held = self.builder.alloca(_MEMORY, size=self._length)
                size = self.context.get_abi_sizeof(_MEMORY)
                cgutils.memset(
                    self.builder,
                    self._held,
                    self.builder.mul(self._length, ir.Constant(_INDEX, size)),
                    0,
                )
            place = self.builder.gep(self._held, [ir.Constant(_INDEX, self._length.constant)])
        self._length.constant += 1
        return place
