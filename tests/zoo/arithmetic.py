"""Straight-line arithmetic on numbers."""

from zoo import program


@program((1.5,), (-2.0,), always=True)
def polynomial(x):
    return 3 * x**3 - 2 * x**2 + x / 4 - 7


@program((1.5, 0.5), (-2.0, 3.0), argnums=(0, 1), always=True)
def quotient(x, y):
    return (x + y) / (x - y)


@program((1.5, 2.5), (0.3, 1.2), argnums=(0, 1))
def powers(x, y):
    return x**y + y**x


@program((2.0,), (0.7,))
def fractional_powers(x):
    return x**0.5 + x**-1.5 + 2.0**x


@program((-2.0,), (3.0,))
def negative_base(x):
    return x**3 + x**-2


@program((2.0, 0), (2.0, 1), (-2.0, 2), (1.3, 5), (1.3, -2))
def integer_power(x, n):
    return x**n


@program((0.0, 0), (0.0, 1), (0.0, 2), (0.0, 3))
def power_at_zero(x, n):
    return 2.0 * x**n


@program((2.3,), (-1.4,))
def floor_division(x):
    return x * (x // 1.0) + x * x // 2.0


@program((2.3, 0.7), (-1.4, 0.6), argnums=(0, 1))
def modulo(x, y):
    return (x % y) * x + 7.25 % y


@program((1.3,))
def signs(x):
    y = -x
    z = +y
    return -(-z * y) - -x


@program((1.3,), (-0.4,))
def augmented(x):
    y = x
    y += 2
    y *= x
    y -= x / 3
    y /= x + 5
    y **= 2
    return y


@program((2.3,))
def augmented_integer_division(x):
    y = x
    y //= 1
    z = x
    z %= 0.7
    return x * y + z * z


@program((1.3,), (-0.4,))
def repeated_use(x):
    y = x * x
    y = y * y + y * x
    y = y - y / (x + 3) * y
    return y


@program((1.3, 0.2), argnums=(0, 1))
def dead_statements(x, y):
    z = x * y
    w = z**3
    w = x
    z = w * y
    w = 17
    return z * x


@program((1.3,))
def constant(x):
    return 3.0


@program((1.3, 2.0), argnums=(0, 1))
def unused_argument(x, y):
    return x * x


@program((1.3,))
def identity(x):
    return x


@program((1.3,), (-0.4,))
def absolute(x):
    return abs(x) * x + abs(-3.0 * x)


@program((1.3, 0.2), (-0.4, 3.0), argnums=(0, 1))
def smallest_and_largest(x, y):
    return min(x, y) * max(x, y, 2.0) + max(x * y, -5)


@program((2.7,), (-1.2,))
def conversions(x):
    return float(x) * int(x) + float(3) * x


@program((1.3, 5), (0.4, 8), (0.4, 1))
def integer_arithmetic(x, n):
    m = n // 2 + n % 3
    m = (m << 1) + (n & 1) - (n ^ 3)
    return m * x + n**2 * x * x / (n + 1)


@program((0.3, 0.4), argnums=(0, 1))
def long_chain(x, y):
    a = x * y
    b = a + x
    c = b * a
    d = c / (b + 2)
    e = d - c * a
    f = e * e + d
    g = f * b - e
    return g * a + f


@program((0.3, 0.4, 0.5), argnums=(2, 0))
def some_of_three(x, y, z):
    return x * y * z + z * z / x


@program((1.2, 0.3), argnums=(0, 1))
def matyas(x, y):
    return 0.26 * (x**2 + y**2) - 0.48 * x * y


@program((0.1, 2.2), argnums=(0, 1))
def rosenbrock(x, y):
    return 100 * (y - x**2) ** 2 + (x - 1) ** 2
