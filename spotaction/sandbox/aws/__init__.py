"""The sandbox's AWS API, on top of moto."""
