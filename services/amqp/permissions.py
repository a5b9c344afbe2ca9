"""What RabbitMQ has to know so that a follower of the events sees no more than its role and sites allow.

The broker itself keeps the table: a key of a binding that could match another site's events is refused.
"""

import re
from shlex import quote

from services.access import Access
from services.amqp import topology

EVERY_SITE = r"[^.]+"


def follower(user: str, access: Access, virtual_host: str = "/") -> list[str]:
    """The commands for `rabbitmqctl` that let a user follow, over queues of its own. Raises Rejected.

    The user's queues are called `<user>.…`; its bindings begin with a site of its own.
    """
    access.see("feed")
    own, sites = rf"^{re.escape(user)}\..*", _sites(access)
    to = ["-p", virtual_host, user]
    return [
        _command("set_permissions", *to, own, own, rf"^({re.escape(user)}\..*|{re.escape(topology.EVENTS.name)})$"),
        _command("set_topic_permissions", *to, topology.EVENTS.name, "^$", rf"^({sites})\."),
    ]


def _sites(access: Access) -> str:
    return EVERY_SITE if access.sites is None else "|".join(re.escape(site) for site in sorted(access.sites))


def _command(*words: str) -> str:
    return " ".join(map(quote, ("rabbitmqctl", *words)))
