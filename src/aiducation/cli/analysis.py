"""Commands that use a model: analyze."""

from __future__ import annotations
