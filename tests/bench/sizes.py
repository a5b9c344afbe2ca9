"""How much each trial does: so much in `make bench`, so little in the test suite."""

from typing import NamedTuple


class Sizes(NamedTuple):
    """Counts of what a trial does; what they are counts of stands beside FULL."""

    tickets: int
    naive: int
    single: int
    batched: int
    workers: tuple[int, ...]
    many_tickets: int
    saves: int
    append_batches: int
    lived_tickets: int
    copies: int
    stepped: int
    outage_tickets: int
    outage_seconds: float
    replays: int
    lines: int
    heard_tickets: int


FULL = Sizes(
    tickets=200,  # that the notes of the full path are about
    naive=1_000,  # messages of the naive path
    single=10_000,  # messages of one command
    batched=40_000,  # commands in messages of a hundred
    workers=(1, 2, 4),  # processes of one desk
    many_tickets=5_000,  # that their notes are about: two workers seldom meet
    saves=300,  # of the library, for each number of threads
    append_batches=1_200,  # of 64 events, all writers together
    lived_tickets=400,  # of the simulated network whose log is copied
    copies=12,  # of that log, one after another
    stepped=100,  # events that each projection takes one by one
    outage_tickets=1_200,  # of the network that lives on while no projector runs; more than it can live
    outage_seconds=8.0,
    replays=100,  # of the ticket of a hundred events
    lines=9_000,  # imported from a log
    heard_tickets=200,  # whose five commands are heard of, at each load
)
SHORT = Sizes(
    tickets=20,
    naive=100,
    single=1_200,
    batched=4_000,
    workers=(2,),
    many_tickets=200,
    saves=5,
    append_batches=8,
    lived_tickets=40,
    copies=2,
    stepped=3,
    outage_tickets=40,
    outage_seconds=0.5,
    replays=5,
    lines=180,
    heard_tickets=20,
)
