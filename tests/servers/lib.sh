# Shared by the scripts of servers for tests: directories, ports, processes.
# shellcheck shell=sh

# shellcheck disable=SC2034 # for the scripts
here=$(cd "$(dirname "$0")" && pwd)

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

# Whoever has no such server says so with this, and is skipped.
lacking() {
    say "$*"
    exit 77
}

# Whether the process is there, and not a zombie that nobody has waited for.
alive() { # PID
    grep -qs '^State:[[:space:]]*[A-WYa-wy]' "/proc/$1/status"
}

children_of() { # PID
    cat "/proc/$1/task/"*/children 2>/dev/null || true
}

# Repeats a command until it succeeds, while the process lives.
await() { # SECONDS PID COMMAND...
    tries=$(($1 * 20))
    server=$2
    shift 2
    while ! "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] && alive "$server" || return 1
        sleep 0.05
    done
}

await_end() { # SECONDS PID...
    tries=$(($1 * 20))
    shift
    for process in "$@"; do
        while alive "$process"; do
            tries=$((tries - 1))
            [ "$tries" -gt 0 ] || return 1
            sleep 0.05
        done
    done
}

listens() { # PORT
    grep -qs "^ *[0-9]*: [0-9A-F]*:$(printf '%04X' "$1") [0:]* 0A" /proc/net/tcp /proc/net/tcp6
}

# Prints a port below those that the system gives to clients, at which nobody listens. Searches from
# $IGD_TEST_PORTS on, else from one that other runs hardly begin with.
free_port() {
    port=${IGD_TEST_PORTS:-$((20000 + ($$ * 37) % 11000))}
    while listens "$port"; do port=$((port + 1)); done
    echo "$port"
}

# Starts a server in a session of its own. Sets pid, and writes it to the directory.
spawn() { # DIRECTORY COMMAND...
    directory=$1
    shift
    setsid "$@" </dev/null >>"$directory/log" 2>&1 &
    pid=$!
    echo "$pid" >"$directory/pid"
}

# A directory of its own for what a server writes on the side: MariaDB and MySQL delete the temporary
# tables of everybody there when they start.
own_temporary() { # DIRECTORY
    mkdir -p "$1/tmp"
    export TMPDIR="$1/tmp"
}

running() { # DIRECTORY: sets pid
    pid=$(cat "$1/pid" 2>/dev/null) && [ -n "$pid" ] && alive "$pid"
}

# Ends what runs in a directory, by a signal and then for good.
stop() { # DIRECTORY SIGNAL
    running "$1" || return 0
    kill -s "$2" "$pid"
    await_end 60 "$pid" || {
        say "process $pid does not stop: killed"
        kill_all "$1"
    }
    rm -f "$1/pid"
}

# As if the machine had lost power: the server and what it has started get no word.
kill_all() { # DIRECTORY
    running "$1" || return 0
    # shellcheck disable=SC2046 # a list of numbers
    set -- "$1" "$pid" $(children_of "$pid")
    directory=$1
    shift
    kill -s KILL "$@" 2>/dev/null || true
    await_end 30 "$@"
    rm -f "$directory/pid"
}

# The last lines of the log, for a server that does not start.
show_log() { # DIRECTORY
    tail -n 15 "$1/log" >&2 || true
}

# What every script of a server understands: start, stop, kill, restart; start prints the URL. The
# engine's script has stop_signal, and begin, which starts the server and waits until it answers.
# shellcheck disable=SC2154 # stop_signal is the engine's
control() { # ACTION DIRECTORY
    case $1 in
    start) start_server "$2" ;;
    stop) stop "$2" "$stop_signal" ;;
    kill) kill_all "$2" ;;
    restart)
        stop "$2" "$stop_signal"
        start_server "$2"
        ;;
    *) fail "usage: $0 start|stop|kill|restart DIRECTORY" ;;
    esac
}

start_server() { # DIRECTORY
    mkdir -p "$1"
    [ -s "$1/port" ] || free_port >"$1/port"
    if ! running "$1"; then
        # A port may have been taken meanwhile, and what was killed may need a moment to be gone.
        tries_to_begin=3
        until begin "$1" "$(cat "$1/port")"; do
            tries_to_begin=$((tries_to_begin - 1))
            stop "$1" KILL
            [ "$tries_to_begin" -gt 0 ] || {
                show_log "$1"
                fail "$0: the server does not start"
            }
            [ -s "$1/url" ] || free_port >"$1/port"
            sleep 0.2
        done
    fi
    cat "$1/url"
}
