"""grad_piecewise, written by diffpy."""

import numpy as np


def grad_piecewise(x, y, out_bar=1.0):
    """A docstring that the derivative keeps."""
    # forward sweep
    t = x > y
    if t:
        z = x * y
        z = np.float64(z)
    elif x > 0:
        z = np.sin(x)
    else:
        z = np.float64(y)
    # reverse sweep
    z_bar = out_bar * z                                       # line 46: return z * z
    z_bar += out_bar * z
    if t:
        x_bar = z_bar * y                                     # line 41: z = x * y
        y_bar = z_bar * x
    elif x > 0:
        x_bar = z_bar * np.cos(x)                             # line 43: z = np.sin(x)
        y_bar = 0.0
    else:
        x_bar = 0.0
        y_bar = z_bar
    return z * z, x_bar, y_bar
