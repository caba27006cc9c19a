"""Upload and download of 100 MB through the program's transfer code, beside curl on loopback.

The server is a process of its own that reads and writes with the system's calls, so that what is
compared is the client.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

from figures import LIMIT_S, Row, child, spread

SIZE_BYTES = 100_000_000
ACCOUNT_TOKEN = "platform-v1-" + "0a" * 32
BUFFER_BYTES = 1024 * 1024
UPLOAD, DOWNLOAD = "upload", "download"


def measure(rounds: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "file.mp4"
        file.write_bytes(os.urandom(1_000_000) * (SIZE_BYTES // 1_000_000))
        command = [sys.executable, __file__, "serve", str(file)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            address = server.stdout.readline().strip()
            try:
                return _rows(address, file, rounds)
            finally:
                server.kill()


def _rows(address: str, file: Path, rounds: int) -> list[Row]:
    rows = []
    for which in (UPLOAD, DOWNLOAD):
        ours: list[float] = []
        curls: list[float] = []
        grown: list[float] = []
        for _ in range(rounds):
            seconds, kilobytes = map(float, child("transfers.py", which, address, file).split())
            ours.append(seconds)
            grown.append(kilobytes / 1000)
            curls.append(curl(which, address, file))
        ratio = median(curls) / median(ours)
        rows.append(Row(f"{which} of 100 MB", rate(ours), f"curl {rate(curls)}", ratio, ">= 0.80"))
        rows.append(Row(f"{which}: growth of memory", spread(grown, "MB", digits=1), aim="< 20 MB"))
    return rows


def rate(times_s: list[float]) -> str:
    return spread([SIZE_BYTES / 1e6 / t for t in times_s], "MB/s")


def curl(which: str, address: str, file: Path) -> float:
    """Seconds by curl's own clock, which leaves its start out, as ours does."""
    target = file.with_suffix(".curl")
    what = (
        ["-F", f"file=@{file};type=video/mp4", f"{address}/api/v1/files/"]
        if which == UPLOAD
        else ["-o", str(target), f"{address}/file.mp4"]
    )
    command = ["curl", "-s", "-S", "--noproxy", "*", "-w", "\n%{time_total}", *what]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=LIMIT_S)
    if which == DOWNLOAD:
        os.sync()  # what curl left in the cache must not slow our next round
        assert target.stat().st_size == SIZE_BYTES
        target.unlink()
    return float(ended.stdout.rsplit("\n", 1)[-1])


def ours(which: str, address: str, file: Path) -> None:
    """Prints seconds, and by how many KB the process's memory grew above what it was before."""
    from kling_desktop.motion.token import Token
    from kling_desktop.remote.http import Http
    from kling_desktop.remote.platform import Platform
    from kling_desktop.remote.transfer import download

    http = Http()
    platform = Platform(http, address, Token(ACCOUNT_TOKEN))
    small = file.with_suffix(".small")
    small.write_bytes(b"0" * 1000)
    platform.upload(str(small), file_name="small.mp4", mime="video/mp4")  # imports, connection
    part = file.with_suffix(".part")
    seen: list[int] = []
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    before_kb = memory_kb("VmRSS")
    began = time.monotonic()
    if which == UPLOAD:
        platform.upload(
            str(file),
            file_name="file.mp4",
            mime="video/mp4",
            on_progress=lambda done, total: seen.__setitem__(slice(None), [done]),
        )
    else:
        download(http, f"{address}/file.mp4", str(part), allow_loopback=True)
    seconds = time.monotonic() - began
    grown_kb = memory_kb("VmHWM") - before_kb
    http.close()
    if which == DOWNLOAD:
        assert part.stat().st_size == SIZE_BYTES
        part.unlink()
        Path(f"{part}.meta").unlink(missing_ok=True)
    print(seconds, grown_kb)


def memory_kb(name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1])


def serve(file: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(f"http://127.0.0.1:{server.getsockname()[1]}", flush=True)
        while True:
            connection, _ = server.accept()
            threading.Thread(target=converse, args=(connection, file), daemon=True).start()


def converse(connection: socket.socket, file: Path) -> None:
    """Any number of requests on one connection."""
    buffer = memoryview(bytearray(BUFFER_BYTES))
    with connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while (head := read_head(connection)) is not None:
            length = int((re.search(rb"(?i)content-length: *(\d+)", head[0]) or [0, 0])[1])
            left = length - len(head[1])
            if b"100-continue" in head[0]:
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            while left > 0:
                left -= connection.recv_into(buffer, min(left, BUFFER_BYTES)) or left
            if head[0].startswith(b"POST"):
                answer(connection, b"application/json", b'{"file_url": "http://127.0.0.1/f.mp4"}')
            else:
                answer(connection, b"video/mp4", file)


def read_head(connection: socket.socket) -> tuple[bytes, bytes] | None:
    """The head of a request and what came of its body along with it; None at the end."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


def answer(connection: socket.socket, kind: bytes, body: bytes | Path) -> None:
    size = len(body) if isinstance(body, bytes) else body.stat().st_size
    head = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (kind, size)
    connection.sendall(head)
    if isinstance(body, bytes):
        connection.sendall(body)
        return
    with body.open("rb") as source:
        connection.sendfile(source)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(Path(sys.argv[2]))
    else:
        ours(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
