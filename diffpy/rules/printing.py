"""print: an effect, performed once, in the forward sweep."""

from __future__ import annotations

from typing import Any

from diffpy.kinds import PY_INT, Kind
from diffpy.rules.registry import Primitive


def _show_text(count: int, parts: tuple[str | None, ...]) -> str:
    """``parts`` are texts known while compiling, None for each operand."""
    numbers = iter(range(count))
    return "print(" + ", ".join(f"_{next(numbers)}" if p is None else repr(p) for p in parts) + ")"


def _nothing(kinds: tuple[Kind, ...], **static: Any) -> Kind:
    return PY_INT


#: ``show(x, y, parts=("x is", None, None))``
show = Primitive("print", _show_text, _nothing, effect=True)
