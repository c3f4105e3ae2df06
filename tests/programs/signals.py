"""Series and images: transforms, filters, interpolation."""

import cmath
import math
from collections import deque

import numpy as np

from programs import program

SIGNAL = np.array([0.3, 1.2, -0.7, 0.5, 0.9, -1.1, 0.4, 0.8])
KERNEL = np.array([0.25, 0.5, -0.3])
IMAGE = np.array([[0.2, 0.5, 0.9, 0.1], [0.7, 0.3, 0.4, 0.8], [0.6, 0.1, 0.5, 0.2]])


def spectrum(re, im):
    found = np.fft.fft(re + 1j * im)
    return found.real, found.imag


@program(SIGNAL, 0.5 * SIGNAL[::-1], like=spectrum, compiled=True)
def fft_in_place(re, im):
    n = len(re)
    j = 0
    for i in range(1, n):
        bit = n >> 1
        while j & bit:
            j ^= bit
            bit >>= 1
        j ^= bit
        if i < j:
            re[i], re[j] = re[j], re[i]
            im[i], im[j] = im[j], im[i]
    length = 2
    while length <= n:
        angle = -2 * math.pi / length
        for start in range(0, n, length):
            for k in range(length // 2):
                c, s = math.cos(angle * k), math.sin(angle * k)
                a, b = start + k, start + k + length // 2
                x, y = re[b] * c - im[b] * s, re[b] * s + im[b] * c
                re[b], im[b] = re[a] - x, im[a] - y
                re[a] += x
                im[a] += y
        length *= 2
    return re, im


def halves(re, im):
    n = len(re)
    if n == 1:
        return re, im
    even_re, even_im = halves(re[::2], im[::2])
    odd_re, odd_im = halves(re[1::2], im[1::2])
    out_re, out_im = np.zeros(n), np.zeros(n)
    for k in range(n // 2):
        c, s = math.cos(2 * math.pi * k / n), -math.sin(2 * math.pi * k / n)
        x, y = c * odd_re[k] - s * odd_im[k], c * odd_im[k] + s * odd_re[k]
        out_re[k], out_im[k] = even_re[k] + x, even_im[k] + y
        out_re[k + n // 2], out_im[k + n // 2] = even_re[k] - x, even_im[k] - y
    return out_re, out_im


@program(
    SIGNAL,
    0.5 * SIGNAL[::-1],
    like=spectrum,
    no_gradient="a recursion that returns its argument or an array that it stores into",
)
def fft_by_recursion(re, im):
    return halves(re, im)


def transform(x):
    n = len(x)
    if n <= 1:
        return x
    even, odd = transform(x[0::2]), transform(x[1::2])
    twisted = [cmath.exp(-2j * math.pi * k / n) * odd[k] for k in range(n // 2)]
    first = [even[k] + twisted[k] for k in range(n // 2)]
    return first + [even[k] - twisted[k] for k in range(n // 2)]


@program(
    SIGNAL[:4], like=lambda x: np.abs(np.fft.fft(x)) ** 2, missing="lists that recursion makes"
)
def fft_of_lists(x):
    found = transform([complex(v) for v in x])
    return np.array([abs(c) ** 2 for c in found])


@program(SIGNAL, like=lambda x: np.abs(np.fft.fft(x)) ** 2)
def power_spectrum(x):
    n = len(x)
    power = np.zeros(n)
    for k in range(n):
        re, im = 0.0, 0.0
        for t in range(n):
            angle = 2 * math.pi * k * t / n
            re += x[t] * math.cos(angle)
            im -= x[t] * math.sin(angle)
        power[k] = re**2 + im**2
    return power


@program(SIGNAL, KERNEL, like=np.convolve)
def convolution(signal, kernel):
    out = np.zeros(len(signal) + len(kernel) - 1)
    for i in range(len(signal)):
        for j in range(len(kernel)):
            out[i + j] += signal[i] * kernel[j]
    return out


@program(IMAGE, np.array([[0.5, -0.2], [0.1, 0.7]]))
def convolution_of_an_image(image, kernel):
    h, w = kernel.shape
    out = np.zeros((image.shape[0] - h + 1, image.shape[1] - w + 1))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = np.sum(image[i : i + h, j : j + w] * kernel)
    np.maximum(out, 0.0, out=out)
    return out


@program(IMAGE)
def largest_of_each_window(image):
    pooled = np.full((2, 2), -np.inf)
    for i in range(2):
        for j in range(2):
            for a in range(2):
                for b in range(2):
                    if image[i + a, 2 * j + b] > pooled[i, j]:
                        pooled[i, j] = image[i + a, 2 * j + b]
    return pooled


@program(IMAGE, 1.3, 0.6, compiled=True)
def bilinear(image, x, y):
    i, j = int(math.floor(y)), int(math.floor(x))
    u, v = x - j, y - i
    top = (1 - u) * image[i, j] + u * image[i, j + 1]
    bottom = (1 - u) * image[i + 1, j] + u * image[i + 1, j + 1]
    return (1 - v) * top + v * bottom


@program(IMAGE, np.array([0.9, 0.4, -0.3, 0.8]))
def warped(image, angle_and_shift):
    c, s = np.cos(angle_and_shift[0]), np.sin(angle_and_shift[1])
    out = np.zeros((2, 2))
    for i in range(2):
        for j in range(2):
            x = min(max(c * i - s * j + angle_and_shift[3], 0.0), 1.9)
            y = min(max(s * i + c * j + 0.3, 0.0), 2.9)
            x0, y0 = int(x), int(y)
            fx, fy = x - x0, y - y0
            for dx in (0, 1):
                for dy in (0, 1):
                    weight = (fx if dx else 1 - fx) * (fy if dy else 1 - fy)
                    out[i, j] += weight * image[x0 + dx, y0 + dy]
    return out


@program(np.array([0.0, 1.0, 2.5, 3.0, 4.2]), np.array([0.1, 0.9, 0.4, -0.2, 0.6]))
def natural_spline(x, y):
    n = len(x) - 1
    h = np.diff(x)
    alpha = np.zeros(n)
    for i in range(1, n):
        alpha[i] = 3 / h[i] * (y[i + 1] - y[i]) - 3 / h[i - 1] * (y[i] - y[i - 1])
    l, mu, z = np.ones(n + 1), np.zeros(n), np.zeros(n + 1)
    for i in range(1, n):
        l[i] = 2 * (x[i + 1] - x[i - 1]) - h[i - 1] * mu[i - 1]
        mu[i] = h[i] / l[i]
        z[i] = (alpha[i] - h[i - 1] * z[i - 1]) / l[i]
    b, c, d = np.zeros(n), np.zeros(n + 1), np.zeros(n)
    for j in range(n - 1, -1, -1):
        c[j] = z[j] - mu[j] * c[j + 1]
        b[j] = (y[j + 1] - y[j]) / h[j] - h[j] * (c[j + 1] + 2 * c[j]) / 3
        d[j] = (c[j + 1] - c[j]) / (3 * h[j])
    return b, c, d


@program(SIGNAL, like=lambda x: np.convolve(x, np.ones(3) / 3, "valid"))
def moving_average(x):
    running = np.cumsum(np.insert(x, 0, 0.0))
    return (running[3:] - running[:-3]) / 3


@program(SIGNAL)
def moving_average_of_a_deque(x):
    window = deque(maxlen=3)
    total = 0.0
    for value in x:
        window.append(value * value)
        total += sum(window) / len(window)
    return total


@program(SIGNAL)
def moving_average_of_a_list(x):
    window, total = [], 0.0
    for value in x:
        window.append(value * value)
        if len(window) > 3:
            window.pop(0)
        total += sum(window) / len(window)
    return total


class RingBuffer:
    def __init__(self, size):
        self.data = np.zeros(size)
        self.start = 0
        self.count = 0

    def push(self, value):
        if self.count < len(self.data):
            self.data[(self.start + self.count) % len(self.data)] = value
            self.count += 1
        else:
            self.data[self.start] = value
            self.start = (self.start + 1) % len(self.data)

    def __getitem__(self, i):
        if i >= self.count:
            raise IndexError(i)
        return self.data[(self.start + i) % len(self.data)]

    def __len__(self):
        return self.count

    @property
    def mean(self):
        return np.sum(self.data[: self.count]) / self.count


@program(SIGNAL)
def ring_buffer(x):
    buffer = RingBuffer(3)
    total = 0.0
    for value in x:
        buffer.push(value * abs(value))
        total += buffer.mean * buffer[0]
    return total + len(buffer) * buffer[2]


@program(SIGNAL, np.array([0.3, 0.2]), np.array([1.0, -0.5, 0.1]), compiled=True)
def recursive_filter(x, b, a):
    y = np.zeros_like(x)
    for n in range(len(x)):
        for k in range(len(b)):
            if n - k >= 0:
                y[n] += b[k] * x[n - k]
        for k in range(1, len(a)):
            if n >= k:
                y[n] -= a[k] * y[n - k]
        y[n] /= a[0]
    return y


@program(SIGNAL, 0.4)
def exponential_smoothing(x, alpha):
    level, trend = x[0], x[1] - x[0]
    errors = []
    for value in x[1:]:
        errors.append((value - level - trend) ** 2)
        old, level = level, alpha * value + (1 - alpha) * (level + trend)
        trend = 0.3 * (level - old) + 0.7 * trend
    return sum(errors) / len(errors)


@program(SIGNAL)
def haar_wavelets(x):
    out = x.copy()
    n = len(x)
    while n > 1:
        half = n // 2
        temporary = out[:n].copy()
        for i in range(half):
            out[i] = (temporary[2 * i] + temporary[2 * i + 1]) / math.sqrt(2)
            out[half + i] = (temporary[2 * i] - temporary[2 * i + 1]) / math.sqrt(2)
        n = half
    return out


@program(SIGNAL)
def lifting_wavelets(x):
    even, odd = x[::2], x[1::2]
    odd -= even
    even += 0.5 * odd
    even[1:] *= even[:-1]
    return x


@program(SIGNAL, 0.7)
def reverberation(x, gain):
    delay = [0.0] * 3
    out, k = [], 0
    for sample in x:
        y = sample + gain * delay[k]
        delay[k] = y
        k = (k + 1) % 3
        out.append(y)
    return np.sum(np.array(out) ** 2)


@program(SIGNAL)
def linear_prediction(x):
    order = 3
    r = np.array([x[: len(x) - k] @ x[k:] for k in range(order + 1)])
    a = np.zeros(order + 1)
    a[0] = 1.0
    error = r[0]
    for i in range(1, order + 1):
        k = -sum(a[j] * r[i - j] for j in range(i)) / error
        before = a.copy()
        for j in range(1, i + 1):
            a[j] = before[j] + k * before[i - j]
        error *= 1 - k * k
    return a


@program(SIGNAL, 0.2)
def total_variation_denoising(y, step):
    x = y.copy()
    for _ in range(4):
        gradient = 2 * (x - y)
        d = np.diff(x)
        smooth = d / np.sqrt(d * d + 0.1)
        gradient[1:] += smooth
        gradient[:-1] -= smooth
        x -= step * gradient
    return np.sum(x**2)


@program(np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 1.5], [4.0, -0.5]]), 0.3)
def de_casteljau(points, t):
    p = points.copy()
    n = len(p)
    for r in range(1, n):
        for i in range(n - r):
            p[i] = (1 - t) * p[i] + t * p[i + 1]
    return p[0]


@program(IMAGE)
def integral_image(image):
    total = image.copy()
    for i in range(total.shape[0]):
        for j in range(total.shape[1]):
            if i > 0:
                total[i, j] += total[i - 1, j]
            if j > 0:
                total[i, j] += total[i, j - 1]
            if i > 0 and j > 0:
                total[i, j] -= total[i - 1, j - 1]
    return total


@program(np.array([0.9, 0.2, 0.7, 0.4, 0.5]))
def insertion_sort(a):
    for i in range(1, len(a)):
        key = a[i]
        j = i - 1
        while j >= 0 and a[j] > key:
            a[j + 1] = a[j]
            j -= 1
        a[j + 1] = key
    return a


@program(np.array([0.9, 0.2, 0.7, 0.4, 0.5]))
def bubble_sort_of_a_list(a):
    items = list(a)
    swapped = True
    while swapped:
        swapped = False
        for i in range(len(items) - 1):
            if items[i] > items[i + 1]:
                items[i], items[i + 1] = items[i + 1], items[i]
                swapped = True
    return sum(k * v for k, v in enumerate(items))
