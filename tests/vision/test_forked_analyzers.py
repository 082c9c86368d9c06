"""Analyzers in processes that were forked, as web servers and task queues on Linux do it: nothing waits without end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from needs import UNIX
from waiting import PATIENCE_S

_PROGRAM = """
import os, sys
from aiducation import AiducationError, Analyzer

def counts(analyzer):
    return analyzer.photo(sys.argv[1]).counts()

analyzer = Analyzer()
before = counts(analyzer)
child = os.fork()
if not child:
    for analyze in (counts, lambda other: other.video(sys.argv[2], every_s=1)):
        try:
            analyze(analyzer)
        except AiducationError as error:
            print(error, flush=True)
    own = Analyzer()
    print(counts(own) == before, len(own.video(sys.argv[2], every_s=1)), flush=True)
    sys.exit(0)
print("ended", os.waitpid(child, 0)[1])
"""


def test_a_forked_process_makes_an_analyzer_of_its_own(samples: Path) -> None:
    UNIX.check()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _PROGRAM, str(samples / "gallery.jpg"), str(samples / "meeting.mp4")],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    refused = "An Analyzer cannot be used in a process that was forked; make one in each process."
    assert done.stdout.splitlines() == [refused, refused, "True 8", "ended 0"], done.stderr
