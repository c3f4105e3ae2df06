"""assert, raise and formatted text."""

import math

import numpy as np

from zoo import program


@program((0.6,))
def asserted(x):
    assert x > 0, f"x is {x}, {x:.3f}, {x!r} and {'text'}"
    return x * x


@program((0.6, 3))
def asserted_in_loop(x, n):
    for i in range(n):
        assert x > -1, ("not", x, i)
        x = x * x + 0.1
    assert n, "n"
    return x


@program((0.6, None), (0.6, 2.0))
def asserted_not_none(x, scale):
    if scale is None:
        scale = x
    assert scale is not None
    return x * scale


@program((0.6,))
def raises_formatted(x):
    if x < 0:
        raise ValueError(f"negative: {x:.2e}")
    if math.isnan(x):
        raise ArithmeticError("not a number: " + str(x))
    return math.sqrt(x)


@program((0.6,))
def text_is_built_and_dropped(x):
    label = f"value {x:8.3f}"
    other = label + " value %s and %d" % (x, 3)  # noqa: UP031
    assert x > 0, other
    third = "{} {}".format(x, 2)  # noqa: UP032
    assert third is not None
    return x * x


@program((0.6, "kind"))
def text_is_compared(x, name):
    key = f"{name}_1"
    return x * x if key == "kind_1" and key.startswith("kind") else x


@program((0.6, "Linear"))
def text_methods(x, name):
    return x * len(name.lower()) if name.lower() in ("linear", "affine") else x


@program((np.array([0.6, -0.3]),))
def assert_with_array(v):
    assert v.ndim == 1 and len(v) > 0, f"shape {v.shape}"
    assert np.all(np.isfinite(v)), v
    return np.sum(v * v)
