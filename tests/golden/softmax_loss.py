"""grad_softmax_loss, written by diffpy."""

import numpy as np


def grad_softmax_loss(w, x, label, out_bar=1.0):
    # forward sweep
    scores = x @ w
    top = np.max(scores)
    t = np.exp(scores - top)
    t_1 = np.sum(t)
    # reverse sweep
    # line 61: return top + np.log(np.sum(np.exp(scores - top))) - scores[label]
    scores_bar = np.zeros(scores.shape[0])
    scores_bar[label] += -out_bar
    t_bar = out_bar / t_1 * t
    scores_bar += t_bar
    top_bar = out_bar + np.sum(-t_bar)
    t_2 = scores == top                                       # line 60: top = np.max(scores)
    scores_bar += np.where(t_2, top_bar / np.sum(t_2.astype(np.float64)), 0.0)
    w_bar = x[:, None] * scores_bar                           # line 59: scores = x @ w
    return w_bar
