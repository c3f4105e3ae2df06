"""The text of a derivative: a string, which notebooks show in colours."""

from __future__ import annotations

from typing import Any

from diffpy.display.colours import inline_html


class SourceText(str):
    """A program as a string; IPython and notebooks show it as a program.

    It equals, hashes and prints as the string that it is, and its methods return plain strings.

    Examples
    --------
    >>> text = SourceText("y = 1\\n")
    >>> text == "y = 1\\n", text
    (True, 'y = 1\\n')
    """

    __slots__ = ()

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """Pickled as a plain string, which can be read where diffpy is not installed."""
        return str, (str(self),)

    def _repr_html_(self) -> str | None:
        """For notebooks; None, which makes them show the text, without `pygments`."""
        try:
            return inline_html(self)
        except ImportError:
            return None

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """For IPython in a terminal, which would show the quotes and the ``\\n`` of a string."""
        printer.text(self.rstrip("\n"))
