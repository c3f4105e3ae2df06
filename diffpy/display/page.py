"""A derivative as a page: both sources side by side, each line tied to those that belong to it.

The page is one file that asks nothing of any server.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from html import escape
from importlib.resources import files
from pathlib import PurePath
from typing import Any

from diffpy.display.colours import html_lines, style_sheet
from diffpy.display.line_report import Line, Report, in_words, report
from diffpy.display.text_lines import Place, TextLine, text_lines
from diffpy.display.user_functions import user_functions
from diffpy.parameters import Parameters
from diffpy.structure import Structure
from diffpy.transform.check_request import Transform
from diffpy.transform.find_source import plain_function

#: hues of neighbouring lines are this many degrees apart, so that they are told apart well
_GOLDEN_ANGLE = 137.508


def page(transform: Transform, structures: tuple[Structure, ...]) -> str:
    """The page of a derivative for arguments of certain structures."""
    both = _SideBySide(transform.fun, report(transform, structures))
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

    fun: Callable[..., Any]
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
        fun = plain_function(getattr(self.fun, "__func__", self.fun))
        code = getattr(fun, "__code__", None)
        known = None if code is None else (code.co_filename, code.co_firstlineno)
        reached = reversed(self.report.active)
        functions = [(each, known if each is self.report.primal else None) for each in reached]
        for function in user_functions(functions):
            yield f"<h2>{escape(function.name)} · {escape(PurePath(function.filename).name)}</h2>"
            coloured = html_lines(function.text)
            for number, code in zip(range(function.first, function.last + 1), coloured):
                yield self._line_of((function.filename, number), code)

    def _line_of(self, place: Place, code: str) -> str:
        known = self.report.lines.get(place)
        active = ", ".join(known.active) if known is not None else ""
        said = f' title="active: {escape(active)}"' if active else ""
        return (
            f"<div{self._tie('key', [place])}><i></i>"
            f'<span class="number">{place[1]}</span>'
            f'<span class="dot"{said}>{"●" if active else ""}</span>'
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
