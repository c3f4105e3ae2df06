"""grad_prefix_products, written by diffpy."""

import numpy as np


def grad_prefix_products(v, out_bar=1.0):
    # forward sweep
    t = v.shape[0] + 1
    p = np.ones(t)
    t_1 = v.shape[0]
    t_tape = np.empty(len(range(t_1)))
    for i in range(t_1):
        t_2 = p[i]
        t_tape[i] = t_2
        p[i + 1] = t_2 * v[i]
    # reverse sweep
    p_bar = np.zeros(t)                                       # line 68: return np.sum(p * p)
    p_bar += out_bar * p
    p_bar += out_bar * p
    v_bar = np.zeros(v.shape[0])                              # line 66: for i in range(len(v)):
    for i in range(t_1 - 1, -1, -1):
        t_2 = t_tape[i]
        t_3 = v[i]                                            # line 67: p[i + 1] = p[i] * v[i]
        t = i + 1
        t_bar = p_bar[t]
        p_bar[t] = 0.0
        v_bar[i] += t_bar * t_2
        p_bar[i] += t_bar * t_3
    return v_bar
