"""What speaks against a draft, what it costs, and what was agreed to when it is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from ..motion.account import AccountState, Connection
from ..motion.agreement import Agreement
from ..motion.facts import LinkFacts, VideoFacts
from ..motion.input import Blocked, Input, InputState, Judgement
from ..motion.limits import Finding, Mend, Severity, check, finding, has_errors, worst_first
from ..motion.limits import FindingCode as C
from ..motion.money import micro
from ..motion.price import Quote
from ..motion.request import Draft, MotionRequest, Slot
from .intake import is_growing

Price = Callable[[MotionRequest, float | None], Quote]  # of a clip's length in seconds


def agreement(inputs: Mapping[Slot, Input], price: Quote) -> Agreement:
    """What was looked at, for this price; of a clip whose length is hidden it is the most."""
    known = isinstance(inputs[Slot.VIDEO].facts, VideoFacts)
    duration_s = price.duration_s if known else None
    image, video = inputs[Slot.IMAGE].stamp, inputs[Slot.VIDEO].stamp
    return Agreement(image, video, price.credits, price.estimated, duration_s)


def judged(
    draft: Draft,
    inputs: Mapping[Slot, Input],
    account: AccountState,
    price: Price,
    advice: Sequence[Finding],
    *,
    service_is_here: bool,
) -> Judgement:
    """``advice``: the motion doctor's. ``service_is_here``: on this computer itself."""
    quote = _quote(draft, inputs, price)
    found = list(
        check(
            draft,
            inputs[Slot.IMAGE].facts,
            inputs[Slot.VIDEO].facts,
            can_upload=account.can_upload or not account.has_api_token,
            service_is_here=service_is_here,
        )
    )
    for value in inputs.values():
        found += [each for each in (value.problem, value.warning) if each is not None]
    if account.takes_links_alone and not any(each.mend is Mend.CONNECT for each in found):
        found.append(finding(C.LINKS_ALONE, Severity.NOTE, mend=Mend.CONNECT))
    found += [*_low_balance(account.balance_credits, quote), *advice]
    return Judgement(worst_first(found), quote, _blocked(inputs, account, found))


def _quote(draft: Draft, inputs: Mapping[Slot, Input], price: Price) -> Quote | None:
    request, facts = draft.to_request(), inputs[Slot.VIDEO].facts
    if request is None or not isinstance(facts, VideoFacts | LinkFacts):
        return None
    return price(request, facts.duration_s if isinstance(facts, VideoFacts) else None)


def _low_balance(balance_credits: float | None, price: Quote | None) -> Iterator[Finding]:
    """Before, not after: the service would refuse it, or the next one.

    A clip of unknown length may well be a short one.
    """
    if balance_credits is None or price is None or price.at_most:
        return
    if micro(price.credits) > micro(balance_credits):
        values = {"balance_credits": balance_credits, "price_credits": price.credits}
        low = finding(C.BALANCE_LOW, Severity.WARNING, mend=Mend.TOP_UP)
        yield replace(low, values=tuple(values.items()))


def _blocked(
    inputs: Mapping[Slot, Input], account: AccountState, found: Sequence[Finding]
) -> Blocked | None:
    return _by_inputs(inputs) or _by_account(account) or _by_findings(found)


def _by_inputs(inputs: Mapping[Slot, Input]) -> Blocked | None:
    refused = [value for value in inputs.values() if value.state is InputState.REFUSED]
    if refused:
        written = all(is_growing(value) for value in refused)
        return Blocked.BEING_WRITTEN if written else Blocked.REFUSED_INPUT
    missing = [slot for slot in Slot if inputs[slot].state is InputState.EMPTY]
    if len(missing) == len(Slot):
        return Blocked.NO_INPUTS
    if missing:
        return Blocked.NO_IMAGE if missing[0] is Slot.IMAGE else Blocked.NO_VIDEO
    unread = any(v.unchecked or v.state is InputState.CHECKING for v in inputs.values())
    return Blocked.CHECKING if unread else None


def _by_account(account: AccountState) -> Blocked | None:
    if account.awaits_token:
        unread = account.connection is Connection.STORE_UNREAD
        return Blocked.STORE_UNREAD if unread else Blocked.AWAITS_STORE
    if not account.has_api_token:
        return Blocked.NOT_CONNECTED
    if not account.can_generate:
        two = account.connection is Connection.TWO_ACCOUNTS
        return Blocked.TWO_ACCOUNTS if two else Blocked.TOKEN_REFUSED
    return None


def _by_findings(found: Sequence[Finding]) -> Blocked | None:
    return Blocked.FINDINGS if has_errors(tuple(found)) else None
