"""Defaults that the command line names before anything heavy is loaded."""

from __future__ import annotations

#: Seconds between the frames of a recording that are looked at.
EVERY_S = 0.5

#: Shorter side in pixels of the smallest face that is judged.
MIN_FACE = 16.0

#: A group of fewer faces is a few persons: what is said of it is said of them.
MIN_GROUP = 5

#: What finds faces, of ``vision.detectors.DETECTORS``.
DETECTOR = "yunet"

#: What the model that the package carries is called where a model file can be named.
PACKAGED = "packaged"

#: Seconds for which a server keeps uploads and results that nobody asks for.
KEEP_S = 3600.0

#: What is shown, of ``states.VIEWS``: neutral and focused as one state. On faces from elsewhere the model tells them apart with a
#: balanced accuracy of 0.60, where 0.5 is chance (results/foreign_tried.md, rule 5).
VIEW = "calm"

#: Where networks can run, see ``vision.devices``; and the word for the best device that is there.
DEVICE, FACE_DEVICES = "auto", ("cpu", "cuda", "rocm", "coreml", "directml", "openvino")
