"""Views that depend on the layout of an array, taken apart: the question, the view, the copy.

`transform/settle_views.py` puts them in the place of a reshape that may be either.
"""

from __future__ import annotations

from typing import Any

from diffpy.kinds import PY_BOOL, Array
from diffpy.rules.registry import Primitive
from diffpy.rules.shaping import _flat as ravel
from diffpy.rules.shaping import _reshape as reshape
from diffpy.rules.structural import contiguous

__all__ = [
    "contiguous",
    "is_contiguous",
    "ravel",
    "reshape",
    "reshape_copy",
    "reshape_view",
    "reshapes",
]


#: the reverse sweep may have a copy of the array, whose layout is another one
_ASKED_ONCE = 1000


def _extents(count: int) -> str:
    """The operands after the first as a tuple."""
    return "(" + ", ".join(f"_{i}" for i in range(1, count)) + ("," if count == 2 else "") + ")"


def _kind(kinds: tuple[Any, ...], **static: Any) -> Array:
    return Array(kinds[0].dtype, len(kinds) - 1)


def _reshaped_back(g: Any, out: Any, x: Any, *extents: Any, **static: Any) -> Any:
    return reshape(g, *x.shape)


#: ``reshapes(x, n, m)``: whether a reshape is a view
reshapes = Primitive(
    "reshapes_in_place",
    lambda count: f"reshapes_in_place(_0, {_extents(count)})",
    lambda kinds: PY_BOOL,
    reads_storage=False,
    cost=_ASKED_ONCE,
)

#: ``reshape_view(x, n, m)``: a reshape that is a view; ``sure`` if it is for any array like ``x``
reshape_view = Primitive(
    "reshape_view",
    lambda count, sure: (
        f"_0.reshape{_extents(count)}" if sure else f"reshape_view(_0, {_extents(count)})"
    ),
    _kind,
    compiled=lambda count, sure: f"reshape_view(_0, {_extents(count)})",
    vjp=(_reshaped_back,),
    linear=(0,),
    fresh=False,
    view=True,
    mirrored=True,
    cost=0,
)

#: ``reshape_copy(x, n, m)``: a reshape that is a copy
reshape_copy = Primitive(
    "reshape_copy",
    lambda count: f"_0.copy().reshape({_extents(count)})",
    _kind,
    compiled=lambda count: f"reshape(_0.copy(), {_extents(count)})",
    vjp=(_reshaped_back,),
    linear=(0,),
)

is_contiguous = Primitive(
    "is_contiguous",
    "is_contiguous(_0)",
    lambda kinds: PY_BOOL,
    reads_storage=False,
    cost=_ASKED_ONCE,
)
