"""Real traffic for a sandbox: instances answer HTTP, HAProxy plays the load balancers, and clients send requests."""
