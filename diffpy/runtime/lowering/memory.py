"""`scratch` in compiled code: blocks of memory that go from call to call.

A block that is given back waits in one of a few places, each a word that threads exchange
atomically. Its first word is its size.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.imputils import impl_ret_new_ref
from numba.core.typing.templates import signature
from numba.extending import lower_builtin, type_callable
from numba.np.arrayobj import make_array, populate_array

from .. import memory
from .symbols import ADVISE, FREE, PLACES, REALLOC

_I64 = ir.IntType(64)
_BYTES = ir.IntType(8).as_pointer()
_ZERO = ir.Constant(_I64, 0)
_HEADER = ir.Constant(_I64, 64)  # keeps what follows on a cache line of its own
_LARGEST_PAGE = 1 << 16  # of the usual kind, on any processor: a multiple of all others


def _place(builder: Any, index: int) -> Any:
    module = builder.module
    if PLACES in module.globals:
        places = module.globals[PLACES]
    else:
        places = ir.GlobalVariable(module, ir.ArrayType(_I64, memory.KEPT_BLOCKS), PLACES)
    return builder.gep(places, [_ZERO, ir.Constant(_I64, index)], inbounds=True)


def _call_libc(builder: Any, name: str, result: Any, args: list[Any]) -> Any:
    kind = ir.FunctionType(result, [a.type for a in args])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), args)


def _helper(module: Any, name: str, result: Any, argument: Any) -> tuple[Any, Any | None]:
    """A function of this module, and a builder for its body unless it has one already."""
    if name in module.globals:
        return module.globals[name], None
    function = ir.Function(module, ir.FunctionType(result, [argument]), name)
    function.linkage = "linkonce_odr"
    function.attributes.add("noinline")
    return function, ir.IRBuilder(function.append_basic_block("entry"))


def ask_for_huge_pages(builder: Any, address: Any, nbytes: Any) -> None:
    """Tell the system that new memory will be filled, if it is large and the system listens."""
    if memory.c_advise is None:
        return
    large = ir.Constant(_I64, memory.ADVISED_BYTES)
    with builder.if_then(builder.icmp_unsigned(">=", nbytes, large), likely=False):
        up = builder.add(address, ir.Constant(_I64, _LARGEST_PAGE - 1))
        start = builder.and_(up, ir.Constant(_I64, -_LARGEST_PAGE))
        length = builder.sub(builder.add(address, nbytes), start)
        advice = ir.Constant(ir.IntType(32), memory.HUGE_PAGES)
        pointer = builder.inttoptr(start, _BYTES)
        _call_libc(builder, ADVISE, ir.IntType(32), [pointer, length, advice])


def _take_function(module: Any) -> Any:
    """``take(nbytes)``: a kept block that is large enough and not wasted, or a new one."""
    function, builder = _helper(module, "diffpy_scratch_take", _BYTES, _I64)
    if builder is None:
        return function
    (nbytes,) = function.args
    most = builder.shl(nbytes, ir.Constant(_I64, 2))
    for index in range(memory.KEPT_BLOCKS):
        place = _place(builder, index)
        waiting = builder.load_atomic(place, "monotonic", align=8)
        with builder.if_then(builder.icmp_signed("!=", waiting, _ZERO)):
            block = builder.atomic_rmw("xchg", place, _ZERO, "acq_rel")
            with builder.if_then(builder.icmp_signed("!=", block, _ZERO)):
                size = builder.load(builder.inttoptr(block, _I64.as_pointer()))
                fits = builder.icmp_unsigned(">=", size, nbytes)
                with builder.if_then(builder.and_(fits, builder.icmp_unsigned("<=", size, most))):
                    builder.ret(builder.inttoptr(block, _BYTES))
                other = builder.atomic_rmw("xchg", place, block, "acq_rel")
                _call_libc(builder, FREE, ir.VoidType(), [builder.inttoptr(other, _BYTES)])
    total = builder.add(nbytes, _HEADER)
    made = _call_libc(builder, REALLOC, _BYTES, [ir.Constant(_BYTES, None), total])
    with builder.if_then(cgutils.is_not_null(builder, made)):
        builder.store(nbytes, builder.bitcast(made, _I64.as_pointer()))
        ask_for_huge_pages(builder, builder.ptrtoint(made, _I64), total)
    builder.ret(made)
    return function


def _give_back_function(module: Any) -> Any:
    """``give_back(contents)``: keep the block where there is a place, or free it."""
    function, builder = _helper(module, "diffpy_scratch_give_back", ir.VoidType(), _BYTES)
    if builder is None:
        return function
    block = builder.sub(builder.ptrtoint(function.args[0], _I64), _HEADER)
    size = builder.load(builder.inttoptr(block, _I64.as_pointer()))
    with builder.if_then(builder.icmp_unsigned("<=", size, ir.Constant(_I64, memory.KEPT_BYTES))):
        for index in range(memory.KEPT_BLOCKS):
            place = _place(builder, index)
            waiting = builder.load_atomic(place, "monotonic", align=8)
            with builder.if_then(builder.icmp_signed("==", waiting, _ZERO)):
                swapped = builder.cmpxchg(place, _ZERO, block, "acq_rel", "monotonic")
                with builder.if_then(builder.extract_value(swapped, 1)):
                    builder.ret_void()
    _call_libc(builder, FREE, ir.VoidType(), [builder.inttoptr(block, _BYTES)])
    builder.ret_void()
    return function


@type_callable(memory.scratch)
def type_scratch(context: Any) -> Any:
    """Type ``scratch(shape, dtype)``."""

    def typer(shape: Any, dtype: Any) -> Any:
        if isinstance(shape, types.Integer):
            return signature(types.Array(dtype.dtype, 1, "C"), types.intp, dtype)
        whole = types.UniTuple(types.intp, len(shape))
        return signature(types.Array(dtype.dtype, len(shape), "C"), whole, dtype)

    return typer


@lower_builtin(memory.scratch, types.intp, types.Any)
@lower_builtin(memory.scratch, types.BaseTuple, types.Any)
def lower_scratch(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """An array on a block, which its last reference gives back."""
    one = isinstance(sig.args[0], types.Integer)
    shape = [args[0]] if one else cgutils.unpack_tuple(builder, args[0])
    itemsize = context.get_abi_sizeof(context.get_data_type(sig.return_type.dtype))
    nbytes: Any = ir.Constant(_I64, itemsize)
    for extent in shape:
        product = builder.smul_with_overflow(nbytes, extent)
        nbytes = builder.extract_value(product, 0)
        with builder.if_then(builder.extract_value(product, 1), likely=False):
            context.call_conv.return_user_exc(builder, ValueError, ("array is too big",))
    block = builder.call(_take_function(builder.module), [nbytes])
    with builder.if_then(cgutils.is_null(builder, block), likely=False):
        message = "no memory left for what the reverse sweep needs; see checkpoint="
        context.call_conv.return_user_exc(builder, MemoryError, (message,))
    contents = builder.gep(block, [_HEADER])
    meminfo = _managed(context, builder, contents)
    strides: list[Any] = [ir.Constant(_I64, itemsize)]
    for extent in shape[:0:-1]:
        strides.insert(0, builder.mul(strides[0], extent))
    array = make_array(sig.return_type)(context, builder)
    data = builder.bitcast(contents, array.data.type)
    populate_array(array, data, shape, strides, strides[-1], meminfo)
    return impl_ret_new_ref(context, builder, sig.return_type, array._getvalue())


def _managed(context: Any, builder: Any, contents: Any) -> Any:
    """numba's handle of memory that is given back when nobody refers to it any more."""
    give_back = builder.bitcast(_give_back_function(builder.module), _BYTES)
    manage = ir.FunctionType(_BYTES, [_BYTES, _BYTES]).as_pointer()
    table = builder.bitcast(context.nrt.get_nrt_api(builder), manage.as_pointer())
    function = builder.load(builder.gep(table, [ir.Constant(_I64, 2)]))
    return builder.call(function, [contents, give_back])
