"""Webhooks: other systems are called over HTTP about the events that they subscribed to."""
