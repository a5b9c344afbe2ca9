"""What went wrong, as RFC 9457 says it: a type, a title, a status, and which rule and field are meant."""

from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import BaseModel
from starlette.responses import Response

from services.refusal import Refusal

MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """A problem answer. `rule` is the business's rule, `field` the field that is wrong, where there is one."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    rule: str | None = None
    field: str | None = None
    chinese: str | None = None
    command_id: str | None = None
    stream: str | None = None
    version: int | None = None


def problem(status: int, code: str, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> Response:
    """A problem as an answer."""
    body = Problem(type=f"/problems/{code}", title=TITLES[status], status=status, detail=detail, code=code, **more)
    content = orjson.dumps(body.model_dump(exclude_none=True))
    return Response(content, status, dict(headers or {}), MEDIA_TYPE)


def refused(refusal: Refusal, **more: Any) -> Response:
    """A refusal as an answer."""
    rule, chinese = refusal.rule or None, refusal.chinese
    return problem(status_of(refusal), refusal.code, refusal.english, rule=rule, chinese=chinese, **more)


def status_of(refusal: Refusal) -> int:
    """403 for who may not, 404 for what is not there, else 409."""
    return STATUS.get(refusal.code, 404 if refusal.code.startswith("unknown_") else 409)


TITLES = {
    400: "Malformed",
    401: "Not signed in",
    403: "Not permitted",
    404: "Not found",
    405: "Method not allowed",
    409: "Refused",
    413: "Too large",
    415: "Unsupported media type",
    422: "Malformed",
    429: "Too often",
    500: "Our error",
    503: "Not available",
    504: "No answer in time",
}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": TITLES[status],
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status in (400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503, 504)
}
STATUS = {
    "bad_cursor": 422,
    "beyond_the_log": 422,
    "customer_not_opened": 403,
    "role_not_permitted": 403,
    "other_site": 403,
    "page_not_permitted": 403,
    "site_not_permitted": 403,
    "guard_sender": 403,
    "form_filler": 403,
    "form_signer": 403,
    "in_the_future": 422,
    "form_field": 422,
}
