"""The templates, once per language, and what every one of them may use."""

from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from services.web.cells import cell
from services.web.language import language, spaced


@lru_cache(maxsize=2)
def templates(code: str) -> Environment:
    """The templates in a language: `_("…")` is a message, `t(pair)` half of a pair, `word(value)` a domain word."""
    spoken = language(code)
    environment = Environment(
        loader=PackageLoader("services.web"),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "_": spoken,
        "t": spoken.pick,
        "word": spoken.word,
        "language": spoken,
        "spaced": spaced,
        "cell": lambda board, column, row: cell(spoken, board, column, row),
    }
    return environment


def render(code: str, template: str, **facts: object) -> str:
    """A page, or a part of one, in a language."""
    return templates(code).get_template(template).render(**facts)
