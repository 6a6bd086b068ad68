#!/bin/sh
# Lint: no file of ours reaches 800 lines; one that does has more than one reason to exist.
set -eu

find src schema ingitdb targets tests scripts cmake -type f \
    \( -name '*.[ch]' -o -name '*.sh' -o -name '*.cmake' -o -name CMakeLists.txt \) |
    LC_ALL=C sort | xargs awk '
FNR == 800 {
    printf "%s: 800 lines or more\n", FILENAME
    bad = 1
}
END { exit bad }'
