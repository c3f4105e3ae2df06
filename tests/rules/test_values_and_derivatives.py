"""Every rule against NumPy: values, kinds, both modes, first and second derivatives."""

from __future__ import annotations

import pytest

from rules.cases import CASES
from rules.harness import check


@pytest.mark.parametrize("case", CASES, ids=str)
def test_python(case):
    check(case.function, *case.args, **case.checks, **case.options)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=str)
def test_compiled(case):
    check(case.function, *case.args, compiled=True, **case.checks, **case.options)
