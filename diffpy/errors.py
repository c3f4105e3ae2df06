"""Every exception of diffpy, and how a place in the user's source is shown.

An error says what is wrong, where (file, line, caret), why, and what to write instead::

    raise UnsupportedSyntaxError(what, place, why, fix)
"""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass
from typing import Protocol

__all__ = [
    "AliasingError",
    "BackendCompileError",
    "DiffpyError",
    "KindError",
    "MissingRuleError",
    "NaNError",
    "NonDifferentiableInputError",
    "NonScalarOutputError",
    "PerformanceWarning",
    "Place",
    "ReadOnlyError",
    "SourceUnavailableError",
    "UndefinedNameError",
    "UnsupportedSyntaxError",
    "render",
]

TAB_STOP = 4
_OURS = os.path.dirname(__file__) + os.sep


def is_ours(filename: str) -> bool:
    """Whether a file belongs to diffpy: some rules are Python that is read like the user's."""
    return filename.startswith(_OURS)


class LocatedNode(Protocol):
    """What a syntax tree node (of ast or gast) knows about its place."""

    lineno: int
    col_offset: int
    end_lineno: int | None
    end_col_offset: int | None


@dataclass(frozen=True)
class Place:
    """A stretch of one line of the user's source.

    Parameters
    ----------
    filename : str
        The file as the user knows it.
    line : int
        Line number in that file, from 1.
    column, end_column : int, int or None
        First character and the one after the last, from 0, counted in characters of `text`.
        None as `end_column` means up to the end of the line.
    text : str
        The source line as it stands in the file, indentation included.

    Examples
    --------
    >>> print(Place("model.py", 7, 9, 15, "    y = [x, 2]").show())
      File "model.py", line 7
        y = [x, 2]
             ^^^^^
    """

    filename: str
    line: int
    column: int
    end_column: int | None
    text: str

    @classmethod
    def of_node(cls, node: LocatedNode, filename: str, text: str) -> Place:
        """The place of a tree node, `text` being the line at ``node.lineno``.

        Trees count columns in bytes of UTF-8, people count characters; this converts. Of a node
        that spans several lines the first one is shown.
        """
        encoded = text.encode()

        def characters(offset: int) -> int:
            return len(encoded[:offset].decode(errors="ignore"))

        ends_here = node.end_lineno == node.lineno and node.end_col_offset is not None
        end_column = characters(node.end_col_offset or 0) if ends_here else None
        return cls(filename, node.lineno, characters(node.col_offset), end_column, text)

    @property
    def source_line(self) -> str:
        """`text` without its line end (and without further lines, should it have any)."""
        return (self.text.splitlines() or [""])[0].rstrip()

    @property
    def stop(self) -> int:
        """`end_column` as a number, within the line."""
        end = len(self.source_line)
        return end if self.end_column is None else min(self.end_column, end)

    def show(self) -> str:
        """File, line number, the source line, and carets under the exact columns."""
        header = f'  File "{self.filename}", line {self.line}'
        line = self.source_line
        if not line.strip():
            return header
        indent = len(line) - len(line.lstrip())
        shown, cells = lay_out(line[indent:])
        start = cells[min(max(self.column - indent, 0), len(cells) - 1)]
        stop = cells[min(max(self.stop - indent, 0), len(cells) - 1)]
        carets = " " * start + "^" * max(stop - start, 1)
        return f"{header}\n    {shown}\n    {carets}"


def lay_out(line: str) -> tuple[str, list[int]]:
    """The line with its tabs as spaces, and the terminal cell at which each character starts.

    The list has one entry more than the line has characters: the cell after the last.

    >>> lay_out("π\\t= 値;")
    ('π   = 値;', [0, 1, 4, 5, 6, 8, 9])
    """
    shown = ""
    cells = [0]
    for character in line:
        width = TAB_STOP - cells[-1] % TAB_STOP if character == "\t" else cell_width(character)
        shown += " " * width if character == "\t" else character
        cells.append(cells[-1] + width)
    return shown, cells


def cell_width(character: str) -> int:
    """Terminal cells that a character takes: two for wide ones, none for combining ones."""
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def render(what: str, place: Place | None = None, why: str = "", fix: str = "") -> str:
    """The text of an error or a warning: what, where, why, and what to write instead.

    >>> print(render("a list is made here", None, "lists have no adjoint", "use np.zeros(n)"))
    a list is made here
    lists have no adjoint
    instead: use np.zeros(n)
    """
    parts = (what, place.show() if place else "", why, f"instead: {fix}" if fix else "")
    return "\n".join(part for part in parts if part)


class Noun(str):
    """What a thing is called; the format ``an`` puts the article in front.

    >>> f"{Noun('int'):an} and {Noun('uint8 array'):an}, not {Noun('None'):an}"
    'an int and a uint8 array, not None'
    """

    def __format__(self, spec: str) -> str:
        if spec != "an":
            return super().__format__(spec)
        if self == "None":
            return "None"
        vowel = self[:1] in tuple("aeiouAEIO") and not self.startswith(("uint", "un", "us"))
        return f"{'an' if vowel or self.startswith('unbound') else 'a'} {self}"


class DiffpyError(Exception):
    """Base of all errors of diffpy.

    Parameters
    ----------
    what : str
        What is wrong, in one line.
    place : Place, optional
        Where, in the user's source.
    why : str, optional
        Why diffpy cannot do it.
    fix : str, optional
        What to write instead.
    """

    def __init__(self, what: str, place: Place | None = None, why: str = "", fix: str = "") -> None:
        super().__init__(what)
        # All four, because pickle and copy rebuild an exception from its args.
        self.args = (what, place, why, fix)
        self.what = what
        self.place = place
        self.why = why
        self.fix = fix

    def __str__(self) -> str:
        return render(self.what, self.place, self.why, self.fix)


class UnsupportedSyntaxError(DiffpyError, SyntaxError):
    """The function uses a construct that diffpy refuses; raised at decoration."""

    def __init__(self, what: str, place: Place | None = None, why: str = "", fix: str = "") -> None:
        super().__init__(what, place, why, fix)
        # Python prints a SyntaxError from these attributes, not from str(): the place and the
        # carets are its own, so `msg` is the rest.
        self.msg = render(what, None, why, fix)
        if place is not None:
            self.filename = place.filename
            self.lineno = self.end_lineno = place.line
            self.offset = place.column + 1
            self.end_offset = max(place.stop, place.column + 1) + 1
            self.text = place.source_line + "\n"


class SourceUnavailableError(DiffpyError, OSError):
    """The function has no Python source: a C function without a rule, or exec without linecache."""


class MissingRuleError(DiffpyError, NotImplementedError):
    """An active value goes into a function that has no derivative rule."""


class KindError(DiffpyError, TypeError):
    """An operation meets values of kinds that it has no meaning for, in Python or in diffpy."""

    #: the name of what Python raises there too, if that is certain
    raised = ""


class UndefinedNameError(DiffpyError, NameError):
    """The function reads a name that does not exist (yet)."""


class NaNError(DiffpyError, FloatingPointError):
    """With ``config.debug_nans``: a derivative contains a NaN; the place is where one was made."""


class NonDifferentiableInputError(DiffpyError, TypeError):
    """A gradient is asked with respect to something that has none, such as an int."""


class NonScalarOutputError(DiffpyError, TypeError):
    """`grad` needs one real number as the result."""


class AliasingError(DiffpyError, ValueError):
    """Two arguments share memory, or elements of one do, and it is written."""


class ReadOnlyError(DiffpyError, ValueError):
    """An argument is written that is a read-only array."""


class BackendCompileError(DiffpyError, RuntimeError):
    """The backend refused the derivative; the place is the user's line."""


class PerformanceWarning(UserWarning):
    """The derivative is right but runs slower than it could; the text comes from `render`."""
