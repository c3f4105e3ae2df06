"""The examples run as a user runs them, and README.md shows what they really print."""

import math
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


def numbers_after(label, printed):
    """The numbers in the line of the output that begins with `label`."""
    (line,) = re.findall(rf"^ *{re.escape(label)}(?= |:)(.*)$", printed, re.M)
    return [float(number) for number in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", line)]


@pytest.fixture
def run(tmp_path):
    """Runs an example that draws on request and checks its gradients at the end."""

    def run(name, *arguments):
        picture = tmp_path / "picture.png"
        printed = run_example(name, "--plot", picture, *arguments, cwd=tmp_path)
        assert "check_grads" in printed.splitlines()[-1]
        assert picture.read_bytes().startswith(PNG_SIGNATURE)
        return printed

    return run


def test_nothing_is_drawn_unless_asked(tmp_path):
    assert "picture" not in run_example("rosenbrock.py", cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_rosenbrock(run):
    printed = run("rosenbrock.py")
    assert "gradient at (0, 2)  (-2.0, 400.0)" in printed
    # step 28 of DeZero
    assert numbers_after("gradient descent", printed)[:2] == [0.68371186, 0.46595268]
    assert numbers_after("Newton's method", printed) == [1.0, 1.0, 5]
    assert numbers_after("BFGS", printed)[:2] == pytest.approx([1.0, 1.0], abs=1e-5)


def test_expression_tree(run):
    printed = run("expression_tree.py")
    assert "Product(left=Constant(value=" in printed  # the gradient is a tree
    factor, exponent = re.search(r"best: period = ([\d.]+) \* x\^([\d.]+)", printed).groups()
    assert (float(factor), float(exponent)) == pytest.approx((1.0, 1.5), abs=0.003)


def test_pendulum(run):
    printed = run("pendulum.py")
    for bounce in range(1, 6):
        t, exact_t, slope, exact_slope = numbers_after(str(bounce), printed)
        assert (t, slope) == pytest.approx((exact_t, exact_slope), abs=5e-8)
    # The series of the period in the amplitude.
    series = 1 + 1.5**2 / 16 + 11 * 1.5**4 / 3072 + 173 * 1.5**6 / 737280
    quarter = math.pi / 2 * math.sqrt(1 / 9.81) * series
    assert numbers_after("1", printed)[0] == pytest.approx(quarter, rel=1e-3)


def test_integrator(run):
    printed = run("integrator.py")
    for name in ("elongation", "by damping", "by frequency", "by time"):
        found, exact = numbers_after(name, printed)
        assert found == pytest.approx(exact, abs=2e-7)
    for name in ("period", "by mu"):
        found, expansion = numbers_after(name, printed)
        assert found == pytest.approx(expansion, abs=2e-5)
    # The amplitude of the cycle, by its expansion in mu.
    amplitude = 2 + 0.5**2 / 96 - 1033 * 0.5**4 / 552960
    assert numbers_after("amplitude", printed) == [pytest.approx(amplitude, abs=1e-5)]


def test_option_greeks(run):
    printed = run("option_greeks.py", "--paths", "40000")
    exact = {"price": 10.4506, "delta": 0.6368, "vega": 37.5240, "rho": 53.2325}
    for name, formula in exact.items():
        found, error, shown, asian, asian_error = numbers_after(name, printed)
        assert shown == formula
        assert found == pytest.approx(formula, abs=3 * error)
        assert 0 < asian < found and 0 < asian_error < error + 1e-4


def test_epidemic(run):
    printed = run("epidemic.py")
    # The fit of the same model by scipy's least_squares, with its standard errors.
    assert numbers_after("contact rate", printed) == pytest.approx([1.788, 0.106], abs=2e-3)
    assert numbers_after("recovery rate", printed) == pytest.approx([0.456, 0.019], abs=2e-3)
    assert numbers_after("boys in bed on day 0", printed)[0] == pytest.approx(2.09, abs=0.01)
    assert numbers_after("R0", printed) == [pytest.approx(3.92, abs=0.01)]
    assert numbers_after("residual", printed)[0] == pytest.approx(16.0, abs=0.05)
