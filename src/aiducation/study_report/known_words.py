"""One statement of the published study, or about it, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass

RIGHT, WRONG, UNKNOWN = "right", "not right", "unknown"

#: What each answer is called on the page, in its order.
HEADINGS = {
    RIGHT: "What the published study got right",
    WRONG: "What it did not get right",
    UNKNOWN: "What is still unknown",
}


@dataclass(frozen=True)
class Known:
    """One statement of the study, or about it.

    Attributes:
        answer: RIGHT, WRONG or UNKNOWN.
        what: the statement.
        why: what was measured, or what is missing.
        needs: of what is unknown, what would decide it; "" if ``why`` says so.
        plain: of what is unknown, a plain sentence that stands before ``why``; "" where ``why`` is short.
    """

    answer: str
    what: str
    why: str
    needs: str = ""
    plain: str = ""
