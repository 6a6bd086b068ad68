#!/bin/sh
# Lint: shellcheck has nothing to say about the scripts. Skipped (77) where it is not installed.
set -eu

command -v shellcheck >/dev/null || {
    echo "shellcheck is not installed: skipped"
    exit 77
}
find .ci scripts fixtures tests -type f -exec grep -lE '^#!/bin/(ba)?sh|^# shellcheck shell=' {} + |
    LC_ALL=C sort | xargs shellcheck -x
