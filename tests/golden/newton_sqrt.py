"""grad_newton_sqrt, written by diffpy."""

from diffpy.runtime import pop_f8, push_f8


def grad_newton_sqrt(a, out_bar=1.0, tape=None):
    # forward sweep
    x = a
    trips = 0
    while abs(x * x - a) > 1e-12:
        push_f8(tape, x)
        x = 0.5 * (x + a / x)
        trips += 1
    # reverse sweep
    x_bar = out_bar
    a_bar = 0.0
    for _ in range(trips):
        x = pop_f8(tape)
        inverse = 1.0 / x                                     # line 30: x = 0.5 * (x + a / x)
        a_bar += x_bar * 0.5 * inverse
        x_bar = x_bar * (0.5 + 0.5 * -(a * inverse) * inverse)
    a_bar += x_bar                                          # line 29: while abs(x * x - a) > 1e-12:
    return a_bar
