"""Self and mutual recursion."""

import math

import numpy as np

from zoo import program

VECTOR = np.array([0.7, -1.2, 2.3, 0.4, 1.1])


@program((1.0,), (2.0,), (3.0,), (5.0,))
def factorial(x):
    if x < 1.5:
        return 1.0
    return x * factorial(x - 1)


@program((1.2, 0), (1.2, 1), (1.2, 2), (1.2, 9), always=True)
def power(x, n):
    return 1.0 if n == 0 else x * power(x, n - 1)


@program((1.2, 0), (1.2, 1), (1.2, 2), (1.2, 9))
def power_from_integer(x, n):
    return x + integer_at_the_bottom(x, n)


def integer_at_the_bottom(x, n):
    if n == 0:
        return 1
    return x * integer_at_the_bottom(x, n - 1)


@program((1.2, 0), (1.2, 1), (1.2, 2), (1.2, 9))
def fast_power(x, n):
    if n == 0:
        return 1.0
    half = fast_power(x, n // 2)
    if n % 2 == 0:
        return half * half
    return half * half * x


@program((0.8, 0), (0.8, 1), (0.8, 2), (0.8, 6), always=True)
def fibonacci(x, n):
    if n < 2:
        return x + n
    return fibonacci(x, n - 1) * 0.7 + fibonacci(x, n - 2) * x


@program((0.8, 1.2, 0), (0.8, 1.2, 1), (0.8, 1.2, 3), argnums=(0, 1))
def tree(x, y, depth):
    if depth == 0:
        return math.sin(x * y)
    left = tree(x * 0.5, y, depth - 1)
    right = tree(x, y * 0.5, depth - 1)
    return left * right + x * y


@program((0.8, 0), (0.8, 1), (0.8, 2), (0.8, 5), always=True)
def even(x, n):
    if n == 0:
        return x
    return odd(x * x + 0.1, n - 1)


def odd(x, n):
    if n == 0:
        return -x
    return even(math.sin(x) + 0.2, n - 1) * x


@program((0.8, 0), (0.8, 4), (0.8, 5))
def first(x, n):
    return x if n == 0 else second(x, n - 1) + x


def second(x, n):
    return x * x if n == 0 else third(x * 1.1, n - 1) * x


def third(x, n):
    return math.sin(x) if n == 0 else first(x * 0.9, n - 1) - x


@program((0.8, 0), (0.8, 1), (0.8, 6))
def with_accumulator(x, n):
    return accumulate(x, n, 1.0)


def accumulate(x, n, result):
    if n == 0:
        return result
    return accumulate(x, n - 1, result * (x + n))


@program((0.3, 0.4, 0), (0.3, 0.4, 1), (0.3, 0.4, 5), argnums=(0, 1))
def with_tuples(x, v, n):
    a, b = swing((x, v), n)
    return a * b


def swing(state, n):
    x, v = state
    if n == 0:
        return x, v
    return swing((x + 0.3 * v, v - 0.3 * math.sin(x)), n - 1)


@program((0.8, 0), (0.8, 1), (0.8, 4))
def sums_and_products(x, n):
    s, p = sum_and_product(x, n)
    return s * p


def sum_and_product(x, n):
    if n == 0:
        return 0.0, 1.0
    s, p = sum_and_product(x, n - 1)
    return s + x * n, p * (s + x)


@program((VECTOR, 0), (VECTOR, 3), (VECTOR, 5))
def array_sum(a, i):
    if i == len(a):
        return 0.0
    return a[i] ** 2 + 0.5 * a[i] * array_sum(a, i + 1)


@program((VECTOR, 0, 5), (VECTOR, 1, 2), (VECTOR, 2, 2))
def product_by_halves(a, low, high):
    if low == high:
        return 1.0
    if high - low == 1:
        return a[low]
    middle = (low + high) // 2
    return product_by_halves(a, low, middle) * product_by_halves(a, middle, high)


@program((VECTOR,), (VECTOR[:1],))
def sum_of_slices(a):
    if len(a) == 1:
        return a[0] * a[0]
    return a[0] * sum_of_slices(a[1:]) + a[-1]


@program((0.7, 0), (0.7, 1), (0.7, 3))
def loop_inside(x, n):
    y = x
    for i in range(n):
        y = y * 0.5 + loop_inside(x * 0.8, i)
    return y * y


@program((0.7, 3), (1.9, 3), (0.7, 0))
def early_exit_inside(x, n):
    if n == 0:
        return x
    for i in range(4):
        x = x * 1.2 + 0.1
        if x > 2:
            return x * i
    return early_exit_inside(x * 0.6, n - 1) + x


@program((0.7, 1.3), (2.5, 1.3), argnums=(0, 1))
def until_value(x, y):
    if x > 2:
        return x * y
    return until_value(x * y + 0.1, y) * x


@program((2.0, 1.0), (5.0, 1.0))
def newton(a, x):
    if abs(x * x - a) < 1e-12:
        return x
    return newton(a, 0.5 * (x + a / x))


@program((1.1, 2, 2), (1.1, 0, 3), (1.1, 2, 0))
def ackermann_like(x, m, n):
    if m == 0:
        return x + 0.1 * n
    if n == 0:
        return ackermann_like(x * 0.9, m - 1, 1)
    return ackermann_like(ackermann_like(x, m, n - 1) * 0.5, m - 1, n)


@program((0.7, 0), (0.7, 4))
def nested_function_recurses(x, n):
    def down(y, k):
        if k == 0:
            return y
        return down(y * x, k - 1) + y

    return down(x * x, n)


@program((0.7, 0), (0.7, 1), (0.7, 4))
def through_argument(x, n):
    return repeat(math.cos, x, n)


def repeat(f, x, n):
    return x if n == 0 else f(repeat(f, x, n - 1)) * x


@program(
    (np.array([[2.0, 0.3], [0.7, 1.5]]),),
    (np.array([[2.0, 0.3, 0.1], [0.7, 1.5, -0.4], [0.2, 0.6, 1.1]]),),
    always=True,
)
def determinant(a):
    n = a.shape[0]
    if n == 1:
        return a[0, 0]
    total = 0.0
    sign = 1.0
    for j in range(n):
        minor = np.zeros((n - 1, n - 1))
        minor[:, :j] = a[1:, :j]
        minor[:, j:] = a[1:, j + 1 :]
        total += sign * a[0, j] * determinant(minor)
        sign = -sign
    return total


def up_the_tree(a, i):
    if i >= len(a):
        return 0.0
    left, right = up_the_tree(a, 2 * i + 1), up_the_tree(a, 2 * i + 2)
    a[i] += 0.5 * (left + right)
    return a[i]


@program((np.arange(9.0) * 0.3,))
def heap_of_sums(a):
    return up_the_tree(a, 0) * a[3]


def quicksort(a, low, high):
    if low >= high:
        return
    pivot, i = a[high], low
    for j in range(low, high):
        if a[j] < pivot:
            a[i], a[j] = a[j], a[i]
            i += 1
    a[i], a[high] = a[high], a[i]
    quicksort(a, low, i - 1)
    quicksort(a, i + 1, high)


@program((np.array([1.7, 3.0, 2.89, 0.1, -1.7, 2.5]),))
def sorted_in_place(a):
    quicksort(a, 0, len(a) - 1)
    return np.sum(a * np.arange(6.0) ** 2)


def by_halves(a):
    if len(a) < 2:
        return a[0] * 1.0
    middle = len(a) // 2
    left, right = by_halves(a[:middle]), by_halves(a[middle:])
    a[0] = left * right
    return left + right


@program((np.arange(1.0, 7.0) * 0.4,))
def halves_that_are_views(a):
    return by_halves(a) * a[0]


def even_places(a, n):
    if n < 0:
        return 0.0
    below = odd_places(a, n - 1)
    a[n] += 0.5 * below
    return a[n]


def odd_places(a, n):
    if n < 0:
        return 1.0
    below = even_places(a, n - 1)
    a[n] *= below + a[n]
    return a[n]


@program((np.arange(1.0, 7.0) * 0.3,))
def two_that_write(a):
    return even_places(a, 5) + a[2]


def fill_from(a, b, n):
    if n == 0:
        return
    a[n - 1] = b[n - 1] * len(a)
    fill_from(a, b, n - 1)
    b[n - 1] = a[n - 1] * 0.5


@program((np.arange(1.0, 5.0) * 0.3,))
def written_before_and_after(b):
    a = np.zeros(4)
    fill_from(a, b, 4)
    return np.sum(a * a) + np.sum(b**3)


def exchanged(a, b, n):
    if n == 0:
        return np.sum(a * b)
    a[0] = b[1] * a[0]
    return exchanged(b, a, n - 1) + len(a)


@program((np.array([0.7, 2.0]), np.array([1.0, 0.49])), argnums=(0, 1))
def exchanged_in_recursion(a, b):
    return exchanged(a, b, 3)
