"""with: managers of Python's, of the user's, and generators."""

# ruff: noqa: B023, SIM117, F841

import contextlib

import numpy as np

from zoo import program


class MyError(Exception):
    pass


class Scale:
    def __init__(self, k):
        self.k = k
        self.n = 0

    def __enter__(self):
        self.n += 1
        return self.k * 2

    def __exit__(self, cls, exc, tb):
        self.n += 10
        return cls is ValueError


@contextlib.contextmanager
def _doubled(v):
    d = v * 2
    try:
        yield d
    finally:
        d = 0


@contextlib.contextmanager
def _cm(log, k):
    log.append(k)
    try:
        yield k * 2
    except ValueError:
        log.append(k * k)
    finally:
        log.append(3 * k)
    log.append(0.5)


@contextlib.contextmanager
def _once(log, k):
    log.append(k)
    yield k * 2


@contextlib.contextmanager
def _after(log, k):
    log[0] += k
    yield k * 2
    log[0] += 3 * k


@contextlib.contextmanager
def _supp(log, k):
    try:
        yield k
    except ValueError:
        log[0] += k


@program((1.7,), always=True)
def errstate(x):
    with np.errstate(all="ignore"):
        y = np.sqrt(x)
    with contextlib.suppress(ZeroDivisionError, ValueError):
        y = y * x
        y = 1 / (x - x)
    return y


@program((1.7,), always=True)
def manager(x):
    s = Scale(x)
    with s as k, Scale(3.0) as j:
        y = k * x * j
        if x > 1:
            y = y + 1
            raise ValueError("x")
    return y * s.n


@program((1.7,))
def generator(x):
    with _doubled(x) as d:
        y = d * x
    return y


@program((1.7,))
def generator_and_return(x):
    for i in range(3):
        with _doubled(x * i) as d:
            if d > 3:
                return d * x
    return x


@program((1.7,))
def generator_break(x):
    log = [1.0]
    for i in range(3):
        with _cm(log, x) as k:
            if i == 1:
                break
            log.append(k)
    return sum(log) * x


@program((1.7,))
def generator_break_else(x):
    log = [1.0]
    for i in range(3):
        with _cm(log, x) as k:
            if k > 100:
                break
            if i == 1:
                continue
            log.append(k)
        x = x * 1.1
    else:
        log.append(x)
    return sum(log) * x


@program((1.7,))
def generator_all(x):
    log = [1.0]

    def f():
        for i in range(6):
            with _cm(log, x + i) as k:
                if i == 1:
                    continue
                if i == 2:
                    raise ValueError
                if i == 4:
                    return k * i
                log.append(k)
                if k > 100:
                    break
            log.append(x * i)
        return -1.0

    return f() * sum(log)


@program((1.7,))
def generator_two(x):
    log = [1.0]
    for i in range(4):
        with _cm(log, x) as k, _cm(log, x * i) as j:
            if i == 1:
                continue
            if i == 3:
                break
            log.append(k * j)
        log.append(7.0)
    return sum(log) * x


@program((1.7,))
def generator_in_try(x):
    log = [1.0]
    for i in range(4):
        try:
            with _cm(log, x) as k:
                if i == 1:
                    continue
                if i == 2:
                    raise KeyError
                if i == 3:
                    break
                log.append(k)
        except KeyError:
            log.append(100.0 * x)
        finally:
            log.append(x * x)
    return sum(log) * x


@program((1.7,))
def generator_nested_loop_break(x):
    log = [1.0]
    with _cm(log, x) as k:
        for i in range(4):
            if i == 2:
                break
            log.append(k)
        else:
            log.append(1000.0)
    return sum(log) * x


@program((1.7,))
def with_exc_values(x):
    y = 1.0
    with contextlib.suppress(MyError):
        for i in range(4):
            y = y * x
            if y > 3:
                raise MyError
        y = 0.0
    return y * i


@program((1.7,))
def generator_two_ret(x):
    log = [1.0]

    def f():
        for i in range(4):
            with _once(log, x) as k:
                with _once(log, x * i) as j:
                    if i == 1:
                        return x
                    log.append(k * j)
            log.append(7.0)
        return 2.0

    return f() * sum(log) * x


@program((1.7,))
def generator_for_gen(x):
    log = [1.0]
    for i in (j for j in range(4)):
        with _once(log, x) as k:
            if i == 1:
                continue
            if i == 3:
                break
            log.append(k * i)
        log.append(7.0)
    return sum(log) * x


@program((1.7,))
def generator_return_after(x):
    log = [1.0]

    def f():
        with _after(log, x) as k:
            return k

    return f() * log[0]


@program((1.7,))
def generator_sw(x):
    log = [1.0]
    with _supp(log, x) as k:
        if k > 0:
            raise ValueError
        log[0] = 5.0
    return log[0] * x


@program((1.7,))
def nested_with(x):
    with contextlib.suppress(ValueError):
        with contextlib.suppress(KeyError):
            y = x
            raise ValueError
        y = 5.0
    return y * x
