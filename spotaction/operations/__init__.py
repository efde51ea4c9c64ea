"""One module per value of the input `operation`, and what these share."""
