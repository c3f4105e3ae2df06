"""How arguments reach parameters: stars, keywords, defaults, dicts of keywords."""

import math

import numpy as np

from zoo import program

WEIGHTS = [0.5, 2.0]
OPTIONS = {"scale": 2.0, "power": 3}


def product(*args):
    result = 1.0
    for a in args:
        result = result * a
    return result


def scaled(x, *, scale=1.0, shift=0.0):
    return x * scale + shift


def positional(x, y, /, z=2.0):
    return x * y * y * z


def forward(function, *args, **kwargs):
    return function(*args, **kwargs)


def options(x, **kw):
    return x * kw["a"] + kw.get("b", 2.0) * x * x


def summed(x, **kw):
    total = x
    for key in kw:
        total = total * kw[key]
    for value in kw.values():
        total = total + value * value
    for key, value in kw.items():
        if key == "a":
            total = total * value
    return total * len(kw)


@program((0.6, 0.3), argnums=(0, 1), always=True)
def star_parameter(x, y):
    return product(x, y, x) + product(y) + product()


@program((0.6, 0.3), argnums=(0, 1))
def star_argument(x, y):
    t = (x, y)
    return product(*t, 2.0, *t[:1])


@program((0.6, 0.3, 1.4), argnums=(0, 1, 2))
def own_star(*args):
    return args[0] * args[1] * args[-1] * len(args)


@program((0.6, 0.3), argnums=(0, 1))
def keyword_only_parameter(x, y):
    return scaled(x, scale=y) * scaled(y, shift=x)


@program((0.6, 0.3), argnums=(0, 1))
def positional_only_parameter(x, y):
    return positional(x, y) + positional(y, x, z=x)


@program((0.6, 0.3), argnums=(0, 1))
def keyword_dict_read(x, y):
    return options(x, a=y) + options(y, b=x, a=x * y)


@program((0.6, 0.3), argnums=(0, 1))
def keyword_dict_walked(x, y):
    return summed(x, a=y, b=x) + summed(y)


@program((0.6, 0.3), argnums=(0, 1))
def forwarded(x, y):
    return forward(scaled, x, scale=y) * forward(product, x, y) + forward(math.sin, x)


@program((0.6, 0.3), argnums=(0, 1))
def dict_display(x, y):
    d = {"a": x, "b": y}
    return d["a"] * d["b"] * d.get("a") * len(d)


@program((0.6, 0.3), argnums=(0, 1))
def dict_call(x, y):
    d = dict(scale=x, shift=y)
    return scaled(y, **d) * ("scale" in d) * ("other" not in d)


@program((0.6, 0.3), argnums=(0, 1))
def dict_merge(x, y):
    d = {"scale": x, "shift": 1.0}
    e = {**d, "shift": y}
    f = d | {"scale": 2.0}
    return scaled(y, **e) * scaled(x, **f)


@program((0.6, 0.3), argnums=(0, 1))
def dict_of_tuples_and_integers(x, y):
    d = {(0, 1): x, 2: y, "f": math.sin}
    return d[0, 1] * d[2] * d["f"](x)


@program((0.6, "sin"), (0.6, "square"))
def dispatch_table(x, name):
    table = {"sin": math.sin, "square": lambda t: t * t}
    return table[name](x) * x


@program((0.6, 0.3), (-0.6, 0.3), argnums=(0, 1))
def dict_in_a_branch(x, y):
    d = {"a": x, "b": y} if x > 0 else {"a": y, "b": x * x}
    return d["a"] * d["b"] * d["b"]


@program((0.6, 0.3), argnums=(0, 1))
def keywords_and_defaults(x, y, *, scale=2.0):
    def inner(a, b=y, *rest, c, **more):
        return a * b * c + len(rest) + more.get("d", 1.0)

    return inner(x, c=scale) + inner(x, x, 1, 2, c=y, d=x * y)


def weighted(x, weights=[0.5, 2.0], settings={"scale": 3.0}):  # noqa: B006
    return x * weights[0] + x * x * weights[1] * settings["scale"]


@program((0.6,))
def mutable_defaults_are_read(x):
    return weighted(x) * weighted(x, weights=[x, 1.0])


@program((0.6,))
def global_list_and_dict(x):
    return x * WEIGHTS[1] + OPTIONS["scale"] * x ** OPTIONS["power"]


@program((0.6,))
def nested_dicts(x):
    config = {"outer": {"inner": x, "n": 2}, "rate": 0.5}
    return config["outer"]["inner"] ** config["outer"]["n"] * config["rate"]


@program((0.6, 0.3), argnums=(0, 1))
def arrays_in_a_dict(x, y):
    d = {"v": np.array([x, y]), "w": np.array([1.0, 2.0])}
    return np.sum(d["v"] * d["v"] * d["w"])


@program((0.6, 0.3), argnums=(0, 1))
def keyword_after_star(x, y):
    return scaled(*(x,), **{"scale": y, "shift": 1.0})


@program((0.6,))
def unpacked_keys(x):
    d = {"a": x, "b": 2.0}
    first, second = d.values()
    keys = tuple(d)
    return d[keys[0]] * first * second


@program((0.6,))
def walked_containers_of_the_module(x):
    total = 0.0
    for i, w in enumerate(WEIGHTS):
        total += w * x**i
    for name, value in OPTIONS.items():
        total += value * x ** len(name)
    first, second = WEIGHTS
    return total * sum(WEIGHTS) * OPTIONS.get("none", x) * first + second * np.sum(
        np.array(WEIGHTS) * x
    )


@program((0.6, 0), (0.6, 1))
def variable_index_into_a_list_of_the_module(x, i):
    return x * x * WEIGHTS[i]


@program((0.6,))
def module_dict_as_keywords(x):
    def f(x, scale, power):
        return scale * x**power

    return f(x, **OPTIONS)


@program((0.6, 0), (0.6, 5))
def number_keys(x, n):
    d = {0: x, 1: x * x, 5: x**3}
    return d[n] * x


@program((0.6,))
def equal_keys(x):
    d = {1: x, True: x * x, 2: x}  # noqa: F601
    total = 0.0
    for k in d:
        total += k * d[k]
    return total * len(d)


@program((0.6,))
def name_of_a_positional_only_parameter_as_keyword(x):
    def f(a, /, **kw):
        return a * kw["a"]

    return f(x, a=x * x)


@program((0.6, 3), (0.6, 0))
def dict_as_state(x, n):
    state = {"position": x, "speed": 0.5}
    for _ in range(n):
        state = {
            "position": state["position"] + 0.1 * state["speed"],
            "speed": state["speed"] - 0.1 * math.sin(state["position"]),
        }
    return state["position"] * state["speed"]
