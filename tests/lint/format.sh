#!/bin/sh
# Lint: the sources are formatted. Skipped (77) where clang-format 14 is not installed.
exec scripts/format --check
