"""What was seen, as values: faces, recordings, tracks, the group, changes; schema and JSON. No disk, no drawing."""
