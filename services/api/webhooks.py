"""Webhooks as their owners keep them: nobody sees, or touches, one that is called about sites that are not his."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.access import Access
from services.api.parameters import Asking, in_the_log
from services.command import Malformed
from services.command import Name as Site
from services.http.problems import PROBLEMS
from services.refusal import Rejected
from services.runtime import Runtime
from services.webhooks.signature import SecretError
from services.webhooks.subscriptions import NoWebhook, Subscription, Subscriptions, WrongWebhook

router = APIRouter(prefix="/api/webhooks", tags=["events"], responses=PROBLEMS)
Id = Annotated[str, Path(pattern=r"^wh_[0-9a-f]{12}$")]
Printable = StringConstraints(pattern=r"^[!-~]{1,2000}$")


class NewWebhook(BaseModel):
    """Who shall be called: about which events (names like `work.*`), of which sites (none named: all of yours).

    `after` is the position to begin behind, else only what is new is told. Without a secret one is made.
    """

    model_config = ConfigDict(extra="forbid")
    url: Annotated[str, Printable]
    events: list[Annotated[str, StringConstraints(min_length=1, max_length=100)]] = Field(["*"], max_length=50)
    sites: list[Site] = Field([], max_length=1_000)
    after: int | None = Field(None, ge=0, le=2**62)
    secret: Annotated[str, Printable] | None = Field(None, description="`whsec_` and 24 to 64 bytes in base64.")


class Webhook(BaseModel):
    """A webhook, up to where it was told, and how that goes. `sites` null means every site."""

    id: str
    url: str
    events: list[str]
    sites: list[str] | None
    position: int
    state: Literal["active", "failing", "dead"]
    failures: int
    next_try_at: datetime | None
    last_error: str
    created_at: datetime


class MadeWebhook(Webhook):
    """A webhook just made; its secret is shown this once."""

    secret: str


@router.get("", operation_id="list_webhooks")
def webhooks(request: Request, access: Asking) -> list[Webhook]:
    """The caller's webhooks, the oldest first."""
    with _subscriptions(request, access) as subscriptions:
        return [_shown(each) for each in subscriptions.all() if _is_his(each, access)]


@router.post("", status_code=201, operation_id="add_webhook")
def add(request: Request, access: Asking, wanted: NewWebhook) -> MadeWebhook:
    """Calls a system about events from now on, or from a position on; its secret is shown this once."""
    with _subscriptions(request, access) as subscriptions:
        sites, begin = _sites(wanted, access), _begin(request, wanted)
        try:
            made = subscriptions.add(
                wanted.url, events=wanted.events, sites=sites, position=begin, secret=wanted.secret or ""
            )
        except (WrongWebhook, SecretError) as error:
            raise Malformed(f"field `{str(error).partition(':')[0]}`: {str(error).partition(': ')[2]}") from None
        except ValueError as error:  # of the library that takes addresses apart
            raise Malformed(f"field `url`: {error}") from None
    return MadeWebhook(**made.document(), secret=made.secret)


@router.delete("/{webhook}", status_code=204, operation_id="remove_webhook")
def remove(request: Request, access: Asking, webhook: Id) -> None:
    """Calls this one no more."""
    with _subscriptions(request, access) as subscriptions:
        _his(subscriptions, webhook, access)
        _still(subscriptions.remove, webhook)


@router.post("/{webhook}/retry", operation_id="retry_webhook")
def retry(request: Request, access: Asking, webhook: Id) -> Webhook:
    """Calls a failing or dead one again at once, from where it stood."""
    with _subscriptions(request, access) as subscriptions:
        _his(subscriptions, webhook, access)
        return _shown(_still(subscriptions.retry, webhook))


def _subscriptions(request: Request, access: Access) -> Subscriptions:
    access.see("feed")
    return Subscriptions(request.app.state.web.runtime.url)


def _sites(wanted: NewWebhook, access: Access) -> list[str]:
    """The sites to be called about. Raises Rejected for another's, and if he has none: no sites would mean all."""
    for site in wanted.sites:
        access.reach(site)
    if not wanted.sites and access.sites is not None:
        access.reach(next(iter(access.sites), ""))
        return sorted(access.sites)
    return wanted.sites


def _begin(request: Request, wanted: NewWebhook) -> int:
    runtime: Runtime = request.app.state.web.runtime
    return runtime.store.last_position() if wanted.after is None else in_the_log(runtime, wanted.after)


def _is_his(subscription: Subscription, access: Access) -> bool:
    return access.sites is None or (subscription.sites is not None and access.sites.issuperset(subscription.sites))


def _his(subscriptions: Subscriptions, webhook: str, access: Access) -> None:
    """Raises Rejected alike for what is not there and for what is another's: nobody learns what others have."""
    if not any(each.id == webhook and _is_his(each, access) for each in subscriptions.all()):
        raise Rejected("unknown_webhook", webhook=webhook)


def _still(act: Any, webhook: str) -> Subscription:
    try:
        subscription: Subscription = act(webhook)
    except NoWebhook:  # somebody else was quicker
        raise Rejected("unknown_webhook", webhook=webhook) from None
    return subscription


def _shown(subscription: Subscription) -> Webhook:
    return Webhook(**subscription.document())
