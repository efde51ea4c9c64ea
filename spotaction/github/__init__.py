"""What the runner and people read: log, outputs, summary, report and GitHub deployments."""
