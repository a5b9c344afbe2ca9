"""Everything that knows RabbitMQ: topology, messenger, workers, relay, parking."""
