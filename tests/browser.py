"""A real browser before a real server: what people see and touch."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
FLAGS = [  # no window, and no word to anybody but us
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
UP_SECONDS = 30.0


class Site:
    """The web application over a data folder, as a process of its own that may be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = _free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Starts the server; returns after how many seconds it showed its first page."""
        command = [sys.executable, "-m", "services.cli", "--data", str(self._folder), "up", "--port", str(self.port)]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AFTERSALES_")}
        began = time.monotonic()
        self._running = subprocess.Popen(command, env=clean, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while time.monotonic() - began < UP_SECONDS:
            try:
                if httpx2.get(f"{self.address}/sign-in", timeout=2).status_code == 200:
                    return time.monotonic() - began
            except httpx2.TransportError:
                time.sleep(0.05)
        raise TimeoutError(f"no page at {self.address} after {UP_SECONDS} s")

    @property
    def pid(self) -> int:
        """The server's process."""
        assert self._running
        return self._running.pid

    def kill(self) -> None:
        """Ends the server as a crash would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ends the server as an operator would."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._running:
            self._running.send_signal(how)
            self._running.wait(timeout=30)
            self._running = None


@dataclass
class Watched:
    """A page, with whatever went wrong on it."""

    page: Page
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def listen(self, host: str) -> "Watched":
        """Notes errors of the page's scripts and console, and requests to other hosts."""

        def asked(request: Request) -> None:
            if request.url.startswith("http") and urlsplit(request.url).netloc != host:
                self.foreign.append(request.url)

        def said(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                self.errors.append(message.text)

        self.page.on("request", asked)
        self.page.on("console", said)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        return self


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser of this machine, without a window."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    program = found or next(path for path in APPLICATIONS if Path(path).exists())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


def signed_in(browser: Browser, site: Site, *, role: str, where: str = "", language: str = "en") -> BrowserContext:
    """A browser's window in which somebody of a role has signed in."""
    context = browser.new_context(locale={"en": "en-GB", "zh": "zh-CN"}[language], timezone_id="Asia/Shanghai")
    page = context.new_page()
    page.goto(f"{site.address}/language/{language}?back=/sign-in")
    page.select_option("#f-site", where)
    page.fill("#f-name", "李敏")
    page.click(f"button[value={role}]")
    page.wait_for_selector("nav.side")
    page.close()
    return context


def _free_port() -> int:
    with socket.socket() as each:
        each.bind(("127.0.0.1", 0))
        return int(each.getsockname()[1])
