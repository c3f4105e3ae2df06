"""Whether NumPy makes a view or a copy, and views where it does.

A program that stores through ``a.reshape(n)`` changes `a` if that is a view. The adjoint of `a` has
to be seen through the same view then, whatever its own layout.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def reshapes_in_place(a: Any, shape: tuple[int, ...]) -> bool:
    """Whether ``a.reshape(shape)`` is a view.

    >>> reshapes_in_place(np.ones((2, 3)), (6,)), reshapes_in_place(np.ones((2, 3)).T, (6,))
    (True, False)
    """
    return bool(np.may_share_memory(a, a.reshape(shape)))


def reshape_view(a: Any, shape: tuple[int, ...]) -> Any:
    """``a.reshape(shape)``, which must be a view."""
    view = a.reshape(shape)
    if view.size and not np.may_share_memory(a, view):
        raise ValueError(
            "an array is reshaped in place, and its adjoint cannot be: "
            "pass np.ascontiguousarray(…) instead of an array in another order"
        )
    return view


def is_contiguous(a: Any) -> bool:
    """Whether the elements lie in the order of C, without gaps."""
    return bool(a.flags.c_contiguous)
