"""Says in one sentence what is missing, if this Python cannot make the course's environment.

Written so that any Python since 2.7 can run it.
"""

import sys

OLDEST = (3, 11)


def missing():
    """Return what is missing, as a sentence; an empty string if nothing is."""
    if sys.version_info < OLDEST:
        return (
            "The course needs Python {0}.{1} or newer, and this is Python {2}.{3} ({4}): install a newer one, "
            "or name one that you have, as in `make lab PYTHON=python3.12`.".format(
                *(OLDEST + tuple(sys.version_info[:2]) + (sys.executable,))
            )
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return (
            "This Python ({0}) lacks the module venv, which makes the course's own environment: install it "
            "(on Debian and Ubuntu the package is python3-venv).".format(sys.executable)
        )
    return ""


if __name__ == "__main__":
    sys.exit(missing() or 0)
