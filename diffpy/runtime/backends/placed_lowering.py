"""Compile functions whose exceptions say where they come from.

numba knows the place only of a ``raise`` statement; what its own operations raise (an index out of
bounds), and what comes out of a call, has none. Here both are told. All of it stands where an
exception is on its way already, so code that does not fail is as fast as before.
"""

from __future__ import annotations

import functools
from typing import Any

from llvmlite import ir
from llvmlite.ir.instructions import (
    ConditionalBranch,
    ExtractValue,
    ICMPInstr,
    Instruction,
    SelectInstr,
)
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import register_pass
from numba.core.cpu import CPUContext
from numba.core.lowering import Lower
from numba.core.typed_passes import BaseNativeLowering, NativeLowering

from ..lowering.symbols import NOTE_BOUNDS, NOTE_FAILURE
from .release_arrays import ReleasingCallConv, ReleasingLower
from .share_expressions import (
    Form,
    call_shared,
    form_of,
    lower_array_expression,
    repeated_forms,
)

_I64 = ir.IntType(64)
_NUMBAS_INDEX_ERROR = ("index is out of bounds",)


class _Place:
    """A location that is told its function, which numba would look for in the file."""

    def __init__(self, filename: str, line: int, function: str) -> None:
        self.filename, self.line = filename, line
        self._function = function

    def _raw_function_name(self) -> str:
        return self._function


class PlacedCallConv(ReleasingCallConv):
    """How a function ends, with the place where it fails.

    One object serves the lowering of one function; code that is made meanwhile for functions of
    numba's is known by its builder, and has no place.
    """

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
            if exc is IndexError and exc_args == _NUMBAS_INDEX_ERROR:
                _note_bounds(builder)
        super().return_user_exc(builder, exc, exc_args, loc, func_name)

    def return_status_propagate(self, builder: Any, status: Any) -> None:
        if self._is_ours(builder):
            _call(builder, NOTE_FAILURE, ir.Constant(_I64, self._lower.loc.line))
        super().return_status_propagate(builder, status)


def _call(builder: Any, name: str, *numbers: Any) -> None:
    """Call a function of the runtime that takes notes."""
    function = builder.module.globals.get(name)
    if function is None:
        kind = ir.FunctionType(ir.VoidType(), [_I64] * len(numbers))
        function = ir.Function(builder.module, kind, name)
        function.attributes.add("cold")
        function.attributes.add("nounwind")
    builder.call(function, numbers)


def _note_bounds(builder: Any) -> None:
    """Note index, axis and size, where the test that led here is one that numba writes.

    That is ``index >= size``, or ``index < 0`` of an index that was counted from the end before:
    ``select(i < 0, size + i, i)``.
    """
    test = _test_before(builder)
    if test is None:
        return
    index, size = test.operands
    if test.op == "slt":
        if not isinstance(index, SelectInstr):
            return
        _, wrapped, index = index.operands
        added = wrapped.operands if isinstance(wrapped, Instruction) else ()
        size = next((operand for operand in added if operand is not index), None)
    if isinstance(size, ExtractValue) and index.type == size.type == _I64:
        _call(builder, NOTE_BOUNDS, index, ir.Constant(_I64, size.indices[0]), size)


def _test_before(builder: Any) -> Any:
    """The comparison upon which control comes to the block that is written."""
    for block in reversed(builder.function.blocks):
        branch = block.terminator
        if isinstance(branch, ConditionalBranch) and branch.operands[1] is builder.block:
            test = branch.operands[0]
            return test if isinstance(test, ICMPInstr) else None
    return None


class PlacedContext(CPUContext):
    """The context of the lowering of one function, with the call convention above."""

    lower: PlacedLower
    plain: CPUContext  # numba's own

    @property
    def call_conv(self) -> PlacedCallConv:
        return PlacedCallConv(self, self.lower)


class PlacedLower(ReleasingLower):
    """Lowers one function; its call convention knows which statement that is at."""

    loc: Any

    @functools.cached_property
    def repeated(self) -> frozenset[Form]:
        """What becomes calls of one function."""
        return repeated_forms(self)

    def init(self) -> None:
        super().init()
        context = object.__new__(PlacedContext)
        vars(context).update(vars(self.context))
        context.lower = self
        context.plain = self.context
        context.special_ops = {**context.special_ops, "arrayexpr": lower_array_expression}
        self.context = context

    def lower_getitem(self, resty: Any, expr: Any, value: Any, index: Any, signature: Any) -> Any:
        form = form_of(self, expr)
        if form is None or form not in self.repeated:
            return super().lower_getitem(resty, expr, value, index, signature)
        found = call_shared(self, form, (value, index))
        return self.context.cast(self.builder, found, signature.return_type, resty)


@register_pass(mutates_CFG=True, analysis_only=False)
class PlacedLowering(BaseNativeLowering):
    """numba's lowering with places."""

    _name = "diffpy_placed_lowering"  # type: ignore[assignment]

    @property
    def lowering_class(self) -> type[Lower]:
        return PlacedLower


class PlacedCompiler(CompilerBase):
    """numba's nopython compiler with places."""

    def define_pipelines(self) -> list[Any]:
        pipeline = DefaultPassBuilder.define_nopython_pipeline(self.state)
        pipeline.add_pass_after(PlacedLowering, NativeLowering)
        pipeline.passes.remove(next(p for p in pipeline.passes if p[0] is NativeLowering))
        pipeline.finalize()
        return [pipeline]
