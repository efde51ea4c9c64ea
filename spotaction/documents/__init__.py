"""YAML and JSON with line and column, their schemas, and the typed values read from them."""
