"""The examples run as a user runs them, and README.md shows what they really print."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def run_example(name, *arguments, cwd):
    """Standard output of an example, run by its path in a fresh interpreter."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    result = subprocess.run(
        [sys.executable, str(EXAMPLES / name), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"},
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def fenced_block_after(heading):
    """Contents of the first fenced block of README.md that follows the text `heading`."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.count(heading) == 1
    return re.search(r"^```\w*\n(.*?)^```$", readme.split(heading)[1], re.M | re.S).group(1)


def test_readme_shows_the_example():
    assert fenced_block_after("## An example\n") == (EXAMPLES / "readme.py").read_text()


def test_readme_shows_what_the_example_prints(tmp_path):
    printed = run_example("readme.py", cwd=tmp_path)
    shown = fenced_block_after("<!-- derivative printed by examples/readme.py -->")
    assert shown.rstrip() == printed.rstrip()


def test_predator_prey(tmp_path):
    picture = tmp_path / "pictures" / "pelts.png"
    printed = run_example("predator_prey.py", "--steps", "4", "--output", picture, cwd=tmp_path)
    # The posterior means of the Stan case study, which the least-squares fit comes close to.
    for name, known in {"alpha": 0.55, "beta": 0.028, "gamma": 0.80, "delta": 0.024}.items():
        fitted = float(re.search(rf"^{name} +([\d.]+)$", printed, re.M).group(1))
        assert fitted == pytest.approx(known, rel=0.05)
    assert "# reverse sweep" in printed
    assert "check_grads" in printed.splitlines()[-1]
    assert picture.read_bytes().startswith(PNG_SIGNATURE)


def test_logistic_regression(tmp_path):
    picture = tmp_path / "pictures" / "tumours.png"
    printed = run_example("logistic_regression.py", "--output", picture, cwd=tmp_path)
    assert float(re.search(r"([\d.]+) in the test set", printed).group(1)) > 0.94
    assert "# reverse sweep" in printed
    assert "check_grads" in printed.splitlines()[-1]
    assert picture.read_bytes().startswith(PNG_SIGNATURE)
