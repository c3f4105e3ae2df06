"""Compile functions whose exceptions say where they come from.

numba knows the place only of a ``raise`` statement; what its own operations raise (an index out of
bounds), and what comes out of a call, has none. Here both are told. All of it stands where an
exception is on its way already, so code that does not fail is as fast as before.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.callconv import CPUCallConv
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import register_pass
from numba.core.cpu import CPUContext
from numba.core.lowering import Lower
from numba.core.typed_passes import BaseNativeLowering, NativeLowering

from ..lowering.symbols import NOTE_FAILURE


class _Place:
    """A location that is told its function, which numba would look for in the file."""

    def __init__(self, filename: str, line: int, function: str) -> None:
        self.filename, self.line = filename, line
        self._function = function

    def _raw_function_name(self) -> str:
        return self._function


class PlacedCallConv(CPUCallConv):
    """How a function ends, with the place where it fails.

    One object serves the lowering of one function; code that is made meanwhile for functions of
    numba's is known by its builder, and has no place.
    """

    def __init__(self, context: Any, lower: PlacedLower) -> None:
        super().__init__(context)
        self._lower = lower

    def _is_ours(self, builder: Any) -> bool:
        return builder is getattr(self._lower, "builder", None)

    def return_user_exc(
        self,
        builder: Any,
        exc: Any,
        exc_args: Any = None,
        loc: Any = None,
        func_name: str | None = None,
    ) -> None:
        if self._is_ours(builder):
            func_name = self._lower.func_ir.func_id.func_name
            loc = _Place(self._lower.loc.filename, self._lower.loc.line, func_name)
        super().return_user_exc(builder, exc, exc_args, loc, func_name)

    def return_status_propagate(self, builder: Any, status: Any) -> None:
        if self._is_ours(builder):
            number = self.context.get_constant(types.int64, self._lower.loc.line)
            kind = ir.FunctionType(ir.VoidType(), [number.type])
            function = builder.module.globals.get(NOTE_FAILURE)
            if function is None:
                function = ir.Function(builder.module, kind, NOTE_FAILURE)
                function.attributes.add("cold")
                function.attributes.add("nounwind")
            builder.call(function, [number])
        super().return_status_propagate(builder, status)


class PlacedContext(CPUContext):
    """The context of the lowering of one function, with the call convention above."""

    lower: PlacedLower

    @property
    def call_conv(self) -> PlacedCallConv:
        return PlacedCallConv(self, self.lower)


class PlacedLower(Lower):
    """Lowers one function; its call convention knows which statement that is at."""

    def init(self) -> None:
        super().init()
        context = object.__new__(PlacedContext)
        vars(context).update(vars(self.context))
        context.lower = self
        self.context = context


@register_pass(mutates_CFG=True, analysis_only=False)
class PlacedLowering(BaseNativeLowering):
    """numba's lowering with places."""

    _name = "diffpy_placed_lowering"

    @property
    def lowering_class(self) -> type[Lower]:
        return PlacedLower


class PlacedCompiler(CompilerBase):
    """numba's nopython compiler with places."""

    def define_pipelines(self) -> list[Any]:
        pipeline = DefaultPassBuilder.define_nopython_pipeline(self.state, "diffpy")
        pipeline.add_pass_after(PlacedLowering, NativeLowering)
        pipeline.passes.remove(next(p for p in pipeline.passes if p[0] is NativeLowering))
        pipeline.finalize()
        return [pipeline]
