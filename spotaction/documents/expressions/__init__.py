"""The expressions `<+…>`: parsed, resolved and answered, never evaluated."""
