"""Everything that knows RabbitMQ: topology, messenger, workers, relay, parking."""


class NoAnswer(TimeoutError):
    """The workers did not answer in time. The commands may still be carried out: ask again with the same ids."""


class BrokerAway(ConnectionError):
    """RabbitMQ does not answer."""
