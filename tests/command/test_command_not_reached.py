"""What keeps a command from the service is said with its remedy."""

from __future__ import annotations

from pathlib import Path

from command_line import Shell, with_tokens
from support.certificates import make_certificate, served_over_tls


def test_a_certificate_that_is_not_trusted_is_said_as_that(
    shell: Shell, tmp_path: Path, picture: Path, clip: Path
) -> None:
    with served_over_tls(make_certificate(tmp_path / "server.pem")) as address:
        shell.more.update(with_tokens(address))
        ended = shell.run("generate", "--image", picture, "--video", clip, "--wait", "0", "--json")
    assert ended.code == 3
    assert (ended.error["code"], ended.error["money"]) == ("unreachable", "not_charged")
    for said in (ended.err, ended.error["message"]):
        assert "shows a certificate that this computer does not trust" in said
        assert "REQUESTS_CA_BUNDLE" in said
