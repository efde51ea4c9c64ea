"""From the environment variables `INPUT_*` to typed inputs."""
