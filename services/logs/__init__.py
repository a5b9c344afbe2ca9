"""The door for other systems' logs: reading files, what their attributes mean, and the import."""
