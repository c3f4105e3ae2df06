"""A derivative as a page: both sources side by side, each line tied to those that belong to it.

The page is one file that asks nothing of any server.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from html import escape
from importlib.resources import files
from pathlib import PurePath

from diffpy.display.colours import html_lines, style_sheet
from diffpy.display.line_report import Line, Report, in_words, report
from diffpy.display.text_lines import Place, TextLine, text_lines
from diffpy.display.user_functions import UserFunction, user_functions
from diffpy.parameters import Parameters
from diffpy.structure import Structure
from diffpy.transform.check_request import Transform

#: hues of neighbouring lines are this many degrees apart, so that they are told apart well
_GOLDEN_ANGLE = 137.508


def page(transform: Transform, structures: tuple[Structure, ...]) -> str:
    """The page of a derivative for arguments of certain structures."""
    both = _SideBySide(report(transform, structures))
    parameters = Parameters(transform.fun)
    template = string.Template(_asset("page.html"))
    return template.substitute(
        title=escape(f"{transform.name} of {parameters.name}"),
        summary=escape(in_words(transform, structures)),
        css=_style(),
        js=_asset("page.js"),
        primal="\n".join(both.primal()),
        derivative="\n".join(both.derivative()),
    )


def _asset(name: str) -> str:
    return files("diffpy.display").joinpath(name).read_text(encoding="utf-8").rstrip()


def _style() -> str:
    dark = style_sheet("github-dark", ".line code")
    return (
        f"{_asset('page.css')}\n{style_sheet('default', '.line code')}\n"
        f"@media (prefers-color-scheme: dark) {{\n{dark}\n}}"
    )


@dataclass
class _SideBySide:
    """The two columns of the page.

    Lines that belong together have a number in common, and one colour.
    """

    report: Report

    @cached_property
    def text(self) -> list[TextLine]:
        return text_lines(self.report.program)

    @cached_property
    def numbers(self) -> dict[Place, int]:
        """The numbers of the lines of the user's source that the derivative comes from."""
        places = {place for line in self.text for place in line.places}
        return {place: n for n, place in enumerate(p for p in self.report.lines if p in places)}

    def primal(self) -> Iterator[str]:
        functions = user_functions(reversed(self.report.active))
        shown: set[Place] = set()
        for function in functions:
            yield f"<h2>{escape(function.name)} · {escape(PurePath(function.filename).name)}</h2>"
            yield from self._lines_of(function, shown)

    def _lines_of(self, function: UserFunction, shown: set[Place]) -> Iterator[str]:
        coloured = html_lines(function.text)
        for number, code in zip(range(function.first, function.last + 1), coloured):
            place = function.filename, number
            known = self.report.lines.get(place)
            if place in shown:  # a function inside of one that stands above
                known = None
            shown.add(place)
            dot = "●" if known is not None and known.active else ""
            said = f' title="active: {escape(", ".join(known.active))}"' if dot and known else ""
            yield (
                f"<div{self._tie('key', [place] if known is not None else [])}><i></i>"
                f'<span class="number">{number}</span><span class="dot"{said}>{dot}</span>'
                f"<code>{code}</code>{_chips(known)}</div>"
            )

    def derivative(self) -> Iterator[str]:
        yield f"<h2>{escape(self.report.program.name)} · written by diffpy</h2>"
        coloured = html_lines("\n".join(line.code for line in self.text) + "\n")
        for number, (code, line) in enumerate(zip(coloured, self.text), 1):
            yield (
                f"<div{self._tie('of', line.places, line.sweep)}><i></i>"
                f'<span class="number">{number}</span><span class="dot"></span>'
                f"<code>{code}</code></div>"
            )

    def _tie(self, kind: str, places: Iterable[Place], sweep: str = "") -> str:
        """The attributes of a line: its class, what it belongs to, and the colour of that."""
        classes = f"line {sweep}".strip()
        numbers = [self.numbers[place] for place in places if place in self.numbers]
        if not numbers:
            return f' class="{classes}"'
        hue = numbers[0] * _GOLDEN_ANGLE % 360
        tied = " ".join(map(str, numbers))
        return f' class="{classes}" data-{kind}="{tied}" style="--mark: hsl({hue:.0f} 70% 55%)"'


def _chips(line: Line | None) -> str:
    """What a line saves, below it."""
    if line is None or not line.saved:
        return ""
    chips = []
    for label in line.kept:
        costs = any(value.cost for value in line.saved if value.label == label)
        chips.append(f'<span class="{"bytes" if costs else "free"}">{escape(label)}</span>')
    return f'<div class="saved">{"".join(chips)}</div>'
