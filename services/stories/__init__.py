"""Every system of the customer's documents as a story: how it goes well, and what it refuses."""
