"""The command that differentiates functions of public repositories, on a repository of our own."""

import math

import numpy as np
import pytest

from tools.public_scripts import __main__ as command
from tools.public_scripts.compare import (
    UnreliableDifferencesError,
    WrongDerivativeError,
    check,
    compare,
)
from tools.public_scripts.scripts import COMMITS, SCRIPTS, Script

TEXT = """
import math
def fine(values, scale): return [math.exp(v) * scale for v in values]
def refused(x): return eval("x * x")
"""


@pytest.mark.parametrize("repository", sorted({script.repository for script in SCRIPTS}))
def test_commits_are_known(repository):
    assert len(COMMITS[repository]) == 40


def test_page(tmp_path, monkeypatch):
    (tmp_path / "me+mine").mkdir()
    (tmp_path / "me+mine" / "one_file.py").write_text(TEXT)
    scripts = [
        Script("me/mine", "one_file.py", "fine", "a list", lambda r, m: ((1.0, 2.0), 0.5)),
        Script("me/mine", "one_file.py", "refused", "eval", lambda r, m: (1.0,)),
    ]
    monkeypatch.setattr(command, "SCRIPTS", scripts)
    monkeypatch.setitem(COMMITS, "me/mine", "0" * 40)
    page = tmp_path / "page.md"
    command.main([str(tmp_path), "--page", str(page), "--backend", "python"])
    *_, fine, refused = page.read_text().splitlines()
    assert "1 of 2 work" in page.read_text()
    assert fine.endswith("| a list | works |")
    assert "UnsupportedSyntaxError: `eval` is not supported" in refused


def test_wrong_derivatives_are_found():
    with pytest.raises(WrongDerivativeError):
        compare("reverse mode", 1.0, 1.1, 0.0)
    with pytest.raises(WrongDerivativeError):
        compare("reverse mode", math.nan, 1.1, 0.0)
    with pytest.raises(UnreliableDifferencesError):
        check(lambda x: np.sin(1e6 * x), (1.0,), "python")
    check(lambda x: 1e5 * x[0] * x[1], (np.array([1e5, 1e-5]),), "python")
