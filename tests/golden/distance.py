"""grad_distance, written by diffpy."""

import numpy as np


def grad_distance(x, y, out_bar=1.0):
    # forward sweep
    r = np.hypot(x, y)
    phi = np.arctan2(y, x)
    t = phi - 1.0
    # reverse sweep
    r_bar = out_bar * np.cos(t)                              # line 77: return r * np.cos(phi - 1.0)
    t_bar = out_bar * r * -np.sin(t)
    y_bar = t_bar * x / (y * y + x * x)           # line 72: return np.hypot(x, y), np.arctan2(y, x)
    x_bar = t_bar * -y / (y * y + x * x)
    inverse = 1.0 / r
    x_bar += r_bar * np.sqrt(r) if r == 0.0 else r_bar * x * inverse
    y_bar += r_bar * np.sqrt(r) if r == 0.0 else r_bar * y * inverse
    return x_bar, y_bar
