"""The Elastigroup config: its checks, and its typed value."""
