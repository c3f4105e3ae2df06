"""The command that differentiates the kernels of NPBench, on a checkout of our own."""

import json

import numpy as np

from tools.npbench import __main__ as command
from tools.npbench.check import wrapped

KERNELS = {
    "right": "def kernel(x, y):\n    y[:] = x * x\n    return np.sum(x)\n",
    "refused": "def kernel(x, y):\n    y[:] = eval('x')\n",
    "integers": "def kernel(x, y):\n    return len(x)\n",
}
INITIALISE = "import numpy as np\ndef initialise(n):\n    return np.ones(n), np.zeros(n)\n"


def checkout(folder):
    for name, text in KERNELS.items():
        inputs = ["x", "y"]
        init = {"func_name": "initialise", "input_args": ["n"], "output_args": inputs}
        info = {
            "module_name": name,
            "func_name": "kernel",
            "relative_path": name,
            "input_args": inputs,
            "parameters": {"S": {"n": 1000}},
            "init": init,
        }
        code = folder / "npbench" / "benchmarks" / name
        code.mkdir(parents=True)
        (code / f"{name}.py").write_text(INITIALISE)
        (code / f"{name}_numpy.py").write_text("import numpy as np\n" + text)
        (folder / "bench_info").mkdir(exist_ok=True)
        (folder / "bench_info" / f"{name}.json").write_text(json.dumps({"benchmark": info}))
    return folder


def test_page(tmp_path):
    page = tmp_path / "page.md"
    command.main([str(checkout(tmp_path)), "--backend", "python", "--page", str(page)])
    text = page.read_text()
    integers, refused, right = text.splitlines()[-3:]
    assert "Of 2 kernels of floats, 1 are right in the python backend" in text
    assert integers.endswith("| no floats |")
    assert "UnsupportedSyntaxError: `eval` is not supported" in refused
    assert right.endswith("| right |")


def test_a_sum_of_everything():
    def kernel(x, z):
        x += 1.0
        return z * z

    args = (np.ones(2), np.array([1.0 + 2.0j]))
    weighted, weights = wrapped(kernel, args, ["x", "z"], np.random.default_rng(0))
    expected = weights[0] @ np.full(2, 2.0) + weights[1][0] * -3.0 + weights[2][0] * 4.0
    found = weighted(np.ones(2), np.array([1.0]), np.array([2.0]), weights)
    np.testing.assert_allclose(found, expected)
