"""Every elementwise function of math and numpy, each in a program of its own.

One row a function: points in its domain, away from kinks. From a row come `math_sin(x)`, a
number, and `np_sin(x)`, whose sum over an array is taken; `weighted_…` multiplies the result so
that the adjoint is not one.
"""

import linecache
import math
from collections.abc import Callable

import numpy as np

from zoo import register

UNARY = {
    "acos": (0.3, -0.6),
    "acosh": (1.7, 3.1),
    "asin": (0.3, -0.6),
    "asinh": (0.3, -2.6),
    "atan": (0.3, -2.6),
    "atanh": (0.3, -0.6),
    "cbrt": (0.7, 2.6),
    "ceil": (0.3, -2.6),
    "cos": (0.3, -2.6),
    "cosh": (0.3, -1.6),
    "degrees": (0.3, -2.6),
    "erf": (0.3, -1.1),
    "erfc": (0.3, -1.1),
    "exp": (0.3, -2.6),
    "exp2": (0.3, -2.6),
    "expm1": (0.3, -2.6),
    "fabs": (0.3, -2.6),
    "floor": (0.3, -2.6),
    "gamma": (0.7, 2.6),
    "lgamma": (0.7, 2.6),
    "log": (0.3, 2.6),
    "log10": (0.3, 2.6),
    "log1p": (0.3, -0.6),
    "log2": (0.3, 2.6),
    "radians": (0.3, -2.6),
    "sin": (0.3, -2.6),
    "sinh": (0.3, -1.6),
    "sqrt": (0.3, 2.6),
    "tan": (0.3, -1.1),
    "tanh": (0.3, -1.6),
    "trunc": (0.3, -2.6),
}
NUMPY_UNARY = {
    "abs": (0.3, -2.6),
    "absolute": (0.3, -2.6),
    "arccos": (0.3, -0.6),
    "arccosh": (1.7, 3.1),
    "arcsin": (0.3, -0.6),
    "arcsinh": (0.3, -2.6),
    "arctan": (0.3, -2.6),
    "arctanh": (0.3, -0.6),
    "cbrt": (0.7, -2.6),
    "ceil": (0.3, -2.6),
    "cos": (0.3, -2.6),
    "cosh": (0.3, -1.6),
    "deg2rad": (0.3, -2.6),
    "degrees": (0.3, -2.6),
    "exp": (0.3, -2.6),
    "exp2": (0.3, -2.6),
    "expm1": (0.3, -2.6),
    "fabs": (0.3, -2.6),
    "floor": (0.3, -2.6),
    "log": (0.3, 2.6),
    "log10": (0.3, 2.6),
    "log1p": (0.3, -0.6),
    "log2": (0.3, 2.6),
    "negative": (0.3, -2.6),
    "positive": (0.3, -2.6),
    "rad2deg": (0.3, -2.6),
    "radians": (0.3, -2.6),
    "reciprocal": (0.7, -2.6),
    "rint": (0.3, -2.6),
    "sign": (0.3, -2.6),
    "sin": (0.3, -2.6),
    "sinc": (0.3, -1.6),
    "sinh": (0.3, -1.6),
    "sqrt": (0.3, 2.6),
    "square": (0.3, -2.6),
    "tan": (0.3, -1.1),
    "tanh": (0.3, -1.6),
    "trunc": (0.3, -2.6),
}
MATH_BINARY = {
    "atan2": (0.3, -1.6),
    "copysign": (0.3, -1.6),
    "fmod": (2.3, 0.7),
    "hypot": (0.3, -1.6),
    "pow": (0.3, 1.6),
    "remainder": (2.3, 0.7),
}
NUMPY_BINARY = {
    "add": (0.3, -1.6),
    "arctan2": (0.3, -1.6),
    "copysign": (0.3, -1.6),
    "divide": (0.3, -1.6),
    "float_power": (0.3, 1.6),
    "floor_divide": (2.3, 0.7),
    "fmax": (0.3, -1.6),
    "fmin": (0.3, -1.6),
    "fmod": (2.3, 0.7),
    "hypot": (0.3, -1.6),
    "logaddexp": (0.3, -1.6),
    "logaddexp2": (0.3, -1.6),
    "maximum": (0.3, -1.6),
    "minimum": (0.3, -1.6),
    "mod": (2.3, 0.7),
    "multiply": (0.3, -1.6),
    "power": (0.3, 1.6),
    "remainder": (2.3, 0.7),
    "subtract": (0.3, -1.6),
    "true_divide": (0.3, -1.6),
}
ALWAYS = {"sin", "exp", "tanh", "sqrt", "log", "power", "hypot", "maximum"}

ON_NUMBER = "def {name}(x):\n    y = {function}(x)\n    return y * x\n"
ON_ARRAY = "def {name}(x):\n    y = {function}(x)\n    return np.sum(y * x)\n"
ON_NUMBERS = "def {name}(x, y):\n    z = {function}(x, y)\n    return z * x + y\n"
ON_ARRAYS = "def {name}(x, y):\n    z = {function}(x, y)\n    return np.sum(z * x) + np.sum(y)\n"


def written(template: str, name: str, function: str) -> Callable:
    """The function that a template gives, with a source that `inspect` finds."""
    source = template.format(name=name, function=function)
    filename = f"<zoo.elementwise.{name}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    names: dict = {}
    exec(compile(source, filename, "exec"), globals(), names)
    return names[name]


def tabulate() -> None:
    """Registers a program for each row."""
    for name, points in UNARY.items():
        if hasattr(math, name):  # exp2 and cbrt are there from Python 3.11 on
            function = written(ON_NUMBER, f"math_{name}", f"math.{name}")
            register(f"elementwise.math_{name}", function, *((p,) for p in points))
    for name, points in NUMPY_UNARY.items():
        function = written(ON_ARRAY, f"np_{name}", f"np.{name}")
        register(
            f"elementwise.np_{name}",
            function,
            (np.array(points),),
            (points[0],),
            always=name in ALWAYS,
        )
    for name, point in MATH_BINARY.items():
        function = written(ON_NUMBERS, f"math_{name}", f"math.{name}")
        register(f"elementwise.math_{name}", function, point, argnums=(0, 1))
    for name, (x, y) in NUMPY_BINARY.items():
        function = written(ON_ARRAYS, f"np_{name}", f"np.{name}")
        many = np.array([[x], [x * 1.1]]), np.array([y, y * 0.95, y * 1.05])
        register(
            f"elementwise.np_{name}", function, many, (x, y), argnums=(0, 1), always=name in ALWAYS
        )


tabulate()
