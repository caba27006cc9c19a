"""What is said of a video that was paid for and is not here yet."""

from __future__ import annotations

_BY_ITSELF = "It is fetched again by itself."

# By error code: title, hint. Whoever waits for it reads that it is paid for, and what it waits for.
UNSAVED: dict[str, tuple[str, str]] = {
    "result_unreachable": (
        "{host} cannot be reached. The video is paid for and waits there.",
        "It is fetched by itself as soon as it can be.",
    ),
    "result_page": (
        "A page came instead of the video: perhaps a sign-in page of this network. The video is "
        "paid for.",
        "Open any page in your browser and sign in. The video is fetched again by itself.",
    ),
    "result_no_video": (
        "What {host} sent is no video ({message}). The video is paid for.",
        "It is fetched again by itself, with a fresh link now and then.",
    ),
    "result_host_ill": (
        "{host} does not hand out the video just now ({message}). It is paid for.",
        _BY_ITSELF,
    ),
    "result_cut": (
        "The connection to {host} was lost or too slow. The video is paid for.",
        "It goes on by itself with what is missing.",
    ),
    "result_link_refused": (
        "{host} does not accept the link to the video. It is paid for.",
        "A fresh link is asked for by itself.",
    ),
    "result_not_there": (
        "{host} says that the video is not there. It is paid for.",
        "It is asked for again by itself, on three different days at least.",
    ),
    "result_not_told": (
        "The service does not say where the video is. It is paid for.",
        "It is asked again by itself.",
    ),
    "result_unread": (
        "The service says that this video is finished, and its answer could not be read. It is "
        "paid for.",
        "It is asked again by itself, now and then. Copy the report and send it to the makers of "
        "this program, or ask the service's support.",
    ),
    "bad_result_link": (
        "The video is paid for, but the service answered with a link that this program does not "
        "follow.",
        "It is asked for a fresh one by itself. If it stays so, copy the report and ask the "
        "service's support.",
    ),
    "no_room": (
        "There is no room in {folder} (needs {needed}). The video is paid for.",
        "Make room or choose another folder: then it is saved by itself.",
    ),
    "disk_full": (
        "There is no room in {folder}. The video is paid for.",
        "Make room or choose another folder: then it is saved by itself.",
    ),
    "unwritable": (
        "{folder} cannot be written to. The video is paid for and still on the service.",
        "Choose another folder or make this one writable: then it is fetched by itself.",
    ),
    "unwritable_here": (
        "{folder} cannot be written to. The video is paid for and has come.",
        "Choose another folder or make this one writable: then it is saved by itself.",
    ),
    "folder_gone": (
        "{away} The video is paid for.",
        "Bring it back or choose another one: then it is saved by itself.",
    ),
    "result_taken_away": (
        "The video is paid for and had come to {folder}, and is not there any more.",
        _BY_ITSELF,
    ),
    "result_unplaced": (
        "The video is paid for and has come, and cannot get its name in {folder} ({message}).",
        "It is tried again by itself.",
    ),
    "result_unchecked": (
        "The video is paid for and has come as {name}, and could not be checked yet.",
        "It is checked again by itself.",
    ),
    "result_ends_early": (
        "What came of the video ends early. It is paid for.",
        "It is fetched once more by itself.",
    ),
    "result_damaged": (
        "What came does not open as a video, and is kept as {name}. It is paid for.",
        _BY_ITSELF,
    ),
    "result_gone": (
        "The service does not hand out this video any more, though it is paid for.",
        "Results are kept there for about 30 days. Fetch it again, or copy the report and ask the "
        "service's support.",
    ),
}

# The same codes as before sending, with other words.
PAID: dict[str, tuple[str, str]] = {
    **UNSAVED,
    "invalid_token": (
        "The service did not accept your token. The video is paid for and still on the service.",
        "Check it in Settings: then the video is fetched by itself.",
    ),
    "store_silent": (
        "{store} has not told your token. The video is paid for and still on the service.",
        "It is fetched by itself when it does.",
    ),
    "no_token": (
        "No API token is there. The video is paid for and still on the service.",
        "Connect your account: then the video is fetched by itself.",
    ),
}
# In a narrow row, behind the state's name.
SHORT: dict[str, str] = {
    "result_unreachable": "not reached",
    "result_page": "a sign-in page?",
    "result_no_video": "no video came",
    "result_host_ill": "the host is ill",
    "result_cut": "contact lost",
    "result_link_refused": "link refused",
    "result_not_there": "not there just now",
    "result_not_told": "no link was told",
    "result_unread": "answer not understood",
    "bad_result_link": "an odd link",
    "no_room": "no room",
    "disk_full": "no room",
    "unwritable": "folder not writable",
    "unwritable_here": "folder not writable",
    "folder_gone": "folder is away",
    "result_taken_away": "was taken away",
    "result_unplaced": "has come, in use",
    "result_unchecked": "has come, not checked",
    "result_ends_early": "ends early",
    "result_damaged": "does not open",
    "invalid_token": "token refused",
    "no_token": "no token",
    "store_silent": "waiting for your token",
}
_ELSEWHERE = "or name another place: `kling-desktop fetch {job} --output FILE`."
# Where the window's own hint is of no use: at a terminal.
TYPED_HINTS: dict[str, str] = {
    "no_room": "Make room there, " + _ELSEWHERE,
    "disk_full": "Make room there, " + _ELSEWHERE,
    "unwritable": "Make it writable, " + _ELSEWHERE,
    "unwritable_here": "Make it writable, " + _ELSEWHERE,
    "folder_gone": "Bring it back, " + _ELSEWHERE,
    "bad_result_link": "It is asked for a fresh one by itself.",
    "result_unread": "It is asked again by itself. `kling-desktop jobs --json` shows the task’s "
    "id, which the service’s support asks for.",
    "result_gone": "`kling-desktop fetch {job}` asks once more. Ask the service’s support.",
}
