"""Classes, queues and trees that carry numbers."""

import math
from dataclasses import dataclass, field

import numpy as np

from programs import program


class InsufficientFunds(Exception):
    pass


class BankAccount:
    def __init__(self, owner, balance=0.0, rate=0.02):
        self.owner = owner
        self.balance = balance
        self.rate = rate
        self.history = []

    def deposit(self, amount):
        if amount <= 0:
            raise ValueError("deposit must be positive")
        self.balance += amount
        self.history.append(("deposit", amount))

    def withdraw(self, amount):
        if amount > self.balance:
            raise InsufficientFunds(f"{self.owner} has too little")
        self.balance -= amount
        self.history.append(("withdraw", amount))

    def transfer(self, other, amount):
        self.withdraw(amount)
        other.deposit(0.99 * amount)

    def add_interest(self, years):
        for _ in range(years):
            self.balance *= 1 + self.rate


@program(100.0, 0.03, 20.0, compiled=True)
def bank_account(balance, rate, amount):
    alice, bob = BankAccount("alice", balance, rate), BankAccount("bob")
    alice.deposit(amount)
    alice.transfer(bob, amount**1.5)
    alice.add_interest(3)
    try:
        bob.withdraw(1000.0 * amount)
    except InsufficientFunds:
        bob.balance -= 0.1 * amount
    return alice.balance * bob.balance + len(alice.history)


@program(1.5, 0.7)
def event_queue(service, patience):
    queue = [(0.4, 1), (0.1, 0), (0.9, 2)]
    clock, waited, served = 0.0, 0.0, 0
    while queue:
        queue.sort()
        time, customer = queue.pop(0)
        clock = max(clock, time) + service / (customer + 1)
        waited += (clock - time) * math.exp(-patience * customer)
        served += 1
        if served < 6 and customer < 2:
            queue.append((time + 1.1 * customer + 0.3, customer + 1))
    return waited


@program(1.5, 0.7)
def event_queue_by_hand(service, patience):
    times, kinds = [0.1, 0.4, 0.9], [0, 1, 2]
    clock, waited = 0.0, 0.0
    while len(times) > 0:
        first = 0
        for k in range(1, len(times)):
            if times[k] < times[first]:
                first = k
        time, kind = times.pop(first), kinds.pop(first)
        clock = max(clock, time) + service / (kind + 1)
        waited += (clock - time) * math.exp(-patience * kind)
        if kind < 2 and clock < 5:
            times.append(clock + patience)
            kinds.append(kind + 1)
    return waited + clock


class UnionFind:
    def __init__(self, n):
        self.parent = list(range(n))

    def find(self, i):
        while self.parent[i] != i:
            self.parent[i] = self.parent[self.parent[i]]
            i = self.parent[i]
        return i

    def union(self, i, j):
        self.parent[self.find(i)] = self.find(j)


@program(np.array([0.2, 0.9, 0.3, 1.4, 0.8]))
def energy_of_clusters(x):
    sets = UnionFind(len(x))
    for i in range(len(x)):
        for j in range(i):
            if abs(x[i] - x[j]) < 0.15:
                sets.union(i, j)
    sums, sizes = np.zeros(len(x)), np.zeros(len(x))
    for i in range(len(x)):
        root = sets.find(i)
        sums[root] += x[i]
        sizes[root] += 1
    energy = 0.0
    for i in range(len(x)):
        root = sets.find(i)
        energy += (x[i] - sums[root] / sizes[root]) ** 2 + 0.1 * x[i] ** 2 / sizes[root]
    return energy


@program(np.array([[0.0, 1.0], [0.4, 0.2], [1.3, 0.8], [0.9, 0.1]]))
def minimum_spanning_tree(points):
    n = len(points)
    edges = []
    for i in range(n):
        for j in range(i + 1, n):
            edges.append((np.linalg.norm(points[i] - points[j]), i, j))
    edges.sort()
    sets = UnionFind(n)
    total = 0.0
    for weight, i, j in edges:
        if sets.find(i) != sets.find(j):
            sets.union(i, j)
            total += weight
    return total


@dataclass
class Tree:
    value: float
    left: "Tree | None" = None
    right: "Tree | None" = None

    def insert(self, value):
        if value < self.value:
            if self.left is None:
                self.left = Tree(value)
            else:
                self.left.insert(value)
        elif self.right is None:
            self.right = Tree(value)
        else:
            self.right.insert(value)

    def total(self, depth=0):
        result = self.value * 0.5**depth
        if self.left is not None:
            result += self.left.total(depth + 1)
        if self.right is not None:
            result += self.right.total(depth + 1)
        return result


@program(0.5, 0.2, 0.9)
def search_tree(a, b, c):
    root = Tree(a)
    root.insert(b)
    root.insert(c)
    root.insert(b * c)
    return root.total()


@program(np.array([0.5, 0.2, 0.9, 0.4, 0.7]), compiled=True)
def search_tree_in_arrays(values):
    n = len(values)
    left, right = -np.ones(n, dtype=int), -np.ones(n, dtype=int)
    for k in range(1, n):
        node = 0
        while True:
            children = left if values[k] < values[node] else right
            if children[node] < 0:
                children[node] = k
                break
            node = children[node]
    total, stack = 0.0, [0]
    while stack:
        node = stack.pop()
        total = 0.9 * total + values[node] ** 2
        if left[node] >= 0:
            stack.append(left[node])
        if right[node] >= 0:
            stack.append(right[node])
    return total


@program(1.2, 0.4)
def pool_of_expressions(x, y):
    def evaluate(node):
        op = node[0]
        if op == "x":
            return x
        if op == "y":
            return y
        if op == "+":
            return evaluate(node[1]) + evaluate(node[2])
        if op == "*":
            return evaluate(node[1]) * evaluate(node[2])
        return math.sin(evaluate(node[1]))

    return evaluate(("+", ("*", ("x",), ("sin", ("y",))), ("sin", ("*", ("x",), ("x",)))))


@program(1.2, 0.4)
def reverse_polish(x, y):
    stack = []
    for token in "x y * s x + y x * +".split():
        if token == "x":
            stack.append(x)
        elif token == "y":
            stack.append(y)
        elif token == "s":
            stack.append(math.sin(stack.pop()))
        else:
            b, a = stack.pop(), stack.pop()
            stack.append(a + b if token == "+" else a * b)
    return stack.pop()


class Polynomial:
    def __init__(self, coefficients):
        self.coefficients = list(coefficients)

    def __call__(self, x):
        value = 0.0
        for c in reversed(self.coefficients):
            value = value * x + c
        return value

    def __mul__(self, other):
        out = [0.0] * (len(self.coefficients) + len(other.coefficients) - 1)
        for i, a in enumerate(self.coefficients):
            for j, b in enumerate(other.coefficients):
                out[i + j] += a * b
        return Polynomial(out)

    def derivative(self):
        return Polynomial([k * c for k, c in enumerate(self.coefficients)][1:])


@program(0.7, 1.3, 0.4)
def polynomials(a, b, x):
    p = Polynomial([a, b, 1.0]) * Polynomial([b, a * a])
    return p(x) + p.derivative()(x * x)


@program(np.array([0.7, 1.3, 0.4]), 0.6)
def polynomials_of_arrays(c, x):
    p = Polynomial(c) * Polynomial(c[::-1])
    return p(x)


class Vector:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __sub__(self, other):
        return Vector(self.x - other.x, self.y - other.y)

    def __rmul__(self, k):
        return Vector(k * self.x, k * self.y)

    def __iadd__(self, other):
        self.x += other.x
        self.y += other.y
        return self

    def dot(self, other):
        return self.x * other.x + self.y * other.y


@program(1.0, 0.2, 9.8, compiled=True)
def bouncing(height, drag, g):
    position, velocity = Vector(0.0, height), Vector(1.0, 0.0)
    bounces, dt = 0, 0.05
    while bounces < 2:
        velocity += dt * (Vector(0.0, -g) - drag * velocity)
        position += dt * velocity
        if position.y < 0 and velocity.y < 0:
            position.y = -position.y
            velocity.y *= -0.8
            bounces += 1
    return position.x + position.dot(velocity)


@dataclass
class Population:
    sizes: np.ndarray
    growth: float
    log: list = field(default_factory=list)

    def year(self):
        born = self.growth * self.sizes[1:].sum()
        self.sizes[1:] = 0.8 * self.sizes[:-1]
        self.sizes[0] = born
        self.log.append(self.sizes.sum())


@program(np.array([3.0, 2.0, 1.0]), 0.6)
def age_classes(sizes, growth):
    population = Population(sizes, growth)
    for _ in range(4):
        population.year()
    return sum(population.log) / len(population.log) + population.sizes[1]


class Mesh:
    def __init__(self, vertices, triangles):
        self.vertices = vertices
        self.triangles = triangles

    def areas(self):
        for i, j, k in self.triangles:
            a, b = self.vertices[j] - self.vertices[i], self.vertices[k] - self.vertices[i]
            yield 0.5 * abs(a[0] * b[1] - a[1] * b[0])

    def smooth(self, steps):
        for _ in range(steps):
            sums, counts = np.zeros_like(self.vertices), np.zeros(len(self.vertices))
            for triangle in self.triangles:
                for i in triangle:
                    for j in triangle:
                        if i != j:
                            sums[i] += self.vertices[j]
                            counts[i] += 1
            self.vertices = 0.5 * self.vertices + 0.5 * sums / counts[:, None]


@program(np.array([[0.0, 0.0], [1.0, 0.1], [0.4, 0.9], [1.2, 1.1]]))
def mesh_smoothing(vertices):
    mesh = Mesh(vertices, [(0, 1, 2), (1, 3, 2)])
    mesh.smooth(2)
    return sum(area**2 for area in mesh.areas())


class Matrix:
    def __init__(self, rows):
        self.rows = rows

    @classmethod
    def identity(cls, n):
        return cls([[1.0 if i == j else 0.0 for j in range(n)] for i in range(n)])

    def __getitem__(self, key):
        i, j = key
        return self.rows[i][j]

    def __setitem__(self, key, value):
        i, j = key
        self.rows[i][j] = value

    def __matmul__(self, other):
        n = len(self.rows)
        out = Matrix([[0.0] * n for _ in range(n)])
        for i in range(n):
            for j in range(n):
                for k in range(n):
                    out[i, j] += self[i, k] * other[k, j]
        return out


@program(1.3, 0.4)
def matrices_of_lists(a, b):
    m = Matrix.identity(2)
    m[0, 1] = a
    m[1, 0] += b * a
    return (m @ m @ m)[0, 1]


@program(np.array([0.4, 0.6, 0.1]))
def inventory(prices):
    stock = {"apple": 3.0, "pear": 2.0, "plum": 5.0}
    value = 0.0
    for day in range(3):
        for k, name in enumerate(("apple", "pear", "plum")):
            sold = stock[name] * prices[k] * 0.5
            stock[name] -= sold
            value += sold * prices[k]
    return value + sum(stock.values())


class Layered:
    def __init__(self, n):
        self.levels = [np.zeros(2**k) for k in range(n)]

    def add(self, x):
        for level in self.levels:
            level += x
            level[-1] *= x


@program(1.3)
def arrays_of_growing_size(x):
    layered = Layered(3)
    layered.add(x)
    layered.add(x * x)
    return sum(np.sum(level**2) for level in layered.levels)
