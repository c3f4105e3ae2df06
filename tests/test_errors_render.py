"""How errors look: exact carets, all four parts, and no message printed twice."""

import ast
import copy
import pickle
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from diffpy.errors import (
    AliasingError,
    BackendCompileError,
    DiffpyError,
    MissingRuleError,
    NonDifferentiableInputError,
    NonScalarOutputError,
    PerformanceWarning,
    Place,
    ReadOnlyError,
    SourceUnavailableError,
    UnsupportedSyntaxError,
    render,
)

BUILTINS = {
    UnsupportedSyntaxError: SyntaxError,
    SourceUnavailableError: OSError,
    MissingRuleError: NotImplementedError,
    NonDifferentiableInputError: TypeError,
    NonScalarOutputError: TypeError,
    AliasingError: ValueError,
    ReadOnlyError: ValueError,
    BackendCompileError: RuntimeError,
}
PLACE = Place("model.py", 7, 8, 14, "    y = [x, 2]\n")
FOUR_PARTS = ("a list is made here", PLACE, "lists have no adjoint yet", "use a tuple: (x, 2)")
FULL_TEXT = """\
a list is made here
  File "model.py", line 7
    y = [x, 2]
        ^^^^^^
lists have no adjoint yet
instead: use a tuple: (x, 2)"""


def caret_line(place):
    return place.show().splitlines()[2]


@pytest.mark.parametrize("error", BUILTINS)
def test_each_error_has_two_bases_and_the_same_text(error):
    raised = error(*FOUR_PARTS)
    assert isinstance(raised, DiffpyError)
    assert isinstance(raised, BUILTINS[error])
    assert str(raised) == FULL_TEXT


@pytest.mark.parametrize("error", BUILTINS)
@pytest.mark.parametrize("parts", [FOUR_PARTS, ("only what",), ("what", PLACE)])
def test_errors_survive_pickle_and_copy(error, parts):
    for twin in (pickle.loads(pickle.dumps(error(*parts))), copy.copy(error(*parts))):
        assert type(twin) is error
        assert str(twin) == str(error(*parts))
        assert twin.place == error(*parts).place


@pytest.mark.parametrize("error", BUILTINS)
def test_parts_may_be_missing(error):
    assert str(error("what")) == "what"
    assert str(error("what", None, "why", "fix")) == "what\nwhy\ninstead: fix"
    assert str(error("what", fix="fix")) == "what\ninstead: fix"


def test_warning_text():
    assert issubclass(PerformanceWarning, UserWarning)
    assert render(*FOUR_PARTS) == FULL_TEXT


@pytest.mark.parametrize(
    ("text", "column", "end_column", "shown", "carets"),
    [
        ("y = x[0]", 4, 8, "y = x[0]", "    ^^^^"),
        ("        y = x", 12, 13, "y = x", "    ^"),
        ("\t\ty = x", 6, 7, "y = x", "    ^"),
        ("y\t= x", 4, 5, "y   = x", "      ^"),
        ("y =\tx\t+ z", 4, 9, "y = x   + z", "    ^^^^^^^"),
        ("値 = [x]", 4, 7, "値 = [x]", "     ^^^"),
        ("y = '値値' + z", 4, 8, "y = '値値' + z", "    ^^^^^^"),
        ("e\u0301 = x", 5, 6, "e\u0301 = x", "    ^"),
        ("α = β", 4, 5, "α = β", "    ^"),
        ("y = [x,", 4, None, "y = [x,", "    ^^^"),
        ("y = x", 4, 99, "y = x", "    ^"),
        ("y = x", 99, 100, "y = x", "     ^"),
        ("y = x", 2, 2, "y = x", "  ^"),
        ("    y = x", 0, 9, "y = x", "^^^^^"),
    ],
)
def test_caret_stands_under_the_columns(text, column, end_column, shown, carets):
    lines = Place("m.py", 1, column, end_column, text).show().splitlines()
    assert lines == ['  File "m.py", line 1', "    " + shown, "    " + carets]


@pytest.mark.parametrize("text", ["", "\n", "   "])
def test_place_without_text_shows_file_and_line(text):
    assert Place("m.py", 3, 0, 4, text).show() == '  File "m.py", line 3'


def test_place_of_a_node_counts_characters_not_bytes():
    text = "値 = α + f(β)"
    place = Place.of_node(ast.parse(text).body[0].value.right, "m.py", text)
    assert text[place.column : place.end_column] == "f(β)"
    assert caret_line(place) == " " * 4 + " " * 9 + "^" * 4


def test_place_of_a_node_over_several_lines():
    source = "y = (x +\n     z)\n"
    place = Place.of_node(ast.parse(source).body[0].value, "m.py", source.splitlines()[0])
    assert place.end_column is None
    assert caret_line(place) == " " * 4 + " " * 5 + "^" * 3


def test_syntax_error_attributes():
    error = UnsupportedSyntaxError(*FOUR_PARTS)
    assert (error.filename, error.lineno, error.end_lineno) == ("model.py", 7, 7)
    assert (error.offset, error.end_offset) == (9, 15)
    assert error.text == "    y = [x, 2]\n"
    nowhere = UnsupportedSyntaxError("what")
    assert (nowhere.filename, nowhere.lineno, nowhere.offset, nowhere.text) == (None,) * 4


PRINTED = """\
  File "model.py", line 7
    y = [x, 2]
        ^^^^^^
{name}: a list is made here
lists have no adjoint yet
instead: use a tuple: (x, 2)
"""


def test_traceback_module_prints_each_part_once():
    printed = "".join(traceback.format_exception_only(UnsupportedSyntaxError(*FOUR_PARTS)))
    assert printed == PRINTED.format(name="diffpy.errors.UnsupportedSyntaxError")


def test_interpreter_prints_each_part_once(tmp_path):
    program = (
        "from diffpy.errors import Place, UnsupportedSyntaxError\n"
        f"raise UnsupportedSyntaxError(*{FOUR_PARTS!r})\n"
    )
    script = tmp_path / "program.py"
    script.write_text(program)
    root = Path(__file__).parents[1]
    result = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(root), "PYTHONIOENCODING": "utf-8"},
        cwd=tmp_path,
    )
    assert result.returncode == 1
    # Before 3.13 the interpreter's own printer gives subclasses of SyntaxError a single caret.
    expected = PRINTED.format(name="diffpy.errors.UnsupportedSyntaxError")
    for carets in ("^^^^^^", "^"):
        if result.stderr.endswith(expected.replace("^^^^^^", carets)):
            return
    raise AssertionError(result.stderr)
