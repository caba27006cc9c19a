"""What the quick worker can be asked for. Worker side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kling_desktop.motion.facts import facts_to_json
from kling_desktop.motion.reading import read

from . import fitting, images, kinds, recipes, show_copy, stills, strips, thumbnails, videos
from .cache import Cache
from .files import content_from
from .fitted import ImagePlan
from .progress import Progress
from .protocol import Message


def operations(cache: Cache) -> dict[str, Callable[[Message, Progress], Any]]:
    return {
        "probe_image": lambda m, _: facts_to_json(images.probe_image(m["path"])),
        "probe_video": lambda m, _: facts_to_json(videos.probe_video(m["path"])),
        "probe": lambda m, _: facts_to_json(kinds.probe(m["path"])),
        "verify_video": lambda m, _: facts_to_json(videos.verify_video(m["path"])),
        "open_video": lambda m, _: facts_to_json(videos.open_video(m["path"])),
        "fit_image": lambda m, _: fitting.fit_image(
            m["path"], read(ImagePlan, m["plan"]), cache, content_from(m["content"])
        ).to_json(),
        "frame": lambda m, _: stills.frame(m["path"], m["at_s"], m["max_px"], cache),
        "thumbnail": lambda m, _: thumbnails.thumbnail(
            m["path"], m["width_px"], m["height_px"], cache
        ),
        "strip": lambda m, progress: strips.strip(
            m["path"], m["count"], m["height_px"], cache, progress
        ),
        "keyframes": lambda m, _: strips.keyframes(m["path"]),
        "needs_show_copy": lambda m, _: show_copy.needs_copy(m["path"], m["start_s"], m["end_s"]),
        "write_recipe": lambda m, _: recipes.write_recipe(m["path"], m["out"], m["recipe"]),
        "read_recipe": lambda m, _: recipes.read_recipe(m["path"]),
    }
