"""The descriptions of our interfaces as one page that needs no script, and what each problem means."""

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup, escape

from services.access import Access
from services.api.openapi import TAGS, document
from services.http.gate import Gate, NotSignedIn, token_of
from services.refusal import REFUSALS, Rejected
from services.rulebook.book import text_of
from services.web.page import Page, language_of, shown

router = APIRouter(include_in_schema=False)
Document = dict[str, Any]
JSON = "application/json"
NAME = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Field:
    """A field of a body, or a parameter of an address."""

    name: str
    place: str
    kind: str
    required: bool
    words: str


@dataclass(frozen=True)
class Operation:
    """An address as it is shown: fields, answers, and a call that works once the token is filled in."""

    name: str
    method: str
    path: str
    brief: Markup
    words: Markup
    fields: list[Field]
    answers: dict[str, str]
    example: str


@router.get("/api/docs")
def docs(request: Request) -> HTMLResponse:
    """All addresses and events; needs no token."""
    whole = document(request.app)
    page = Page(request, language_of(request), _perhaps(request), "docs")
    groups, about = _groups(whole, str(request.base_url)), _marked(whole["info"]["description"])
    return shown(page, "docs.html", about=about, groups=groups, events=_events())


@router.get("/problems/{code}")
def problem(request: Request, code: str) -> HTMLResponse:
    """What a problem means that an answer's `type` names; needs no token."""
    rule, *words = REFUSALS.get(code) or ("", *PROBLEMS_OF_HTTP.get(code, ()))
    if not words:
        raise Rejected("unknown_page", page=code[:80])
    page = Page(request, language_of(request), _perhaps(request))
    rule_text = page.language.pick(tuple(text_of(rule))) if rule else ""  # type: ignore[arg-type]
    facts = {"title": code, "text": " · ".join(words), "rule": rule, "rule_text": rule_text}
    return shown(page, "problem.html", facts=facts)


def _perhaps(request: Request) -> Access | None:
    """Whoever asks, if he is signed in: his page has a menu."""
    gate: Gate = request.app.state.web.gate
    try:
        return gate.read(token_of(request))[0]
    except NotSignedIn:
        return None


def _groups(whole: Document, base: str) -> list[tuple[str, str, list[Operation]]]:
    by_tag: dict[str, list[Operation]] = defaultdict(list)
    for path, addresses in whole["paths"].items():
        for method, operation in addresses.items():
            by_tag[operation["tags"][0]].append(_operation(whole, base, path, method.upper(), operation))
    return [(tag["name"], tag["description"], by_tag[tag["name"]]) for tag in TAGS if by_tag[tag["name"]]]


def _operation(whole: Document, base: str, path: str, method: str, operation: Document) -> Operation:
    body, words = _body(whole, operation), operation.get("description") or operation.get("summary", "")
    return Operation(
        name=operation["operationId"],
        method=method,
        path=path,
        brief=_brief(words),
        words=_marked(words),
        fields=[*map(_parameter, operation.get("parameters", [])), *_fields(whole, body)],
        answers={status: answer["description"] for status, answer in operation["responses"].items()},
        example=_curl(whole, base, path, method, body),
    )


def _body(whole: Document, operation: Document) -> Document:
    content = operation.get("requestBody", {}).get("content", {})
    return _resolved(whole, content.get(JSON, {}).get("schema", {}))


def _resolved(whole: Document, schema: Document) -> Document:
    found: Document = whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return found


def _parameter(parameter: Document) -> Field:
    words = parameter.get("description", "")
    return Field(parameter["name"], parameter["in"], _kind(parameter["schema"]), parameter["required"], words)


def _fields(whole: Document, schema: Document, within: str = "") -> list[Field]:
    """The fields of an object, and behind each object in it that one's own: `customer`, `customer.name`."""
    found: list[Field] = []
    for name, each in schema.get("properties", {}).items():
        words, required = each.get("description", ""), name in schema.get("required", ())
        found.append(Field(within + name, "body", _kind(each), required, words))
        found += _fields(whole, _resolved(whole, each), f"{within}{name}.") if "$ref" in each else []
    return found


def _brief(words: str) -> Markup:
    """The first sentence."""
    return _marked(words.partition(". ")[0].removesuffix("."))


def _marked(words: str) -> Markup:
    """Words in which names stand between backticks, as a page shows them."""
    return Markup(NAME.sub(r"<code>\1</code>", str(escape(words))))  # noqa: S704 - escaped before


def _kind(schema: Document) -> str:
    """A type in few words: `string (date-time)`, `array of Line`, `one of a, b`."""
    if "enum" in schema:
        return "one of " + ", ".join(filter(None, map(str, schema["enum"])))
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(map(_kind, schema["anyOf"]))
    if schema.get("type") == "array":
        return f"array of {_kind(schema.get('items', {}))}"
    shape = f" ({schema['format']})" if "format" in schema else ""
    return str(schema.get("const") or schema.get("type", "any")) + shape


def _curl(whole: Document, base: str, path: str, method: str, body: Document) -> str:
    lines = [f"curl -X {method} {base.rstrip('/')}{path}", '-H "Authorization: Bearer $TOKEN"']
    if body:
        sent = orjson.dumps(_example(whole, body), option=orjson.OPT_INDENT_2).decode()
        lines += ["-H 'Content-Type: application/json'", f"-d '{sent}'"]
    return " \\\n  ".join(lines)


def _example(whole: Document, schema: Document) -> Any:
    """A value that fits: of an object, what it needs."""
    schema = _resolved(whole, schema)
    if "anyOf" in schema:
        return _example(whole, schema["anyOf"][0])
    if schema.get("type") == "object":
        return {name: _named(whole, name, schema["properties"][name]) for name in schema.get("required", ())}
    if "enum" in schema or "const" in schema:
        return schema.get("const") or schema["enum"][0]
    if schema.get("type") == "array":
        return [_example(whole, schema.get("items", {}))]
    return EXAMPLES.get(str(schema.get("format", schema.get("type"))), "…")


def _named(whole: Document, name: str, schema: Document) -> Any:
    return NAMED[name] if name in NAMED else _example(whole, schema)


def _events() -> list[tuple[str, Markup, Markup, list[Field]]]:
    """The events that other systems get: name, its first words, all of them, and fields."""
    from services.api import asyncapi  # not before: it knows RabbitMQ, and that takes long to load

    whole = asyncapi.document()
    messages = whole["components"]["messages"]
    named = [(name, messages[name]) for name in whole["channels"]["events"]["messages"]]
    return [
        (name, _brief(each["summary"]), _marked(each["summary"]), _fields(whole, _facts(whole, each)))
        for name, each in named
    ]


def _facts(whole: Document, message: Document) -> Document:
    return _resolved(whole, message["payload"]["allOf"][1]["properties"]["event"])


NAMED = {
    "site": "SH01",
    "ticket": "SH01-1",
    "profile": "auto-4s",
    "url": "https://example.com/events",
    "plate": "沪A12345",
}
EXAMPLES = {
    "integer": 1,
    "number": 1,
    "boolean": True,
    "date": "2026-11-23",
    "date-time": "2026-11-22T09:30:00+08:00",
}
PROBLEMS_OF_HTTP: dict[str, tuple[str, str]] = {
    "malformed": ("what was sent does not fit; `field` names where", "内容不符合要求;`field` 指出位置"),
    "not_signed_in": ("there is no token, or it does not hold", "缺少令牌或令牌无效"),
    "not_found": ("there is no such address", "没有此地址"),
    "method_not_allowed": ("the address takes other methods; `Allow` names them", "不支持该方法;见 `Allow`"),
    "unsupported_media_type": ("send the body as the type that `detail` names", "请按 `detail` 指明的类型发送"),
    "too_large": ("the request is too large; send less at once", "请求过大;请分批发送"),
    "too_often": (
        "too many requests within a minute; wait as `Retry-After` says",
        "请求过于频繁;请按 `Retry-After` 等待",
    ),
    "other_origin": ("the form came from another site's page", "表单来自其他网站的页面"),
    "behind": ("the boards have not come so far yet; ask again", "看板尚未更新到该事件;请重试"),
    "database_away": ("the database does not answer; ask again", "数据库无响应;请重试"),
    "no_answer": ("nobody decided in time; send again with the same key", "未及时得到结果;请用同一编号重发"),
    "failed": (
        "an error of ours, nothing was recorded; send again with the same key",
        "系统错误,未记录;请用同一编号重发",
    ),
    "our_error": (
        "an error of ours; our log has it under the answer's X-Request-Id",
        "系统错误;可凭 X-Request-Id 查日志",
    ),
}
