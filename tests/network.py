"""The roles of a network as real processes."""

import os
import signal
import subprocess
import sys


class Network:
    """Starts, kills and stops the roles over one database and one broker."""

    def __init__(self, database_url: str, amqp_url: str) -> None:
        self.environment = {
            **os.environ,
            "AFTERSALES_DATABASE_URL": database_url,
            "AFTERSALES_OWNER_URL": "",
            "AFTERSALES_AMQP_URL": amqp_url,
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *roles: str) -> None:
        """Starts roles by their command lines, e.g. `work reception`."""
        for role in roles:
            command = [sys.executable, "-m", "services.cli", *role.split()]
            self.processes[role] = subprocess.Popen(command, env=self.environment)

    def kill(self, role: str) -> None:
        """SIGKILL: no goodbye."""
        self.processes[role].kill()
        self.processes[role].wait()

    def end(self) -> None:
        """Kills whatever still runs."""
        for process in self.processes.values():
            process.kill()
            process.wait()

    def stop(self) -> list[int]:
        """Tells every role to stop; returns their exit codes."""
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        return [process.wait(40) for process in self.processes.values()]

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs one command of the command line to its end."""
        command = [sys.executable, "-m", "services.cli", *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60)
