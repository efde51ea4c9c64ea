"""One module per step, with `run` and, right below it, `rollback`."""
