"""Dynamic programming and hidden states: tables that are filled row by row."""

import math

import numpy as np

from programs import program

WEIGHTS = np.array(
    [[0.3, 3.1, 0.9, 7.0], [3.0, 0.1, 1.5, 1.2], [1.1, 1.4, 0.2, 4.4], [6.8, 1.3, 4.1, 0.3]]
)
TRANSITIONS = np.array([[0.7, 0.3], [0.4, 0.6]])
EMISSIONS = np.array([[0.5, 0.4, 0.1], [0.1, 0.3, 0.6]])
START = np.array([0.6, 0.4])
SEEN = (0, 1, 2, 1)
FIRST = np.array([0.1, 0.9, 0.4, 0.7])
SECOND = np.array([0.2, 0.8, 0.3])


@program(WEIGHTS, compiled=True)
def floyd_warshall(d):
    n = len(d)
    np.fill_diagonal(d, 0.0)
    for k in range(n):
        for i in range(n):
            for j in range(n):
                d[i, j] = min(d[i, j], d[i, k] + d[k, j])
    return d


@program(WEIGHTS)
def floyd_warshall_of_rows(d):
    n = len(d)
    shortest = d.copy()
    for i in range(n):
        shortest[i, i] = 0.0
    for k in range(n):
        for i in range(n):
            through = shortest[i, k] + shortest[k]
            closer = through < shortest[i]
            shortest[i, closer] = through[closer]
    return np.sum(shortest**2)


@program(WEIGHTS)
def bellman_ford(d):
    n = len(d)
    best = np.full(n, 1e9)
    best[0] = 0.0
    for _ in range(n - 1):
        changed = False
        for u in range(n):
            for v in range(n):
                if u != v and best[u] + d[u, v] < best[v]:
                    best[v] = best[u] + d[u, v]
                    changed = True
        if not changed:
            break
    return best


@program(WEIGHTS)
def dijkstra(d):
    n = len(d)
    distance = [math.inf] * n
    done = [False] * n
    distance[0] = 0.0
    for _ in range(n):
        u = -1
        for v in range(n):
            if not done[v] and (u == -1 or distance[v] < distance[u]):
                u = v
        done[u] = True
        for v in range(n):
            if not done[v]:
                distance[v] = min(distance[v], distance[u] + d[u, v])
    return sum(distance)


def soft_minimum(a, b, c, gamma):
    m = min(a, b, c)
    return m - gamma * math.log(
        math.exp((m - a) / gamma) + math.exp((m - b) / gamma) + math.exp((m - c) / gamma)
    )


@program(FIRST, SECOND, 0.3, compiled=True)
def soft_dtw(x, y, gamma):
    n, m = len(x), len(y)
    r = np.full((n + 1, m + 1), 1e8)
    r[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            cost = (x[i - 1] - y[j - 1]) ** 2
            r[i, j] = cost + soft_minimum(r[i - 1, j], r[i, j - 1], r[i - 1, j - 1], gamma)
    return r[n, m]


@program(FIRST, SECOND)
def dynamic_time_warping(x, y):
    previous = [math.inf] * (len(y) + 1)
    previous[0] = 0.0
    for a in x:
        current = [math.inf]
        for j, b in enumerate(y):
            current.append(abs(a - b) + min(previous[j], previous[j + 1], current[j]))
        previous = current
    return previous[-1]


@program(START, TRANSITIONS, EMISSIONS)
def viterbi_score(start, transitions, emissions):
    score = np.log(start) + np.log(emissions[:, SEEN[0]])
    for symbol in SEEN[1:]:
        new = np.zeros(len(start))
        for j in range(len(start)):
            best = -np.inf
            for i in range(len(start)):
                candidate = score[i] + np.log(transitions[i, j])
                if candidate > best:
                    best = candidate
            new[j] = best + np.log(emissions[j, symbol])
        score = new
    return np.max(score)


@program(START, TRANSITIONS, EMISSIONS)
def viterbi_path(start, transitions, emissions):
    n, m = len(SEEN), len(start)
    score, back = np.zeros((n, m)), np.zeros((n, m), dtype=int)
    score[0] = np.log(start * emissions[:, SEEN[0]])
    for t in range(1, n):
        for j in range(m):
            candidates = score[t - 1] + np.log(transitions[:, j])
            back[t, j] = np.argmax(candidates)
            score[t, j] = candidates[back[t, j]] + np.log(emissions[j, SEEN[t]])
    state = int(np.argmax(score[-1]))
    path = [state]
    for t in range(n - 1, 0, -1):
        state = back[t, state]
        path.insert(0, state)
    return sum(score[t, s] for t, s in enumerate(path))


def log_sum(values):
    largest = np.max(values)
    return largest + np.log(np.sum(np.exp(values - largest)))


@program(START, TRANSITIONS, EMISSIONS)
def hidden_markov_forward(start, transitions, emissions):
    alpha = np.zeros((len(SEEN), len(start)))
    alpha[0] = np.log(start) + np.log(emissions[:, SEEN[0]])
    for t in range(1, len(SEEN)):
        for j in range(len(start)):
            arriving = alpha[t - 1] + np.log(transitions[:, j])
            alpha[t, j] = log_sum(arriving) + np.log(emissions[j, SEEN[t]])
    return log_sum(alpha[-1])


@program(START, TRANSITIONS, EMISSIONS)
def forward_and_backward(start, transitions, emissions):
    n = len(SEEN)
    forward, backward = np.empty((n, 2)), np.ones((n, 2))
    scale = np.empty(n)
    forward[0] = start * emissions[:, SEEN[0]]
    scale[0] = np.sum(forward[0])
    forward[0] /= scale[0]
    for t in range(1, n):
        np.dot(forward[t - 1], transitions, out=forward[t])
        forward[t] *= emissions[:, SEEN[t]]
        scale[t] = forward[t].sum()
        forward[t] /= scale[t]
    for t in range(n - 2, -1, -1):
        backward[t] = transitions @ (emissions[:, SEEN[t + 1]] * backward[t + 1]) / scale[t + 1]
    posterior = forward * backward
    return posterior / posterior.sum(axis=1, keepdims=True)


@program(FIRST, SECOND)
def soft_alignment(a, b):
    gap, beta = 0.4, 3.0
    n, m = len(a), len(b)
    table = np.zeros((n + 1, m + 1))
    for i in range(n + 1):
        table[i][0] = i * gap
    for j in range(m + 1):
        table[0][j] = j * gap
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            options = np.array(
                [
                    table[i - 1][j] + gap,
                    table[i][j - 1] + gap,
                    table[i - 1][j - 1] + (a[i - 1] - b[j - 1]) ** 2,
                ]
            )
            weights = np.exp(-beta * options)
            table[i][j] = options @ weights / np.sum(weights)
    return table[n][m]


@program(np.array([0.3, 1.2, 0.7, 0.9]))
def matrix_chain(sizes):
    n = len(sizes) - 1
    cost = np.zeros((n, n))
    for length in range(2, n + 1):
        for i in range(n - length + 1):
            j = i + length - 1
            cost[i, j] = np.inf
            for k in range(i, j):
                c = cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1]
                cost[i, j] = min(cost[i, j], c)
    return cost[0, n - 1]


@program(np.array([[0.3, -0.2], [0.8, 0.1], [-0.4, 0.5]]), np.array([[0.2, 0.4], [-0.1, 0.6]]))
def conditional_random_field(unary, pairwise):
    alpha = unary[0]
    for t in range(1, len(unary)):
        alpha = np.array([log_sum(alpha + pairwise[:, j]) for j in range(2)]) + unary[t]
    gold = unary[0, 1]
    labels = [1, 0, 1]
    for t in range(1, 3):
        gold += unary[t, labels[t]] + pairwise[labels[t - 1], labels[t]]
    return log_sum(alpha) - gold


@program(np.array([0.6, 0.9, 0.4]), np.array([0.2, 0.3, 0.5, 0.1]))
def soft_knapsack(values, budget):
    best = np.zeros(5)
    for item in range(3):
        weight = item + 1
        for capacity in range(4, weight - 1, -1):
            taken = best[capacity - weight] + values[item]
            best[capacity] = np.logaddexp(best[capacity], taken)
    return best[4] * budget[1]


@program(np.array([[0.5, 0.2, 0.9], [0.1, 0.8, 0.3], [0.7, 0.4, 0.6]]))
def cheapest_seam(energy):
    cost = energy.copy()
    rows, columns = cost.shape
    for i in range(1, rows):
        for j in range(columns):
            low, high = max(j - 1, 0), min(j + 2, columns)
            cost[i, j] += np.min(cost[i - 1, low:high])
    return cost[-1].min()


@program(np.array([0.4, 0.7, 0.2, 0.9]), 0.95)
def value_iteration(rewards, discount):
    value = np.zeros(4)
    while True:
        delta = 0.0
        for s in range(4):
            old = value[s]
            left, right = value[max(s - 1, 0)], value[min(s + 1, 3)]
            value[s] = rewards[s] + discount * max(0.5 * left, 0.5 * right)
            delta = max(delta, abs(old - value[s]))
        if delta < 1e-2:
            break
    return value


@program(np.array([0.2, 0.5, 0.3]), np.array([0.6, 0.1]))
def binomial_option(ups, rates):
    n = 3
    p = 0.55 + 0.1 * rates[1]
    price = np.zeros((n + 1, n + 1))
    for i in range(n + 1):
        price[i, n] = max(math.exp(ups[0] * i - ups[1] * (n - i)) - ups[2], 0.0)
    for j in range(n - 1, -1, -1):
        for i in range(j + 1):
            hold = math.exp(-rates[0] / n) * (p * price[i + 1, j + 1] + (1 - p) * price[i, j + 1])
            exercise = math.exp(ups[0] * i - ups[1] * (j - i)) - ups[2]
            price[i, j] = max(hold, exercise)
    return price[0, 0]


@program(np.array([1.0, 1.0, 0.0, 0.0, 0.0]), 0.4)
def transfer_matrix(row, coupling):
    for _ in range(4):
        row = [row[k] + coupling * row[(k + 1) % len(row)] for k in range(len(row))]
    return row[2] + row[0] * row[4]


@program(np.array([0.5, 1.5]))
def binomials_in_a_triangle(x):
    rows = [[1.0]]
    for n in range(1, 5):
        last = rows[-1]
        row = [x[0] * last[0]]
        for k in range(1, n):
            row.append(x[0] * last[k] + x[1] * last[k - 1])
        row.append(x[1] * last[-1])
        rows.append(row)
    return rows[4][2]
