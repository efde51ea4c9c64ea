"""Real traffic for a sandbox: its instances answer HTTP, HAProxy plays its load balancers, and clients send requests."""
