"""What goes out: one file a format, all of them in one table, ``FORMATS``."""
