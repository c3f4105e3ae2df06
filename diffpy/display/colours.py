"""Python in colours: as HTML by `pygments`, in a terminal by `rich`."""

from __future__ import annotations

import sys

from diffpy.display.extras import require


def html_lines(text: str) -> list[str]:
    """The lines of a Python text as HTML, coloured by classes (see `style_sheet`).

    A string over several lines is closed on each line, so that every line stands for itself.
    """
    pygments = require("pygments", "colouring a source")
    lexers = require("pygments.lexers", "colouring a source")
    formatters = require("pygments.formatters", "colouring a source")
    lexer = lexers.PythonLexer(stripnl=False, ensurenl=True)
    html: str = pygments.highlight(text, lexer, formatters.HtmlFormatter(nowrap=True))
    return html.removesuffix("\n").split("\n")


def style_sheet(style: str, prefix: str) -> str:
    """The CSS rules for what `html_lines` gives, below elements of a selector."""
    formatters = require("pygments.formatters", "colouring a source")
    rules: list[str] = formatters.HtmlFormatter(style=style).get_token_style_defs(prefix)
    return "\n".join(rules)


def inline_html(text: str) -> str:
    """A Python text as one coloured element that brings its own colours, for notebooks."""
    pygments = require("pygments", "colouring a source")
    lexers = require("pygments.lexers", "colouring a source")
    formatters = require("pygments.formatters", "colouring a source")
    formatter = formatters.HtmlFormatter(
        noclasses=True,
        style="default",
        prestyles="margin: 0; padding: 0.5em; color: #222; line-height: 1.3",
    )
    html: str = pygments.highlight(text, lexers.PythonLexer(stripnl=False), formatter)
    return html


def print_coloured(text: str) -> None:
    """Print a Python text: coloured on a terminal if `rich` is there, else as it is."""
    if not (sys.stdout.isatty() and _print_rich(text)):
        print(text, end="" if text.endswith("\n") else "\n")


def _print_rich(text: str) -> bool:
    try:
        from rich.console import Console
        from rich.syntax import Syntax
    except ImportError:
        return False
    # `soft_wrap` leaves long lines to the terminal: what is copied from it is still Python.
    shown = Syntax(text.rstrip("\n"), "python", theme="ansi_dark", background_color="default")
    Console().print(shown, soft_wrap=True)
    return True
