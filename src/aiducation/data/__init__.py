"""From the two public files to a prepared data set."""
