# Sourced by packaging/run.sh and tests/run.sh: system libraries, virtual environment, packages.
# Debian 12, Ubuntu 24.04 and their relatives; elsewhere it takes the libraries to be there.
# The system's Python stays as it is: everything goes into .venv/ of this checkout.

say() { printf '==> %s\n' "$*"; }
fail() { printf 'Error: %s\n' "$*" >&2; exit 1; }

# What the window needs: Qt's own list of libraries, of which PySide6 brings none.
# a|b: names of one library on different systems; the first that exists is taken.
RUNTIME_PACKAGES=(
  ca-certificates                            # HTTPS
  libgl1 libegl1                             # QtGui
  libfontconfig1 libfreetype6 fonts-dejavu-core  # text; the fonts for what the program's own lack
  # Chinese, Japanese and Korean names: the smallest that has all of their letters (1.6 MB).
  "fonts-wqy-microhei|fonts-noto-cjk"
  "libglib2.0-0t64|libglib2.0-0" libdbus-1-3 # QtCore, QtDBus
  "libgssapi-krb5-2"                         # QtNetwork
  libxkbcommon0 libxkbcommon-x11-0 libx11-6 libx11-xcb1 libxext6 libxrandr2
  libxcb1 libxcb-cursor0 libxcb-glx0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0
  libxcb-render0 libxcb-render-util0 libxcb-shape0 libxcb-shm0 libxcb-sync1 libxcb-util1
  libxcb-xfixes0 libxcb-xkb1                 # the xcb plugin: windows under X
  libwayland-client0 libwayland-cursor0 libwayland-egl1  # the wayland plugin
  libpulse0 libva2 libva-drm2 libva-x11-2    # QtMultimedia: sound, decoding on the graphics card
)

# The Pythons that this program runs on: minor versions of Python 3.
bounds='requires-python = ">=3\.([0-9]+),<3\.([0-9]+)"'
[[ $(<pyproject.toml) =~ $bounds ]] ||
  fail "pyproject.toml does not say requires-python = \">=3.x,<3.y\""
OLDEST_PYTHON=${BASH_REMATCH[1]}
NEWEST_PYTHON=$((BASH_REMATCH[2] - 1))

# For example 3.14.8; nothing where what has this name does not start.
version_of() {
  "$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null
}

is_right_python() {
  [[ $(version_of "$1") =~ ^3\.([0-9]+)\. ]] &&
    ((BASH_REMATCH[1] >= OLDEST_PYTHON && BASH_REMATCH[1] <= NEWEST_PYTHON))
}

# Every Python 3 that can be called here, with its version; one a line.
pythons_here() {
  local name
  for name in $(compgen -c python3 | sort -uV); do
    [[ $name =~ ^python3(\.[0-9]+)?$ ]] || continue
    printf '%s (%s)\n' "$name" "$(version_of "$name" || printf 'does not start')"
  done
}

# A Python that this program runs on, the system's own first, then the newest; prints its path.
find_python() {
  local names=(python3) name minor found list
  for ((minor = NEWEST_PYTHON; minor >= OLDEST_PYTHON; minor--)); do names+=("python3.$minor"); done
  for name in "${names[@]}"; do
    if is_right_python "$name"; then command -v "$name"; return; fi
  done
  mapfile -t found < <(pythons_here)
  [ ${#found[@]} -gt 0 ] || found=(none)
  printf -v list ', %s' "${found[@]}"
  fail "Python 3.$OLDEST_PYTHON to 3.$NEWEST_PYTHON is needed. Found here: ${list:2}. Install one that fits and run this again."
}

# The package with the venv module, where this Python lacks it (Debian splits it off).
venv_package() {
  "$1" -c 'import ensurepip, venv' 2>/dev/null ||
    "$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'
}

is_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

has_candidate() {
  local policy  # not through a pipe: grep -q ends early, and pipefail takes that for a failure
  policy=$(LC_ALL=C apt-cache policy "$1" 2>/dev/null)
  [[ $policy =~ Candidate:\ [^\(] ]]
}

# Those of the given packages that are not installed, one a line.
missing_packages() {
  local spec name found
  for spec in "$@"; do
    found=
    for name in ${spec//|/ }; do
      if is_installed "$name"; then found=yes; fi
    done
    [ -n "$found" ] || printf '%s\n' "$spec"
  done
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n -- "$@"; fi
}

# The name that this system's apt knows, for each a|b given; one a line.
known_names() {
  local spec name chosen
  for spec in "$@"; do
    chosen=${spec%%|*}
    for name in ${spec//|/ }; do
      if has_candidate "$name"; then chosen=$name; break; fi
    done
    printf '%s\n' "$chosen"
  done
}

install_system_packages() {
  local missing names
  command -v apt-get >/dev/null || { say "No apt here: taking Qt's system libraries to be installed"; return; }
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || { say "System packages: all there"; return; }
  if [ "$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null; then
    mapfile -t names < <(known_names "${missing[@]}")
    fail "system packages are missing, and this may not ask for a password. Please run:
  sudo apt-get install -y --no-install-recommends ${names[*]}
and then this again."
  fi
  say "System packages: installing ${#missing[@]} with apt-get"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q
  mapfile -t names < <(known_names "${missing[@]}")
  as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a apt-get install -y -q \
    --no-install-recommends -o Dpkg::Use-Pty=0 "${names[@]}"
}

# What the virtual environment was made from: when this changes, pip runs again.
fingerprint() {
  { printf '%s\n' "$PWD" "$1"; "$2" --version; cat pyproject.toml; } | sha256sum | cut -d ' ' -f 1
}

make_environment() {
  local extra=$1 python=$2 stamp=.venv/.made-from$1 wanted
  wanted=$(fingerprint "$extra" "$python")
  if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && .venv/bin/python -c '' 2>/dev/null; then
    say "Virtual environment .venv: up to date"
    return
  fi
  if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    say "Virtual environment .venv: making it with $("$python" --version)"
    "$python" -m venv --clear .venv
  fi
  say "Python packages: installing into .venv (about 250 MB, a minute or two)"
  .venv/bin/python -m pip install --disable-pip-version-check --no-input --progress-bar off \
    -e ".$extra"
  printf '%s\n' "$wanted" >"$stamp"
}

# set_up EXTRA [PACKAGE…]: in the checkout's root. EXTRA is empty or, for example, [dev].
set_up() {
  local extra=$1 python venv
  shift
  python=$(find_python)
  venv=$(venv_package "$python")
  install_system_packages ${venv:+"$venv"} "${RUNTIME_PACKAGES[@]}" "$@"
  make_environment "$extra" "$python"
}
