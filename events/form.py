"""Documents and registers of the trade: filled in, and signed (预检单, 施工单, 结算单 …)."""

from typing import Any, ClassVar, Literal

from events.event import Event, Titled

SignatureKind = Literal["condition", "authorisation", "promise", "custody", "charge", "completion"]
SignatureMethod = Literal["on_paper", "on_screen", "seal", "by_phone", "by_message"]


class FormFilled(Event, Titled, name="form.filled"):
    """A form was filled in, or filled in anew: each edition is kept, and no signature outlives its edition.

    `digest` is the SHA-256 of stream, form, edition and fields; `voids` names who had signed the edition before.
    """

    topic: ClassVar[str] = "form"
    form: str
    edition: int
    fields: dict[str, Any]
    digest: str
    voids: tuple[str, ...] = ()


class FormSigned(Event, Titled, name="form.signed"):
    """Somebody signed exactly the edition with this digest; `complete` says that nobody else has to.

    `drawing` is the signature as drawn on a screen: SVG path data in a box 600 × 200, "" if it was given otherwise.
    """

    topic: ClassVar[str] = "form"
    form: str
    edition: int
    digest: str
    kind: SignatureKind
    party: str
    signer: str
    method: SignatureMethod
    place: str
    complete: bool
    drawing: str = ""

    @property
    def token(self) -> str:
        """As long as somebody else has to sign, no rule takes the form for signed."""
        return super().token if self.complete else ""
