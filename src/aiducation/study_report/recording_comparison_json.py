"""A comparison of recordings as JSON values, in English: programs read them."""

from __future__ import annotations

from typing import Any

from aiducation.signature import GENERATOR
from aiducation.states import OUTCOMES
from aiducation.study_report.json_values import interval_entry
from aiducation.study_report.recording_comparison import RecordingComparison
from aiducation.study_report.recording_comparison_words import interval_words, notes


def entry(found: RecordingComparison) -> dict[str, Any]:
    """Everything but the single persons as JSON values."""
    return {
        "generator": GENERATOR,
        "comparison_version": 1,
        "step_s": found.step_s,
        "min_group": found.min_group,
        "counted": found.unit,
        "conditions": [
            {
                "label": one.label,
                "people": len(set(one.people)),
                "sources": list(dict.fromkeys(one.sources)),
                "faces": faces,
                "faces_with_state": with_state,
            }
            for one, (faces, with_state) in zip(found.conditions, found.faces, strict=True)
        ],
        "intervals": interval_words(found.unit),
        "differences": [
            {
                "condition": found.conditions[k + 1].label,
                "compared_with": found.conditions[0].label,
                "people_in_both": one.people[2],
                "states": {
                    outcome: {
                        "first": interval_entry(one.first_overall[i]),
                        "second": interval_entry(one.second_overall[i]),
                        "difference": interval_entry(one.overall[i]),
                    }
                    for i, outcome in enumerate(OUTCOMES)
                },
            }
            for k, one in enumerate(found.differences)
        ],
        "notes": notes(found),
    }
