"""`python -m tracker` and the command `tracker`: errors of the user's or the world's doing end without a traceback."""

import signal
import sys
from types import FrameType

from tracker.errors import TrackerError


def main() -> None:
    """Run the command line; exit code 1 and two lines (problem, remedy) for a known kind of trouble."""
    if "run" in sys.argv[1:]:
        signal.signal(signal.SIGTERM, _leave)  # until the daemon listens: loading takes a second
    try:
        from tracker.cli import app  # noqa: PLC0415 - takes a second to import

        app()
    except TrackerError as trouble:
        sys.stderr.write(f"tracker: {trouble}\n")
        if trouble.remedy:
            sys.stderr.write(f"  remedy: {trouble.remedy}\n")
        sys.exit(1)


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
