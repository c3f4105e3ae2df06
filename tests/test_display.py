"""The derivative as a thing to look at: coloured text, page, picture, what each line saves."""

import html
import inspect
import io
import os
import pickle
import re
import stat
import sys
from collections import Counter
from html.parser import HTMLParser

import numpy as np
import pytest
import zoo

import diffpy as dp
from diffpy.display.colours import html_lines
from diffpy.display.data_flow import data_flow
from diffpy.display.graph import collapsed
from diffpy.display.line_report import differentiated_function, report
from diffpy.display.saved_values import AGAIN, HELD, INDEXED, PUSHED
from diffpy.display.text_lines import text_lines
from diffpy.display.write_file import write_whole

pytest.importorskip("pygments")


@pytest.fixture(autouse=True)
def plain_python(monkeypatch):
    backend, dp.config.backend = dp.config.backend, "python"
    yield
    dp.config.backend = backend


def swing(angle, speed, steps):
    for _ in range(steps):
        speed = speed - 0.01 * np.sin(angle)
        angle = angle + 0.01 * speed
    return angle


def halved(x):
    while x > 3.0:
        x = 0.5 * x * np.cos(x)
    return x


def layers(w, x):
    h = np.tanh(x @ w)
    for _ in range(3):
        h = np.sin(h)
    return np.sum(h)


def helper(v):
    return v * v * v


def calls(x):
    y = 2.0 * x
    return helper(y)


def branches(x, y):
    if x > y:
        z = x * y
    else:
        z = x - y
    return z * z


def power(x, n):
    return 1.0 if n == 0 else x * power(x, n - 1)


def stores(v):
    y = np.zeros(len(v))
    for i in range(len(v)):
        y[i] = v[i] * v[i]
    return np.sum(y)


CASES = {
    swing: (0.5, 0.0, 4),
    halved: (9.0,),
    layers: (np.ones((2, 3)), np.ones((4, 2))),
    calls: (2.0,),
    branches: (2.0, 1.0),
    power: (2.0, 3),
    stores: (np.ones(3),),
}


def derivative(function):
    return dp.grad(function).compile(*CASES[function])


def report_of(function):
    df = derivative(function)
    return report(df.transform, df._dispatch.shown()[0])


def line_of(function, text):
    """The number of the function's line that begins so."""
    lines = function.__code__.co_firstlineno, *_lines(function)
    return lines[0] + next(n for n, line in enumerate(lines[1:]) if line.strip().startswith(text))


def _lines(function):
    return inspect.getsource(function).splitlines()


# --- the text ------------------------------------------------------------------------------------


def test_source_is_the_string_that_it_was():
    df = derivative(swing)
    text = df.source
    assert isinstance(text, str) and text == df._dispatch.inspect("final")
    assert str(text) == text and hash(text) == hash(str(text)) and repr(text) == repr(str(text))
    assert type(text.upper()) is str and type(str(text)) is str
    assert type(pickle.loads(pickle.dumps(text))) is str
    assert df.source + "" == df.inspect_source("final")


def test_a_notebook_shows_the_source_in_colours():
    text = derivative(branches).source
    shown = text._repr_html_()
    assert re.search(r'<span style="[^"]*color[^"]*">def</span>', shown)
    assert html.unescape(re.sub("<[^>]*>", "", shown)).strip() == text.strip()


def test_ipython_in_a_terminal_prints_the_program():
    printed = []
    printer = type("Printer", (), {"text": lambda self, text: printed.append(text)})()
    derivative(swing).source._repr_pretty_(printer, False)
    assert printed == [derivative(swing).source.rstrip("\n")]


def test_without_pygments_a_notebook_shows_the_text(monkeypatch):
    monkeypatch.setitem(sys.modules, "pygments", None)
    assert derivative(swing).source._repr_html_() is None


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


def test_show_prints_plain_text_into_a_pipe(capsys):
    df = derivative(swing)
    df.show()
    assert capsys.readouterr().out == df.source
    df.show("primal")
    assert capsys.readouterr().out == df.inspect_source("primal")


def test_show_prints_colours_on_a_terminal(monkeypatch):
    pytest.importorskip("rich")
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLUMNS", "40")  # narrower than the text: lines stay whole
    df = derivative(swing)
    df.show()
    printed = sys.stdout.getvalue()
    assert "\x1b[" in printed
    plain = re.sub(r"\x1b\[[\d;]*m", "", printed)
    assert [line.rstrip() for line in plain.rstrip().splitlines()] == df.source.splitlines()


def test_show_on_a_terminal_without_rich(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setitem(sys.modules, "rich", None)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    df = derivative(swing)
    df.show()
    assert sys.stdout.getvalue() == df.source


def test_a_stage_that_is_not_there():
    with pytest.raises(ValueError, match="no stage 'last'"):
        derivative(swing).show("last")


def test_coloured_lines_are_the_lines():
    text = '"""Several\nlines <b>."""\n\n\ndef f(x):\n    return "&" if x < 1 else x  # é\n'
    lines = [html.unescape(re.sub("<[^>]*>", "", line)) for line in html_lines(text)]
    assert lines == text.splitlines()


# --- which lines belong together -----------------------------------------------------------------


@pytest.mark.parametrize("function", CASES)
def test_adjoint_lines_come_from_lines_of_the_function(function):
    """What computes an adjoint names a line; the comment on it, if there is one, names one too."""
    made = report_of(function)
    computing = 0
    for line in text_lines(made.program):
        said = re.search(r"\S +# line (\d+): (.*)", line.text)
        if said:
            computing += 1
            assert int(said[1]) in [number for _, number in line.places]
        if re.match(r"\s*\w+_bar(_\d+)? [-+*]?= .*[-+*/(]", line.code) and "tape" not in line.code:
            if line.sweep == "reverse" and "np.zeros" not in line.code:
                assert line.places or re.search(r"np\.float64\(\w*\.0\)$", line.code), line
    assert computing


def test_the_reverse_of_a_line_belongs_to_it():
    places = {line.code.strip(): [n for _, n in line.places] for line in text_lines(
        report_of(swing).program
    )}  # fmt: skip
    assert places["speed_bar += angle_bar * 0.01"][0] == line_of(swing, "angle =")
    assert places["angle += 0.01 * speed"] == [line_of(swing, "angle =")]
    assert line_of(swing, "for") in places["for i in range(steps - 1, -1, -1):"]


def test_a_callee_s_line_belongs_to_the_call_too():
    lines = [line for line in text_lines(report_of(calls).program) if line.sweep == "reverse"]
    inner, outer = line_of(helper, "return"), line_of(calls, "return")
    assert any([n for _, n in line.places] == [inner, outer] for line in lines)


def test_files_are_told_apart(tmp_path, monkeypatch):
    """Two files whose functions stand on the same line."""
    (tmp_path / "display_inner.py").write_text("def inner(v):\n    return v * v * v\n")
    (tmp_path / "display_outer.py").write_text(
        "from display_inner import inner\ndef outer(x): return inner(x) * x\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    import display_outer

    df = dp.grad(display_outer.outer).compile(2.0)
    made = report(df.transform, df._dispatch.shown()[0])
    files = Counter(os.path.basename(file) for file, _ in made.lines)
    assert files == {"display_inner.py": 1, "display_outer.py": 1}
    first = {
        os.path.basename(next(iter(x.places))[0]) for x in text_lines(made.program) if x.places
    }
    assert first == {"display_inner.py", "display_outer.py"}


@pytest.mark.parametrize("function", CASES)
def test_the_sweeps_are_marked(function):
    lines = text_lines(report_of(function).program)
    for line in lines:
        if re.match(r"\s+(push_|\w+_tape(_\d+)?\[.*\] = )", line.text):
            assert line.sweep == "forward"
        if (
            re.match(r"\s+\w+_bar [-+*]?= (?!np.(zeros|empty))", line.text)
            or "pop_" in line.text.partition("=")[2]
        ):
            assert line.sweep == "reverse"
    assert "".join(line.text + "\n" for line in lines) == derivative(function).source


# --- what each line saves ------------------------------------------------------------------------


def saved(function):
    return [(v.name, v.how, v.cost) for x in report_of(function).lines.values() for v in x.saved]


def test_a_loop_with_known_trips_saves_on_an_indexed_tape():
    assert saved(swing) == [("angle", INDEXED, "8 bytes")]
    (line,) = [x for x in report_of(swing).lines.values() if x.saved]
    assert line.number == line_of(swing, "for")


def test_a_while_loop_pushes():
    kept = saved(halved)
    assert ("x", PUSHED, "8 bytes") in kept
    assert {how for _, how, _ in kept} <= {PUSHED, AGAIN}


def test_arrays_are_pushed_with_their_shape_or_held():
    kept = saved(layers)
    assert ("h", HELD, "8 bytes per element") in kept
    assert any(how == PUSHED and cost == "8 bytes per element + 16" for _, how, cost in kept)


def test_single_precision_takes_half():
    df = dp.grad(layers).compile(*(a.astype(np.float32) for a in CASES[layers]))
    made = report(df.transform, df._dispatch.shown()[0])
    costs = {v.cost for x in made.lines.values() for v in x.saved if v.how == PUSHED}
    assert costs == {"4 bytes per element + 16"}


def test_nothing_is_saved_by_straight_lines():
    assert {how for _, how, _ in saved(branches)} <= {AGAIN}


@pytest.mark.parametrize("function", CASES)
def test_every_save_of_the_text_is_reported(function):
    text = derivative(function).source
    pushes = len(re.findall(r"^\s+push_", text, re.M))
    stores = len(re.findall(r"^\s+\w+_tape(_\d+)?\[.*\] = ", text, re.M))
    kept = Counter(how for _, how, _ in saved(function))
    assert bool(pushes) == bool(kept[PUSHED]) and kept[PUSHED] <= pushes
    assert kept[INDEXED] == stores


def test_the_bytes_are_those_that_a_run_pushes():
    from diffpy.runtime.tape import ListTape

    sizes = []

    class Counting(ListTape):
        def push(self, slot, value):
            sizes.append(max(8, np.dtype(slot).itemsize))
            super().push(slot, value)

    space = {}
    exec(derivative(halved).source, space)
    space["grad_halved"](9.0, tape=Counting())
    trips, x = 0, 9.0
    while x > 3.0:
        x, trips = 0.5 * x * np.cos(x), trips + 1
    per_trip = sum(v.nbytes for line in report_of(halved).lines.values() for v in line.saved)
    assert trips and sum(sizes) == trips * per_trip


# --- the page ------------------------------------------------------------------------------------


class Page(HTMLParser):
    """What is in a page; refuses tags that are not closed."""

    VOID = ("meta", "link", "img", "br", "input")

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.links, self.keys, self.ties, self.code = [], [], [], [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag not in self.VOID:
            self.open.append(tag)
        self.links += [given[name] for name in ("src", "href") if name in given]
        self.keys += (given.get("data-key") or "").split()
        self.ties += (given.get("data-of") or "").split()
        if tag == "code":
            self.code.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "code" in self.open:
            self.code[-1] += data


@pytest.mark.parametrize("function", CASES)
def test_the_page_holds_both_sources(function, tmp_path):
    df = derivative(function)
    text = df.save_html(tmp_path / "page.html").read_text(encoding="utf-8")
    page = Page(text)
    assert not page.links and "http" not in text and "@import" not in text
    shown = "\n".join(page.code)
    assert "\n".join(_lines(function)) in shown
    without_comments = [re.sub(r"(?<=\S)  +# line .*", "", x) for x in df.source.splitlines()]
    assert "\n".join(without_comments) in shown
    assert page.keys and set(page.keys) == set(page.ties)
    assert len(page.keys) == len(set(page.keys))
    assert str(tmp_path) not in text and os.path.dirname(__file__) not in text


def test_the_page_says_what_is_saved(tmp_path):
    text = derivative(swing).save_html(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "angle: indexed tape, 8 bytes" in text and "grad of swing" in text
    assert "for arguments (float, float, int)" in text


def test_the_page_escapes_what_the_user_writes(tmp_path):
    def marked(x):
        """</code><script>alert(1)</script>"""
        return x * x if x < 2.0 else x

    text = dp.grad(marked).save_html(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<script>alert" not in text
    assert Page(text).links == []


@pytest.mark.parametrize("transform", (dp.grad, dp.value_and_grad))
def test_a_second_derivative_has_a_page_too(transform, tmp_path):
    df = dp.grad(transform(branches)) if transform is dp.grad else transform(branches)
    assert Page(df.save_html(tmp_path / "page.html").read_text(encoding="utf-8")).keys


def test_without_pygments_the_page_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "pygments", None)
    with pytest.raises(ImportError, match=r'pip install "diffpy\[display\]"'):
        derivative(swing).save_html(tmp_path / "page.html")
    assert not list(tmp_path.iterdir())


# --- files ---------------------------------------------------------------------------------------


def test_bad_paths_are_refused(tmp_path):
    df = derivative(swing)
    with pytest.raises(IsADirectoryError, match="it is a folder"):
        df.save_html(tmp_path)
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        df.save_html(tmp_path / "nowhere" / "page.html")
    with pytest.raises(IsADirectoryError):
        df.save(tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_was_there_stays_if_writing_fails(tmp_path, monkeypatch):
    file = tmp_path / "page.html"
    file.write_text("mine")

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match=r"cannot write .*page.html: No space left"):
        derivative(swing).save_html(file)
    assert file.read_text() == "mine" and [p.name for p in tmp_path.iterdir()] == ["page.html"]


def test_text_that_cannot_be_encoded_leaves_nothing(tmp_path):
    with pytest.raises(UnicodeEncodeError):
        write_whole(tmp_path / "page.html", "\ud800")
    assert not list(tmp_path.iterdir())


def test_a_file_is_replaced_and_a_link_stays_a_link(tmp_path):
    file, link = tmp_path / "file.html", tmp_path / "link.html"
    file.write_text("old")
    file.chmod(0o640)
    link.symlink_to(file)
    assert write_whole(link, "new") == link
    assert link.is_symlink() and file.read_text() == "new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert write_whole(str(file), "newer") == file


# --- the picture ---------------------------------------------------------------------------------


def flow_of(function):
    df = derivative(function)
    return data_flow(*differentiated_function(df.transform, df._dispatch.shown()[0]))


def drawn(function, *options):
    pytest.importorskip("graphviz")
    return derivative(function).graph(*options).source


def test_active_values_are_told_from_others():
    active = {node.label: node.active for node in flow_of(swing).frame.nodes()}
    assert active["speed = speed - 0.01 * np.sin(angle)"]
    assert active["return angle"] and not active["steps"]
    speed = [node for node in flow_of(swing).frame.nodes() if node.label == "speed"]
    assert [node.active for node in speed] == [False, True]  # the argument, and in the loop


def test_edges_go_from_what_is_read_to_what_reads():
    edges = {(a.label, b.label, e.back) for (a, b), e in flow_of(swing).edges.items()}
    assert ("angle", "speed = speed - 0.01 * np.sin(angle)", False) in edges
    assert ("angle = angle + 0.01 * speed", "angle", True) in edges
    assert ("angle = angle + 0.01 * speed", "return angle", False) in edges


def test_both_branches_lead_to_what_follows():
    edges = {(a.label, b.label) for a, b in flow_of(branches).edges}
    assert {("z = x * y", "return z * z"), ("z = x - y", "return z * z")} <= edges


def test_a_store_lies_between_the_array_and_its_readers():
    flow = flow_of(stores)
    (store,) = [n for n in flow.frame.nodes() if n.label.startswith("y[i] =")]
    assert {b.label for a, b in flow.edges if a is store} == {"return np.sum(y)"}
    assert {a.label for a, b in flow.edges if b is store} >= {"v", "i"}


def test_blocks_are_frames():
    text = drawn(branches)
    assert text.count("subgraph cluster_") == 2
    assert 'label="if x > y"' in text and 'label="if not (x > y)"' in text
    assert "subgraph cluster_1" in drawn(swing) and "for _ in range(steps)" in drawn(swing)


def test_short_partials_stand_on_the_edges():
    flow = flow_of(branches)
    found = {(a.label, b.label): e.label() for (a, b), e in flow.edges.items() if e.label}
    assert found["x", "z = x * y"] == "y" and found["x", "z = x - y"] == "1.0"
    assert found["z = x * y", "return z * z"] == "z + z"
    assert found["y", "z = x * y"] is None  # not differentiated
    assert 'label=" y"' in drawn(branches)


@pytest.mark.parametrize("function", (swing, branches, calls))
def test_partials_are_right(function):
    """Each label, evaluated, is the finite difference of the line that it stands at."""
    values = {"x": 1.3, "y": 0.7, "z": 0.9, "v": 1.1, "angle": 0.4, "speed": 0.2, "np": np}
    compared = 0
    for (start, end), edge in flow_of(function).edges.items():
        partial = edge.label() if edge.label else None
        if partial is None or "helper" in end.label:
            continue
        expression = end.label.removeprefix("return ").rpartition(" = ")[2]
        name = start.label.partition(" = ")[0]
        up, down = ({**values, name: values[name] + h} for h in (1e-6, -1e-6))
        difference = (eval(expression, up) - eval(expression, down)) / 2e-6
        assert eval(partial, dict(values)) == pytest.approx(difference, abs=1e-8)
        compared += 1
    assert compared


def last_power(x, limit):
    r = 1.0
    for i in range(1, 9):
        if i > limit:
            pass
        else:
            r = r * x
    return r


def test_a_frame_says_when_it_is_entered_and_no_index_stands_alone():
    df = dp.grad(last_power).compile(2.0, 3)
    flow = data_flow(*differentiated_function(df.transform, df._dispatch.shown()[0]))
    (loop,) = [item for item in flow.frame.items if not hasattr(item, "role")]
    assert [item.label for item in loop.items if not hasattr(item, "role")] == [
        "if not (i > limit)"
    ]
    assert not [node for node in flow.frame.nodes() if node.role == "index"]
    assert {node for edge in flow.edges for node in edge} <= set(flow.frame.nodes())


def long(x):
    a = x
    for i in range(3):
        b = a * i
        c = b * a
        if c > 1.0:
            c = c * 0.5
            a = c + b
        a = a + c * 0.1
    d = a * a
    e = d * a
    f = e + d
    g = f * e
    return g * f + d


@pytest.mark.parametrize("most", (1, 2, 4, 8, 12, 50))
def test_large_pictures_are_collapsed(most):
    df = dp.grad(long).compile(2.0)
    flow = data_flow(*differentiated_function(df.transform, df._dispatch.shown()[0]))
    small = collapsed(flow, most)
    nodes = set(small.frame.nodes())
    assert len(nodes) <= max(most, 3)  # argument, result, and something between
    assert {node for edge in small.edges for node in edge} <= nodes
    assert all(a is not b for a, b in small.edges)
    counted = sum(int(n.label.split("\n")[1].split()[0]) for n in nodes if n.role == "merged")
    counted += sum(n.role == "statement" for n in nodes)
    assert counted == sum(n.role == "statement" for n in flow.frame.nodes())


def test_a_picture_of_no_nodes_is_refused():
    pytest.importorskip("graphviz")
    with pytest.raises(ValueError, match="max_nodes"):
        derivative(swing).graph(0)


def test_without_graphviz_the_picture_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "graphviz", None)
    with pytest.raises(ImportError, match=r'graphviz.*\n.*pip install "diffpy\[display\]"'):
        derivative(swing).graph()


SOME = [p for n, p in enumerate(zoo.load().values()) if n % 12 == 0]


@pytest.mark.parametrize("program", SOME, ids=lambda program: program.name)
def test_every_program_can_be_looked_at(program, tmp_path):
    df = dp.grad(program.function, argnums=program.argnums)
    try:
        df.compile(*program.fresh_cases()[0])
    except dp.NonScalarOutputError:
        return
    assert Page(df.save_html(tmp_path / "page.html").read_text(encoding="utf-8")).code
    if pytest.importorskip("graphviz"):
        assert df.graph().source.startswith("digraph")
        assert df.graph(5).source.startswith("digraph")


def unchanged(x):
    return x


class Spring:
    def __init__(self, k):
        self.k = k

    @dp.grad
    def force(self, x):
        def energy(v):
            return 0.5 * self.k * v * v

        return energy(x)


@pytest.mark.parametrize(
    "df, first",
    [
        (dp.grad(unchanged), "def unchanged(x):"),
        (dp.grad(dp.grad(branches)), "def branches(x, y):"),
        (dp.grad(lambda x: x * x), "(dp.grad(lambda x: x * x)"),
        (Spring(2.0).force, "@dp.grad"),
    ],
)
def test_the_page_shows_the_user_s_function(df, first, tmp_path):
    page = Page(df.save_html(tmp_path / "page.html").read_text(encoding="utf-8"))
    assert page.code[0].strip().startswith(first)
    assert sum("def energy" in code for code in page.code) <= 1  # inside of its function only
    shown = [code for code in page.code if code.startswith("def ")]
    assert any(code.startswith("def grad_") for code in shown)
