"""Print the API's OpenAPI document, from which types.js writes the types of what the page receives."""

from __future__ import annotations

import json

from aiducation.web.app import create_app
from aiducation.web.settings import ServeSettings

print(json.dumps(create_app(ServeSettings()).openapi()))
