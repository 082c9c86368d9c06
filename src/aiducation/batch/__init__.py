"""Many inputs: names of results, manifest, checkpoints, resume, overview."""
