"""A private RabbitMQ node: own name, own ports on 127.0.0.1, own folders; nothing of it is left at the end."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

PROGRAMS = (
    "/usr/lib/rabbitmq/bin/rabbitmq-server",  # Debian's own script would switch to the system's account and node
    "/opt/homebrew/sbin/rabbitmq-server",
    "/usr/local/sbin/rabbitmq-server",
)
START_SECONDS = 60.0
EPMD_SECONDS = 5.0
CONFIG = """
listeners.tcp.1 = 127.0.0.1:{port}
loopback_users = none
log.console = false
log.file.level = error
vm_memory_high_watermark.relative = 0.4
disk_free_limit.absolute = 100MB
"""


class NoBroker(RuntimeError):
    """There is no rabbitmq-server on this machine, or it did not start."""


class Broker:
    """The node of one test session."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="aftersales-rabbit-"))
        self._port, self._dist, self._epmd = _free_ports(3)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """How to reach it."""
        return f"amqp://guest:guest@127.0.0.1:{self._port}/"

    def start(self) -> None:
        """Starts the node and returns when it accepts connections. Raises NoBroker."""
        (self._folder / "rabbitmq.conf").write_text(CONFIG.format(port=self._port))
        (self._folder / "plugins").write_text("[].")
        log = (self._folder / "output").open("wb")
        self._process = subprocess.Popen(
            [_program()],
            env=self._environment(),
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        log.close()
        self._wait()

    def url_of(self, user: str, password: str) -> str:
        """How another user reaches it."""
        return f"amqp://{user}:{password}@127.0.0.1:{self._port}/"

    def control(self, *words: str) -> None:
        """Runs `rabbitmqctl` on the node."""
        program = str(Path(_program()).with_name("rabbitmqctl"))
        done = subprocess.run([program, *words], env=self._environment(), capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def crash(self) -> None:
        """Ends the node without a goodbye; `start` brings it back with what it had made safe."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """Ends the node and its name server, and removes its files."""
        if self._process:
            self.crash()
        self._end_name_server()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _end_name_server(self) -> None:
        """It refuses to end for some moments, until it knows that its node is gone."""
        deadline = time.monotonic() + EPMD_SECONDS
        while b"living nodes" in _said("epmd", "-port", str(self._epmd), "-kill") and time.monotonic() < deadline:
            time.sleep(0.1)

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not _accepts(self._port):
            died = self._process is None or self._process.poll() is not None
            if died or time.monotonic() > deadline:
                raise NoBroker(
                    f"RabbitMQ did not start: {(self._folder / 'output').read_text(errors='replace')[-2000:]}"
                )
            time.sleep(0.1)

    def _environment(self) -> dict[str, str]:
        folder = self._folder
        return {
            **os.environ,
            "HOME": str(folder),
            "RABBITMQ_NODENAME": f"aftersales-{os.getpid()}@localhost",
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_NODE_PORT": str(self._port),
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_DIST_PORT": str(self._dist),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "ERL_EPMD_PORT": str(self._epmd),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        }


def _program() -> str:
    found = next((path for path in PROGRAMS if Path(path).exists()), None) or shutil.which("rabbitmq-server")
    if found is None:
        raise NoBroker(
            "the tests need RabbitMQ; install it: `apt-get install rabbitmq-server` or `brew install rabbitmq`"
        )
    return found


def _said(*command: str) -> bytes:
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _accepts(port: int) -> bool:
    """Whether an AMQP server answers: it says so only when it is ready, the port alone may open earlier."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.sendall(b"AMQP\x00\x00\x09\x01")
            connection.settimeout(5)
            return len(connection.recv(8)) == 8
    except OSError:
        return False
