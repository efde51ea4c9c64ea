"""The known contracts of the Spot and AWS APIs, and checks of recorded calls against them."""
