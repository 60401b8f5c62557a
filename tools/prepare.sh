# SPDX-License-Identifier: Apache-2.0
#
# Sourced by ./run and ./test: installs what is missing, configures and builds.
# Everything said here goes to standard error, so that the program's own output
# stays clean. Bash only, no process substitution: it must work in a bare chroot.
#
# Needs $top, the root of the source tree. Gives prepare_build TARGET.

build=$top/build

# What a Debian system needs, by name; the same on Debian 12 and 13.
debian_packages=(
  gcc libc6-dev binutils pkgconf meson ninja-build python3
  libglib2.0-dev libjson-glib-dev libsoup-3.0-dev libgnutls28-dev
  libfyaml-dev libmicrohttpd-dev libcunit1-dev
  libgtk-4-dev libadwaita-1-dev libgtksourceview-5-dev
  glib-networking adwaita-icon-theme fonts-dejavu-core tzdata
  busybox-static xvfb xdotool
)

# The same for other systems: programs, and modules as pkg-config names them.
needed_programs=(cc ld nm pkg-config meson ninja python3)
needed_modules=(
  'glib-2.0 >= 2.74' gio-unix-2.0 json-glib-1.0 libsoup-3.0 gnutls 'libfyaml >= 0.7'
  'libmicrohttpd >= 0.9.75' cunit 'gtk4 >= 4.8' 'libadwaita-1 >= 1.2' gtksourceview-5
)

say() { printf '%s\n' "$*" >&2; }

die() { say "$*"; exit 2; }

is_debian() {
  [ -r /etc/os-release ] || return 1
  local ID='' VERSION_ID=''
  . /etc/os-release
  [ "$ID" = debian ] && { [ -z "$VERSION_ID" ] || [ "$VERSION_ID" -ge 12 ]; }
}

missing_debian_packages() {
  local package
  dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${debian_packages[@]}" 2>/dev/null |
    sed -n 's/^installed //p' | sort -u > "$build/.installed"
  for package in "${debian_packages[@]}"; do
    grep -qxF "$package" "$build/.installed" || printf '%s ' "$package"
  done
}

apt() {
  local -a as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo > /dev/null || return 1
    as_root=(sudo)
    [ -t 0 ] || as_root+=(-n)
    as_root+=(env)
  else
    as_root=(env)
  fi
  "${as_root[@]}" DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 \
    -o DPkg::Lock::Timeout=300 "$@" < /dev/null >> "$build/packages.log" 2>&1
}

install_debian_packages() {
  local missing
  missing=$(missing_debian_packages)
  [ -n "$missing" ] || return 0
  say "Missing Debian packages: $missing"
  say 'Installing them with apt-get; this can take some minutes.'
  : > "$build/packages.log"
  # shellcheck disable=SC2086 # one word a package
  { apt update || true; apt install -y --no-install-recommends $missing; } || {
    tail -n 15 "$build/packages.log" >&2
    die "Could not install. As root, run: apt-get update && apt-get install $missing"
  }
}

list_missing_elsewhere() {
  local name
  local -a missing=()
  for name in "${needed_programs[@]}"; do
    command -v "$name" > /dev/null || missing+=("program $name")
  done
  if command -v pkg-config > /dev/null; then
    for name in "${needed_modules[@]}"; do
      pkg-config --exists "$name" || missing+=("library $name (as pkg-config calls it)")
    done
  fi
  [ ${#missing[@]} -gt 0 ] || return 0
  say 'Orrery installs what it needs by itself on Debian 12 and 13. Here, please install:'
  printf '  %s\n' "${missing[@]}" >&2
  exit 2
}

# The list was satisfied once: it is looked at again only when it changes.
ensure_packages() {
  [ "$build/.packages" -nt "$top/tools/prepare.sh" ] && return
  if is_debian; then install_debian_packages; else list_missing_elsewhere; fi
  : > "$build/.packages"
}

# One line that moves on a terminal, a line a quarter elsewhere.
show_progress() {
  local line done total percent quarter=-1
  while IFS= read -r line; do
    [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
    done=${BASH_REMATCH[1]} total=${BASH_REMATCH[2]}
    percent=$((100 * done / total))
    if [ -t 2 ]; then
      printf '\rBuilding: %3d %% ' "$percent" >&2
    elif [ $((percent / 25)) -gt "$quarter" ] && [ "$total" -gt 3 ]; then
      quarter=$((percent / 25))
      say "Building: $percent %"
    fi
  done
  [ -t 2 ] && printf '\r\033[K' >&2
  return 0
}

configure() {
  if [ -e "$build/build.ninja" ]; then
    [ "$(cat "$build/.top" 2>/dev/null)" = "$top" ] || [ ! -e "$build/.top" ] || {
      say 'The source tree was moved: configuring again.'
      run_meson --wipe
    }
    return 0
  fi
  run_meson
}

run_meson() {
  say 'Configuring.'
  meson setup "$@" -Dwerror=false "$build" "$top" < /dev/null > "$build/configure.log" 2>&1 || {
    tail -n 20 "$build/configure.log" >&2
    die "Configuring failed; all of it is in $build/configure.log"
  }
  printf '%s\n' "$top" > "$build/.top"
}

# Sources newer than the last good build? Folders count too: a file may be gone.
is_built() {
  local stamp=$build/.built-$1
  [ -e "$stamp" ] && [ "$(cat "$build/.top" 2>/dev/null)" = "$top" ] &&
    [ -z "$(cd "$top" && find meson.build meson_options.txt tools engine sim exec serve cli gui \
      docs tests -newer "$stamp" -print -quit 2>/dev/null)" ]
}

run_ninja() {
  ninja -C "$build" "$1" < /dev/null 2>&1 | tee "$build/build.log" | show_progress
  [ "${PIPESTATUS[0]}" = 0 ] && return
  sed -n '/^FAILED/,$p' "$build/build.log" | head -n 40 >&2
  die "The build failed; all of it is in $build/build.log"
}

# prepare_build TARGET: program (what ./run needs) or all (what ./test needs).
prepare_build() {
  is_built "$1" && return
  mkdir -p "$build" || die "cannot make $build"
  exec 9> "$build/.lock"
  flock 9
  if ! is_built "$1"; then
    ensure_packages
    configure
    : > "$build/.started"
    run_ninja "$1"
    mv "$build/.started" "$build/.built-$1"
  fi
  exec 9>&-
}
