"""The HTTP server: who asks, what stands before every address, who is told of changes. Its doors: `web`, `api`."""
