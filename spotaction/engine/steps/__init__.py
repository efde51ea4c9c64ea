"""One module per step; each knows how to run and, right below, how to roll back."""
