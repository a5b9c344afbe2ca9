"""What a process is told by its environment."""

import os
from dataclasses import dataclass
from pathlib import Path

from services.embedded import default_folder


class SettingsError(ValueError):
    """The environment does not fit together; the message says what to set."""


@dataclass(frozen=True)
class Settings:
    """Where the database and the broker are; without them everything runs embedded in `data`."""

    data: Path
    database_url: str = ""
    owner_url: str = ""
    amqp_url: str = ""

    @property
    def networked(self) -> bool:
        """Whether commands travel over RabbitMQ to workers that are processes of their own."""
        return bool(self.amqp_url)


def from_environment(data: Path | None = None) -> Settings:
    """Reads AFTERSALES_DATABASE_URL, _OWNER_URL and _AMQP_URL. Raises SettingsError."""
    settings = Settings(
        data or Path(os.environ.get("AFTERSALES_DATA", default_folder())),
        os.environ.get("AFTERSALES_DATABASE_URL", ""),
        os.environ.get("AFTERSALES_OWNER_URL", ""),
        os.environ.get("AFTERSALES_AMQP_URL", ""),
    )
    if settings.amqp_url and not settings.database_url:
        raise SettingsError(
            "AFTERSALES_AMQP_URL is set but AFTERSALES_DATABASE_URL is not; workers on other machines need a common"
            " database: set both (network mode) or neither (embedded mode)"
        )
    return settings
