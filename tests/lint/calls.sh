#!/bin/sh
# Lint: only src/cli prints or exits, and nobody calls functions that cannot be called safely.
# Library code writes to streams that it opened itself; base may say a last word before it aborts.
set -eu

# shellcheck disable=SC2016 # the dollars are those of awk
find src schema ingitdb targets -name '*.[ch]' | LC_ALL=C sort | xargs awk '
function complain(why) {
    printf "%s:%d: %s: %s\n", FILENAME, FNR, why, $0
    bad = 1
}
FNR == 1 { comment = 0 }
{
    # Without comments and texts. Comments never open after code that matters here.
    code = $0
    gsub(/\\./, "", code)
    gsub(/"[^"]*"/, "\"\"", code)
    gsub(/\/\*[^*]*(\*[^\/][^*]*)*\*\//, "", code)
    if (comment) {
        if (!sub(/^.*\*\//, "", code))
            next
        comment = 0
    }
    if (sub(/\/\*.*/, "", code))
        comment = 1
    code = " " code
}
code ~ /[^A-Za-z0-9_](strcpy|strcat|vsprintf|gets|strtok|alloca|mktemp|tmpnam)[ ]*\(/ {
    complain("not a function to call")
}
FILENAME ~ /^src\/cli\// { next }
code ~ /[^A-Za-z0-9_](printf|vprintf|puts|putchar|perror|exit|_exit|_Exit|quick_exit|err|errx|warn|warnx)[ ]*\(/ {
    complain("only src/cli prints or exits")
}
FILENAME ~ /^src\/base\// { next }
code ~ /[^A-Za-z0-9_](stdout|stderr)[^A-Za-z0-9_]/ {
    complain("only src/cli prints or exits")
}
END { exit bad }'
