"""Half an hour of load, kills and damaged input, and what came of it.

    python tests/soak [--minutes 30] [--seed 0] [--json results/soak.json]

A server gets photos, recordings, live frames, odd requests and silent connections, whole and damaged, and is stopped or killed
every minute; beside it the command line is killed again and again while it analyzes a recording, and goes on with ``--resume``.
All addresses are on this machine. The end is an error if anything was lost (a result that differs from the undisturbed one),
leaked (a temporary file that stayed) or answered with a 5xx that does not ask to come again (503) or tell of a full disk (507).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from aiducation.environment import environment
from aiducation.media.samples import write_samples
from soak.killed_commands import KilledCommands
from soak.loaded_server import LoadedServer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    end = time.monotonic() + 60 * options.minutes
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        write_samples(place)
        server = LoadedServer(place, random.Random(options.seed))
        commands = KilledCommands(place, random.Random(options.seed + 1))
        thread = threading.Thread(target=commands.run, args=(end,))
        thread.start()
        server.run(end)
        thread.join()
    value: dict[str, Any] = {
        "minutes": options.minutes,
        "seed": options.seed,
        "server": server.figures(),
        "commands": commands.figures(),
    }
    value["lost"] = commands.lost
    value["leaked"] = server.leaked + commands.leaked
    value["5xx"] = len(server.unexpected)
    value["environment"] = environment()
    text = json.dumps(value, indent=2)
    print(text)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")
    sys.exit(bool(value["lost"] or value["leaked"] or value["5xx"]))


if __name__ == "__main__":
    main()
