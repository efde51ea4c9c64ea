"""One module per value of the input `operation`, and what they share."""
