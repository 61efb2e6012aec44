"""``python -m ffnn_helpers.grading doctor``, or ``report hw1_forward_pass``: in the course's folder."""

import argparse
import sys

from ffnn_helpers.grading import doctor, report


def main(arguments=None):
    """Run one of the commands; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m ffnn_helpers.grading")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("doctor", help="say whether the configuration in force grades safely")
    ask = commands.add_parser("report", help="what happened in the grading of an assignment")
    ask.add_argument("assignment")
    chosen = parser.parse_args(arguments)
    sys.stdout.reconfigure(encoding="utf-8")
    return doctor.main() if chosen.command == "doctor" else report.main(chosen.assignment)


if __name__ == "__main__":
    sys.exit(main())
