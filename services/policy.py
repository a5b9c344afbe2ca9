"""The numbers and permissions of the business, read from one TOML file per profile."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any

from services.refusal import Rejected

COMMON = "common"
SYSTEM, IMPORTER = "system", "importer"  # the two roles that are no people


class PolicyError(ValueError):
    """A profile cannot be used; the message names file, table and key."""


@dataclass(frozen=True)
class Policy:
    """One profile: what holds for the tickets that name it."""

    profile: str
    version: int
    parameters: Mapping[str, Any]
    roles: Mapping[str, frozenset[str]]

    def number(self, name: str) -> float:
        """A parameter that is a number, in the unit its row gives."""
        return float(self._value(name))

    def flag(self, name: str) -> bool:
        """A parameter that is yes or no."""
        return bool(self._value(name))

    def duration(self, name: str) -> timedelta:
        """A parameter that is a length of time."""
        return timedelta(**{self.parameters[name]["unit"]: self._value(name)})

    def permit(self, role: str, command: str) -> None:
        """Raises Rejected unless `role` may send `command`."""
        if command not in self.roles.get(role, frozenset()):
            allowed = ", ".join(sorted(name for name, may in self.roles.items() if command in may))
            raise Rejected("role_not_permitted", role=role, command=command, allowed=allowed)

    def _value(self, name: str) -> Any:
        return self.parameters[name]["value"]


@lru_cache(maxsize=1)
def policies() -> dict[str, Policy]:
    """All profiles that ship with the project, by name. Raises PolicyError."""
    folder = files("services") / "policies"
    tables = {
        file.name: tomllib.loads(file.read_text("utf8")) for file in folder.iterdir() if file.name[-5:] == ".toml"
    }
    return {table["profile"]: _policy(name, table, tables) for name, table in tables.items()}


def policy_of(profile: str) -> Policy:
    """The policy of a profile. Raises Rejected if there is none."""
    known = policies()
    if profile not in known:
        raise Rejected("unknown_profile", profile=profile, known=", ".join(sorted(known)))
    return known[profile]


def _policy(file: str, table: dict[str, Any], tables: dict[str, dict[str, Any]]) -> Policy:
    parent = tables[f"{table['extends']}.toml"] if "extends" in table else {}
    parameters = {**parent.get("parameter", {}), **table.get("parameter", {})}
    for name, row in parameters.items():
        if "value" not in row:
            raise PolicyError(f"{file}: [parameter.{name}] expected a key `value`; found {sorted(row)}")
    roles = {**parent.get("role", {}), **table.get("role", {})}
    return Policy(table["profile"], table["version"], parameters, {n: frozenset(r["may"]) for n, r in roles.items()})
