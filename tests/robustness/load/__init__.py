"""Many deployments at once against one account: threads that share a simulated clock, and processes over sockets."""
