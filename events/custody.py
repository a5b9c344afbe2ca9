"""The customer's property in our hands: taken away against receipt, brought back (R-183 to R-191)."""

from datetime import date

from events.event import Event


class ProductTakenAway(Event, name="custody.product_taken_away"):
    """A product left the customer against a receipt; it stands in the goods in/out register from now on."""

    item: str
    receipt: str


class ReturnDateSet(Event, name="custody.return_date_set"):
    """The repaired product was found in order, and this is the day it goes back (R-188)."""

    return_on: date


class ProductReturned(Event, name="custody.product_returned"):
    """The product is with the customer again, the receipt was taken back and voided (R-189)."""

    receipt: str


class PapersArchived(Event, name="custody.papers_archived"):
    """The papers of the case are in the archive, its line in the register is cancelled (R-190, R-191, R-237)."""

    papers: tuple[str, ...]
