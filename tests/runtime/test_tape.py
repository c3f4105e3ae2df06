"""Both tapes: what is pushed comes back, in order, typed, replayable."""

import gc

import numba
import numpy as np
import pytest

from diffpy import runtime
from diffpy.runtime import ListTape, StackTape, borrow_tape, register_overloads, return_tape
from diffpy.runtime.tape import CODES, KEEP_BYTES, slot_named

register_overloads()
jit = numba.njit(error_model="numpy", boundscheck=True)


def push_and_pop(slot):
    """Functions that push one value, and pop it."""
    scope = {"push": getattr(runtime, f"push_{slot}"), "pop": getattr(runtime, f"pop_{slot}")}
    exec("def save(tape, x):\n    push(tape, x)\ndef load(tape):\n    return pop(tape)", scope)
    return scope["save"], scope["load"]


MODES = [(ListTape, lambda f: f), (StackTape, jit)]


@pytest.mark.parametrize("tape_class, compile_", MODES)
@pytest.mark.parametrize("code", CODES)
def test_scalar_slots_convert(code, tape_class, compile_):
    save, load = map(compile_, push_and_pop(code))
    tape = tape_class()
    for x in (1, True, 3.0, np.int8(5)):
        save(tape.handle, x)
        assert load(tape.handle) == np.dtype(code).type(x)
    assert tape.mark() == 0


def test_python_numbers_and_their_numpy_twins_keep_their_flavour():
    tape = ListTape()
    for slot, x in (("f8", 1.5), ("f8", np.float64(1.5)), ("i8", 2**70), ("b1", np.True_)):
        save, load = push_and_pop(slot)
        save(tape, x)
        assert type(load(tape)) is type(x)
    save, load = push_and_pop("f8")
    save(tape, 1)
    assert type(load(tape)) is float


@pytest.mark.parametrize("tape_class, compile_", MODES)
@pytest.mark.parametrize("layout", ["C", "F", "A"])
@pytest.mark.parametrize("code, ndim", [("f8", 0), ("f8", 1), ("f4", 2), ("b1", 3), ("c16", 5)])
def test_array_slots_copy(code, ndim, layout, tape_class, compile_):
    save, load = map(compile_, push_and_pop(f"{code}_{ndim}d"))
    shape = (3, 2, 5, 2, 3)[:ndim]
    wide = tuple(2 * n for n in shape)
    a = np.asarray(np.random.default_rng(0).integers(0, 2, wide).astype(code), order=layout)
    a = a[tuple(slice(None, None, 2) for _ in shape)] if layout == "A" and ndim else a
    tape = tape_class()
    save(tape.handle, a)
    kept = a.copy()
    a[...] = 0
    start = tape.cursor()
    for _ in range(2):  # a replay reads the same, whatever was done to the first copy
        got = load(tape.handle)
        np.testing.assert_array_equal(got, kept)
        assert got.dtype == a.dtype and got.flags.c_contiguous and got.shape == a.shape
        got[...] = 1
        tape.rewind(start)


@pytest.mark.parametrize("tape_class, compile_", MODES)
def test_array_slots_take_empty_readonly_and_other_dtypes(tape_class, compile_):
    save, load = map(compile_, push_and_pop("f8_2d"))
    tape = tape_class()
    readonly = np.ones((2, 3), "i4")
    readonly.flags.writeable = False
    for a in (np.zeros((0, 3)), np.zeros((3, 0)), readonly, np.broadcast_to(2.0, (2, 2))):
        save(tape.handle, a)
        got = load(tape.handle)
        np.testing.assert_array_equal(got, a)
        assert got.dtype == np.float64
    assert tape.mark() == 0


@pytest.mark.parametrize("tape_class, compile_", MODES)
def test_mixed_slots_in_order_over_many_growths(tape_class, compile_):
    scope = {
        name: getattr(runtime, name)
        for name in ("push_f8", "pop_f8", "push_b1", "pop_b1", "push_f4_1d", "pop_f4_1d",
                     "tape_mark", "tape_truncate")
    }  # fmt: skip
    exec(
        """
def fill(tape, n, a):
    for i in range(n):
        push_f8(tape, i)
        push_b1(tape, i % 3 == 0)
        push_f4_1d(tape, a)
def drain(tape, n):
    bad = 0
    for i in range(n - 1, -1, -1):
        bad += pop_f4_1d(tape).size != 3
        bad += pop_b1(tape) != (i % 3 == 0)
        bad += pop_f8(tape) != i
    return bad
def half(tape):
    mark = tape_mark(tape)
    push_f8(tape, 1.0)
    tape_truncate(tape, mark)
    return tape_mark(tape) == mark
""",
        scope,
    )
    if tape_class is StackTape:
        for name in ("fill", "drain", "half"):
            scope[name] = jit(scope[name])
    tape, n = tape_class(), 3000
    scope["fill"](tape.handle, n, np.ones(3, "f4"))
    full = tape.cursor()
    assert scope["drain"](tape.handle, n) == 0 and tape.mark() == 0
    tape.rewind(full)
    assert scope["half"](tape.handle)
    assert scope["drain"](tape.handle, n) == 0
    tape.reset()
    tape.trim()


def test_stack_trim_keeps_what_is_below():
    save, load = map(jit, push_and_pop("f8"))
    tape = StackTape()
    for x in range(2000):
        save(tape.handle, x)
    mark = tape.mark()
    for x in range(100_000):
        save(tape.handle, x)
    tape.truncate(mark)
    tape.trim()
    assert tape.nbytes == mark
    assert [load(tape.handle) for _ in range(2000)] == list(range(1999, -1, -1))
    tape.trim()
    assert tape.nbytes == 0


def test_no_memory_raises():
    save, load = map(jit, push_and_pop("f8_1d"))
    tape = StackTape()
    save(tape.handle, np.ones(1))
    huge = np.lib.stride_tricks.as_strided(np.zeros(1), (2**57,), (0,))
    with pytest.raises(MemoryError):
        save(tape.handle, huge)
    assert load(tape.handle)[0] == 1.0


def test_list_tape_meets_its_own_slots():
    tape = ListTape()
    runtime.push_f8(tape, 1.0)
    with pytest.raises(AssertionError, match="pop_i8 meets push_f8"):
        runtime.pop_i8(tape)
    with pytest.raises(ValueError):
        tape.rewind(5)


def test_complex_does_not_narrow():
    save, _ = push_and_pop("f8")
    with pytest.raises(numba.TypingError):
        jit(save)(StackTape().handle, 1j)


def test_borrowed_tapes_are_distinct_and_small():
    save, _ = map(jit, push_and_pop("f8_1d"))
    first, second = borrow_tape(), borrow_tape()
    assert first is not second
    save(first.handle, np.zeros(KEEP_BYTES // 8 + 1))
    return_tape(first)
    assert first.nbytes == 0
    return_tape(second)
    assert borrow_tape() is second
    del first, second
    gc.collect()


def test_an_int_slot_refuses_what_it_would_cut():
    tape = ListTape()
    with pytest.raises(AssertionError, match="0.5 was to be saved as an int"):
        slot_named("i8")[0](tape, 0.5)


def test_int_slots_of_python_hold_large_ints():
    tape, large = ListTape(), [2**70, -1]
    push, pop = slot_named("i8")
    push(tape, large[0])
    assert pop(tape) == large[0]
    push, pop = slot_named("i8_1d")
    push(tape, large)
    assert pop(tape).tolist() == large
