"""One module per step; each knows how to run and how to roll back."""
