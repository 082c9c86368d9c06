"""Where the command begins."""

from __future__ import annotations

import signal


def main() -> None:
    """Load the program and run it. Until it can say something, Ctrl-C ends it without a word."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from aiducation.cli import main as run

    run()


if __name__ == "__main__":
    main()
