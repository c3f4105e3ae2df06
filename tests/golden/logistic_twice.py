"""grad_grad_logistic, written by diffpy."""

import numpy as np


def grad_grad_logistic(x, r, n, out_bar=1.0):
    # forward sweep
    trips = len(range(n))
    x_tape = np.empty(trips)
    x_tape_1 = np.empty(len(range(n)))
    for i in range(n):
        x_tape_1[i] = x
        x_tape[i] = x
        x = r * x * (1 - x)
    t = n - 1
    trips_1 = len(range(t, -1, -1))
    x_bar_tape = np.empty(trips_1)
    t_tape = np.empty(trips_1)
    x_bar = 1.0
    for i in range(t, -1, -1):
        x_bar_tape[i] = x_bar
        x = x_tape[i]
        t_1 = -(r * x) + (1 - x) * r
        t_tape[i] = t_1
        x_bar = x_bar * t_1
    # reverse sweep
    x_tape_bar = np.zeros(trips)                              # line 22: for _ in range(n):
    x_bar_bar = out_bar
    for i in range(t + 1):
        x_bar = x_bar_tape[i]
        t_1 = t_tape[i]
        x_bar_bar_1 = x_bar_bar * t_1                         # line 23: x = r * x * (1 - x)
        t_bar = x_bar_bar * x_bar
        x_bar = -(t_bar * r)
        x_bar += -t_bar * r
        x_tape_bar[i] += x_bar
        x_bar_bar = x_bar_bar_1
    x_bar = 0.0
    for i in range(n - 1, -1, -1):
        x = x_tape_1[i]
        x_bar_1 = -(x_bar * (r * x))                          # line 23: x = r * x * (1 - x)
        x_bar = x_bar_1 + x_bar * (1 - x) * r
        t_1 = x_tape_bar[i]
        x_tape_bar[i] = 0.0
        x_bar += t_1
    return x_bar
