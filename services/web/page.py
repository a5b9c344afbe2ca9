"""What every page shows around its own content: the menu, the person, the language."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from urllib.parse import quote, urlencode, urlsplit

from babel.core import negotiate_locale
from fastapi import Request
from fastapi.responses import HTMLResponse

from projections.catalog import BOARDS
from services.access import Access
from services.web.language import CODES, Language, language
from services.web.templates import render

Hide = Callable[[str], str]
LANGUAGE_COOKIE = "language"
MENU: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Front desk", ("reception_queue", "arrivals", "appointments", "pre_check_area")),
    ("Workshop", ("workshop_board", "parts", "customers_goods")),
    ("Tickets", ("my", "to_follow", "paused", "closed")),
    ("Care", ("callback_queue", "complaints", "deadlines")),
    ("Figures", ("kpi", "network")),
    ("House", ("rules", "operations")),
)
TITLES = {
    "kpi": ("Key figures", "关键指标"),
    "network": ("Network", "网络总览"),
    "rules": ("Rules", "规则手册"),
    "operations": ("Operations", "运行状态"),
}


@dataclass(frozen=True)
class Page:
    """A page for somebody (or nobody yet), in a language."""

    request: Request
    language: Language
    access: Access | None
    here: str = ""

    @property
    def menu(self) -> list[tuple[str, list[tuple[str, str, str]]]]:
        """The pages that this person sees: groups of name, address and title."""
        sees = self.access.sees if self.access else frozenset[str]()
        groups = [
            (self.language(title), [self._entry(each) for each in names if each in sees]) for title, names in MENU
        ]
        return [(title, entries) for title, entries in groups if entries]

    @property
    def other_language(self) -> str:
        """The address that shows this page in the other language."""
        other = "en" if self.language.is_chinese else "zh"
        query = f"?{self.request.url.query}" if self.request.url.query else ""
        return f"/language/{other}?" + urlencode({"back": self.request.url.path + query})

    @property
    def done(self) -> str:
        """The command that has just been carried out."""
        return self.request.query_params.get("done", "")

    def static(self, name: str) -> str:
        """The address of a file of ours, with a mark of its content."""
        return f"/static/{name}?v={mark_of(name)}"

    def _entry(self, name: str) -> tuple[str, str, str]:
        title = BOARDS[name].title if name in BOARDS else TITLES[name]
        return name, f"/boards/{name}" if name in BOARDS else f"/{name}", self.language.pick(title)


def shown(page: Page, template: str, status: int = 200, hide: Hide = str, **facts: object) -> HTMLResponse:
    """A page as an answer, with what is not for its reader hidden.

    `X-Part` asks for its inside alone, for a sheet over another page.
    """
    part = "x-part" in page.request.headers
    body = hide(render(page.language.code, template, page=page, part=part, **facts))
    return HTMLResponse(body, status, headers={"Content-Language": page.language.tag, "Vary": "Cookie, X-Part"})


def language_of(request: Request) -> Language:
    """The language that was chosen, else the first of the browser's that we speak, else Chinese."""
    chosen = request.query_params.get("language") or request.cookies.get(LANGUAGE_COOKIE)
    if chosen in CODES:
        return language(chosen)
    wanted = [
        each.partition(";")[0].strip().partition("-")[0]
        for each in request.headers.get("accept-language", "").split(",")
    ]
    return language(negotiate_locale(wanted, CODES) or CODES[0])


def own_address(address: str) -> str:
    """The address if it is one of our own pages: nobody is led elsewhere."""
    parts = urlsplit(address)
    ours = address.startswith("/") and not address.startswith("//") and not parts.netloc and "\\" not in address
    return quote(address, safe='/?&=%:+-_.~[]",') if ours else "/"


@cache
def mark_of(name: str) -> str:
    """A mark that changes with the content of a static file."""
    content = (files("services.web") / "static" / name).read_bytes()
    return hashlib.blake2b(content, digest_size=6).hexdigest()
