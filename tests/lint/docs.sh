#!/bin/sh
# Lint: docs/commands.md is what the program says about itself; links between the documents, and
# what comments quote of them (docs/format.md, "Columns"), are there. docs.sh PROGRAM
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

# A comment may break the line between the two, or inside of the title.
quoted=$(find src schema ingitdb targets tests -name '*.[ch]' -exec cat {} + | tr '\n' ' ' |
    sed 's, *\* , ,g' | grep -oE 'docs/[a-z]+\.md,? \(?"[^"]+"( and "[^"]+")*' | LC_ALL=C sort -u)
missing=$(echo "$quoted" | while read -r reference; do
    page=${reference%%.md*}.md
    echo "$reference" | grep -o '"[^"]*"' | tr -d '"' | while read -r title; do
        grep -qE "^#+ $title\$" "$page" || echo "$page has no section \"$title\", which a comment quotes"
    done
done)
[ -z "$missing" ] || {
    echo "$missing"
    bad=1
}
exit "$bad"
