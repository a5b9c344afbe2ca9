"""Who may see and send what: what the role rows of `common` say, the same table for every door (R-026)."""

from dataclasses import dataclass
from typing import cast

from services.policy import Policy
from services.refusal import Rejected
from services.rows import Role

NOTHING = Role(may=())


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks, as a token says. `sites` None: no narrower than the role; empty: none at all."""

    name: str
    role: str
    sites: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """What a person may see and send. `sites` None means every site."""

    person: Person
    may: frozenset[str]
    sees: frozenset[str]
    sites: frozenset[str] | None
    allowed: tuple[tuple[str, frozenset[str]], ...] = ()

    def see(self, page: str, site: str | None = None) -> None:
        """Raises Rejected unless the page, and the site if one is named, are this person's."""
        if page not in self.sees:
            roles = ", ".join(role for role, sees in self.allowed if page in sees)
            raise Rejected("page_not_permitted", role=self.person.role, page=page, allowed=roles)
        if site is not None:
            self.reach(site)

    def reach(self, site: str) -> None:
        """Raises Rejected unless the site is this person's."""
        if not self.reaches(site):
            sites = ", ".join(sorted(self.sites or ())) or "no site"
            raise Rejected("site_not_permitted", actor=self.person.name, sites=sites, site=site)

    def reaches(self, site: str) -> bool:
        """Whether the site is this person's."""
        return self.sites is None or site in self.sites

    def narrowed(self, site: str | None) -> list[str] | None:
        """The sites a question is about: the one asked for, else all that are this person's. Raises Rejected."""
        if site:
            self.reach(site)
            return [site]
        return None if self.sites is None else sorted(self.sites)


def access_of(person: Person, policy: Policy) -> Access:
    """What the role rows of `common` allow a person."""
    roles = {name: cast(Role, row) for name, row in policy.rows["role"].items()}
    role = roles.get(person.role, NOTHING)
    everything_of_his = None if role.everywhere else frozenset[str]()
    return Access(
        person=person,
        may=frozenset(role.may),
        sees=frozenset(role.sees),
        sites=everything_of_his if person.sites is None else person.sites,
        allowed=tuple((name, frozenset(row.sees)) for name, row in roles.items()),
    )
