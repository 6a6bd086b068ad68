#!/bin/sh
# Lint: docs/commands.md is what the program says about itself, and links between the documents
# lead somewhere. docs.sh PROGRAM
set -eu

bad=0
"$1" help --format markdown | diff -u docs/commands.md - || {
    echo "docs/commands.md is out of date: run scripts/update-docs"
    bad=1
}
dead=$(for page in *.md docs/*.md fixtures/*.md; do
    { grep -o '](\([^)#:]*\)[)#]' "$page" || true; } | sed 's/^](//; s/[)#]$//' |
        while read -r link; do
            [ -z "$link" ] || [ -e "$(dirname "$page")/$link" ] || echo "$page: there is no $link"
        done
done)
[ -z "$dead" ] || {
    echo "$dead"
    bad=1
}
exit "$bad"
