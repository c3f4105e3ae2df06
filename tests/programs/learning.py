"""Networks written by hand."""

import numpy as np

from programs import program

RNG = np.random.default_rng(3)
X = RNG.normal(size=(3, 2))
W1, B1 = 0.5 * RNG.normal(size=(2, 4)), 0.1 * RNG.normal(size=4)
W2, B2 = 0.5 * RNG.normal(size=(4, 1)), 0.1 * RNG.normal(size=1)
S = 0.5 * RNG.normal(size=(3, 3))


def forward(layers, x):
    for k, (w, b) in enumerate(layers):
        x = x @ w + b
        if k < len(layers) - 1:
            x = np.tanh(x)
    return x


@program(X, W1, B1, W2, B2)
def network(x, w1, b1, w2, b2):
    layers = [(w1, b1), (w2, b2)]
    out = forward(layers, x)
    penalty = sum(np.sum(w**2) for w, _ in layers)
    return np.mean((out[:, 0] - 0.5) ** 2) + 0.01 * penalty


@program(X, W1, B1, W2, B2)
def network_that_is_trained(x, w1, b1, w2, b2):
    layers = [[w1, b1], [w2, b2]]
    loss = 0.0
    for epoch in range(2):
        hidden = np.tanh(x @ layers[0][0] + layers[0][1])
        error = hidden @ layers[1][0] + layers[1][1] - 0.5
        loss = np.mean(error**2)
        back = error @ layers[1][0].T * (1 - hidden**2)
        layers[1][0] -= 0.1 * hidden.T @ error
        layers[1][1] -= 0.1 * error.sum(axis=0)
        layers[0][0] -= 0.1 * x.T @ back
        layers[0][1] -= 0.1 * back.sum(axis=0)
    return loss


class Dense:
    def __init__(self, w, b):
        self.w = w
        self.b = b

    def __call__(self, x):
        return np.maximum(x @ self.w + self.b, 0.1 * (x @ self.w + self.b))


class Sequential:
    def __init__(self, *layers):
        self.layers = layers
        self.activations = []

    def __call__(self, x):
        self.activations = [x]
        for layer in self.layers:
            x = layer(x)
            self.activations.append(x)
        return x


@program(X, W1, B1, W2, B2)
def network_of_classes(x, w1, b1, w2, b2):
    model = Sequential(Dense(w1, b1), Dense(w2, b2))
    out = model(x)
    return np.sum(out**2) + 0.1 * sum(np.sum(np.abs(a)) for a in model.activations)


class Node:
    def __init__(self, value, children=()):
        self.value = value
        self.children = children
        self.h = None
        self.c = None


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def tree_lstm(node, W, U):
    h_sum = np.zeros(3)
    for child in node.children:
        tree_lstm(child, W, U)
        h_sum += child.h
    gates = W * node.value + U @ h_sum
    i, o = sigmoid(gates), sigmoid(gates[::-1])
    u = np.tanh(gates + 0.1)
    c = i * u
    for child in node.children:
        c = c + sigmoid(W * node.value + U @ child.h) * child.c
    node.c = c
    node.h = o * np.tanh(c)


@program(np.array([0.3, -0.5, 0.8]), S, 1.2)
def tree_lstm_on_objects(W, U, x):
    leaf, other = Node(x), Node(0.5 * x)
    root = Node(0.7, [Node(x * x, [leaf, other]), Node(-0.3)])
    tree_lstm(root, W, U)
    return np.sum(root.h) + root.children[0].c[1]


@program(X, S[:2], S, np.array([0.3, -0.1, 0.2]))
def recurrent(xs, w, u, h):
    states = np.zeros((len(xs) + 1, 3))
    states[0] = h
    for t, x in enumerate(xs):
        states[t + 1] = np.tanh(x @ w + states[t] @ u)
    return np.sum(states[1:] ** 2)


@program(X, S[:2], S)
def gated_recurrent(xs, w, u):
    h = np.zeros(3)
    for x in xs:
        a = x @ w + h @ u
        z = sigmoid(a)
        h *= 1 - z
        h += z * np.tanh(a)
    return h


@program(RNG.normal(size=(3, 2)), RNG.normal(size=(3, 2)), RNG.normal(size=(3, 2)))
def attention(q, k, v):
    n, d = q.shape
    out = np.zeros((n, d))
    for i in range(n):
        scores = np.zeros(i + 1)
        for j in range(i + 1):
            scores[j] = np.dot(q[i], k[j]) / np.sqrt(d)
        scores -= np.max(scores)
        weights = np.exp(scores)
        weights /= np.sum(weights)
        for j in range(i + 1):
            out[i] += weights[j] * v[j]
    return out


@program(np.array([0.2, -0.4]), 0.1, X)
def logistic_regression(w, b, x):
    labels = np.array([1, 0, 1])
    for _ in range(4):
        dw, db = np.zeros(2), 0.0
        for i in range(len(x)):
            p = 1 / (1 + np.exp(-(w[0] * x[i, 0] + w[1] * x[i, 1] + b)))
            error = p - labels[i]
            dw += error * x[i]
            db += error
        w = w - 0.3 * dw
        b = b - 0.3 * db
    return np.sum(w**2) + b


@program(X, np.array([1.0, 0.8]), np.array([0.1, -0.2]))
def batch_norm(x, gamma, beta):
    out = np.empty_like(x)
    for j in range(x.shape[1]):
        column = x[:, j]
        mean = np.mean(column)
        variance = np.mean((column - mean) ** 2)
        out[:, j] = gamma[j] * (column - mean) / np.sqrt(variance + 1e-5) + beta[j]
    return out


@program(np.array([[0.1, 0.4], [0.6, -0.2], [0.3, 0.9]]))
def message_passing(h):
    edges = [(0, 1), (1, 2), (2, 0), (0, 2)]
    for _ in range(2):
        messages = np.zeros_like(h)
        for source, target in edges:
            messages[target] += np.tanh(h[source])
        h = 0.5 * h + 0.5 * messages
    return np.sum(h**2)


@program(np.array([[0.1, 0.4], [0.6, -0.2], [0.3, 0.9]]))
def message_passing_by_indices(h):
    sources, targets = np.array([0, 1, 2, 0]), np.array([1, 2, 0, 2])
    for _ in range(2):
        messages = np.zeros_like(h)
        np.add.at(messages, targets, np.tanh(h[sources]))
        h += messages
    return np.sum(h**2)


@program(np.array([0.5, -0.4, 0.2]), np.array([1.0, 0.5]))
def restricted_boltzmann(w, v):
    hidden = np.zeros(3)
    for _ in range(3):
        for j in range(3):
            hidden[j] = 1 / (1 + np.exp(-w[j] * np.sum(v)))
        for i in range(2):
            v[i] = 1 / (1 + np.exp(-np.dot(w, hidden) * (i + 1)))
    return np.sum(v) * np.sum(hidden)


class Value:
    """A number that knows how it was made."""

    def __init__(self, data, parents=(), local=()):
        self.data = data
        self.grad = 0.0
        self.parents = parents
        self.local = local

    def __add__(self, other):
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def backward(self, seed=1.0):
        self.grad += seed
        for parent, slope in zip(self.parents, self.local):
            parent.backward(seed * slope)


@program(1.3, 0.7)
def small_autograd(x, y):
    a, b = Value(x), Value(y)
    out = (a * b + a) * (b + b)
    out.backward()
    return out.data + a.grad * b.grad
