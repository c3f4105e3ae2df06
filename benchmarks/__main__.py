"""`python -m benchmarks [table | overhead | generation | scaling | memory]`."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from benchmarks.environment import use_one_thread

COMMANDS = ("table", "overhead", "generation", "scaling", "memory")


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "words", nargs="*", metavar="WORD",
        help=f"one of {', '.join(COMMANDS)} (default: table), then names of workloads",
    )  # fmt: skip
    parser.add_argument("--peers", action=argparse.BooleanOptionalAction, default=True,
                        help="measure JAX and PyTorch too")  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="fewer rounds, smaller sweeps")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the table's numbers")
    parser.add_argument("--plot", type=Path, metavar="FILE", default=Path("scaling.png"),
                        help="where scaling draws (default: %(default)s)")  # fmt: skip
    parser.add_argument("--npbench", type=Path, metavar="CHECKOUT",
                        help="memory: measure NPBench's kernels too")  # fmt: skip
    parser.add_argument("--zoo", action="store_true",
                        help="memory: measure the programs of tests/zoo instead")  # fmt: skip
    parser.add_argument("--write", type=Path, metavar="FILE", help="memory: write the page")
    options = parser.parse_args(arguments)
    known = options.words and options.words[0] in COMMANDS
    options.command = options.words.pop(0) if known else "table"
    from benchmarks.workload import NAMES

    if options.command == "memory":
        return options
    unknown = [word for word in options.words if word not in NAMES]
    if unknown or (options.words and options.command != "table"):
        parser.error(f"no workload {', '.join(unknown or options.words)}; there are {NAMES}")
    return options


def main(arguments: Sequence[str] | None = None) -> None:
    # Before numba, JAX and PyTorch are imported, hence the imports below.
    use_one_thread()
    options = parsed(arguments)
    if options.command == "table":
        from benchmarks import table

        table.run(options.words, options.peers, options.quick, options.json)
    elif options.command == "overhead":
        from benchmarks import overhead

        overhead.run(options.peers, options.quick)
    elif options.command == "generation":
        from benchmarks import generation

        generation.run(options.quick)
    elif options.command == "memory":
        from benchmarks import memory

        memory.run(options.npbench, options.zoo, options.write, options.words)
    else:
        from benchmarks import scaling

        scaling.run(options.quick, options.plot)


if __name__ == "__main__":
    main()
