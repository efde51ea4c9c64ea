"""New against old, minute by minute: what CloudWatch counted, the verdicts on it, and when there can be one."""
