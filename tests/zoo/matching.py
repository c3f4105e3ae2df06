"""match: literals, captures, alternatives, guards, sequences, classes, mappings."""

import math
from collections import namedtuple

from zoo import program

Point = namedtuple("Point", "x y")
Circle = namedtuple("Circle", "centre radius")


class Mode:
    """Names with dots are compared, names without are bound."""

    FAST = 1
    EXACT = 2


@program((0.6, "double"), (0.6, "half"), (0.6, "other"))
def texts(x, mode):
    match mode:
        case "double":
            return 2.0 * x * x
        case "half" | "quarter":
            return x * x / 2
    return x


@program((0.6, 0), (0.6, 1), (0.6, 2), (0.6, 7))
def integers(x, n):
    match n:
        case 0:
            y = x
        case 1 | 2:
            y = x * x * n
        case _:
            y = math.sin(x)
    return y * x


@program((0.6, 0), (0.6, 1), (0.6, 5))
def in_a_loop(x, n):
    total = 0.0
    for i in range(n):
        match i % 3:
            case 0:
                total += x
            case 1:
                total += x * x
                continue
            case _:
                total *= x
        total += 1.0
    return total


@program((0.6, None), (0.6, 2.0))
def none_or_number(x, scale):
    match scale:
        case None:
            return x * x
        case s:
            return x * s * s


@program((0.6, 0), (0.6, 1), (0.6, 3))
def narrows_none(x, n):
    best = None
    for i in range(n):
        best = x * i
    match best:
        case None:
            return x
        case _:
            return best * best + x


@program((0.6, 3), (2.0, 3), (-0.6, 3))
def guards(x, n):
    match n:
        case k if x < 0:
            return x * k
        case k if k > 2 and x > 1:
            return x * x * k
        case _:
            return x**3


@program((0.6, True), (0.6, False))
def booleans(x, flag):
    match flag:
        case True:
            return x * x
        case False:
            return x**3
    return x


@program((0.6, 1), (0.6, 2), (0.6, 3))
def dotted_names(x, mode):
    match mode:
        case Mode.FAST:
            return x * x
        case Mode.EXACT:
            return x**3
        case _:
            return x


@program((0.6, 0.3), (-0.6, 0.3), argnums=(0, 1))
def pairs(x, y):
    point = (x, y) if x > 0 else (y, x)
    match point:
        case (a, b) if a > b:
            return a * b * b
        case (a, b):
            return a * a * b


@program(((0.6, 0.3),), ((0.6, 0.3, 0.2),), ((0.6,),))
def lengths(t):
    match t:
        case (a,):
            return a * a
        case a, b:
            return a * b * b
        case [first, *rest]:
            return first * len(rest) + rest[0] * rest[1]


@program(((0.6, 0.3, 0.2, 1.4),))
def star_in_the_middle(t):
    match t:
        case (first, *_, last):
            return first * last * last


@program((Point(0.6, 0.3),), (Circle(Point(0.6, 0.3), 2.0),), (1.7,))
def classes(shape):
    match shape:
        case Point(x, y):
            return x * y * y
        case Circle(centre=Point(x=a), radius=r):
            return a * r * r
        case float(r):
            return r * r


@program((0.6, 2), (0.6, 2.5))
def number_classes(x, n):
    match n:
        case int():
            return x**n
        case float() as y:
            return x * y


@program((1.6, 0.3), (0.6, 0.3), argnums=(0, 1))
def literals_in_a_pair(x, y):
    match (int(x), y):
        case (0, b):
            return b * b + x
        case (_, 0.0):
            return x * x + y
        case _ as both:
            return x * both[1] * both[0]


@program((0.6, -1), (0.6, 2))
def negative_literals(x, n):
    match n:
        case -1:
            return 1 / x
        case 2:
            return x * x
    return x


@program((0.6, ("add", 2.0)), (0.6, ("mul", 3.0)), (0.6, ("neg",)))
def commands(x, command):
    match command:
        case ("add", y):
            return x * x + y
        case ("mul", y):
            return x * y
        case ("neg",):
            return -x


@program((0.6,), (-0.6,))
def returns_in_the_cases(x):
    match x > 0:
        case True:
            y = x * x
        case _:
            return -x
    return y * x


@program((0.6, 1), (0.6, 4))
def subject_is_evaluated_once(x, n):
    match n := n + 1:
        case 2:
            return x * n
        case m:
            return x * x * m * n


@program((0.6, 0), (0.6, 1))
def alternatives_that_bind(x, n):
    match (n, x):
        case (0, y) | (1, y):
            return y * y * (n + 1)
    return x


@program((0.6,))
def mappings(x):
    match {"kind": "square", "side": x}:
        case {"kind": "circle", "radius": r}:
            return r
        case {"kind": "square", "side": s}:
            return s * s
    return 0.0
