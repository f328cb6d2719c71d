#!/usr/bin/env bash
# Set up everything that `make` targets need, from nothing, and do nothing when it is already there:
#   1. .venv with the package (editable) and its development tools;
#   2. a Vulkan driver: when no adapter answers and apt is usable, Mesa's software driver.
# Usage: tools/setup.sh [--no-driver]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

venv=.venv
want_driver=1
[ "${1:-}" = "--no-driver" ] && want_driver=0

say() { printf 'setup: %s\n' "$*" >&2; }

find_python() {
  local candidate
  for candidate in ${PYTHON:-} python3.13 python3.12 python3.11 python3 python; do
    if command -v "$candidate" >/dev/null 2>&1 &&
      "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
      echo "$candidate"
      return
    fi
  done
  say "no Python 3.11 or newer found; install one, or name it: make PYTHON=/path/to/python3"
  exit 3
}

# Debian packages `venv` apart from Python: without it, the outer pip fills an environment that has none.
make_venv() {
  local python=$1
  rm -rf "$venv"
  if "$python" -m venv "$venv" >/dev/null 2>&1; then
    pip=("$venv/bin/python" -m pip)
  else
    rm -rf "$venv"
    "$python" -m venv --without-pip "$venv"
    pip=("$python" -m pip --python "$venv/bin/python")
  fi
}

install_package() {
  local stamp="$venv/.stamp" key
  key="$(cat pyproject.toml tools/setup.sh | cksum) $PWD"
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$key" ] && "$venv/bin/python" -c '' 2>/dev/null; then
    return
  fi
  local python
  python=$(find_python)
  say "creating $venv with $("$python" --version)"
  make_venv "$python"
  say "installing wavyte_gpu and its development tools"
  "${pip[@]}" install --quiet --disable-pip-version-check -e '.[dev]'
  printf '%s' "$key" >"$stamp"
}

probe() { "$venv/bin/python" tools/probe_adapter.py 2>/dev/null; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

install_driver() {
  if adapter=$(probe); then
    say "adapter: $adapter"
    return
  fi
  if command -v apt-get >/dev/null 2>&1 && as_root true 2>/dev/null; then
    say "no Vulkan adapter found: installing mesa-vulkan-drivers"
    as_root apt-get update -qq >&2 || say "apt-get update failed; trying with the package lists at hand"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mesa-vulkan-drivers >&2 ||
      say "installing mesa-vulkan-drivers failed"
    if adapter=$(probe); then
      say "adapter: $adapter"
      return
    fi
  fi
  say "no Vulkan adapter: install your GPU's driver, or 'mesa-vulkan-drivers' (Debian, Ubuntu), 'mesa-vulkan-swrast'"
  say "(Alpine), 'vulkan-swrast' (Arch). Going on with the reference backend: the same pixels, slowly."
}

install_package
[ "$want_driver" = 0 ] || install_driver
