"""The published description against the served application: what it promises holds for whatever is sent.

Left out are the streams, whose answers do not end. `SCHEMA_EXAMPLES` (a number) asks for more examples per address.
"""

import os
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from services import embedded
from tests.conftest import clone
from tests.serving import Served, serving, token

Operation = APIOperation[Any, Any, Any, Any]
EXAMPLES = int(os.environ.get("SCHEMA_EXAMPLES", "3"))
BULK = "/api/commands"
STREAMS = {"/api/events/stream"}
AS_PROMISED = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
REFUSED = [*AS_PROMISED, negative_data_rejection, missing_required_header, unsupported_method, ignored_auth]
FOLLOWED = ("/api/webhooks", "/api/events", "/api/schemas")
calm = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@schemathesis.serializer("application/x-ndjson")
def as_lines(context: object, value: object) -> bytes:
    """The lines of a bulk as they are."""
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.fixture(scope="module")
def served(server: embedded.Server, lived_template: str) -> Iterator[Served]:
    """The server over the simulated network."""
    with clone(server, lived_template) as url, serving(url) as served:
        yield served


@pytest.fixture(scope="module")
def operations(served: Served) -> list[Operation]:
    """Every address of the published description but the streams."""
    published = httpx2.get(f"{served.url}/api/openapi.json").json()
    schema = schemathesis.openapi.from_dict(published)
    found = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    assert len(found) > 90
    return [each for each in found if each.path not in STREAMS]


@pytest.mark.parametrize("mode", GenerationMode)
def test_every_address_answers_as_it_is_described(
    served: Served, operations: list[Operation], mode: GenerationMode
) -> None:
    broken: list[str] = []
    with requests.Session() as session:
        for operation in operations:
            try:
                _tried(served, session, operation, mode)
            except Exception as error:
                broken.append(f"{operation.label}: {error}")
    assert broken == []


def _tried(served: Served, session: requests.Session, operation: Operation, mode: GenerationMode) -> None:
    role = "integrator" if operation.path.startswith(FOLLOWED) else "manager"
    headers = {"Authorization": f"Bearer {token(role, 'SH01', 'BJ01')}"}

    @calm
    @given(case=operation.as_strategy(generation_mode=mode))
    def holds(case: Case[Any]) -> None:
        answer = case.call(base_url=served.url, session=session, headers=headers)
        case.validate_response(answer, checks=_checks(operation, mode))

    holds()


def _checks(operation: Operation, mode: GenerationMode) -> list[CheckFunction]:
    if mode is GenerationMode.POSITIVE:
        return AS_PROMISED
    # A bulk answers what is wrong in its place.
    return [check for check in REFUSED if operation.path != BULK or check is not negative_data_rejection]
