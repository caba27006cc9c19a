#!/usr/bin/env bash
# Set up all that is needed and open the window on the sandbox: no account, no cost.
#   bash packaging/run.sh [arguments for kling-desktop, for example --data-dir DIR]
# Without a display the same job runs through the command line, and the last line printed is the
# path of the saved mp4.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. packaging/setup.sh

# Whether Qt can open a window here. QT_QPA_PLATFORM as the person has it.
has_display() {
  [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || return 1
  timeout 30 .venv/bin/python -c 'from PySide6.QtGui import QGuiApplication; QGuiApplication([])' ||
    { say "The display ${DISPLAY:-$WAYLAND_DISPLAY} does not answer"; return 1; }
}

set_up ''
if has_display; then
  say "Opening the window on the sandbox"
  exec .venv/bin/kling-desktop --sandbox "$@"
fi
say "There is no display here: running one job on the sandbox through the command line"
inputs=build/sample-inputs
.venv/bin/python packaging/make_inputs.py "$inputs"
say "Generating from $inputs/figure.png and $inputs/dance.mp4"
# The arguments are the program's own here, too, as the window has them: not those of generate.
exec .venv/bin/kling-desktop --sandbox "$@" generate --image "$inputs/figure.png" \
  --video "$inputs/dance.mp4" --prompt "A stage at night, warm light" --again
