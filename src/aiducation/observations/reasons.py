"""Reasons: why a face gets no state."""

from __future__ import annotations

#: Why the face on a poster gets no state.
NOT_MOVING = "not moving"


#: Why a weak find in a photo gets no state.
DOUBTFUL = "maybe no face"


#: Why a face gets no state that a person looked at and could not read.
CANNOT_BE_TOLD = "cannot tell"


#: Why a face gets no state of which too much is hidden.
COVERED = "covered"


#: Why a face got no state, and what a reader should know of it.
REASONS: dict[str, str] = {
    "too small": "The face has too few pixels. Move the camera closer, or use a larger picture.",
    "blurred": "Out of focus, in motion, or strongly compressed.",
    "too dark": "Too little light on the face.",
    "too bright": "Too much light on the face.",
    "turned away": "Seen from the side.",
    "cut off": "Partly outside the picture.",
    COVERED: "A mask, a hand or a thing hides part of the face.",
    DOUBTFUL: "Probably not a face but a hand, a pattern or the back of a head; or a face that is partly hidden.",
    NOT_MOVING: "Did not move for 20 seconds: a picture on a wall or slide, a frozen video tile, or a person who is "
    "asleep.",
    "not sure": "Well visible, but no state was probable enough.",
    CANNOT_BE_TOLD: "A person looked at the face and could not tell.",
}
