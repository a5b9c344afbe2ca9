"""The rule book: all rules of the customer's documents in words, and how each is kept."""
