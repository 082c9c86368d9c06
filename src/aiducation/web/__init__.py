"""The page and the API that ``aiducation serve`` offers on this machine; needs the ``serve`` extra."""
