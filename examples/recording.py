"""When did the class change? A recording minute by minute, then what people turned to together, and how sure that is.

python examples/recording.py lesson.mp4
"""

import sys

from aiducation import Analyzer, timeline

recording = Analyzer().video(sys.argv[1], every_s=1.0)
over_time = timeline(recording, step_s=60.0)
print("minute", *over_time.outcomes, sep="\t")
for start_s, counts in zip(over_time.start_s, over_time.counts, strict=True):
    print(f"{start_s / 60:.0f}", *(f"{n:.1f}" for n in counts[: len(over_time.outcomes)]), sep="\t")
for change in over_time.changes.seen:
    print(f"{change.from_s:.0f} s: {change.kind}, {change.changed} of {change.people}", change.outcome, change.certain)
