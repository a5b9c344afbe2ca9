"""Answers that do not end by themselves."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from re import compile as pattern

from fastapi import Request
from fastapi.responses import StreamingResponse

POSITION = pattern(r"[0-9]{1,18}")


def streamed(request: Request, frames: AsyncIterator[bytes]) -> StreamingResponse:
    """Frames of server-sent events as an answer."""
    unbuffered = {"X-Accel-Buffering": "no"}
    return StreamingResponse(_until_expired(request, frames), media_type="text/event-stream", headers=unbuffered)


def seen_by(request: Request, after: int | None) -> int | None:
    """The last position that the listener saw: what its browser says when it comes back, else what its page says."""
    last = request.headers.get("last-event-id", "")
    return int(last) if POSITION.fullmatch(last) else after


async def _until_expired(request: Request, frames: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The frames, for as long as the token holds that opened the stream."""
    async for frame in frames:
        if datetime.now(UTC) > request.state.until:
            return
        yield frame
