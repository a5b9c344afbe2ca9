"""What whoever runs us asks: does it live, is it ready, and the numbers for Prometheus."""

import logging
from collections.abc import Iterator

from fastapi import APIRouter, Request
from fastapi.responses import Response
from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from services.api.boards import json_of
from services.api.parameters import Asking
from services.health import alive, ready
from services.http.hub import Hub
from services.metrics import exposition

router = APIRouter(include_in_schema=False)
log = logging.getLogger(__name__)


@router.get("/health/live")
def live() -> dict[str, bool]:
    """Whether this process answers; needs no token, asks nobody else."""
    return alive()


@router.get("/health/ready")
def is_ready(request: Request) -> Response:
    """Whether work may be given to this process: 200, else 503; needs no token, so why not is for our log alone."""
    found = ready(request.app.state.web.runtime)
    if not found.ready:
        log.warning("not ready: %s", found.english)
    answer = json_of({"ready": found.ready})
    answer.status_code = 200 if found.ready else 503
    return answer


@router.get("/metrics")
def metrics(request: Request, access: Asking) -> Response:
    """All metrics in Prometheus's text format, those of this process's streams included."""
    access.see("operations")
    web = request.app.state.web
    content, kind = exposition(web.runtime)
    return Response(content + generate_latest(_Streams(web.hub)), headers={"Content-Type": kind})


class _Streams:
    """The hub as Prometheus collects it."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def collect(self) -> Iterator[Metric]:
        hub = self._hub
        yield GaugeMetricFamily("aftersales_open_streams", "Pages and followers that listen.", value=hub.clients)
        yield CounterMetricFamily("aftersales_cut_loose", "Listeners cut loose, being too slow.", value=hub.cut_loose)
        yield GaugeMetricFamily("aftersales_hub_position", "Event up to which they were told.", value=hub.position)
