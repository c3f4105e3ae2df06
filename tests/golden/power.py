"""grad_power, written by diffpy."""

import numpy as np
from diffpy.runtime import pop_f8, push_f8


def power_forward(x, n, tape):
    if n == 0:
        return 1.0
    t = n - 1
    if t == 0:
        t_1 = 1.0
    else:
        t_1 = power_forward(x, t - 1, tape)
        push_f8(tape, t_1)
        t_1 = x * t_1
    push_f8(tape, t_1)
    return x * t_1


def power_reverse(x, n, out_bar, tape):
    if n == 0:
        return np.float64(0.0)
    t = pop_f8(tape)
    t_1 = n - 1                             # line 35: return 1.0 if n == 0 else x * power(x, n - 1)
    x_bar = out_bar * t
    t_bar = out_bar * x
    if t_1 == 0:
        return x_bar
    t = pop_f8(tape)
    x_bar += t_bar * t                      # line 35: return 1.0 if n == 0 else x * power(x, n - 1)
    x_bar += power_reverse(x, t_1 - 1, t_bar * x, tape)
    return x_bar


def grad_power(x, n, out_bar=1.0, tape=None):
    # forward sweep
    t = n == 0
    if t:
        t_2 = 0.0
        t_1 = 0.0
    else:
        t_3 = n - 1
        if t_3 == 0:
            t_2 = 1.0
            t_1 = 0.0
        else:
            t_1 = power_forward(x, t_3 - 1, tape)
            t_2 = x * t_1
    # reverse sweep
    if t:
        return 0.0
    t_3 = n - 1                             # line 35: return 1.0 if n == 0 else x * power(x, n - 1)
    x_bar = out_bar * t_2
    t_bar = out_bar * x
    if t_3 == 0:
        return x_bar
    x_bar += t_bar * t_1                    # line 35: return 1.0 if n == 0 else x * power(x, n - 1)
    x_bar += power_reverse(x, t_3 - 1, t_bar * x, tape)
    return x_bar
