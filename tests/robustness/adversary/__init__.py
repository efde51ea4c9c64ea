"""An adversary: whole deployments under late reads, other people and a hostile runner, all drawn from one seed."""
