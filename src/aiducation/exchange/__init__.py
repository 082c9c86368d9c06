"""Read and write annotations in the files of other tools: one file and one entry in ``formats.ANNOTATION_FORMATS`` for
each tool."""
