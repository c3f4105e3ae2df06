"""What generated code calls, and the machinery that compiles and runs it.

Generated modules import bare names from here (``from diffpy.runtime import push_f8, unbroadcast``).
The same names run as plain Python and inside numba nopython code; numba itself is imported only
when :func:`register_overloads` is first called.
"""

from __future__ import annotations

from typing import Any

from .arrays import (
    add_at,
    add_to,
    argmax,
    argmax_axis,
    argmin,
    argmin_axis,
    broadcast_to,
    clip,
    concatenate,
    full,
    last_writes,
    matmul,
    max_all,
    max_axis,
    min_all,
    min_axis,
    outer_add,
    prod_axis,
    put,
    reshape,
    sum_axis,
    take,
    transpose,
    unbroadcast,
    where,
    zeros_like,
)
from .backends import compile_numba, compile_python
from .checked import (
    MATH,
    abs_i8,
    add_i8,
    check_bound,
    div,
    floordiv,
    int_f8,
    lshift_i8,
    math_log,
    mod,
    mul_i8,
    neg_i8,
    power,
    round_f8,
    round_ndigits,
    rshift_i8,
    sub_i8,
)
from .lists import (
    contiguous,
    insertion_point,
    list_add,
    list_add_array,
    list_add_slice,
    list_at,
    list_count,
    list_cut,
    list_delete,
    list_fill,
    list_find,
    list_from_array,
    list_get,
    list_of,
    list_put,
    list_put_back,
    list_rows,
    list_set,
    list_to_array,
    or_zeros,
    pop_list,
    push_list,
)
from .memory import scratch
from .modules import cache_directory, load_module
from .overloads import register_overloads
from .scipy_special import PREFIX, SIGNATURES, special_function
from .special import (
    all_axis,
    any_axis,
    cumprod_axis,
    cumsum_axis,
    digamma,
    heaviside,
    linear_recurrence,
    math_comb,
    math_factorial,
    math_isqrt,
    polygamma,
    real_power,
)
from .tape import (
    SLOTS,
    ListTape,
    StackTape,
    borrow_tape,
    return_tape,
    tape_mark,
    tape_truncate,
)

for _slot, (_push, _pop) in SLOTS.items():
    globals()[f"push_{_slot}"] = _push
    globals()[f"pop_{_slot}"] = _pop
globals().update({f"math_{name}": function for name, function in MATH.items()})


def __getattr__(name: str) -> Any:
    """SciPy's functions on demand; tell people what a typo means."""
    if name.startswith(PREFIX) and name.removeprefix(PREFIX) in SIGNATURES:
        return special_function(name.removeprefix(PREFIX))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "ListTape",
    "StackTape",
    "abs_i8",
    "add_at",
    "add_i8",
    "add_to",
    "all_axis",
    "any_axis",
    "argmax",
    "argmax_axis",
    "argmin",
    "argmin_axis",
    "borrow_tape",
    "broadcast_to",
    "cache_directory",
    "check_bound",
    "clip",
    "compile_numba",
    "compile_python",
    "concatenate",
    "contiguous",
    "cumprod_axis",
    "cumsum_axis",
    "digamma",
    "div",
    "floordiv",
    "full",
    "heaviside",
    "insertion_point",
    "int_f8",
    "last_writes",
    "linear_recurrence",
    "list_add",
    "list_add_array",
    "list_add_slice",
    "list_at",
    "list_count",
    "list_cut",
    "list_delete",
    "list_fill",
    "list_find",
    "list_from_array",
    "list_get",
    "list_of",
    "list_put",
    "list_put_back",
    "list_rows",
    "list_set",
    "list_to_array",
    "load_module",
    "lshift_i8",
    "math_comb",
    "math_factorial",
    "math_isqrt",
    "math_log",
    "matmul",
    "max_all",
    "max_axis",
    "min_all",
    "min_axis",
    "mod",
    "mul_i8",
    "neg_i8",
    "or_zeros",
    "outer_add",
    "polygamma",
    "pop_list",
    "power",
    "prod_axis",
    "push_list",
    "put",
    "real_power",
    "register_overloads",
    "reshape",
    "return_tape",
    "round_f8",
    "round_ndigits",
    "rshift_i8",
    "scratch",
    "sub_i8",
    "sum_axis",
    "take",
    "tape_mark",
    "tape_truncate",
    "transpose",
    "unbroadcast",
    "where",
    "zeros_like",
]
