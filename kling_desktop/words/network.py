"""Why a host was not reached, by the code that ``NotSent`` carries: what it is, and the remedy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..motion.job import JobError
from ..motion.reached import Met, Tried, WayThere
from .base import ErrorText, Speaker, isolated

_ASK_NETWORK = "Ask whoever runs this network."

NOT_REACHED: dict[str, tuple[str, str]] = {
    "certificate": (
        "{host} shows a certificate that this computer does not trust: perhaps a company’s proxy "
        "or a virus scanner stands in between.",
        "In a hotel or on a train, open any page in your browser first and sign in. If it is your "
        "company’s or your virus scanner’s, add the certificate of its authority to this "
        "computer’s, or name its file in REQUESTS_CA_BUNDLE.",
    ),
    "certificate_date": (
        "The certificate of {host} is not valid at the date of this computer.",
        "Set this computer’s date and time right.",
    ),
    "certificate_name": (
        "What answered in the place of {host} showed another one’s certificate: perhaps a sign-in "
        "page of this network.",
        "Open any page in your browser and sign in.",
    ),
    "bundle_missing": (
        "The certificates that {at} names are not there, so nobody can be trusted.",
        "Put them back, or take {at} away and start again.",
    ),
    "bundle_unreadable": (
        "What {at} names holds no certificates, so nobody can be trusted.",
        "Name others, or take {at} away and start again.",
    ),
    "proxy": (
        "The proxy {at} does not answer as one, so {host} was not reached.",
        "Start it, or check the proxy in this computer’s settings and in HTTPS_PROXY.",
    ),
    "proxy_malformed": (
        "The address of the proxy in {at} is none, so {host} was not reached.",
        "Correct it there: http://HOST:PORT or socks5h://HOST:PORT.",
    ),
    "proxy_sign_in": (
        "The proxy {at} wants a name and a password, so {host} was not reached.",
        "Give them in HTTPS_PROXY: http://NAME:PASSWORD@HOST:PORT.",
    ),
    "proxy_refuses": (
        "The proxy {at} lets nothing through to {host}, or finds no way there.",
        _ASK_NETWORK,
    ),
    "name_not_resolved": (
        "The name {host} was not found.",
        "Check whether this computer is online, and its name server (DNS).",
    ),
    "name_not_resolved_socks": (
        "The name {host} was not found by this computer, which looks it up for the proxy {at}.",
        "Write the proxy’s address with socks5h:// in the place of socks5://: then the proxy looks "
        "names up.",
    ),
    "refused": (
        "{host} refused the connection.",
        "A firewall may be why, or the service is away for a moment.",
    ),
    "unreachable": (
        "From this network there is no way to {host}.",
        "Check whether this computer is online.",
    ),
    "connect_timeout": (
        "{host} did not answer in time when it was called.",
        "Check the connection: a firewall may be why.",
    ),
    "no_tls": (
        "What answered in the place of {host} speaks no TLS that this computer takes.",
        "Perhaps a sign-in page: open any page in your browser. Else ask whoever runs this "
        "network.",
    ),
    "cut_at_once": (
        "The connection to {host} was cut as soon as it was there: perhaps by a firewall.",
        _ASK_NETWORK,
    ),
}

# Where it is not known why.
UNREACHED: dict[str, tuple[str, str]] = {
    "unreachable": (
        "Could not reach {host}. Nothing was sent.",
        "Trying again when you are online.",
    ),
}
# What follows of it, by the error's code: for the job, and at the end.
_THEN: dict[str, tuple[str, str]] = {
    "unreachable": ("Nothing was sent.", ""),
    "result_unreachable": (
        "The video is paid for and waits at {host}.",
        "It is fetched by itself as soon as it can be.",
    ),
}


# Of a test: it was reached, and that was all.
_TESTED: dict[Met, tuple[str, str]] = {
    Met.SILENCE: (
        "{host} was reached, and did not answer in time or cut the connection.",
        "Try again in a minute. If it stays so, a firewall or a proxy may be why.",
    ),
    Met.SIGN_IN: (
        "This network wants you to sign in before it lets you through to {host}.",
        "Open any page in your browser and sign in.",
    ),
}


class NetworkWords(Speaker):
    """Sentences about what keeps this computer from a host."""

    def not_reached(self, code: str, host: str, at: str) -> ErrorText | None:
        """What keeps it, and the remedy; None where nothing is known of that."""
        if code not in NOT_REACHED:
            return None
        values = {
            "host": host or self._tr("the service"),
            "at": isolated(at) or self._tr("this computer’s settings"),
        }
        what, remedy = (self.fill(part, **values) for part in NOT_REACHED[code])
        return ErrorText(what[:1].upper() + what[1:] if not host else what, remedy)

    def why_not_reached(self, error: JobError) -> ErrorText | None:
        """The same of what a job met."""
        return self.not_reached(error.value("met"), error.value("host"), error.value("at"))

    def unreached(self, error: JobError) -> ErrorText | None:
        """Of an error that is nothing else than that."""
        why, then = self.why_not_reached(error), _THEN.get(error.code)
        if why is None or then is None:
            return None
        of_job, last = (self.fill(part, host=error.value("host")) for part in then)
        return ErrorText(f"{why.title} {of_job}", f"{why.hint} {last}".strip())

    def ways(self, ways: Sequence[WayThere]) -> list[str]:
        """What is in use: a sentence for each thing, or for each host where they differ."""
        away = [way for way in ways if not way.is_here]
        if not away:
            return [self._tr("The sandbox is on this computer: it needs no network.")]
        proxies = {way.host: self._proxy(way) for way in away}
        trusted = {way.host: self._trust(way) for way in away if way.is_secure}
        return [*_each(proxies), *filter(None, _each(trusted))]

    def tried(self, tried: Tried) -> str:
        """How a test of one host ended."""
        way, problem = tried.way, tried.problem
        if tried.met is not None:
            return " ".join(self.fill(part, host=way.host) for part in _TESTED[tried.met])
        if problem is not None:
            why = self.why_not_reached(problem)
            if why is not None:
                return why.sentence
            return self.fill(" ".join(UNREACHED["unreachable"][:1]), host=way.host)
        parts = [self.fill("{host} answers.", host=way.host)]
        if way.proxy:
            parts = [self.fill("{host} answers, through {proxy}.", host=way.host, proxy=way.proxy)]
        if tried.issuer:
            parts.append(
                self.fill("Certificate issued by {issuer}.", issuer=isolated(tried.issuer))
            )
        return " ".join(parts)

    def _proxy(self, way: WayThere) -> str:
        if way.problem is not None and (why := self.why_not_reached(way.problem)) is not None:
            return why.sentence
        if not way.proxy:
            return self._tr("No proxy is used.")
        text = "Proxy: {proxy}, from this computer’s settings."
        if way.proxy_from:
            text = "Proxy: {proxy}, from the variable {name}."
        return self.fill(text, proxy=way.proxy, name=way.proxy_from)

    def _trust(self, way: WayThere) -> str:
        if way.problem is not None:
            return ""
        text = "Certificates: those that this computer trusts."
        if way.bundle_from:
            text = "Certificates: this computer’s, and those in {file}, which {name} names."
        if way.bundle_is_all:
            text = "Certificates: those in {file} alone, which {name} names."
        return self.fill(text, file=isolated(way.bundle), name=way.bundle_from)


def _each(said: Mapping[str, str]) -> list[str]:
    """One sentence where it is the same for all hosts."""
    different = set(said.values())
    if len(different) < 2:
        return list(different)
    return [f"{host}: {text}" for host, text in said.items()]
