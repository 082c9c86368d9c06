"""Annotations in the files of other tools, read and written: one file and one entry in ``formats.ANNOTATION_FORMATS`` a tool."""
