"""Buffers that the hand-written adjoints keep between calls (fresh ones cost page faults)."""

import numpy as np
from numpy.typing import NDArray

_buffers: dict[str, NDArray[np.float64]] = {}


def workspace(owner: str, size: int) -> NDArray[np.float64]:
    """A float64 buffer of at least `size` elements that belongs to `owner`; not cleared."""
    buffer = _buffers.get(owner)
    if buffer is None or buffer.size < size:
        buffer = _buffers[owner] = np.empty(size)
    return buffer
