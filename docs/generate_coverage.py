"""Write coverage.md, the table of all functions that have a rule, from the registry.

python docs/generate_coverage.py
"""

from __future__ import annotations

import builtins
import math
import operator
from pathlib import Path
from typing import Any

import numpy as np
from scipy import integrate, optimize, special

import diffpy.rules  # noqa: F401  (fills the registry)
from diffpy.rules import registry
from diffpy.transform.specialise_builtins import BUILTINS

PAGE = Path(__file__).with_name("coverage.md")
NAMESPACES = {
    "np.linalg": np.linalg,
    "np": np,
    "math": math,
    "operator": operator,
    "": builtins,
    "special": special,
    "integrate": integrate,
    "optimize": optimize,
}
TITLES = {
    "operators": "Operators",
    "elementwise": "Elementwise functions",
    "reductions": "Reductions and scans",
    "shaping": "Shapes",
    "indexing": "Selecting and sorting",
    "insertion": "Inserting, and positions",
    "creation": "Making arrays",
    "piecewise": "Functions by cases",
    "statistics": "Statistics",
    "polynomials": "Polynomials",
    "in_place": "In place",
    "linalg": "Linear algebra",
    "scipy.special": "SciPy: special functions",
    "scipy.integrate": "SciPy: integrals of samples",
    "scipy.optimize": "SciPy: test functions",
}
HEAD = """\
# Functions

Every function that has a derivative rule, in both modes. Functions whose result does not change
smoothly (`np.floor`, `np.argmax`, comparisons) have rules too; their derivative is zero. Python's
operators are the functions of the module `operator`. A method in the third column is a method of
arrays. Functions that only newer versions of Python or NumPy have are listed too. The table is
written by `docs/generate_coverage.py` from the registry of rules.
"""


def spelled(function: Any) -> list[str]:
    """The names under which a function is found, its own name first."""
    found: dict[str, None] = {}
    for prefix, module in NAMESPACES.items():
        names = [n for n in dir(module) if getattr(module, n, None) is function and n[0] != "_"]
        names.sort(key=lambda n: n != getattr(function, "__name__", None))
        found |= dict.fromkeys(f"{prefix}.{n}" if prefix else n for n in names)
    return list(found)


def file_of(function: Any, meaning: Any) -> str:
    """The file of `diffpy.rules` that says what a function means."""
    if isinstance(meaning, registry.Primitive):  # which does not know where it was declared
        return "operators" if hasattr(operator, function.__name__) else "elementwise"
    home = meaning.__module__.removeprefix("diffpy.rules.")
    return ".".join(home.split(".")[:2]) if home.startswith("scipy.") else home


def rows() -> dict[str, list[tuple[str, str, str]]]:
    """For each file of rules: function, its other names, the array method."""
    tables: dict[str, list[tuple[str, str, str]]] = {file: [] for file in TITLES}
    methods = {meaning: name for name, meaning in registry._methods.items()}
    registry._load_awaited()
    for function, meaning in (*registry._definitions.items(), *registry._read.items()):
        if not spelled(function):  # private to SciPy
            continue
        name, *others = spelled(function)
        method = methods.get(meaning, "")
        own = method and any(method == n.rpartition(".")[2] for n in (name, *others))
        row = f"`{name}`", ", ".join(f"`{o}`" for o in others), f"`a.{method}()`" if own else ""
        tables[file_of(function, meaning)].append(row)
    for table in tables.values():
        table.sort(key=lambda row: row[0].strip("`"))
    return tables


def while_compiling() -> list[str]:
    """Builtins that the compiler itself knows."""
    names = [n for n in dir(builtins) if id(getattr(builtins, n)) in BUILTINS]
    return [f"`{n}`" for n in names]


def coverage_page() -> str:
    """The text of coverage.md."""
    parts = [HEAD]
    for file, table in rows().items():
        path = file.replace(".", "/")
        parts.append(f"## {TITLES[file]}\n\nIn `diffpy/rules/{path}.py`.\n")
        lines = ["| function | also | method |", "|---|---|---|"]
        lines += [f"| {' | '.join(row)} |" for row in table]
        parts.append("\n".join(lines) + "\n")
    parts.append(
        "## Builtins that the compiler knows\n\n"
        "They act on what is known while compiling, or on numbers and arrays where they can:\n"
        f"{', '.join(while_compiling())}.\n"
    )
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(coverage_page(), encoding="utf-8")
