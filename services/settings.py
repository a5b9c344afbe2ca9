"""What a process is told by its environment."""

import os
from dataclasses import dataclass, fields
from pathlib import Path

from services.embedded import default_folder


class SettingsError(ValueError):
    """The environment does not fit together; the message says what to set."""


@dataclass(frozen=True)
class Settings:
    """Where the database and the broker are; without them everything runs embedded in `data`.

    `token_key` signs local tokens; with `oidc_issuer` a provider's tokens are read, `oidc_role`, `oidc_sites` and
    `oidc_name` name their claims; with `oidc_client` people sign in there, and come back to `public_url`. Each is an
    environment variable: AFTERSALES_TOKEN_KEY, AFTERSALES_OIDC_ISSUER …
    """

    data: Path
    database_url: str = ""
    owner_url: str = ""
    amqp_url: str = ""
    traces: str = ""
    token_key: str = ""
    oidc_issuer: str = ""
    oidc_audience: str = "aftersales"
    oidc_jwks: str = ""
    oidc_client: str = ""
    oidc_secret: str = ""
    oidc_role: str = "role"
    oidc_sites: str = "sites"
    oidc_name: str = "preferred_username"
    public_url: str = ""

    @property
    def networked(self) -> bool:
        """Whether commands travel over RabbitMQ to workers that are processes of their own."""
        return bool(self.amqp_url)


VARIABLES = {field.name: f"AFTERSALES_{field.name.upper()}" for field in fields(Settings) if field.name != "data"}


def from_environment(data: Path | None = None) -> Settings:
    """Reads AFTERSALES_DATABASE_URL, _OWNER_URL, _AMQP_URL and the others. Raises SettingsError."""
    folder = data or Path(os.environ.get("AFTERSALES_DATA", default_folder()))
    settings = Settings(folder, **{name: os.environ[told] for name, told in VARIABLES.items() if os.environ.get(told)})
    if settings.traces not in ("", "console"):
        raise SettingsError(f"AFTERSALES_TRACES is {settings.traces!r}; expected console, or nothing for no traces")
    if settings.amqp_url and not settings.database_url:
        raise SettingsError(
            "AFTERSALES_AMQP_URL is set but AFTERSALES_DATABASE_URL is not; workers on other machines need a common"
            " database: set both (network mode) or neither (embedded mode)"
        )
    return settings
