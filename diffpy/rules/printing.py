"""print: an effect, performed once, in the forward sweep."""

from __future__ import annotations

from typing import Any

from diffpy.kinds import PY_INT, Kind
from diffpy.rules.registry import Primitive

#: a text, None for an operand, or a template of ``str.format`` and how many operands it takes
Part = str | None | tuple[str, int]


def _show_text(
    count: int, parts: tuple[Part, ...], options: tuple[tuple[str, Any], ...] = ()
) -> str:
    """``parts`` in the order in which they are printed; ``options`` are those of `print`."""
    names = iter([f"_{k}" for k in range(count)])

    def written(part: Part) -> str:
        if part is None:
            return next(names)
        if isinstance(part, str):
            return repr(part)
        template, number = part
        return f"{template!r}.format({', '.join(next(names) for _ in range(number))})"

    given = [*map(written, parts), *(f"{key}={value!r}" for key, value in options)]
    return f"print({', '.join(given)})"


def _nothing(kinds: tuple[Kind, ...], **static: Any) -> Kind:
    return PY_INT


#: ``show(x, y, z, parts=("x is", None, ("{:.3f} or {}", 2)))``
show = Primitive("print", _show_text, _nothing, effect=True)
