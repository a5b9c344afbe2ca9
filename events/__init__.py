"""The words and the memory: what can happen, and the log in which it is kept."""
