"""The estimate and the items of a work order (施工单): what the customer agreed to pay."""

from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from events.event import Event


class EstimateLine(BaseModel):
    """One item of the estimate; amounts in yuan."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    item: str
    labour: float
    parts: float


class EstimateGiven(Event, name="order.estimate_given"):
    """The estimate, item by item; it will not be more than `cap` yuan, and ready by `promised_at` (R-103, R-104)."""

    lines: tuple[EstimateLine, ...]
    total: float
    cap: float
    promised_at: datetime


class ItemProposed(Event, name="order.item_proposed"):
    """Something more was found: what it would cost, and until when (R-114)."""

    item: str
    fee: float
    promised_at: datetime
    safety: bool = False


class ItemApproved(Event, name="order.item_approved"):
    """The customer agreed to an additional item; it stands on the order now (R-115)."""

    item: str
    fee: float
    by: str
    medium: str


class ItemDeclined(Event, name="order.item_declined"):
    """The customer does not want an additional item; `safety` says that it was one for safety (R-229)."""

    topic: ClassVar[str] = "weight"
    item: str
    weight: str
    by: str
