"""What goes out: one file for each format, all of them in one table, ``FORMATS``."""
