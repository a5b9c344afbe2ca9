"""Who the customer is, where he lives and how to reach him never leaves in a feed (R-026)."""

from collections.abc import Iterator
from typing import Any

import aio_pika
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.event import Context, Event, Recorded, Unreadable, read_event
from events.form import FormSigned
from events.order import ItemApproved, ItemDeclined
from events.ticket import Customer, TicketRegistered
from events.visit import EngineerLeft
from events.work import CompletionSigned
from services.amqp import relay, topology
from services.api.cloudevents import EXTENSIONS, envelope
from services.policy import policies
from services.privacy import FIELDS, NOT_OF_PEOPLE, mask_address, mask_name, mask_phone, masked
from services.runtime import Runtime
from tests.appended import MORNING, pending

CUSTOMER = {"name": "王小明", "phone": "13812345678", "address": "上海市浦东新区世纪大道1号"}
SHOWN = {"name": "王**", "phone": "138****5678", "address": "上海市浦东新…"}
# Fields of forms whose title speaks of a person, and that may leave: our own people, and what somebody said.
OURS = {"accompanied_by", "agent", "caller", "engineer", "host", "kept_by", "technicians", "told"}
SAID = {"chosen", "last_repair", "signed_papers", "station_called"}
WORDS_OF_PEOPLE = (
    "customer",
    "user",
    "phone",
    "address",
    "contact",
    "caller",
    "visitor",
    "姓名",
    "电话",
    "地址",
    "联系",
    "客户姓名",
)

texts = st.text(st.characters(codec="utf-8"), max_size=20)
leaves = st.none() | st.booleans() | st.integers() | texts
keys = st.sampled_from([*FIELDS, "name", "party", "role", "item", "unread_name", "rows", "Phone"]) | texts
documents = st.dictionaries(
    keys,
    st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4)),
    max_size=5,
)


def recorded(event: Any, **context: str) -> Recorded:
    told = {"site": "SH01", "actor": "li", "role": "advisor", "command_id": "c", **context}
    return Recorded(7, "ticket/T1", 3, MORNING, event, Context(occurred_at=MORNING, **told))


def personal(document: Any, of_customer: bool = False) -> Iterator[str]:
    """Every text under a field of the table, or under a name within a customer, found by another way than the masks."""
    if isinstance(document, list):
        for each in document:
            yield from personal(each, of_customer)
    if not isinstance(document, dict):
        return
    for key, value in document.items():
        is_personal = key in ("customer", "phone", "address", "permitted_by") or (of_customer and key == "name")
        is_personal |= key == "signer" and document.get("party", "customer") == "customer"
        is_personal |= key == "by" and "item" in document
        if is_personal and isinstance(value, str):
            yield value
        yield from personal(value, key == "customer")


# --- how much is left to see


@pytest.mark.parametrize(
    ("name", "shown"), [("王小明", "王**"), ("王明", "王*"), ("王", "*"), ("", ""), ("Li Lei", "L*****")]
)
def test_a_name_keeps_its_first_character(name: str, shown: str) -> None:
    assert mask_name(name) == shown


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812345678", "138****5678"),
        ("+86 13812345678", "+86********5678"),
        ("62345678", "******78"),
        ("12", "**"),
        ("", ""),
    ],
)
def test_a_telephone_number_keeps_its_ends(phone: str, shown: str) -> None:
    assert mask_phone(phone) == shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (CUSTOMER["address"], "上海市浦东新…"),
        ("浦东大道12号", "浦东大道12…"),
        ("浦东大道1号", "…"),
        ("浦东大道", "…"),
        ("", ""),
    ],
)
def test_an_address_keeps_its_district(address: str, shown: str) -> None:
    assert mask_address(address) == shown


# --- where it is looked for


@pytest.mark.rule("R-026")
def test_a_customer_is_masked_wherever_he_stands() -> None:
    document = {
        "event": {"lines": [{"customer": CUSTOMER}], "customer": "王小明"},
        "Phone": "13812345678",
        "name": "x.y",
    }
    assert masked(document) == {
        "event": {"lines": [{"customer": SHOWN}], "customer": "王**"}, "Phone": "138****5678", "name": "x.y",
    }  # fmt: skip


@pytest.mark.rule("R-026")
def test_a_list_a_number_and_a_text_that_holds_everything_are_masked_as_well() -> None:
    document = {
        "customers": ["王小明", "李"],
        "phone": 13812345678,
        "user": "王小明 13812345678 世纪大道1号",
        "place": "世纪大道1号3栋",
    }
    assert masked(document) == {
        "customers": ["王**", "*"],
        "phone": "138****5678",
        "user": "***",
        "place": "世纪大道1号…",
    }


@pytest.mark.rule("R-026")
@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("请打13812345678,或021-62345678", "请打138****5678,或021*****5678"),
        ("发动机号 X13812345678,订单 138123456789", "发动机号 X13812345678,订单 138123456789"),
        ("13812345678", "138****5678"),
    ],
)
def test_a_telephone_number_in_free_words_is_masked_and_no_other_number(said: str, shown: str) -> None:
    for field in ("problem", "text", "comment", "customer_says"):
        assert masked({"event": {field: said}}) == {"event": {field: shown}}
    assert masked({"stream": "ticket/13812345678"}) == {"stream": "ticket/13812345678"}


def test_our_own_people_are_not_masked() -> None:
    ours = {
        "engineer": "王小明",
        "advisor": "李",
        "taker": "赵",
        "inspector": "孙",
        "actor": "钱",
        "role": "advisor",
        "attended": 5,
    }
    assert masked(ours) == ours
    signed = {"party": "foreman", "signer": "王小明"}
    assert masked(signed) == signed
    assert masked({**signed, "party": "customer"})["signer"] == "王**"
    assert masked({"actor": "王小明", "role": "customer"})["actor"] == "王**"


def test_the_rows_of_a_profile_name_fields_and_are_left_whole() -> None:
    rows = {"form": {"work_order": {"fields": {"phone": ["text", "Phone", "电话"]}}}}
    assert masked({"rows": rows}) == {"rows": rows}
    assert set(FIELDS).isdisjoint(NOT_OF_PEOPLE)


@pytest.mark.rule("R-026")
@pytest.mark.parametrize("profile", sorted(policies()))
def test_every_field_of_a_form_that_asks_for_a_person_is_masked_or_known_to_be_ours(profile: str) -> None:
    policy = policies()[profile]
    for form in policy.rows["form"]:
        for name, field in policy.form(form).fields.items():
            title = f"{field.english} {field.chinese}".lower()
            if field.type.startswith(("text", "list")) and any(word in title for word in WORDS_OF_PEOPLE):
                assert name in FIELDS.keys() | OURS | SAID, (form, name, title)


# --- what leaves


@pytest.mark.rule("R-026")
def test_no_personal_value_of_a_lived_network_survives_in_what_is_sent(lived: Runtime) -> None:
    seen = 0
    for event in lived.store.follow(0, 100_000):
        raw = {**event.document(), "recorded_at": event.recorded_at.isoformat()}
        raw["occurred_at"] = event.context.occurred_at.isoformat()
        sent = masked(raw)
        text = orjson.dumps([sent["event"], envelope(event)["data"]]).decode()
        for value in personal(raw["event"]):
            if "****" not in value:  # the telephone numbers of the simulation are masked as they are made
                assert value not in text, event.event.name
                seen += 1
        assert masked(sent) == sent
    assert seen > 200


@given(documents)
def test_masking_twice_is_masking_once_and_keeps_every_field(document: dict[str, Any]) -> None:
    once = masked(document)
    assert masked(once) == once
    assert once.keys() == document.keys()


@given(st.text(min_size=2), st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.text(min_size=7))
def test_what_is_personal_is_never_left_whole(name: str, phone: str, address: str) -> None:
    shown = masked({"customer": {"name": name, "phone": phone, "address": address}})["customer"]
    assert shown["name"] == name[0] + "*" * (len(name) - 1)
    assert shown["phone"] == f"{phone[:3]}****{phone[-4:]}"
    assert shown["address"] == address[:6] + "…"


@pytest.mark.rabbit
@pytest.mark.rule("R-026")
async def test_what_the_relay_publishes_tells_nobody_who_the_customer_is(amqp_url: str) -> None:
    broker = topology.broker(amqp_url)
    await topology.connect(broker, patient=False)
    await broker.start()
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        heard = await channel.declare_queue(exclusive=True)
        await heard.bind(topology.EVENTS.name, "SH01.work.#")
        await relay.publish(broker, [recorded(CompletionSigned(signer="王小明", place="世纪大道1号3栋"))])
        message = await heard.get(no_ack=True)
    await broker.stop()
    sent = orjson.loads(message.body)
    assert (sent["event"]["signer"], sent["event"]["place"]) == ("王**", "世纪大道1号…")
    assert (sent["position"], sent["name"], sent["actor"]) == (7, "work.completion_signed", "li")


# --- the envelope


def test_an_event_is_a_cloud_event_with_names_that_the_standard_allows() -> None:
    sent = envelope(recorded(CompletionSigned(signer="王小明", place="世纪大道1号3栋"), causation_id="ticket/T1@2"))
    assert sent["data"] == {
        "signer": "王**",
        "digest": "",
        "method": "on_paper",
        "place": "世纪大道1号…",
        "drawing": "",
    }
    assert {name: value for name, value in sent.items() if name != "data"} == {
        "specversion": "1.0", "id": "7", "source": "/aftersales/SH01", "type": "aftersales.work.completion_signed",
        "subject": "ticket/T1", "time": "2026-03-02T09:00:00+08:00", "datacontenttype": "application/json",
        "dataschema": "/api/schemas/events/work.completion_signed", "position": 7, "version": 3,
        "recordedat": "2026-03-02T09:00:00+08:00", "actor": "li", "role": "advisor", "causationid": "ticket/T1@2",
    }  # fmt: skip
    assert all(name.isalnum() and name.islower() and len(name) <= 20 for name in EXTENSIONS)


def test_the_trace_goes_with_the_event_if_there_is_one() -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert envelope(recorded(CompletionSigned(signer="王"), traceparent=trace))["traceparent"] == trace


def test_an_event_of_a_later_release_leaves_without_its_fields_which_nobody_here_can_mask() -> None:
    unread = read_event("ticket.registered", orjson.dumps({"customer": CUSTOMER}))
    assert isinstance(unread, Unreadable)
    assert "世纪大道1号" in unread.why
    sent = envelope(recorded(unread))
    assert (sent["type"], sent["data"]) == ("aftersales.ticket.registered", {})
    assert masked(recorded(unread).document())["event"]["why"] == "***"


def test_a_signature_tells_neither_who_signed_nor_how_it_was_drawn() -> None:
    signed = FormSigned(form="work_order", edition=1, digest="0" * 64, kind="authorisation", party="customer",
                        signer="王小明", method="on_screen", place="店内", complete=True, drawing="M1 1")  # fmt: skip
    data = envelope(recorded(signed))["data"]
    assert (data["signer"], data["drawing"], data["place"]) == ("王**", "***", "…")


@pytest.mark.parametrize(
    "event",
    [
        ItemApproved(item="制动盘", fee=900, by="王小明", medium="phone"),
        ItemDeclined(item="制动盘", weight="safety", by="王小明"),
        EngineerLeft(permitted_by="王小明"),
        CompletionSigned(signer="王小明"),
    ],
    ids=lambda event: event.name,
)
def test_who_agreed_signed_or_let_the_engineer_go_is_masked(event: Event) -> None:
    text = orjson.dumps(envelope(recorded(event))).decode()
    assert "王**" in text
    assert "王小明" not in text


def test_an_event_keeps_all_its_fields_on_the_way_out() -> None:
    event = pending("ticket/T1", 1).event
    told: dict[str, Any] = {
        "problem": "漏水",
        "product": "净水器",
        "channel": "phone",
        "profile": "common",
        "policy_version": 1,
    }
    registered = TicketRegistered(**told, customer=Customer(name="王"), needs_signature=True, needs_callback=True)
    for each in (event, registered):
        assert envelope(recorded(each))["data"].keys() == each.model_dump().keys()
