"""grad_matrix_norm, written by diffpy."""

import numpy as np


def grad_matrix_norm(a, out_bar=1.0):
    # forward sweep
    t = a.shape[0]
    t_1 = a.shape[1]
    total = 0.0
    for i in range(t):
        for j in range(t_1):
            total += a[i, j] ** 2
    # reverse sweep
    total_bar = out_bar * 0.5 / np.sqrt(total)                # line 85: return np.sqrt(total)
    a_bar = np.zeros((a.shape[0], a.shape[1]))                # line 82: for i in range(a.shape[0]):
    for i in range(t):
        for j in range(t_1):
            a_bar[i, j] += total_bar * (2.0 * a[i, j])        # line 84: total += a[i, j] ** 2
    return a_bar
