"""The HTTP server: who asks, what stands before every address, who is told of changes. Its doors: `web`, `api`."""


class PortTaken(RuntimeError):
    """The address cannot be listened on."""
