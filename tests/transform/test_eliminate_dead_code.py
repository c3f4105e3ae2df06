"""What is dead goes, what has an effect stays."""

from transform.writing import (
    VECTOR,
    add_to,
    block,
    branch,
    counted,
    do,
    function,
    get,
    make_zeros,
    put,
    var,
)

from diffpy.kinds import PY_BOOL, PY_FLOAT, PY_INT, TAPE
from diffpy.rules.structural import dim, pop, push, throw
from diffpy.transform.eliminate_dead_code import eliminate_dead_code
from diffpy.transform.emit import emit_module
from diffpy.transform.ir import Call, called_functions
from diffpy.transform.verify import verify


def left(entry):
    """The lines of the cleaned function's body."""
    cleaned = eliminate_dead_code(entry)
    for one in called_functions(cleaned):
        verify(one)
    text = emit_module(cleaned, compiled=False)
    return [line.strip() for line in text[text.rindex("def ") :].splitlines()[1:]]


X, Y, N = var("x"), var("y"), var("n", PY_INT)
A = var("a", VECTOR)


def test_unused_arithmetic():
    z = var("z")
    assert left(function([X], do(z, "+", X, 1.0), do(var("w"), "*", z, z), gives=[X])) == [
        "return x"
    ]


def test_shadow_that_nobody_reads():
    x_bar, n = var("x_bar", VECTOR), var("n", PY_INT)
    made = [make_zeros(x_bar, 3), add_to(x_bar, X, 0), do(n, dim, x_bar, axis=0)]
    assert left(function([X], *made, gives=[X])) == ["return x"]
    assert left(function([X], *made, gives=[n]))[1:] == ["n = x_bar.shape[0]", "return n"]


def test_shadow_that_somebody_reads_through_a_loop_and_a_view():
    x_bar, h, r = (var(n, VECTOR) for n in ("x_bar", "h", "r"))
    y, i = var("y"), var("i", PY_INT)
    loop = counted(i, [3], block(add_to(h, X, i), gives=[h]), [h], [x_bar], [r])
    assert len(left(function([X], make_zeros(x_bar, 3), loop, get(y, r, 1), gives=[y]))) == 5
    assert left(function([X], make_zeros(x_bar, 3), loop, gives=[X])) == ["return x"]


def test_stores_into_what_comes_from_outside():
    assert left(function([X, A], put(A, X, 0), gives=[X])) == ["a[0] = x", "return x"]


def test_a_value_that_feeds_only_itself():
    h, r, i, again = var("h"), var("r"), var("i", PY_INT), var("h")
    k, s, more = var("k"), var("s"), var("k")
    body = block(do(again, "*", h, 2.0), do(more, "+", k, 1.0), gives=[again, more])
    loop = counted(i, [3], body, [h, k], [X, 0.0], [r, s])
    assert left(function([X], loop, gives=[s])) == [
        "k = 0.0",
        "for _ in range(3):",
        "k += 1.0",
        "s = k",
        "return s",
    ]
    assert left(function([X], loop, gives=[X])) == ["return x"]


def test_an_unchanged_value_is_not_carried():
    h, r, i = var("h"), var("r"), var("i", PY_INT)
    loop = counted(i, [3], block(add_to(A, h, i), gives=[h]), [h], [X], [r])
    assert left(function([X, A], loop, gives=[r])) == [
        "for i in range(3):",
        "a[i] += x",
        "return x",
    ]


def test_both_sides_give_the_same():
    c, r = var("c", PY_BOOL), var("r")
    both = branch(c, block(gives=[X]), block(gives=[X]), [r])
    assert left(function([c, X], both, gives=[r])) == ["return x"]
    zeros = branch(c, block(gives=[0.0]), block(gives=[-0.0]), [r])
    assert len(left(function([c, X], zeros, gives=[r]))) > 1


def test_what_is_decided_while_compiling():
    y, z, r, i, h = var("y"), var("z"), var("r"), var("i", PY_INT), var("h")
    decided = branch(
        True, block(do(y, "+", X, 1.0), gives=[y]), block(do(z, "-", X, 1.0), gives=[z]), [r]
    )
    assert left(function([X], decided, gives=[r])) == ["y = x + 1.0", "return y"]
    never = counted(i, [0], block(do(y, "+", h, 1.0), gives=[y]), [h], [X], [r])
    assert left(function([X], never, gives=[r])) == ["return x"]


def test_a_pop_stays():
    tape, y = var("tape", TAPE), var("y")
    slot = {"slot": PY_FLOAT}
    kept = function([X, tape], do(None, push, tape, X, **slot), do(y, pop, tape, **slot), gives=[X])
    assert left(kept) == ["push_f8(tape, x)", "pop_f8(tape)", "return x"]


def test_raises_stay_and_what_decides_them():
    t = var("t", PY_BOOL)
    refuse = block(do(None, throw, error="ValueError", message="no"))
    kept = function([X], do(t, "<", X, 0.0), branch(t, refuse, block()), gives=[X])
    assert left(kept) == ["if x < 0.0:", 'raise ValueError("no")', "return x"]


def test_calls():
    y, z = var("y"), var("z")
    p, q, b = var("p"), var("q"), var("b", VECTOR)
    pure = function([p], do(q, "*", p, p), gives=[q], name="pure")
    assert left(function([X], Call((y,), pure, (X,)), gives=[X])) == ["return x"]
    writing = function([p, b], put(b, p, 0), gives=[p], name="writing")
    caller = function([X, A], Call((z,), writing, (X, A)), gives=[X])
    assert left(caller) == ["writing(x, a)", "return x"]


def test_a_call_that_writes_through_an_unchanged_value():
    p, b, h, r, i = var("p"), var("b", VECTOR), var("h", VECTOR), var("r", VECTOR), var("i", PY_INT)
    loop = counted(i, [3], block(gives=[h]), [h], [b], [r])
    writing = function([p, b], loop, put(r, p, 0), gives=[p], name="writing")
    caller = function([X, A], Call((var("z"),), writing, (X, A)), gives=[X])
    assert left(caller) == ["writing(x, a)", "return x"]


def test_recursion_goes_to_the_new_function():
    f = function([X], name="f")
    y = var("y")
    f.body = block(Call((y,), f, (X,)), do(var("z"), "+", y, y), gives=[y])
    cleaned = eliminate_dead_code(f)
    assert cleaned is not f and cleaned.body.statements[0].function is cleaned
    assert len(cleaned.body.statements) == 1 and len(f.body.statements) == 2


def test_the_heading_stays_where_it_was():
    y, z, w = var("y"), var("z"), var("w")
    f = function([X], do(y, "+", X, 1.0), do(z, "*", y, y), do(w, "*", z, z), gives=[w])
    f.reverse_from = 2
    dead = function([X], do(var("u"), "+", X, 1.0), *f.body.statements, gives=[w], reverse_from=3)
    assert eliminate_dead_code(dead).reverse_from == 2
