"""The only modules that reach Spot, AWS and the clock."""
