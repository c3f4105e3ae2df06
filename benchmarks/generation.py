"""Generation time against program length: it should be linear in the statements."""

import os
import tempfile
from pathlib import Path
from time import perf_counter

from benchmarks.programs import defined, straight_line
from benchmarks.table import aligned

SIZES = (80, 800, 8000)


def generation_seconds(folder: Path, statements: int, repeats: int) -> float:
    """Best time to the derivative's source, of functions that were never seen before."""
    import diffpy

    best = float("inf")
    for turn in range(repeats):
        # Each text is new: the derivative cannot come from a cache.
        source = straight_line(statements).replace("0.25", f"0.25{turn + 1}")
        program = defined(folder, f"program_{statements}_{turn}", source)
        start = perf_counter()
        length = len(diffpy.grad(program, argnums=(0, 1)).source)
        best = min(best, perf_counter() - start)
        assert length > statements
    return best


def run(quick: bool) -> None:
    lines = [["statements", "seconds", "microseconds a statement", "relative"]]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DIFFPY_CACHE_DIR"] = folder
        generation_seconds(Path(folder), 8, 1)
        base = 0.0
        for statements in SIZES[:2] if quick else SIZES:
            repeats = max(1, min(5, 4000 // statements))
            seconds = generation_seconds(Path(folder), statements, repeats)
            each = seconds / statements
            base = base or each
            lines.append([str(statements), f"{seconds:.3f}", f"{each * 1e6:.0f}",
                          f"{each / base:.2f}"])  # fmt: skip
    print("\n".join(aligned(lines)))
