# Shared by the benchmarks: measuring, and printing medians of it.
# shellcheck shell=bash

# Neither the user's settings of git nor those of the program under test count.
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
unset "${!INGITDB_@}" DATABASE_URL

need_tools() { # DIRECTORY-OF-THE-BUILD
    local tool
    for tool in "$1/ingitdb-go" "$1/tests/bench_make_repo" "$1/tests/bench_measure"; do
        [ -x "$tool" ] || { echo "$tool is missing: build it first, or name the build with --build" >&2 && exit 2; }
    done
}

# shellcheck disable=SC2154 # the caller sets it
timed() { # NAME COMMAND...: appends wall, processor time and peak memory to NAME.times
    "$build/tests/bench_measure" "$1.times" "${@:2}"
}

make_repository() { # RECORDS CHANGES GROUP
    if [ ! -d repo ]; then
        git init --quiet --bare --initial-branch main new
        "$build/tests/bench_make_repo" "$@" | git -C new fast-import --quiet
        # As a clone has it: one pack with deltas.
        git -C new repack --quiet -adf
        mv new repo
    fi
    git -C repo ls-tree -r main~1 -- data/ | awk '/\$records/ { print $3 }' >blobs.ids
}

# ---- what is printed ----

median() { # NAME COLUMN
    sort -g -k "$2,$2" "$1.times" | awk -v column="$2" '
        { value[NR] = $column }
        END { print NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2 }'
}

# What one round of things took together, as a candidate of its own.
together() { # NAME PART PART
    paste -d ' ' "$2.times" "$3.times" |
        awk '{ print $1 + $5, $2 + $6, ($3 > $7 ? $3 : $7), ($4 > $8 ? $4 : $8) }' >"$1.times"
}

line() { # LABEL NAME [BASE [AIM]]
    local base=
    [ $# -lt 3 ] || base="$(median "$3" 1) $(median "$3" 2)"
    echo "$(median "$2" 1) $(median "$2" 2) $(median "$2" 3) $(median "$2" 4) $base" |
        awk -v label="$1" -v base="${3-}" -v aim="${4-}" '{
            printf "  %-34s %9.4f s %9.4f s %6.0f MiB %6.0f MiB", label, $1, $2, $3 / 1024, $4 / 1024
            if (base != "")
                printf "   %.2fx %s (processor time %.2fx)", $1 / $5, base, ($6 > 0 ? $2 / $6 : 0)
            if (aim != "")
                printf ", aim %sx", aim
            print ""
        }'
}

larger() { # A B: the one with the larger median
    echo "$1 $(median "$1" 1) $2 $(median "$2" 1)" | awk '{ print ($2 >= $4 ? $1 : $3) }'
}
