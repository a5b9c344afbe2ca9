"""The rule book as pages: every rule in words, how it is kept, and which tests prove it."""

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from services.access import Access
from services.http.gate import asking
from services.policy import policies
from services.refusal import Rejected
from services.rulebook import book, keeping
from services.web.page import Page, language_of, shown

router = APIRouter(include_in_schema=False)
Asking = Annotated[Access, Depends(asking)]


@router.get("/rules")
def rules(request: Request, access: Asking) -> HTMLResponse:
    """All rules, by section."""
    access.see("rules")
    sections = {
        letter: [rule for rule in book.rules().values() if rule.section == letter] for letter in book.sections()
    }
    return shown(
        Page(request, language_of(request), access, "rules"), "rules.html", sections=sections, titles=book.sections()
    )


@router.get("/rules/{number}")
def rule(request: Request, access: Asking, number: str) -> HTMLResponse:
    """One rule: its words, its source, its keepers and proofs."""
    access.see("rules")
    if number not in book.rules():
        raise Rejected("unknown_page", page=number)
    page = Page(request, language_of(request), access, "rules")
    return shown(page, "rule.html", rule=book.rules()[number], kept=_kept(number))


@cache
def _kept(number: str) -> keeping.Kept:
    """How a rule is kept, over all shipped profiles."""
    return next(kept for kept in keeping.rule_book(*policies().values()) if kept.rule.number == number)
