#!/bin/sh
# Lint: every source opens with a comment that says what it is for.
set -eu

# shellcheck disable=SC2016 # the dollars are those of awk
find src schema ingitdb targets tests -name '*.[ch]' | LC_ALL=C sort | xargs awk '
FNR == 1 && $0 !~ /^\/\*/ {
    printf "%s:1: opens without a comment\n", FILENAME
    bad = 1
}
END { exit bad }'
