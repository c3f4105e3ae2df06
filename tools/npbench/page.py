"""The table of results as a page of the documentation."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tools.npbench.kernels import Kernel

COMMIT = "f2d7f27d87ba4881991e62c18a607aa6ba52b260"
ADDRESS = f"https://github.com/spcl/npbench/blob/{COMMIT}/npbench/benchmarks"

HEAD = """\
# NPBench

[NPBench](https://github.com/spcl/npbench) is a collection of {count} kernels of NumPy code from
many fields. Their NumPy versions are differentiated as they stand, with small arguments. A kernel
returns arrays or overwrites its arguments, so each is wrapped by a function that gives the sum of
all that with random weights. The gradient with respect to all its floats is compared with
differences along random directions in which all of them move; it is right if it agrees to 1e-6 (to
1e-2 where the arguments are float32, whose differences say no more). `cholesky2` is compared along
all directions, not only symmetric ones: NumPy reads the lower triangle of the matrix, and the
gradient is lower triangular. In `nbody` the distance of a body to itself is the root of zero, whose
infinite slope meets an adjoint of zero: diffpy knows that the derivative of a root of a sum of
squares is zero there ([Kinks](limitations.md#not-an-error)).

With a checkout, this page is written by

```sh
python -m tools.npbench CHECKOUT --page docs/npbench.md
```

**Of {floats} kernels of floats, {right}.** The others are kernels of integers.

| kernel | {backends} |
|---|{rules}|
"""


def page(results: Mapping[Kernel, Mapping[str, str]]) -> str:
    """The page, from the outcome of each kernel in each backend."""
    backends = list(next(iter(results.values())))
    floats = {kernel: found for kernel, found in results.items() if not _is_without_floats(found)}
    right = ", ".join(
        f"{sum(found[backend] == 'right' for found in floats.values())} are right in the {backend} "
        "backend"
        for backend in backends
    )
    head = HEAD.format(
        count=len(results),
        floats=len(floats),
        right=right,
        backends=" | ".join(backends),
        rules="|".join("---" for _ in backends),
    )
    rows = [_row(kernel, found) for kernel, found in results.items()]
    return head + "\n".join(rows) + "\n"


def _is_without_floats(found: Mapping[str, str]) -> bool:
    return set(found.values()) == {"no floats"}


def _row(kernel: Kernel, found: Mapping[str, str]) -> str:
    folder = kernel.info["relative_path"]
    link = f"[`{kernel.name}`]({ADDRESS}/{folder}/{kernel.name}_numpy.py)"
    cells = [link, *(_first_line(text).replace("|", "\\|") for text in found.values())]
    return f"| {' | '.join(cells)} |"


def _first_line(text: str) -> str:
    """The first line of a message, without the addresses of objects."""
    return re.sub(r" at 0x[0-9a-f]+", "", text.strip().splitlines()[0])
