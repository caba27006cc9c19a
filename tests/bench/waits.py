"""From "finished at the service" to "known here", and requests a minute, beside the vendor's SDK.

The sandbox lives in this process and knows when each task finished; the clients are children.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import mean

from figures import LIMIT_S, Row, child, make_inputs

# Not a multiple of any poll interval, so that no client is favoured by the phase.
GENERATING_S = (11.3, 12.9, 14.6)
STAGGER_S = 0.7  # between two submissions: people do not press Generate in one instant
# The sandbox then draws nothing, so that twenty jobs finish when they should, on any computer.
PROMPT = "[not a video]"
OURS, SDK = "ours", "sdk"


def measure(rounds: int) -> list[Row]:
    rows = []
    for jobs in (1, 20):
        found: dict[str, list[tuple[float, float]]] = {OURS: [], SDK: []}
        for number in range(max(1, min(rounds, len(GENERATING_S)) if jobs == 1 else 1)):
            for which in (OURS, SDK):
                found[which].append(one_round(which, jobs, GENERATING_S[number]))
        late = {which: mean(r[0] for r in rounds_) for which, rounds_ in found.items()}
        busy = {which: mean(r[1] for r in rounds_) for which, rounds_ in found.items()}
        name = "1 job" if jobs == 1 else f"{jobs} jobs"
        rows.append(
            Row(
                f"finished there to known here, {name}",
                f"{late[OURS]:.2f} s",
                f"SDK {late[SDK]:.2f} s",
                late[OURS] / late[SDK],
            )
        )
        rows.append(
            Row(
                f"requests a minute, {name}",
                f"{busy[OURS]:.0f}",
                f"SDK {busy[SDK]:.0f}",
                busy[OURS] / busy[SDK],
                "< 60",
            )
        )
    return rows


def one_round(which: str, jobs: int, generating_s: float) -> tuple[float, float]:
    """Mean seconds until known, and requests for tasks a minute."""
    from kling_desktop.sandbox import Sandbox

    with tempfile.TemporaryDirectory() as folder:
        image, video = make_inputs(Path(folder))
        sandbox = Sandbox(Path(folder) / "sandbox", seconds=generating_s)
        sandbox.start()
        try:
            tokens = (sandbox.api_token.reveal(), sandbox.account_token.reveal())
            printed = child("waits.py", which, jobs, sandbox.address, *tokens, image, video)
            known = json.loads(printed)
            ended = {t.id: t.finished_at for t in sandbox.tasks()}
            began = min(t.created_at for t in sandbox.tasks())
            asked = [r for r in sandbox.requests if r.path == "/kling/tasks"]
        finally:
            sandbox.stop()
    assert len(known) == jobs
    late = mean(at - (ended[task_id] or at) for task_id, at in known.items())
    return late, len(asked) / ((max(known.values()) - began) / 60)


def by_sdk(jobs: int, address: str, tokens: tuple[str, str], files: tuple[str, str]) -> None:
    from acedatacloud import AceDataCloud

    def client(token: str) -> AceDataCloud:
        return AceDataCloud(token, base_url=address, platform_base_url=address)

    with client(tokens[1]) as platform:
        links = [platform.files.upload(file)["file_url"] for file in files]
    known: dict[str, float] = {}

    def one() -> None:
        with client(tokens[0]) as api:
            task_id = api.kling.motion(
                mode="std",
                image_url=links[0],
                video_url=links[1],
                character_orientation="video",
                prompt=PROMPT,
                async_=True,
            )["task_id"]
            api.tasks.wait(task_id, service="kling")
            known[task_id] = time.time()

    threads = [threading.Thread(target=one) for _ in range(jobs)]
    for thread in threads:
        thread.start()
        time.sleep(STAGGER_S)
    for thread in threads:
        thread.join()
    print(json.dumps(known))


async def by_engine(
    jobs: int, address: str, tokens: tuple[str, str], files: tuple[str, str]
) -> None:
    from kling_desktop.engine.engine import Engine, EngineOptions
    from kling_desktop.engine.home import ACCOUNT, Home
    from kling_desktop.engine.service import Hosts
    from kling_desktop.motion.job import Job, JobState
    from kling_desktop.motion.request import MotionRequest, Source
    from kling_desktop.motion.token import Token

    home = Home(Path(tempfile.mkdtemp()))
    engine = Engine(
        EngineOptions(
            paths=home.paths.profile(ACCOUNT),
            hosts=Hosts(address, address),
            videos_folder=lambda: home.videos_folder(ACCOUNT),
            preferences=home.preferences,
            jobs_at_once=lambda: jobs,
            secrets=home.secrets,
            fixed_tokens=(Token(tokens[0]), Token(tokens[1])),
        )
    )
    known: dict[str, float] = {}
    all_known = asyncio.Event()
    ends = (JobState.DOWNLOADING, JobState.DONE, JobState.FAILED)

    def on_job(job: Job) -> None:
        if job.task_id and job.state in ends:
            known.setdefault(job.task_id, time.time())
            if len(known) == jobs:
                all_known.set()

    await engine.open()
    engine.book.changed.connect(on_job)
    request = MotionRequest(Source(path=files[0]), Source(path=files[1]), prompt=PROMPT)
    for _ in range(jobs):
        await engine.generate(request, None, None)
        engine.queue.pump()
        await asyncio.sleep(STAGGER_S)
    await asyncio.wait_for(all_known.wait(), LIMIT_S)
    print(json.dumps(known))
    await engine.close()


if __name__ == "__main__":
    which, count, service = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    both, inputs = (sys.argv[4], sys.argv[5]), (sys.argv[6], sys.argv[7])
    if which == SDK:
        by_sdk(count, service, both, inputs)
    else:
        asyncio.run(by_engine(count, service, both, inputs))
