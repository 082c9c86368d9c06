"""Tables of text from outside and for outside: unpacking, letters, cells, numbers, files that they name, dialects."""
