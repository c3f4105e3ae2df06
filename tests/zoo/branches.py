"""if, conditional expressions, comparisons, and / or / not as values."""

import math

from zoo import program


@program((1.5,), (-2.0,), always=True)
def two_ways(x):
    if x > 0:
        y = x * x
    else:
        y = 3 * x
    return y * x


@program((1.5,), (-2.0,))
def one_way(x):
    y = x * x
    if x > 0:
        y = y * x
    return y + x


@program((11.0,), (4.0,), (-10.0,))
def three_ways(x):
    if x > 10:
        return x**2 + x
    elif x > 0:
        return x**2
    else:
        return -(x**2)


@program((1.5, 0.5), (1.5, -0.5), (-1.5, 0.5), (-1.5, -0.5), argnums=(0, 1))
def nested(x, y):
    if x > 0:
        z = x * y
        if y > 0:
            z = z * x
        else:
            z = z - y
    else:
        if y > 0:
            z = y * y
        else:
            z = x / y
    return z * z


@program((1.5,), (-2.0,))
def empty_branch(x):
    if x > 0:
        pass
    return x * x


@program((1.5,), (-2.0,))
def test_is_overwritten(x):
    if x > 0:
        x = -x * x
    else:
        x = x + 5
    return x * x


@program((1.5,), (-2.0,), (0.1,))
def test_variable_is_overwritten(x):
    y = x * x - 1
    if y > 0:
        y = math.sin(y)
        x = x * y
    y = y * x
    return y


@program((1.5, 0.3), (-1.5, 0.3), argnums=(0, 1))
def defined_in_one_branch(x, y):
    if x > 0:
        z = x * y
    w = x + y
    if x > 0:
        w = w * z
    return w


@program((1.5,), (-2.0,))
def conditional_expression(x):
    return x * x if x > 0 else x + x


@program((1.5,), (-2.0,), (7.0,))
def nested_conditional_expression(x):
    return (x * x if x < 5 else x) if x > 0 else math.exp(x)


@program((1.5, 0.5), (-1.5, 0.5), argnums=(0, 1))
def conditional_argument(x, y):
    return math.sin(x * y if x > 0 else y) * (x if y > 1 else y)


@program((1.5, 0.5), (-1.5, 2.5), (0.5, 2.0), argnums=(0, 1))
def chained_comparison(x, y):
    if 0 < x < y < 3:
        return x * y
    return x / y


@program((1.5,), (0.2,))
def chained_with_expression(x):
    y = x * x
    return y * x if 0.1 < math.sin(x) < y else y


@program((1.5, 0.5), (-1.5, 2.5), argnums=(0, 1))
def or_of_numbers(x, y):
    z = x or y
    return z * z


@program((1.5, 0.5), (-1.5, 2.5), argnums=(0, 1))
def and_of_numbers(x, y):
    z = x and y
    return z * z * x


@program((1.5, 0), (1.5, 3))
def or_of_integers(x, n):
    return x * (n or 7) + (n and x)


@program((1.5, True), (1.5, False))
def not_as_number(x, flag):
    return x * (not flag) + x * x * flag


@program((1.5, 2.0), (-1.5, 2.0), (1.5, -2.0), argnums=(0, 1))
def boolean_tests(x, y):
    if x > 0 and y > 0:
        return x * y
    if not x > 0 or y > 5:
        return x - y * y
    return x + y


@program((1.5, True), (1.5, False))
def boolean_argument(x, flag):
    return x * x if flag else 3 * x


@program((1.5, True, False), (1.5, False, False), (1.5, True, True), (1.5, False, True))
def boolean_values(x, a, b):
    c = a and b
    d = a or b
    e = (c or not d) and x > 0
    return x * x if e else x * x * x


@program((1.5, 0), (1.5, 2), (-1.5, 2))
def truth_of_numbers(x, n):
    y = x
    if n:
        y = y * x
    if x:
        y = y + x
    return y


@program((1.5, 1), (1.5, 3), (1.5, 9))
def membership(x, n):
    return x * x if n in (1, 3, 5) else x


@program((1.5, "square"), (1.5, "cube"), (1.5, "other"))
def string_choice(x, mode):
    if mode == "square":
        return x * x
    elif mode == "cube":
        return x**3
    return x


@program((4.0, 5.0), (-1337.0, 5.0), (-3.0, -2.0), (-3.0, 2.0), argnums=(0, 1))
def guarded(x, y):
    z = y
    if not x > 0:
        if y > 0:
            z *= x
        elif x == -1337:
            z = x
            z *= z
        else:
            z = 0.0
        return z
    return z * y


@program((1.5, 0.5), (-1.5, 0.5), argnums=(0, 1))
def same_name_in_both(x, y):
    if x > 0:
        t = x * y
        r = t * t
    else:
        t = x - y
        r = math.sin(t) * t
    return r * t
