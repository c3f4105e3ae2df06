"""grad_logistic, written by diffpy."""

import numpy as np


def grad_logistic(x, r, n, out_bar=1.0):
    # forward sweep
    x_tape = np.empty(len(range(n)))
    for i in range(n):
        x_tape[i] = x
        x = r * x * (1 - x)
    # reverse sweep
    x_bar = out_bar
    r_bar = 0.0
    for i in range(n - 1, -1, -1):
        x = x_tape[i]
        t = 1 - x                                             # line 23: x = r * x * (1 - x)
        r_bar += x_bar * t * x
        x_bar = x_bar * (-(r * x) + t * r)
    return x_bar, r_bar
