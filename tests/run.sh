#!/usr/bin/env bash
# Set up all that is needed and run the tests.
#   bash tests/run.sh                        style, types, layers, then every test
#   bash tests/run.sh tests/store -k lock    arguments go to pytest, and only pytest runs
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. packaging/setup.sh

# The end-to-end tests' desktop: a screen, a window manager, a hand for the mouse, a password
# store, a screen reader's bus. gdbus and curl are what single tests speak with.
TEST_PACKAGES=(xvfb openbox xdotool dbus dbus-daemon gnome-keyring at-spi2-core libglib2.0-bin curl
  desktop-file-utils)  # and the validator of menu entries

# Where this is set, each of hundreds of Pythons would compile what it imports anew.
unset PYTHONDONTWRITEBYTECODE

failed=()
check() {
  say "$*"
  .venv/bin/"$@" || failed+=("$1")
}

set_up '[dev]' "${TEST_PACKAGES[@]}"
if [ $# -eq 0 ]; then
  # Three workers more than cores: many tests mostly wait. Whole files, for their fixtures, and in
  # the order that tests/conftest.py gives them.
  set -- -n "$(($(nproc) + 3))" --dist loadfile --no-loadscope-reorder
  # The checks keep one core busy. Another one compiles the tests meanwhile, once for all workers;
  # what cannot be compiled is told by pytest itself, below.
  .venv/bin/python -m pytest --collect-only -q &>/dev/null &
  compiling=$!
  check ruff check .
  check ruff format --check .
  check mypy
  check lint-imports
  wait "$compiling" || true
fi
say "pytest $*"
# Where this is set, a missing part of the desktop fails the end-to-end tests instead of
# skipping them.
export KLING_E2E=required
status=0
.venv/bin/python -m pytest "$@" || status=$?
if [ ${#failed[@]} -gt 0 ]; then
  printf 'Error: these checks failed, see above: %s\n' "${failed[*]}" >&2
  exit 1
fi
exit "$status"
