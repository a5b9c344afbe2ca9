"""A dealer network that exists only in a seed, for the demo and the tests."""
