"""The printed program does what the intermediate form means."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from transform.interpret import interpret
from transform.random_programs import LENGTH, programs

from diffpy.runtime import tape as runtime_tape
from diffpy.transform.eliminate_dead_code import eliminate_dead_code
from diffpy.transform.emit import emit_module
from diffpy.transform.ir import called_functions
from diffpy.transform.thread_tapes import thread_tapes
from diffpy.transform.verify import verify


def load(text, name):
    text = text.replace("from diffpy.runtime import", "from diffpy.runtime.tape import")
    scope = {}
    exec(compile(text, "<generated>", "exec"), scope)
    return scope[name]


def run(function, *args):
    """What a call returns and leaves in its array, or the error that it raises."""
    array = np.arange(1.0, LENGTH + 1)
    with np.errstate(all="ignore"):
        return [*function(*args, array), *array]


many = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))


@many
@given(programs())
def test_text_means_the_program(program):
    entry, tape = program.entry, program.tape
    for function in called_functions(entry):
        verify(function)
    for args in ((1.5, -0.25, 2), (0.5, 3.0, 0)):
        memory = runtime_tape.ListTape()
        expected = run(lambda *a: interpret(entry, *a, tapes={tape: memory}), *args)
        for clean in (False, True):
            finished = thread_tapes(eliminate_dead_code(entry) if clean else entry)
            for function in called_functions(finished):
                verify(function)
            text = emit_module(finished, compiled=False)
            written = load(text, text.split(",")[0].strip('"'))
            extra = [runtime_tape.ListTape() for p in finished.params[4:]]
            assert emit_module(finished, compiled=False) == text
            actual = run(lambda *a: written(*a, *extra), *args)
            np.testing.assert_array_equal(actual, expected, err_msg=text)
