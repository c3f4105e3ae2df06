"""Tape slots in compiled code, written as LLVM instructions.

Not `@overload`: an overload is a function to be typed and compiled on first use (50 ms and more),
these are a dozen instructions at the call site.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.imputils import impl_ret_new_ref
from numba.core.typing.templates import signature
from numba.extending import lower_builtin, type_callable
from numba.np import numpy_support
from numba.np.arrayobj import _empty_nd_impl, make_array

from .. import tape as tapes
from .memory import ask_for_huge_pages
from .symbols import REALLOC

_I64 = ir.IntType(64)
_BYTES = ir.IntType(8).as_pointer()
_FIRST_BYTES = 4096


def _field(builder: Any, handle: Any, index: int) -> Any:
    block = builder.inttoptr(handle, _I64.as_pointer())
    return builder.gep(block, [ir.Constant(_I64, index)], inbounds=True)


def _mark(builder: Any, access: Any, part: str) -> Any:
    """Tell LLVM that a load or store is of a tape's control block, or of its contents.

    The two never overlap, so that several slots in a row need the control block only once.
    """
    module = builder.module
    domain = module.add_metadata([ir.MetaDataString(module, "diffpy tape")])
    control, contents = (
        module.add_metadata([module.add_metadata([ir.MetaDataString(module, name), domain])])
        for name in ("diffpy tape control", "diffpy tape contents")
    )
    own, other = (control, contents) if part == "control" else (contents, control)
    access.set_metadata("alias.scope", own)
    access.set_metadata("noalias", other)
    return access


def _load_field(builder: Any, handle: Any, index: int) -> Any:
    return _mark(builder, builder.load(_field(builder, handle, index)), "control")


def _store_cursor(builder: Any, handle: Any, cursor: Any) -> None:
    _mark(builder, builder.store(cursor, _field(builder, handle, 0)), "control")


def _grow_function(module: Any) -> Any:
    """``bool grow(handle, nbytes)``: make room for `nbytes` more, False if there is no memory."""
    name = "diffpy_tape_grow"
    if name in module.globals:
        return module.globals[name]
    function = ir.Function(module, ir.FunctionType(ir.IntType(1), [_I64, _I64]), name)
    function.linkage = "linkonce_odr"
    function.attributes.add("noinline")
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    handle, nbytes = function.args
    cur, end, base = (builder.load(_field(builder, handle, i)) for i in range(3))
    used = builder.sub(cur, base)
    size = builder.add(used, nbytes)
    for candidate in (
        builder.shl(builder.sub(end, base), ir.Constant(_I64, 1)),
        ir.Constant(_I64, _FIRST_BYTES),
    ):
        larger = builder.icmp_unsigned(">", candidate, size)
        size = builder.select(larger, candidate, size)
    realloc = cgutils.get_or_insert_function(
        module, ir.FunctionType(_BYTES, [_BYTES, _I64]), REALLOC
    )
    moved = builder.call(realloc, [builder.inttoptr(base, _BYTES), size])
    with builder.if_then(cgutils.is_null(builder, moved), likely=False):
        builder.ret(ir.Constant(ir.IntType(1), 0))
    start = builder.ptrtoint(moved, _I64)
    ask_for_huge_pages(builder, start, size)
    for index, value in enumerate((builder.add(start, used), builder.add(start, size), start)):
        builder.store(value, _field(builder, handle, index))
    builder.ret(ir.Constant(ir.IntType(1), 1))
    return function


def _reserve(context: Any, builder: Any, handle: Any, nbytes: Any) -> Any:
    """Advance the cursor by `nbytes`, growing where needed; the address of the new room."""
    cur = _load_field(builder, handle, 0)
    end = _load_field(builder, handle, 1)
    full = builder.icmp_unsigned(">", builder.add(cur, nbytes), end)
    checked = builder.block
    with builder.if_then(full, likely=False):
        done = builder.call(_grow_function(builder.module), [handle, nbytes])
        with builder.if_then(builder.not_(done), likely=False):
            message = "no memory left for what the reverse sweep needs; see checkpoint="
            context.call_conv.return_user_exc(builder, MemoryError, (message,))
        moved = _load_field(builder, handle, 0)
        grown = builder.block
    room = builder.phi(_I64)
    room.add_incoming(cur, checked)
    room.add_incoming(moved, grown)
    _store_cursor(builder, handle, builder.add(room, nbytes))
    return room


def _register_scalar_slot(code: str, push: Callable[..., None], pop: Callable[..., Any]) -> None:
    slot = numpy_support.from_dtype(np.dtype(code))
    step = ir.Constant(_I64, max(8, np.dtype(code).itemsize))

    @type_callable(push)
    def type_push(context: Any) -> Any:
        def typer(tape: Any, x: Any) -> Any:
            # The signature makes numba cast x to the slot: a push converts.
            fits = isinstance(x, (types.Number, types.Boolean))
            narrows = isinstance(x, types.Complex) and not isinstance(slot, types.Complex)
            if isinstance(tape, types.Integer) and fits and not narrows:
                return signature(types.none, types.intp, slot)
            return None

        return typer

    @lower_builtin(push, types.intp, slot)
    def lower_push(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        handle, value = args
        room = _reserve(context, builder, handle, step)
        stored = context.data_model_manager[slot].as_data(builder, value)
        place = builder.inttoptr(room, stored.type.as_pointer())
        _mark(builder, builder.store(stored, place, align=8), "contents")
        return context.get_dummy_value()

    @type_callable(pop)
    def type_pop(context: Any) -> Any:
        def typer(tape: Any) -> Any:
            return signature(slot, types.intp) if isinstance(tape, types.Integer) else None

        return typer

    @lower_builtin(pop, types.intp)
    def lower_pop(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        room = builder.sub(_load_field(builder, args[0], 0), step)
        _store_cursor(builder, args[0], room)
        model = context.data_model_manager[slot]
        place = builder.inttoptr(room, model.get_data_type().as_pointer())
        stored = _mark(builder, builder.load(place, align=8), "contents")
        return model.from_data(builder, stored)


def _array_bytes(builder: Any, shape: list[Any], itemsize: int) -> tuple[Any, Any]:
    """Number of bytes of the contents, and the same rounded up to whole words."""
    size = ir.Constant(_I64, itemsize)
    for extent in shape:
        size = builder.mul(size, extent)
    padded = builder.and_(builder.add(size, ir.Constant(_I64, 7)), ir.Constant(_I64, -8))
    return size, padded


def _copy_in(context: Any, builder: Any, source: Any, value: Any, slot: Any, room: Any) -> None:
    """Write the contents of an array of any layout and dtype to `room`, in C order."""
    array = make_array(source)(context, builder, value)
    shape = cgutils.unpack_tuple(builder, array.shape, source.ndim)
    data = context.get_data_type(slot)
    target = builder.inttoptr(room, data.as_pointer())
    if source.dtype == slot and source.layout == "C":
        itemsize = context.get_abi_sizeof(data)
        cgutils.raw_memcpy(builder, target, array.data, array.nitems, itemsize)
        return
    with cgutils.loop_nest(builder, shape, _I64) as indices:
        offset: Any = ir.Constant(_I64, 0)
        for index, extent in zip(indices, shape, strict=True):
            offset = builder.add(builder.mul(offset, extent), index)
        item = cgutils.get_item_pointer(context, builder, source, array, indices)
        loaded = context.unpack_value(builder, source.dtype, item)
        converted = context.cast(builder, loaded, source.dtype, slot)
        context.pack_value(builder, slot, converted, builder.gep(target, [offset]))


def _register_array_slot(
    code: str, ndim: int, push: Callable[..., None], pop: Callable[..., Any]
) -> None:
    slot = numpy_support.from_dtype(np.dtype(code))
    fresh = types.Array(slot, ndim, "C")
    itemsize = np.dtype(code).itemsize

    @type_callable(push)
    def type_push(context: Any) -> Any:
        def typer(tape: Any, a: Any) -> Any:
            if not isinstance(tape, types.Integer) or not isinstance(a, types.Array):
                return None
            fits = isinstance(a.dtype, (types.Number, types.Boolean)) and a.ndim == ndim
            narrows = isinstance(a.dtype, types.Complex) and not isinstance(slot, types.Complex)
            return signature(types.none, types.intp, a) if fits and not narrows else None

        return typer

    @lower_builtin(push, types.intp, types.Array)
    def lower_push(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        handle, value = args
        array = make_array(sig.args[1])(context, builder, value)
        shape = cgutils.unpack_tuple(builder, array.shape, ndim)
        _, padded = _array_bytes(builder, shape, itemsize)
        total = builder.add(padded, ir.Constant(_I64, 8 * ndim))
        room = _reserve(context, builder, handle, total)
        _copy_in(context, builder, sig.args[1], value, slot, room)
        words = builder.inttoptr(builder.add(room, padded), _I64.as_pointer())
        for axis, extent in enumerate(shape):
            builder.store(extent, builder.gep(words, [ir.Constant(_I64, axis)]))
        return context.get_dummy_value()

    @type_callable(pop)
    def type_pop(context: Any) -> Any:
        def typer(tape: Any) -> Any:
            return signature(fresh, types.intp) if isinstance(tape, types.Integer) else None

        return typer

    @lower_builtin(pop, types.intp)
    def lower_pop(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        cursor = _field(builder, args[0], 0)
        words = builder.sub(builder.load(cursor), ir.Constant(_I64, 8 * ndim))
        pointer = builder.inttoptr(words, _I64.as_pointer())
        shape = [
            builder.load(builder.gep(pointer, [ir.Constant(_I64, axis)])) for axis in range(ndim)
        ]
        size, padded = _array_bytes(builder, shape, itemsize)
        room = builder.sub(words, padded)
        array = _empty_nd_impl(context, builder, fresh, shape)
        source = builder.inttoptr(room, array.data.type)
        cgutils.raw_memcpy(builder, array.data, source, size, 1)
        builder.store(room, cursor)
        return impl_ret_new_ref(context, builder, fresh, array._getvalue())


for _slot in tapes.COMPILED_SLOTS:
    _push, _pop = tapes.SLOTS[_slot]
    _code, _, _dims = _slot.partition("_")
    if _dims:
        _register_array_slot(_code, int(_dims[:-1]), _push, _pop)
    else:
        _register_scalar_slot(_code, _push, _pop)


@type_callable(tapes.tape_mark)
def type_mark(context: Any) -> Any:
    """Type ``tape_mark(handle)``."""
    return lambda tape: signature(types.intp, types.intp)


@lower_builtin(tapes.tape_mark, types.intp)
def lower_mark(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """Height of the tape in bytes."""
    cur, base = (builder.load(_field(builder, args[0], i)) for i in (0, 2))
    return builder.sub(cur, base)


@type_callable(tapes.tape_truncate)
def type_truncate(context: Any) -> Any:
    """Type ``tape_truncate(handle, mark)``."""
    return lambda tape, mark: signature(types.none, types.intp, types.intp)


@lower_builtin(tapes.tape_truncate, types.intp, types.intp)
def lower_truncate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """Put the cursor back to a mark."""
    handle, mark = args
    base = builder.load(_field(builder, handle, 2))
    builder.store(builder.add(base, mark), _field(builder, handle, 0))
    return context.get_dummy_value()
