"""The commands of ``python -m ffnn_helpers.grading``; they are called in the course's folder."""

import argparse
import sys

from ffnn_helpers.grading import doctor, report, whole_class


def main(arguments=None):
    """Run one of the commands; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m ffnn_helpers.grading")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("doctor", help="say whether the configuration in force grades safely")
    ask = commands.add_parser("report", help="what happened in the grading of an assignment")
    ask.add_argument("assignment")
    work = commands.add_parser("grade", help="grade an assignment with several workers")
    work.add_argument("assignment")
    work.add_argument("--workers", type=_positive, metavar="N", help="processes on this machine")
    work.add_argument("--dask", metavar="ADDRESS", help="of a scheduler, whose workers grade")
    work.add_argument("--student", default="*", help="an id, or a pattern like 'a*'")
    work.add_argument("--force", action="store_true", help="grade again who is graded")
    chosen = parser.parse_args(arguments)
    sys.stdout.reconfigure(encoding="utf-8")
    if chosen.command == "doctor":
        return doctor.main()
    if chosen.command == "report":
        return report.main(chosen.assignment)
    return whole_class.main(
        chosen.assignment, chosen.workers, chosen.dask, chosen.student, chosen.force
    )


def _positive(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number from 1.")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
