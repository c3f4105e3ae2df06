"""Every function gets the tapes that it or a callee uses; recursion stays recursion."""

from diffpy.kinds import PY_FLOAT, TAPE
from diffpy.rules.structural import pop, push
from diffpy.transform.ir import Block, Call, Function, Instr, Var
from diffpy.transform.thread_tapes import thread_tapes
from diffpy.transform.verify import verify

SLOT = (("slot", PY_FLOAT),)


def make(name, *statements):
    x = Var("x", PY_FLOAT)
    return Function(name, (x,), Block(tuple(statements), (x,)))


def call(function):
    return Call((Var("y", PY_FLOAT),), function, (Var("x", PY_FLOAT),))


def pushes(tape):
    return Instr(Var("z", PY_FLOAT), pop, (tape,), SLOT)


def names(function):
    return [p.name for p in function.params]


def test_mutual_recursion():
    first, second = Var("tape", TAPE), Var("tape2", TAPE)
    f, g = make("f"), make("g")
    f.body = Block((pushes(first), Call((Var("y", PY_FLOAT),), g, f.params)), f.params)
    g.body = Block((pushes(second), Call((Var("y", PY_FLOAT),), f, g.params)), g.params)
    entry = thread_tapes(f)
    other = entry.body.statements[1].function
    assert names(entry) == names(other) == ["x", "tape2", "tape"]
    assert other.body.statements[1].function is entry
    assert entry is not f and names(f) == ["x"]
    assert entry.params[1:] == other.params[1:]
    verify(entry)
    verify(other)


def test_a_tape_that_is_a_parameter_stays():
    tape = Var("tape", TAPE)
    callee = make("callee", pushes(tape))
    entry = Function("entry", (tape, Var("x", PY_FLOAT)))
    entry.body = Block((Call((Var("y", PY_FLOAT),), callee, entry.params[1:]),))
    entry = thread_tapes(entry)
    assert names(entry) == ["tape", "x"]
    assert entry.body.statements[0].args == (entry.params[1], tape)


def test_only_who_needs_a_tape_gets_it():
    tape = Var("tape", TAPE)
    plain, saving = (
        make("plain"),
        make("saving", Instr(None, push, (tape, Var("x", PY_FLOAT)), SLOT)),
    )
    entry = Function("entry", (Var("x", PY_FLOAT),))
    entry.body = Block(tuple(Call((Var("y", PY_FLOAT),), f, entry.params) for f in (plain, saving)))
    entry = thread_tapes(entry)
    called = [names(s.function) for s in entry.body.statements]
    assert called == [["x"], ["x", "tape"]]
