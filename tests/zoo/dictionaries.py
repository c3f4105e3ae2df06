"""Dicts that change."""

import numpy as np

from zoo import program


@program((1.7,))
def changed_keys(x):
    d = {"a": x, "b": 2.0}
    d["a"] *= x
    d["c"] = d["a"] + 1
    for k in d:
        d[k] = d[k] * x
    return d["a"] * d["c"] + d.get("z", 1.0) + sum(d.values())


@program((1.7,))
def changed_in_a_loop(x):
    d = {"s": 0.0, "n": 0}
    for i in range(4):
        d["s"] += x * i * d["n"]
        d["n"] += 1
    return d["s"]


@program((1.7,))
def array_in_a_dict(x):
    a = np.ones(2)
    d = {"a": a}
    e = dict(d)
    e["a"] *= x
    d["a"][0] += x
    return np.sum(a * a)


class Base:
    scale = 2.0

    def __init__(self, x):
        self.x = x

    def f(self):
        return self.x * self.scale

    def g(self):
        return self.f() + 1


@program((1.7,))
def counted_letters(x):
    d = {}
    for k in "abca":
        d[k] = d.get(k, 0) + 1
    return x ** d["a"]


@program((1.7,))
def memoised(x):
    memo = {}

    def fib(n):
        if n < 2:
            return x
        if n in memo:
            return memo[n]
        memo[n] = fib(n - 1) * 0.5 + fib(n - 2)
        return memo[n]

    return fib(8)


@program((1.7,))
def parameters(x):
    params = {"k": x, "m": 2.0}
    for i in range(int(x * 3)):
        params["k"] = params["k"] * params["m"] + 1
        params["m"] += x
    return params["k"]


@program((1.7,))
def instances_in_a_dict(x):
    d = {"a": Base(x), "b": Base(2.0)}
    for k, o in d.items():
        o.x = o.x * x
    return d["a"].x * d["b"].x


@program((1.7,))
def dict_of_pairs(x):
    d = dict(zip(["a", "b"], [x, x * x]))
    e = {k: v * 2 for k, v in d.items()}
    return e["a"] * e["b"] + d["a"]


@program((1.7,))
def captured_history(x):
    st = {"h": []}

    def log(v):
        st["h"].append(v)
        return v

    for i in range(3):
        log(x * i)
    return sum(st["h"]) * len(st["h"])


@program((1.7,))
def changed_by_a_callee(x):

    def f(d):
        d["a"] = d["a"] * x
        d.update(b=x)

    d = {"a": x}
    f(d)
    f(d)
    return d["a"] * d["b"]
