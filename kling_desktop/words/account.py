"""The account in words: what a token test showed, and why Generate is disabled."""

from __future__ import annotations

from ..motion.account import TokenCheck, TokenOutcome
from ..motion.input import Blocked
from ..motion.token import TokenKind
from .figures import FigureWords
from .network import NetworkWords

_BLOCKED: dict[Blocked, str] = {
    Blocked.NO_INPUTS: "Add a picture and a clip to begin",
    Blocked.NO_IMAGE: "Add a picture of a person",
    Blocked.NO_VIDEO: "Add a clip of a movement",
    Blocked.CHECKING: "Looking at your files…",
    Blocked.REFUSED_INPUT: "Choose another file above",
    Blocked.BEING_WRITTEN: "Waiting until the file is written",
    Blocked.FINDINGS: "Mend what is marked above",
    Blocked.AWAITS_STORE: "Waiting for your password store…",
    Blocked.STORE_UNREAD: "Your password store could not be read",
    Blocked.NOT_CONNECTED: "Connect your account, or try the sandbox",
    Blocked.TOKEN_REFUSED: "Your token was not accepted: check it in Settings",
    Blocked.TWO_ACCOUNTS: "Your two tokens are two accounts’: connect again in Settings",
}

_ACCOUNT_TEXTS: dict[TokenOutcome, str] = {
    TokenOutcome.EMPTY: "",
    TokenOutcome.WRONG_FIELD: "This is an API token: it belongs into the field below.",
    TokenOutcome.WRONG_SHAPE: "An account token begins with platform-v1- and has 64 characters "
    "after it.",
    TokenOutcome.REFUSED: "The service did not accept this account token.",
    TokenOutcome.UNREACHABLE: "Could not reach {host}. Check your connection and try again.",
    TokenOutcome.UNCLEAR: "The service did not answer clearly. Try again in a minute.",
}

_API_TEXTS: dict[TokenOutcome, str] = {
    TokenOutcome.EMPTY: "Paste a token to connect.",
    TokenOutcome.ACCEPTED: "Accepted.",
    TokenOutcome.FOUND: "Found through the account token.",
    TokenOutcome.NOT_FOUND: "This account has no API token yet. Get one on the service’s page with "
    "“Acquire”; the first brings free credit.",
    TokenOutcome.WRONG_FIELD: "This is an account token: it belongs into the field above.",
    TokenOutcome.WRONG_SHAPE: "An API token has 32 characters, 0 to 9 and a to f.",
    TokenOutcome.REFUSED: "The service did not accept this API token.",
    TokenOutcome.OTHER_ACCOUNT: "This API token belongs to another account than the account token. "
    "Use two tokens of one account.",
    TokenOutcome.UNREACHABLE: "Could not reach {host}. Check your connection and try again.",
    TokenOutcome.UNCLEAR: "The service did not answer clearly. Try again in a minute.",
}


class AccountWords(FigureWords, NetworkWords):
    """Sentences about connecting."""

    def blocked(self, reason: Blocked) -> str:
        return self._tr(_BLOCKED[reason])

    def sign_up(self) -> str:
        """For whoever has no token yet."""
        return self._tr(
            "No account yet? Sign up on the service’s page and press “Acquire” there: the first "
            "one brings free credit."
        )

    def token_check(self, kind: TokenKind, check: TokenCheck, found: TokenCheck) -> str:
        """The line under a token field; ``found`` is the check of the API token."""
        why = self.not_reached(check.why, check.host, check.at)
        if check.outcome is TokenOutcome.UNREACHABLE and why is not None:
            return why.sentence
        if kind is TokenKind.API:
            return self.fill(_API_TEXTS[check.outcome], host=check.host)
        if check.outcome is TokenOutcome.ACCEPTED:
            return self._accepted(check, found)
        return self.fill(_ACCOUNT_TEXTS.get(check.outcome, ""), host=check.host)

    def _accepted(self, check: TokenCheck, found: TokenCheck) -> str:
        """``Accepted. API token “Default” found by itself. 12.40 credits.``"""
        parts = [self._tr("Accepted.")]
        if check.name:
            parts = [self.fill("Accepted: {name}.", name=check.name)]
        if found.outcome is TokenOutcome.FOUND:
            name = found.name or self._tr("Default")
            parts.append(self.fill("API token “{name}” found by itself.", name=name))
        if check.balance_credits is not None:
            parts.append(self.credits(check.balance_credits) + ".")
        return " ".join(parts)
