"""Versions of a policy profile (R-423): proposed by one, approved by another, published for what begins later."""

import hashlib
import tomllib
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, ClassVar, NamedTuple

import orjson
from pydantic import Field

from events.event import Context, Event
from events.profile import ProfileApproved, ProfileProposed, ProfilePublished, ProfileShipped
from services.command import Command, Decided, Decisions, Moment, Name
from services.policy import (
    COMMON,
    Policy,
    PolicyError,
    inherited,
    policies,
    policy_of,
    read_rows,
    read_text,
    shipped_rows,
)
from services.refusal import Rejected


class ProfileCommand(Command):
    """A command to the versions of one profile."""

    opens: ClassVar[bool] = True
    profile: Name

    @property
    def streams(self) -> tuple[str, ...]:
        return (f"profile/{self.profile}",)


class ProposeProfile(ProfileCommand):
    """Propose other rules: the whole profile as TOML; its next free version number is given by us."""

    text: str = Field(min_length=1, max_length=500_000)


class ApproveProfile(ProfileCommand):
    """Agree to a proposed version."""

    version: int = Field(ge=1)


class PublishProfile(ProfileCommand):
    """Put an approved version in force for all cases that begin from a moment on, not before now."""

    version: int = Field(ge=1)
    effective_from: Moment


class Proposal(NamedTuple):
    """A version: as a release shipped it (then nobody proposed it), or as somebody proposed it."""

    rows: str  # as JSON
    digest: str
    proposer: str = ""
    approved: bool = False
    effective_from: datetime | None = None


class Profile(NamedTuple):
    """The versions of one profile that are on record. Who may change them, the common profile says."""

    name: str = ""
    profile: str = COMMON
    proposals: tuple[tuple[int, Proposal], ...] = ()

    def admit(self, command: Command) -> None:
        """The versions of a profile belong to the whole network."""

    def in_force(self, profile: str, at: datetime) -> Policy:
        """The policy for a case that begins at a moment. Raises Rejected if there is no such profile."""
        published = [(each.effective_from, version) for version, each in self.proposals if each.effective_from]
        begun = [entry for entry in published if entry[0] <= at]
        return self.version(profile, max(begun)[1]) if begun else self._shipped(profile)

    def version(self, profile: str, version: int) -> Policy:
        """One version of the profile; the shipped one for a number that is not on record."""
        proposal = dict(self.proposals).get(version)
        return _read(profile, version, proposal.rows) if proposal else policy_of(profile)

    def last(self) -> int:
        """The highest version number there is."""
        shipped = policies()[self.name].version if self.name in policies() else 0
        return max([shipped, *dict(self.proposals)])

    def records(self, policy: Policy) -> bool:
        """Whether this version is on record."""
        return policy.version in dict(self.proposals)

    def _shipped(self, profile: str) -> Policy:
        """What the file says now: a version on record, or, if the file was changed since, the next one."""
        policy, digest = policy_of(profile), shipped_digest(profile)
        known = [version for version, each in self.proposals if each.digest == digest]
        if known or policy.version not in dict(self.proposals):
            return self.version(profile, known[0]) if known else policy
        return Policy(profile, self._replace(name=profile).last() + 1, policy.rows)


def evolve(profile: Profile, event: Event, context: Context) -> Profile:
    """The versions after an event."""
    known = dict(profile.proposals)
    match event:
        case ProfileShipped():
            known[event.version] = Proposal(orjson.dumps(event.rows).decode(), event.digest)
        case ProfileProposed():
            known[event.version] = Proposal(orjson.dumps(event.rows).decode(), event.digest, context.actor)
        case ProfileApproved() if event.version in known:
            known[event.version] = known[event.version]._replace(approved=True)
        case ProfilePublished() if event.version in known:
            known[event.version] = known[event.version]._replace(effective_from=event.effective_from)
    return profile._replace(proposals=tuple(known.items()))


def on_record(policy: Policy, versions: Profile) -> ProfileShipped | None:
    """What puts the rules that a case begins under on record; nothing if they are."""
    if versions.records(policy):
        return None
    rows = shipped_rows(policy.profile)
    return ProfileShipped(version=policy.version, rows=rows, digest=shipped_digest(policy.profile))


@cache
def shipped_digest(profile: str) -> str:
    """The SHA-256 of the rules of a profile's file."""
    return _digest(shipped_rows(profile))


def _digest(rows: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(rows, option=orjson.OPT_SORT_KEYS)).hexdigest()


def propose_profile(command: ProposeProfile, profile: Profile, policy: Policy) -> Decided:
    rows = _readable(command)
    version = profile._replace(name=command.profile).last() + 1
    yield ProfileProposed(version=version, rows=rows, digest=_digest(rows))


def approve_profile(command: ApproveProfile, profile: Profile, policy: Policy) -> Decided:
    proposal = _proposal(command, profile, command.version)
    if proposal.approved:
        return
    if proposal.proposer == command.actor:
        raise Rejected("profile_own_approval", actor=command.actor)
    yield ProfileApproved(version=command.version)


def publish_profile(command: PublishProfile, profile: Profile, policy: Policy) -> Decided:
    proposal = _proposal(command, profile, command.version)
    if proposal.effective_from == command.effective_from:
        return
    if not proposal.approved:
        raise Rejected("profile_not_approved", version=command.version, profile=command.profile)
    if command.effective_from < command.at:
        raise Rejected("profile_in_the_past")
    yield ProfilePublished(version=command.version, effective_from=command.effective_from)


def _readable(command: ProposeProfile) -> dict[str, Any]:
    """The rows of the proposed text as JSON-able tables. Raises Rejected if it is no usable profile."""
    try:
        found = read_text(f"{command.profile}.toml", command.text)
        if found.profile != command.profile:
            raise PolicyError(f'expected `profile = "{command.profile}"`; found {found.profile!r}')
    except PolicyError as error:
        raise Rejected("profile_invalid", why=str(error)) from None
    return inherited(tomllib.loads(command.text))


def _proposal(command: ProfileCommand, profile: Profile, version: int) -> Proposal:
    known = dict(profile.proposals)
    if version not in known:
        last = profile._replace(name=command.profile).last()
        raise Rejected("profile_version", version=version, profile=command.profile, last=last)
    return known[version]


@lru_cache(maxsize=64)
def _read(profile: str, version: int, rows: str) -> Policy:
    return read_rows(f"{profile} version {version}", profile, version, orjson.loads(rows))


DECISIONS: Decisions = {
    ProposeProfile: propose_profile,
    ApproveProfile: approve_profile,
    PublishProfile: publish_profile,
}
