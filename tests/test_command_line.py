"""The command `diffpy`: what it prints and the status that it ends with."""

import subprocess
import sys

import pytest

import diffpy
from diffpy.command_line import main
from diffpy.command_line.tables import plain_lines

MODEL = '''"""A model."""

import numpy as np
from diffpy import grad

SCALE = 2.0
NUMBER = 3


def helper(v, k):
    return v * np.sin(v) * k


def loss(x, n):
    y = x
    for i in range(n):
        y = y * helper(y, SCALE)
    while y > 10.0:
        y = 0.5 * y * y
        print(i)
    return y


def norm(a):
    return np.sum(a * a)


def generator(x):
    yield x


def rebinds(x):
    global SCALE
    SCALE = x
    return x


@grad
def decorated(x, y):
    return x * y


class Model:
    @staticmethod
    def energy(x):
        return x * x * x
'''


@pytest.fixture
def model(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("DIFFPY_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delitem(sys.modules, "command_line_model", raising=False)
    (tmp_path / "command_line_model.py").write_text(MODEL)
    yield "command_line_model"
    sys.modules.pop("command_line_model", None)


def run(capsys, *arguments):
    status = main(arguments)
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return status, out, err


def test_source_of_a_module_and_of_a_file(model, capsys):
    status, out, _ = run(capsys, "source", f"{model}:loss")
    assert status == 0 and "def grad_loss(x, n, SCALE" in out and "# reverse sweep" in out
    assert run(capsys, "source", f"{model}.py:loss") == (0, out, "")


def test_source_can_be_run(model, capsys):
    _, out, _ = run(capsys, "source", f"{model}:norm", "--kinds", "float64[:]")
    space = {}
    exec(out, space)
    assert list(space["grad_norm"](__import__("numpy").array([1.0, 2.0]))) == [2.0, 4.0]


def test_stages(model, capsys):
    assert "def loss(x, n, SCALE)" in run(capsys, "source", f"{model}:loss", "--stage", "primal")[1]
    numba = run(capsys, "source", f"{model}:loss", "--stage", "numba")[1]
    assert "out_bar=1.0" not in numba and "def grad_loss" in numba


def test_argnums_kinds_and_transforms(model, capsys):
    out = run(capsys, "source", f"{model}:helper", "--argnums", "0,1", "--kinds", "float,float")[1]
    assert "return v_bar, k_bar" in out
    out = run(capsys, "source", f"{model}:helper", "--transform", "value_and_grad")[1]
    assert "return v * t * k, v_bar" in out


def test_methods_and_decorated_functions(model, capsys):
    assert run(capsys, "source", f"{model}:Model.energy")[0] == 0
    assert "x_bar = out_bar * y" in run(capsys, "source", f"{model}:decorated")[1]
    assert "y_bar = out_bar * x" in run(capsys, "source", f"{model}:decorated", "--argnums", "1")[1]


def test_check_says_what_is_active_and_what_is_kept(model, capsys):
    status, out, _ = run(capsys, "check", f"{model}:loss", "--kinds", "float, int")
    assert status == 0
    assert "with respect to 'x'" in out and "(float, int)" in out
    lines = {line.split("  ")[0].strip(): line for line in out.splitlines()}
    assert "y: indexed tape" in lines["16"]
    assert "y: tape" in lines["18"]
    assert lines["20"].rstrip().endswith("-")
    assert "return v * np.sin(v) * k" in lines["11"]  # of a callee


@pytest.mark.parametrize("name", ["generator", "rebinds"])
def test_check_shows_the_refusal(model, capsys, name):
    status, out, err = run(capsys, "check", f"{model}:{name}")
    assert status == 1 and not err
    assert "is refused" in out and "UnsupportedSyntaxError" in out and "^" in out


def test_source_of_what_is_refused(model, capsys):
    status, out, err = run(capsys, "source", f"{model}:generator")
    assert status == 1 and not out and "UnsupportedSyntaxError" in err and "^" in err
    status, _, err = run(capsys, "source", f"{model}:norm", "--kinds", "int64[:]")
    assert status == 1 and "floating-point" in err


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nonsense",),
        ("source",),
        ("source", "no_colon"),
        ("source", "no_such_module:f"),
        ("source", "no_such_file.py:f"),
        ("source", "command_line_model:nothing"),
        ("source", "command_line_model:NUMBER"),
        ("source", "command_line_model:loss", "--argnums", "x"),
        ("source", "command_line_model:loss", "--kinds", "spam"),
        ("source", "command_line_model:loss", "--kinds", "float"),
        ("source", "command_line_model:loss", "--stage", "last"),
        ("cache", "eat"),
    ],
)
def test_wrong_usage(model, capsys, arguments):
    status, out, err = run(capsys, *arguments)
    assert status == 2 and not out and err


def test_an_argument_that_is_not_there_is_refused(model, capsys):
    status, _, err = run(capsys, "source", f"{model}:norm", "--argnums", "5")
    assert status == 1 and "there is no argument 5" in err


def test_info(model, capsys, tmp_path):
    status, out, _ = run(capsys, "info")
    assert status == 0
    for word in ("diffpy", "numba", "backend cupy", "CPU", str(tmp_path / "cache")):
        assert word in out


def test_cache_info_and_clear(model, capsys, tmp_path):
    from diffpy import grad

    assert grad(lambda x: x * x * 1.25)(2.0) == 5.0
    assert "0 compiled functions" not in run(capsys, "cache", "info")[1]
    (tmp_path / "cache" / "entries" / "half.tmp").write_text("")
    (tmp_path / "cache" / "notes.txt").write_text("not ours")
    assert run(capsys, "cache", "clear")[1].startswith("removed")
    assert "0 derivatives, 0 compiled functions, 0 source" in run(capsys, "cache", "info")[1]
    left = [p.name for p in (tmp_path / "cache").rglob("*") if p.is_file()]
    assert set(left) - {"pruned.time"} == {"notes.txt"}  # and when it was last tidied


def test_plain_tables_line_up():
    assert plain_lines(("a", "b"), [("long", "x")]) == ["a     b", "long  x"]
    assert plain_lines(("", ""), [("k", "v")]) == ["k  v"]


def test_python_dash_m(model, tmp_path):
    command = [sys.executable, "-m", "diffpy", "source", f"{model}.py:norm"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert done.returncode == 0 and "def grad_norm" in done.stdout


# --- what new users try --------------------------------------------------------------------------

SCRIPTS = {
    "noisy.py": """import argparse
print("hello from noisy")
parser = argparse.ArgumentParser()
parser.add_argument("--n", type=int, default=3)
options = parser.parse_args()
def cube(x):
    return x ** 3
""",
    "needs_arguments.py": """import argparse
parser = argparse.ArgumentParser()
parser.add_argument("n", type=int)
options = parser.parse_args()
def cube(x):
    return x ** 3
""",
    "broken.py": "def f(x):\n    return x +\n",
    "fails.py": "def g():\n    return 1 / 0\ng()\ndef f(x):\n    return x\n",
    "statistics.py": "def f(x):\n    return x * x\n",  # as a module of Python is called
    "shapes/__init__.py": "",
    "shapes/constants.py": "PI = 3.0\n",
    "shapes/circle.py": """from . import constants
def area(r):
    return constants.PI * r * r
""",
    "boxes.py": """from diffpy import grad, value_and_grad
class Box:
    def __init__(self, k):
        self.k = k
    def volume(self, x):
        return self.k * x * x
    @grad
    def slope(self, x):
        return self.k * x * x
    @classmethod
    def unit(cls, x):
        return x * x
box = Box(2.0)
def area(x):
    return x * x
def opaque(x, **options):
    return x * x
@grad(argnums=1)
def second(x, y):
    return x * y * y
@value_and_grad
def both(x):
    return x * x
""",
}


@pytest.fixture
def scripts(model, tmp_path):
    known = set(sys.modules)
    for name, text in SCRIPTS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    yield tmp_path
    for name in set(sys.modules) - known:
        if name.partition(".")[0] in {path.split("/")[0].removesuffix(".py") for path in SCRIPTS}:
            del sys.modules[name]


def test_what_a_module_prints_does_not_mix_with_the_source(scripts, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["diffpy", "source", "noisy.py:cube"])
    status, out, err = run(capsys, "source", "noisy.py:cube")
    assert status == 0 and out.startswith('"""grad_cube') and err == "hello from noisy\n"
    assert sys.argv == ["diffpy", "source", "noisy.py:cube"]


def test_a_script_that_wants_arguments(scripts, capsys):
    status, out, err = run(capsys, "source", "needs_arguments.py:cube")
    assert status == 2 and not out
    assert "it ends the program (exit status 2)" in err and '__name__ == "__main__"' in err


def test_errors_of_a_module_show_their_line(scripts, capsys):
    status, _, err = run(capsys, "source", "broken.py:f")
    assert status == 2 and "line 2" in err and "return x +" in err and "^" in err
    for target in ("fails.py:f", "fails:f"):
        status, _, err = run(capsys, "check", target)
        assert status == 2 and "ZeroDivisionError" in err
        assert "line 2" in err and "return 1 / 0" in err
    assert "fails" not in sys.modules


def test_a_file_takes_the_place_of_no_module(scripts, capsys):
    import statistics

    status, out, _ = run(capsys, "source", "statistics.py:f")
    assert status == 0 and "grad_f" in out
    assert sys.modules["statistics"] is statistics and statistics.mean([1, 3]) == 2


def test_a_file_of_a_package_imports_from_it(scripts, capsys):
    out = run(capsys, "source", "shapes/circle.py:area")
    assert out[0] == 0 and out == run(capsys, "source", "shapes.circle:area")


@pytest.mark.parametrize(
    "target, said",
    [
        ("boxes", "name a function of boxes: boxes:area, boxes:opaque"),
        ("boxes:", "boxes:area"),
        ("boxes.py", "boxes.py:area"),
        ("boxes:ara", "do you mean boxes:area?"),
        ("boxes:Box.volum", "do you mean boxes:Box.volume?"),
        ("boxes:qqq", "there is boxes:area"),
        ("boxes:Box", "is a class, not a function; there is boxes:Box.volume"),
        ("boxes:Box.volume", "needs an instance"),
        ("boxes:Box.slope", "needs an instance"),
        ("boxs:area", "there is no module boxs, here or installed; do you mean boxes.py?"),
        ("boxs.py:area", "there is no file boxs.py; do you mean boxes.py?"),
        ("shapes.cirle:area", "do you mean shapes/circle.py?"),
        ("shapes/:area", "is a folder"),
        ("boxes:opaque", 'for example --kinds "float64[:], int"'),
    ],
)
def test_what_is_not_there_is_named_with_what_is(scripts, capsys, target, said):
    for command in ("source", "check"):
        status, out, err = run(capsys, command, target)
        assert status == 2 and not out and said in err.replace("\\", "/")


@pytest.mark.parametrize("name", ["box.volume", "box.slope", "Box.unit"])
def test_methods(scripts, capsys, name):
    status, out, _ = run(capsys, "source", f"boxes:{name}")
    assert status == 0 and "x_bar" in out


def test_options_stand_over_the_decorator_s(scripts, capsys):
    assert "return y_bar" in run(capsys, "source", "boxes:second")[1]
    assert "return x_bar" in run(capsys, "source", "boxes:second", "--argnums", "0")[1]
    assert "return x * x, x_bar" in run(capsys, "source", "boxes:both")[1]
    assert "return x_bar" in run(capsys, "source", "boxes:both", "--transform", "grad")[1]


def test_a_page_is_written(scripts, capsys):
    pytest.importorskip("pygments")
    assert run(capsys, "source", "boxes:area", "--html", "a.html") == (0, "wrote a.html\n", "")
    assert "grad of area" in (scripts / "a.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", [".", "nowhere/a.html"])
def test_a_page_has_no_place(scripts, capsys, path):
    pytest.importorskip("pygments")
    status, out, err = run(capsys, "source", "boxes:area", "--html", path)
    assert status == 2 and not out and f"cannot write {path}" in err


def test_check_says_which_file_a_line_is_of(scripts, capsys):
    (scripts / "caller.py").write_text(
        "from boxes import area\ndef twice(x):\n    return area(area(x))\n"
    )
    out = run(capsys, "check", "caller.py:twice")[1]
    assert out.index("\nboxes.py\n") < out.index("\ncaller.py\n")


def test_check_shows_the_users_lines(scripts, capsys):
    (scripts / "most.py").write_text("def most(x, n):\n    return max(x * k for k in range(n))\n")
    out = run(capsys, "check", "most.py:most", "--kinds", "float,int")[1]
    assert "most.py" in out and "consumers.py" not in out


def test_the_stages_are_explained(capsys):
    status, out, _ = run(capsys, "source", "--help")
    assert status == 0
    for stage in ("final   the derivative", "primal  the function", "numba   the derivative"):
        assert stage in out


def test_without_a_command_the_help_is_shown(capsys):
    status, _, err = run(capsys)
    assert status == 2 and "print the source of a derivative" in err
    assert run(capsys, "--version") == (0, f"diffpy {diffpy.__version__}\n", "")
