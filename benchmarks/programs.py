"""Generated functions of any length, written to a file so that their source can be read."""

from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

FORMS = (
    "sin({a}) * 0.5 + {b} * x",
    "{a} * {b} - 0.25 * x",
    "0.5 * {a} / (1.0 + {b} * {b})",
    "0.3 * ({a} + {b}) * y",
)


def straight_line(statements: int, sine: str = "math") -> str:
    """Source of `program(x, y)` with so many assignments; `sine` is the module of `sin`."""
    lines = [f"from {sine} import sin", "def program(x, y):", "    v0 = x * y", "    v1 = x"]
    for k in range(2, statements):
        form = FORMS[k % len(FORMS)].format(a=f"v{k - 1}", b=f"v{k - 2}")
        lines.append(f"    v{k} = {form}")
    return "\n".join([*lines, f"    return v{statements - 1}", ""])


def defined(folder: Path, name: str, source: str) -> Callable[..., Any]:
    """`program` of a module that is written to `folder` and imported from there."""
    path = folder / f"{name}.py"
    path.write_text(source)
    spec = spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    program: Callable[..., Any] = module.program
    return program
