"""What Spot's API is known to take and to answer, and how to hold a call to it."""
