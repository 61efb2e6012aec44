"""Print the handout's whole mini-batch step: ``python -m ffnn_helpers``."""

import argparse
import sys

from ffnn_helpers.sheets import handout
from ffnn_helpers.show import PARTS, table


def main(arguments=None):
    """Print every number of the handout's step, in the order in which one works them out."""
    parser = argparse.ArgumentParser(
        prog="python -m ffnn_helpers",
        description="Print one mini-batch step of the handout's network: every number, from"
        " what is given to the cost after the step.",
    )
    parser.parse_args(arguments)
    sys.stdout.reconfigure(encoding="utf-8")  # a pipe on Windows knows no subscripts
    t = handout.trace
    print(table(t, "data"), table(t, "parameters"), t["eta"], sep="\n\n")
    for part in PARTS:
        print("", table(t, part), sep="\n\n")


if __name__ == "__main__":
    main()
