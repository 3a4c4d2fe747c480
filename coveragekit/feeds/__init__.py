"""Video: whatever the brand and protocol, pictures that a policy lets through."""
