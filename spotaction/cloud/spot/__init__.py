"""The Spot API: Elastigroups over HTTPS, within its rate limit."""
