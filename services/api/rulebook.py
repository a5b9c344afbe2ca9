"""The rule book and the caller's own rights, as programs read them."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel

from services.api.parameters import Asking
from services.http.problems import PROBLEMS
from services.policy import policies
from services.refusal import Rejected
from services.rulebook.keeping import rule_book

router = APIRouter(prefix="/api", tags=["rules"])
Number = Annotated[str, Path(pattern=r"^R-\d{3}$", description="Like R-026.")]


class Me(BaseModel):
    """Who the token stands for: what he may send, which pages he sees, of which sites (null: of all)."""

    name: str
    role: str
    sites: list[str] | None
    may: list[str]
    sees: list[str]


@router.get("/roles/me", responses=PROBLEMS)
def me(access: Asking) -> Me:
    """Who am I, and what may I?"""
    sites = None if access.sites is None else sorted(access.sites)
    may, sees = sorted(access.may), sorted(access.sees)
    return Me(name=access.person.name, role=access.person.role, sites=sites, may=may, sees=sees)


@router.get("/rules", responses=PROBLEMS)
def rules(access: Asking) -> list[dict[str, Any]]:
    """Every rule in words of both languages, how it is kept in the shipped profiles, and which tests prove it."""
    access.see("rules")
    return list(_book().values())


@router.get("/rules/{number}", responses=PROBLEMS)
def rule(access: Asking, number: Number) -> dict[str, Any]:
    """One rule."""
    access.see("rules")
    if number not in _book():
        raise Rejected("unknown_page", page=number)
    return _book()[number]


@cache
def _book() -> Mapping[str, dict[str, Any]]:
    return {kept.rule.number: kept.document() for kept in rule_book(*policies().values())}
