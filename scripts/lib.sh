# Shared by the scripts: where we are, what has to be installed, and installing it.
# shellcheck shell=sh

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top" || exit

# Everything that building, testing and the demo need (docs/dependencies.md says why).
packages='gcc libc6-dev cmake ninja-build pkg-config git sqlite3
    libgit2-dev libyaml-dev libsqlite3-dev libcjson-dev libssl-dev zlib1g-dev uthash-dev libcmocka-dev
    libpq-dev libmariadb-dev libhiredis-dev libcurl4-openssl-dev'

# Servers that tests start for themselves (tests/servers); without one its tests are skipped.
server_packages='postgresql mariadb-server-core mariadb-client-core galera-4 redis-server etcd-server
    curl'

# A command's output is shown only when it fails.
quietly() { # COMMAND...
    log=$(mktemp)
    "$@" >"$log" 2>&1 </dev/null || {
        cat "$log" >&2
        rm -f "$log"
        return 1
    }
    rm -f "$log"
}

say() { printf '%s\n' "$*" >&2; }

# Prints those of the packages that dpkg does not know as installed.
missing_packages() { # PACKAGE...
    for package in "$@"; do
        state=$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) || state=''
        case $state in ii*) ;; *) printf ' %s' "$package" ;; esac
    done
}

as_root() { # COMMAND...
    [ "$(id -u)" -eq 0 ] || set -- sudo "$@"
    "$@"
}

apt() { # WORD...
    quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get -q "$@"
}

# Whether apt can be used: as root, or by sudo, which may ask for a password only on a terminal.
may_install() {
    command -v apt-get >/dev/null || return 1
    [ "$(id -u)" -ne 0 ] || return 0
    command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }
}

install_packages() { # PACKAGE...
    # sudo asks for the password here, before its prompt would be hidden.
    [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null || sudo -v || return 1
    # Old lists may still do, so a failed update is not the end.
    apt update || say "apt-get update failed; trying with the lists that are there"
    apt install -y --no-install-recommends "$@"
}

# Installs what is missing of the packages above and of those named, or says what to install and
# ends with 1.
need_packages() { # PACKAGE...
    # shellcheck disable=SC2086 # a list of words
    set -- $packages "$@"
    if ! command -v dpkg-query >/dev/null; then
        say "This is not Debian or a relative: the packages below, under whatever name they have"
        say "here, are taken to be there; cmake names the first library that is not."
        say "    $*"
        return 0
    fi
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    if ! may_install; then
        say "These packages are missing, and this user may not install them:"
        say "    apt-get install --no-install-recommends$missing"
        exit 1
    fi
    say "Installing with apt:$missing"
    # shellcheck disable=SC2086 # a list of words
    if ! install_packages $missing; then
        say "Installing failed. What is needed:"
        say "    apt-get install --no-install-recommends$missing"
        exit 1
    fi
}

# Installs those of the servers that are missing and can be had, without starting them: tests have
# their own, with data of their own.
want_servers() {
    command -v dpkg-query >/dev/null || return 0
    # shellcheck disable=SC2086 # a list of words
    missing=$(missing_packages $server_packages)
    [ -n "$missing" ] || return 0
    if ! may_install; then
        say "Tests of servers that are not there will be skipped. For all of them:"
        say "    apt-get install --no-install-recommends$missing"
        return 0
    fi
    say "Installing with apt, for tests:$missing"
    policy=/usr/sbin/policy-rc.d
    [ ! -e "$policy" ] || policy=''
    if [ -n "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
    fi
    # shellcheck disable=SC2086 # a list of words
    install_packages $missing || say "Installing failed; tests of these servers will be skipped."
    [ -z "$policy" ] || as_root rm -f "$policy"
}

# Configures and builds a preset.
build() { # PRESET BUILD-ARGUMENT...
    preset=$1
    shift
    say "Building ($preset) ..."
    if ! { quietly cmake --preset "$preset" &&
        quietly cmake --build --preset "$preset" --parallel "$(nproc)" "$@"; }; then
        say "The build failed."
        exit 1
    fi
}
