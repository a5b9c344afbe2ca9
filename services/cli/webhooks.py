"""Who is called over HTTP about events, and the role that calls them."""

from typing import Annotated, Any

import typer
from rich.markup import escape

from services.cli.console import out, print_json
from services.cli.opening import Json, opened, serve
from services.cli.show import print_facts, print_table
from services.webhooks import delivery
from services.webhooks.subscriptions import Subscription, Subscriptions

COLUMNS = {
    "id": ("Webhook", "订阅"),
    "state": ("State", "状态"),
    "url": ("URL", "地址"),
    "events": ("Events", "事件"),
    "sites": ("Sites", "网点"),
    "position": ("Up to event", "已送达"),
    "failures": ("Failures", "失败次数"),
    "next_try_at": ("Next try", "下次重试"),
    "last_error": ("Why", "原因"),
}


def webhook_add(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="Where to post: http:// or https://.")],
    event: Annotated[list[str] | None, typer.Option(help="Names like work.*; all events if none is given.")] = None,
    site: Annotated[list[str] | None, typer.Option(help="Only these sites.")] = None,
    after: Annotated[int | None, typer.Option(min=0, help="From the event after this one; else what is new.")] = None,
    secret: Annotated[str, typer.Option(help="whsec_…; made if you give none.")] = "",
    as_json: Json = False,
) -> None:
    """Call a system about events; its secret is shown this once. 新增订阅,密钥仅显示一次。"""
    with opened(context) as runtime, Subscriptions(runtime.url) as subscriptions:
        position = runtime.store.last_position() if after is None else after
        wanted = {"events": event or ["*"], "sites": site or []}
        added = subscriptions.add(url, **wanted, position=position, secret=secret)
    shown = {**added.document(), "secret": added.secret}
    print_json(shown) if as_json else print_facts(f"Webhook 订阅 {added.id}", shown)


def webhook_list(context: typer.Context, as_json: Json = False) -> None:
    """Who is called, how far each has got, and who is dead. 列出订阅。"""
    with opened(context) as runtime, Subscriptions(runtime.url) as subscriptions:
        found = subscriptions.all()
    print_json(found) if as_json else print_table("Webhooks 订阅", COLUMNS, map(_row, found))


def _row(subscription: Subscription) -> dict[str, Any]:
    texts = {"url": escape(subscription.url), "last_error": escape(subscription.last_error)}
    lists = {"events": " ".join(subscription.events), "sites": " ".join(subscription.sites or [])}
    return subscription.document() | texts | lists


def webhook_retry(context: typer.Context, webhook: str, as_json: Json = False) -> None:
    """Call a failing or dead one again, from where it stood. 从断点重试订阅。"""
    with opened(context) as runtime, Subscriptions(runtime.url) as subscriptions:
        revived = subscriptions.retry(webhook)
    print_json(revived) if as_json else out.print(f"done: {escape(webhook)}")


def webhook_remove(context: typer.Context, webhook: str, as_json: Json = False) -> None:
    """Call this one no more. 取消订阅。"""
    with opened(context) as runtime, Subscriptions(runtime.url) as subscriptions:
        removed = subscriptions.remove(webhook)
    print_json(removed) if as_json else out.print(f"done: {escape(webhook)}")


def deliver(context: typer.Context, as_json: Json = False) -> None:
    """Call the webhooks about new events. 推送事件到订阅方。"""
    serve(context, delivery.deliver, as_json)
