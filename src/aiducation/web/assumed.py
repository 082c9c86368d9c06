"""What a request may ask to be assumed of its faces, and which view it wants; see ``observations.assumptions`` and ``states``."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Request

from aiducation.errors import ConfigError
from aiducation.observations.assumptions import CONDITIONS, PRIORS
from aiducation.states import VIEWS
from aiducation.vision.analyzer import Analyzer
from aiducation.web.problems import Problem
from aiducation.web.services import services_of

#: Names of the parameters.
ASSUMED = ("priors", "possible", "conditions", "view")


def assuming(
    analyzer: Analyzer, *, priors: str | None, possible: str | None, conditions: str | None, view: str | None
) -> Analyzer:
    """The analyzer under the assumptions of a request, in its view.

    Raises:
        Problem: there are no such priors, states, conditions or view, or the model does not know them.
    """
    if priors is None and possible is None and conditions is None and view is None:
        return analyzer
    try:
        return analyzer.assuming(priors=priors, possible=possible, conditions=conditions, view=view)
    except ConfigError as error:
        raise Problem("invalid", str(error)) from error


async def _asked(
    request: Request,
    priors: Annotated[
        str | None,
        Query(
            max_length=200,
            description=f"How frequent the states are assumed to be: {', '.join(PRIORS)}, or own shares such as "
            "`neutral:0.5,focused:0.4,bored:0.1`. Default: the value of the server.",
        ),
    ] = None,
    possible: Annotated[
        str | None,
        Query(
            max_length=100,
            description="States that can occur, such as `neutral,focused,bored`; `other` is always possible. Default: "
            "the value of the server.",
        ),
    ] = None,
    conditions: Annotated[
        str | None,
        Query(
            max_length=50,
            description=f"Conditions of the pictures: {' or '.join(CONDITIONS)}. Default: the value of the server.",
        ),
    ] = None,
    view: Annotated[
        str | None,
        Query(
            max_length=50,
            description=f"Which states are shown: {' or '.join(VIEWS)} (calm merges neutral and focused). Default: the "
            f"value of the server.",
        ),
    ] = None,
) -> Analyzer:
    ours = services_of(request).engine.analyzer
    return assuming(ours, priors=priors, possible=possible, conditions=conditions, view=view)


#: A parameter of a route: the analyzer as the request asks for it.
Assuming = Annotated[Analyzer, Depends(_asked)]
