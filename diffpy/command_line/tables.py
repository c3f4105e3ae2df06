"""Tables in a terminal: by `rich` where it is installed, as plain text elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under a header; no header line if all of its cells are empty."""
    if not (sys.stdout.isatty() and _print_rich(header, rows)):
        print("\n".join(plain_lines(header, rows)))


def plain_lines(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The table as lines of text.

    >>> print("\\n".join(plain_lines(("line", "source"), [("1", "x = y"), ("12", "y")])))
    line  source
    1     x = y
    12    y
    """
    shown = [*([header] if any(header) else []), *rows]
    widths = [max(map(len, column)) for column in zip(*shown)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in shown
    ]


def _print_rich(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    try:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except ImportError:
        return False
    table = Table(show_header=any(header), box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in header:
        table.add_column(name, no_wrap=name == "source")
    for row in rows:
        table.add_row(*map(Text, row))
    Console().print(table)
    return True
