"""try, except, else, finally and raise."""

# ruff: noqa: F821, B012, B023, B904, E722, F841, SIM105, B017, E731, B025, S110

import math

import numpy as np

from zoo import program


class MyError(Exception):
    pass


class Sub(MyError):
    pass


@program((1.7, 0), (1.7, 2), always=True)
def division(x, n):
    try:
        y = x / n
    except ZeroDivisionError:
        y = x * x
    return y


@program((1.7,), always=True)
def no_failure(x):
    try:
        y = x / (x - 1.0)
    except ZeroDivisionError:
        y = x * x
    else:
        y = y * 2
    return y


@program((1.7,))
def with_raise(x):
    try:
        if x > 1:
            raise MyError("big", x)
        y = x
    except MyError as e:
        y = x**3 * e.args[1]
    return y


@program((1.7,))
def callee(x):
    def f(v):
        if v < 2:
            raise ValueError("small")
        return v * v

    s = 0.0
    for i in range(4):
        try:
            s += f(x * i)
        except ValueError:
            s += x
        finally:
            s = s * 1.5
    return s


@program((1.7,))
def partial(x):
    y = 1.0
    try:
        y = x * 2
        z = math.sqrt(1.0 - x)
        y = x * 100
    except (ValueError, KeyError):
        y = y * x
    return y


@program((1.7,))
def loop(x):
    s = x
    try:
        for i in range(10):
            s = s * x
            if s > 10:
                raise StopIteration
    except StopIteration:
        return s * i
    return s


@program((1.7,))
def nested(x):
    try:
        try:
            y = math.log(-x)
        except ZeroDivisionError:
            y = 1.0
        finally:
            z = x * x
    except ValueError as e:
        y = z * x
    return y


@program((1.7,))
def reraise(x):
    n = 0.0

    def g(v):
        nonlocal n
        try:
            return 1 / (v - v)
        except ZeroDivisionError:
            n += v
            raise

    try:
        g(x)
    except Exception:
        n = n * n
    return n


@program((1.7,))
def finally_return(x):
    def f(v):
        try:
            if v > 1:
                return v * 2
            return v
        finally:
            v = v * 100

    return f(x) + f(x - 1)


@program((1.7,))
def index(x):
    a = np.array([x, 2 * x, x * x])
    s = 0.0
    for i in range(6):
        try:
            s += a[i]
        except IndexError:
            s += 1.5 * x
    return s


@program((1.7,))
def with_break(x):
    s = 0.0
    for i in range(5):
        try:
            if i == 3:
                break
            s += x / (2 - i)
        except ZeroDivisionError:
            continue
        s += 1
    return s * x


@program((1.7,))
def with_while(x):
    k = 0
    while True:
        try:
            if x * k > 6:
                raise MyError
            k += 1
        except MyError:
            break
    return x * k


@program((1.7,))
def recursion(x):
    def f(d, v):
        if d == 0:
            raise MyError("bottom", v)
        return f(d - 1, v * x) + 1

    try:
        return f(3, x)
    except MyError as e:
        return e.args[1]


@program((1.7,))
def in_expression(x):
    try:
        y = (x if x > 100 else 1 / (x - x)) + math.sqrt(x)
    except ZeroDivisionError:
        y = x * 7
    return y


@program((1.7,))
def uncaught_other(x):
    try:
        try:
            raise KeyError("a")
        except ValueError:
            y = 1.0
        y = 2.0
    except LookupError:
        y = x * x
    return y


@program((1.7,))
def with_str(x):
    try:
        raise ValueError("bad")
    except ValueError as e:
        return x * x if str(e) == "bad" else x


@program((1.7,))
def with_else(x):
    y = 0.0
    for i in range(3):
        try:
            z = x / (i - 1)
        except ZeroDivisionError as e:
            z = 5 * x
        else:
            y += z * z
        y += z
    return y


@program((1.7,))
def gen(x):
    def g():
        try:
            yield x
            yield x * x
            raise ValueError
        except ValueError:
            yield x**3

    return sum(g())


@program((1.7,))
def unbound(x):
    try:
        return y
    except UnboundLocalError:
        y = x * x
    return y


@program((1.7,))
def finally_and_return(x):
    def f(v):
        for i in range(5):
            for j in range(3):
                try:
                    if v * i > 3:
                        return v * i * j
                    if j == 1:
                        continue
                    if i == 2:
                        break
                    v = v + 0.1 * x
                finally:
                    v = v * 1.01
            else:
                v = v + x
        return v

    return f(x) * x


@program((1.7,))
def finally_overrides_return(x):
    def f():
        try:
            return x
        finally:
            return x * x

    return f()


@program((1.7,))
def break_in_finally(x):
    def f():
        for i in range(3):
            try:
                raise MyError
            finally:
                break
        return x * i + x

    return f()


@program((1.7,))
def continue_in_finally(x):
    s = 0.0
    for i in range(4):
        try:
            s += x / (i - 1)
            if i == 2:
                break
        finally:
            s += x
            continue
    return s


@program((1.7,))
def finally_after_return_value(x):
    y = x

    def f():
        nonlocal y
        try:
            return y
        finally:
            y = y * y

    return f() + y


@program((1.7,))
def handler_rebinds(x):
    a = 1.0
    b = 2.0
    c = x
    for i in range(4):
        try:
            a = a * x
            b = a + c
            if i == 2:
                raise MyError("q", b)
            c = b
        except MyError as e:
            a = e.args[1]
            c = a * 2
    return a + b * c


@program((1.7,))
def try_in_while_test(x):
    def ok(v):
        try:
            return 10 / (v - v) > 1
        except ZeroDivisionError:
            return v < 20

    y = x
    n = 0
    while ok(y) and n < 12:
        y = y * 1.5 + 0.3
        n += 1
    return y


@program((1.7,))
def listindex_dyn(x):
    a = [x, x * x]
    s = 0.0
    for i in range(4):
        try:
            s += a[i]
        except IndexError:
            s += 10 * x
    return s


@program((1.7,))
def keyerror_dyn(x):
    d = {0: x, 1: x * x}
    s = 0.0
    for i in range(4):
        try:
            s += d[i]
        except KeyError:
            s += 10 * x
    return s


@program((1.7,))
def tupleidx(x):
    d = (x, x * x)
    s = 0.0
    for i in range(4):
        try:
            s += d[i]
        except IndexError as e:
            s += 10 * x
    return s


@program((1.7,))
def overflow2(x):
    y = 10.0 + x
    try:
        for i in range(100):
            y = y**2
    except OverflowError:
        y = x * 3 + i
    return y


@program((1.7,))
def with_assert(x):
    s = 0.0
    for i in range(3):
        try:
            assert x * i < 2, "big"
            s += x
        except AssertionError as e:
            s += 10 * x if str(e) == "big" else 0
    return s


@program((1.7,))
def unboundlater(x):
    for i in range(3):
        try:
            y = y * x
        except UnboundLocalError:
            y = x
    return y


@program((1.7,))
def exception_chain(x):
    try:
        try:
            raise KeyError("a")
        except KeyError as e:
            raise MyError("b", x * x) from e
    except MyError as e:
        return e.args[1]


@program((1.7,))
def exception_hier(x):
    s = 0.0
    for i in range(3):
        try:
            if i == 0:
                raise Sub(x)
            if i == 1:
                raise MyError(x * x)
            raise KeyError(3.0)
        except Sub as e:
            s += e.args[0]
        except (MyError, KeyError) as e:
            s += e.args[0] * 10
    return s


@program((1.7,))
def reraise_outer(x):
    s = 0.0
    try:
        try:
            s += x
            raise Sub("a")
        except MyError:
            s += x * x
            raise
        finally:
            s *= 2
    except Sub:
        s += 1
    return s


@program((1.7,))
def else_raise(x):
    s = x
    try:
        try:
            s = s * x
        except ValueError:
            s = 100.0
        else:
            raise ValueError
        finally:
            s += 1
    except ValueError:
        s = s * 3
    return s


@program((1.7,))
def loop_try_else(x):
    for i in range(6):
        try:
            y = math.sqrt(i - 3) * x
        except ValueError:
            continue
        else:
            if y > 1:
                break
        finally:
            x = x * 1.1
    else:
        y = -x
    return y + x


@program((1.7,))
def retry(x):
    dt = 1.0
    for attempt in range(10):
        try:
            y = math.log(1 - dt * abs(x))
            break
        except ValueError:
            dt = dt / 2
    else:
        raise RuntimeError
    return y * dt


@program((1.7,))
def deep(x):
    def f(d, v):
        if d == 0:
            if v > 2:
                raise MyError(v)
            return v
        try:
            return f(d - 1, v * x) + v
        except MyError as e:
            if d % 2:
                raise
            return e.args[0] * 0.5
        finally:
            v = 0.0

    return f(4, x)


@program((1.7,))
def state_partial(x):
    a = np.zeros(3)
    try:
        for i in range(5):
            a[i] = x * (i + 1)
    except IndexError:
        a[0] = a[2] * x
    return np.sum(a)


@program((1.7,))
def list_partial(x):
    xs = []
    try:
        for i in range(5):
            xs.append(x / (3 - i))
    except ZeroDivisionError:
        xs.append(x * x)
    return sum(xs) * len(xs)


@program((1.7,))
def mod(x):
    s = 0.0
    for i in range(4):
        try:
            s += (10 % (i - 1)) * x + x % (i - 2)
        except ZeroDivisionError as e:
            s += x * x
    return s


@program((1.7,))
def zero_trip(x):
    n = 0
    try:
        for i in range(n):
            raise MyError
    except MyError:
        return x
    return x * x


@program((1.7,))
def bare(x):
    try:
        y = 1 / (x - x)
    except:
        y = x**3
    return y


@program((1.7,))
def base(x):
    try:
        raise KeyboardInterrupt
    except Exception:
        y = 1.0
    except BaseException:
        y = x * x
    return y


@program((1.7,))
def raise_in_finally(x):
    try:
        try:
            y = 1 / (x - x)
        finally:
            raise MyError("bad")
    except MyError:
        return x * x


@program((1.7,))
def exception_val(x):
    err = None
    try:
        raise MyError(x)
    except MyError as e:
        err = e
    return err.args[0] * x if err is not None else x


@program((1.7,))
def nonlocal_in_try(x):
    n = 1.0

    def f(v):
        nonlocal n
        try:
            n = n * v
            if n > 5:
                raise MyError
            n = n + 1
        finally:
            n = n * 1.5
        return n

    s = 0.0
    for i in range(5):
        try:
            s += f(x)
        except MyError:
            n = 0.5
            s += n * x
    return s * n


@program((1.7,))
def while_true_try(x):
    y = x
    k = 0
    while True:
        try:
            k += 1
            y = math.sqrt(y - 0.2)
        except ValueError:
            y = y + 1.5
        else:
            if k > 5:
                break
        if k > 9:
            break
    return y * x


@program((1.7,))
def exception_in_cond_expr(x):
    s = 0.0
    for i in range(5):
        try:
            s += (x / (i - 2) if i % 2 == 0 else math.log(i - 2)) + (i > 2 and x / (i - 3))
        except (ZeroDivisionError, ValueError):
            s += x * x
    return s


@program((1.7,))
def exception_in_call_arg(x):
    def f(a, b):
        return a * b

    s = 0.0
    for i in range(4):
        try:
            s += f(x / (i - 1), math.sqrt(2 - i))
        except ArithmeticError:
            s += x
        except ValueError:
            s += 2 * x
    return s


@program((1.7,))
def exception_subscript_assign(x):
    a = [x, x, x]
    for i in range(5):
        try:
            a[i] = a[i - 1] * x / (i - 1)
        except ZeroDivisionError:
            a[0] += x
        except IndexError:
            a[1] *= x
    return sum(a)


@program((1.7,))
def exception_aug(x):
    s = x
    for i in range(4):
        try:
            s /= i - 2
        except ZeroDivisionError:
            s += 3 * x
    return s


@program((1.7,))
def exception_chained(x):
    s = 0.0
    for i in range(4):
        try:
            if 0 < x / (i - 1) < 3:
                s += x
            else:
                s += 2 * x
        except ZeroDivisionError:
            s += 3 * x
    return s


@program((1.7,))
def exception_comprehension(x):
    s = 0.0
    for k in range(3):
        try:
            s += sum([x / (i - k) for i in range(2)])
        except ZeroDivisionError:
            s += x * x
    return s


@program((1.7,))
def exception_lambda(x):
    f = lambda v: x / v
    try:
        y = f(x - x)
    except ZeroDivisionError:
        y = f(x * x)
    return y


@program((1.7,))
def exception_recurse_nl(x):
    depth = 0

    def f(v):
        nonlocal depth
        depth += 1
        if depth > 4:
            raise RecursionError
        return f(v * x) + v

    try:
        y = f(x)
    except RecursionError:
        y = x * depth
    return y


@program((1.7,))
def ret_in_handler(x):
    def f(v):
        try:
            return 1 / v
        except ZeroDivisionError:
            return x * x
        finally:
            pass

    return f(x) + f(0.0)


@program((1.7,))
def ret_else(x):
    def f(v):
        try:
            w = 1 / v
        except ZeroDivisionError:
            return x * x
        else:
            return w * x

    return f(x) + f(0.0)


@program((1.7, np.array([0.3, 0.2, 1.4])))
def failing_test_of_while(x, v):
    i = 0
    try:
        while v[i] * x < 9.0:
            i += 1
            x = x * 1.1
    except IndexError:
        x = x * x * i
    return x


@program((1.7, 3), (1.7, 9))
def division_in_test_of_while(x, n):
    y = x
    try:
        while 1 / n > 0.1:
            n -= 1
            y = y * x
    except ZeroDivisionError:
        y = y + x
    return y


@program((1.7,), (-0.4,), always=True)
def jitter_until_definite(x):
    k = np.array([[x, 2.0 * x], [2.0 * x, x]])
    jitter = 0.01
    for _ in range(9):
        try:
            factor = np.linalg.cholesky(k + jitter * np.eye(2))
            break
        except np.linalg.LinAlgError:
            jitter *= 10.0
    return np.sum(np.log(np.diag(factor)))
