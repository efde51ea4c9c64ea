"""The GitHub side: what a workflow reads and what a person sees."""
