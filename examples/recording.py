"""When did the class change? A recording minute by minute, and the moments at which more than chance changed.

python examples/recording.py lesson.mp4
"""

import sys

from aiducation import OUTCOMES, Analyzer, timeline

recording = Analyzer().video(sys.argv[1], every_s=1.0)
over_time = timeline(recording, step_s=60.0)
print("minute", *OUTCOMES, sep="\t")
for start_s, shares in zip(over_time.start_s, over_time.shares, strict=True):
    print(f"{start_s / 60:.0f}", *(f"{share:.0%}" for share in shares), sep="\t")
for moment in over_time.moments:
    print(f"{moment.time_s:.0f} s: {moment.outcome} went from {moment.before:.0%} to {moment.after:.0%}")
