"""What instances have of their classes: descriptors, slots, None as a class attribute, super()."""

import differences
import pytest

from diffpy import UnsupportedSyntaxError, grad


class N:
    left = None
    k = 2.0

    def __init__(s, v):
        s.v = v


def program_none_of_the_class(x):
    n = N(x)
    return n.v * n.v if n.left is None else x


def program_none_then_bound(x):
    n = N(x)
    a = n.left
    n.left = N(x * x)
    return n.left.v * n.v + (0 if a is None else x)


class B2:
    def __init__(s, v):
        s.v = v


def program_no_docstring(x):
    return x * x if B2(x).__doc__ else x


class Pos:
    def __set_name__(self, owner, name):
        self.n = "_" + name

    def __get__(self, o, t=None):
        return getattr(o, self.n)

    def __set__(self, o, v):
        setattr(o, self.n, v * 2)


class Par:
    k = Pos()

    def __init__(self, k):
        self.k = k


def program_data_descriptor(x):
    return Par(x).k * x


def program_augmented_descriptor(x):
    p = Par(x)
    p.k += x
    p.k *= 2.0
    return p.k * x


class Lazy:
    def __init__(self, f):
        self.f = f

    def __get__(self, o, t=None):
        return self.f(o) * 3


class UL:
    @Lazy
    def sq(self):
        return self.v**2

    def __init__(self, v):
        self.v = v


def program_descriptor_that_reads(x):
    return UL(x).sq


def program_shadowed_descriptor(x):
    u = UL(x)
    u.sq = x**3
    return u.sq


class SL:
    __slots__ = ("a", "b")

    def __init__(s, v):
        s.a = v


def program_slot_by_hasattr(x):
    return x * x if hasattr(SL(x), "b") else x


def program_slot_by_getattr(x):
    return x * x if getattr(SL(x), "b", None) else x


def program_unset_slot(x):
    try:
        return SL(x).b
    except AttributeError:
        return x**3


def program_slot_bound_later(x):
    s = SL(x)
    if not hasattr(s, "b"):
        s.b = x * x
    return s.a * s.b


class V2:
    def __init__(s, v):
        s.v = v


def program_weak_reference(x):
    return x * x if V2(x).__weakref__ else x


def program_attribute_dict(x):
    return x * x if V2(x).__dict__ else x


def program_class_of(x):
    return V2(x).__class__(x * x).v


def program_module_of(x):
    return x * x if V2(x).__module__ else x


class MyErr(Exception):
    pass


def program_cause(x):
    try:
        try:
            1 / 0
        except ZeroDivisionError as z:
            raise MyErr(x) from z
    except MyErr as e:
        return x * x if isinstance(e.__cause__, ArithmeticError) else x


def program_no_cause(x):
    try:
        raise MyErr("a", x)
    except MyErr as e:
        return x * x if e.__cause__ else x


def program_suppressed_context(x):
    try:
        raise MyErr(x)
    except MyErr as e:
        return x if e.__suppress_context__ else x * x


class Base:
    def __init__(self, v):
        self.v = v

    @classmethod
    def make(cls, v):
        return cls(v)

    @staticmethod
    def st(v):
        return v * 3


class Child(Base):
    @classmethod
    def make(cls, v):
        return super().make(v * v)

    @staticmethod
    def st(v):
        return Base.st(v) * v


def program_super_in_a_class_method(x):
    return Child.make(x).v


def program_super_of_class_and_static(x):
    return Child(x).make(x).v + Child.st(x)


class BP:
    @property
    def p(self):
        return self.v**2

    def __init__(self, v):
        self.v = v


class CP(BP):
    @property
    def p(self):
        return super().p * self.v

    def __init__(self, v):
        super().__init__(v * 2)


def program_super_of_property(x):
    return CP(x).p


EVERY = {name: f for name, f in globals().items() if name.startswith("program_")}
REFUSED = [
    program_weak_reference,
    program_attribute_dict,
    program_cause,
    program_no_cause,
    program_suppressed_context,
]


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize("function", [f for f in EVERY.values() if f not in REFUSED])
def test_both_modes(function, backend):
    differences.check_at(function, 1.7, backend)


@pytest.mark.parametrize("function", REFUSED)
def test_what_c_code_keeps_of_an_instance_is_refused(function):
    with pytest.raises(UnsupportedSyntaxError, match="of an instance is not followed"):
        grad(function, backend="python")(1.7)
