"""grad_first_above, written by diffpy."""

import numpy as np
from diffpy.runtime import pop_b1, push_b1


def grad_first_above(a, limit, out_bar=1.0, tape=None):
    # forward sweep
    total = 0.0
    returned = False
    trips = 0
    for i in range(a.shape[0]):
        total += a[i] * a[i]
        t = total > limit
        push_b1(tape, t)
        trips += 1
        returned = bool(t)
        if bool(t):
            break
    # reverse sweep
    if returned:
        total_bar = 0.0
    else:
        total_bar = -out_bar                                  # line 55: return -total
        out_bar = 0.0
    a_bar = np.zeros(a.shape[0])                              # line 51: for i in range(len(a)):
    result_bar = out_bar
    for k in range(trips - 1, -1, -1):
        t = pop_b1(tape)
        t_1 = a[k]                                            # line 52: total += a[i] * a[i]
        if t:
            total_bar += result_bar                           # line 53: if total > limit:
        a_bar[k] += total_bar * a[k]                          # line 52: total += a[i] * a[i]
        a_bar[k] += total_bar * t_1
        result_bar = 0.0
    return a_bar
