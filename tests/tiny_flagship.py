"""The flagship in miniature, for tests that need one."""

from __future__ import annotations

from aiducation.training.flagship import FlagshipConfig

TINY = FlagshipConfig(stem=4, stages=((4, 1), (8, 1)), cycles=(1, 1), batch_size=64, averaging=0.9)
