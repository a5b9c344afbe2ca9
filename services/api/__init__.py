"""What other systems connect to: event envelopes, descriptions of our interfaces, views in the words of the trade."""
