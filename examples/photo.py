"""Every face of a photo, with its state or the reason why there is none.

python examples/photo.py class.jpg
"""

import sys

from aiducation import Analyzer

faces = Analyzer().photo(sys.argv[1])
print(faces.counts())
for i, state in enumerate(faces.states):
    left, top, right, bottom = faces.boxes[i].round().astype(int)
    words = faces.reasons[i] or f"{faces.confidence[i]:.0%}"
    print(f"({left}, {top}) to ({right}, {bottom}): {state} ({words})")
