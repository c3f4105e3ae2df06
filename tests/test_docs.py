"""The documentation is right: its programs run, and print what stands below them.

On each page the blocks marked ``python`` run in order, in one namespace. What a block prints stands
in the block right below it, which is marked ``text``, or ``python title="printed"`` if it is Python
itself. A block that raises says so in a comment, ``# raises NameOfTheError``; what Python shows
last of that error ends its output. After a change of output that is meant:

    DIFFPY_UPDATE_DOCS=1 python -m pytest tests/test_docs.py && git diff docs
"""

from __future__ import annotations

import contextlib
import io
import linecache
import os
import re
import runpy
import subprocess
import sys
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import diffpy as df

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
FENCE = re.compile(r"^```(?P<language>\w+)(?P<options>[^\n]*)\n(?P<text>.*?)^```$", re.M | re.S)
UPDATE = bool(os.environ.get("DIFFPY_UPDATE_DOCS"))
MINIATURE_LINES = 300


@dataclass
class Block:
    """A program on a page, the file that it pretends to be, and what it prints."""

    code: str
    filename: str
    shown: re.Match[str] | None

    @property
    def raises(self) -> str | None:
        found = re.search(r"# raises (\w+)", self.code)
        return found and found[1]


def blocks_of(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    blocks: list[Block] = []
    end = 0
    for fence in FENCE.finditer(text):
        follows = bool(blocks) and not text[end : fence.start()].strip()
        title = re.search(r'title="(.*?)"', fence["options"])
        if fence["language"] == "text" or (title and title[1] == "printed"):
            if follows and blocks[-1].shown is None:
                blocks[-1].shown = fence
        elif fence["language"] == "python":
            name = title[1] if title else f"<{page.stem}, block {len(blocks) + 1}>"
            blocks.append(Block(fence["text"], name, None))
        end = fence.end()
    return blocks


def run(block: Block, namespace: dict[str, Any]) -> str:
    """What a block prints, and how the error looks that it announces."""
    linecache.cache[block.filename] = (
        len(block.code), None, block.code.splitlines(keepends=True), block.filename
    )  # fmt: skip
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        code = compile(block.code, block.filename, "exec", dont_inherit=True)
        if block.raises is None:
            exec(code, namespace)
            return printed.getvalue()
        try:
            exec(code, namespace)
        except Exception as error:
            assert type(error).__name__ == block.raises, error
            return printed.getvalue() + "".join(traceback.format_exception_only(error))
    raise AssertionError(f"{block.filename} did not raise {block.raises}")


def with_outputs(page: Path, outputs: list[tuple[Block, str]]) -> str:
    """The page with its outputs replaced."""
    text = page.read_text(encoding="utf-8")
    for block, printed in reversed(outputs):
        if block.shown is not None:
            shown = printed.rstrip() + "\n"
            text = text[: block.shown.start("text")] + shown + text[block.shown.end("text") :]
    return text


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder of the test's own, with warnings as errors."""
    monkeypatch.chdir(tmp_path)
    backend = df.config.backend
    with warnings.catch_warnings():
        warnings.simplefilter("error", df.PerformanceWarning)
        yield
    df.config.backend = backend


def run_page(page: Path, update: bool = False) -> None:
    namespace: dict[str, Any] = {"__name__": page.stem}
    outputs = [(block, run(block, namespace)) for block in blocks_of(page)]
    if update:
        page.write_text(with_outputs(page, outputs), encoding="utf-8")
        outputs = [(b, o) for (_, o), b in zip(outputs, blocks_of(page))]
    for block, printed in outputs:
        shown = block.shown["text"] if block.shown is not None else ""
        assert printed.rstrip() == shown.rstrip(), f"{page.name}, {block.filename}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_page_prints_what_it_shows(page: Path, at_home: None) -> None:
    df.config.backend = "python"  # unless the page asks for another
    run_page(page, UPDATE)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_compiled_it_prints_the_same(page: Path, at_home: None) -> None:
    df.config.backend = "auto"
    run_page(page)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_place_of_this_machine_is_named(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w.])/(home|root|tmp|work|Users|usr)/", text)
    assert str(Path.home()) not in text


def test_the_miniature_is_small_and_stands_alone() -> None:
    code = "".join(block.code for block in blocks_of(DOCS / "how-it-works.md"))
    lines = [line for line in code.splitlines() if line.strip()]
    assert len(lines) <= MINIATURE_LINES
    assert "diffpy" not in code


def test_every_error_has_an_example() -> None:
    code = "".join(block.code for block in blocks_of(DOCS / "errors.md"))
    text = (DOCS / "errors.md").read_text(encoding="utf-8")
    for name in df.__all__:
        if name.endswith(("Error", "Warning")):
            assert f"`{name}`" in text
            assert name in code


def test_the_coverage_table_is_current() -> None:
    generator = runpy.run_path(str(DOCS / "generate_coverage.py"))
    page = (DOCS / "coverage.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `([\w.]+)` \|", page, re.M))
    registered = {row[0].strip("`") for table in generator["rows"]().values() for row in table}
    assert registered <= listed, "run docs/generate_coverage.py"
    for name in listed - registered:  # other versions of Python and NumPy have other functions
        module, _, function = name.rpartition(".")
        assert not hasattr(generator["NAMESPACES"][module], function), name


def test_the_site_builds(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    for page in PAGES:
        made = tmp_path / ("index.html" if page.stem == "index" else f"{page.stem}/index.html")
        assert made.is_file()
    assert "grad" in (tmp_path / "api" / "index.html").read_text(encoding="utf-8")
