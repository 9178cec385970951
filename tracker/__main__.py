"""`python -m tracker` and the command `tracker`: errors of the user's or the world's doing end without a traceback."""

import sys

from tracker.cli import app
from tracker.errors import TrackerError


def main() -> None:
    """Run the command line; exit code 1 and two lines (problem, remedy) for a known kind of trouble."""
    try:
        app()
    except TrackerError as trouble:
        sys.stderr.write(f"tracker: {trouble}\n")
        if trouble.remedy:
            sys.stderr.write(f"  remedy: {trouble.remedy}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
