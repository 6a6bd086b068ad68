#!/bin/sh
# Lint: includes never point up or sideways between the rooms, and a client library is included only
# in the room that owns it (docs/architecture.md, "Rooms").
set -eu

# shellcheck disable=SC2016 # the dollars are those of awk
find src schema ingitdb targets -name '*.[ch]' | LC_ALL=C sort | xargs awk '
BEGIN {
    # What a room may include from, besides itself.
    may["base"] = " base "
    may["schema"] = " base schema "
    may["ingitdb"] = " base schema ingitdb "
    may["targets"] = " base schema targets "
    may["sync"] = " base schema ingitdb targets sync "
    may["cli"] = " base schema ingitdb targets sync cli "
    # Where a library may be included.
    only["git2.h"] = only["git2"] = only["yaml.h"] = only["zlib.h"] = "^ingitdb/"
    only["sqlite3.h"] = "^targets/sqlite/"
    only["libpq-fe.h"] = "^targets/postgres/"
    only["mysql.h"] = only["errmsg.h"] = only["mysqld_error.h"] = "^targets/mysql/"
    only["curl"] = "^targets/http/"
    only["cjson"] = "^src/cli/"
    only["hiredis"] = "^targets/redis/"
    only["openssl"] = "^(src/base|ingitdb|targets/redis)/"
    only["uthash.h"] = only["utarray.h"] = only["utlist.h"] = "^src/base/"
    only["threads.h"] = "^$"
}
function room(path) {
    sub(/^src\//, "", path)
    sub(/\/.*/, "", path)
    return path
}
function complain(why) {
    printf "%s:%d: %s\n", FILENAME, FNR, why
    bad = 1
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
    split($0, part, "\"")
    to = room(part[2])
    from = room(FILENAME)
    if (!(to in may))
        complain("\"" part[2] "\" does not begin with a room")
    else if (!index(may[from], " " to " "))
        complain("the room " from " may not include \"" part[2] "\"")
}
/^[ \t]*#[ \t]*include[ \t]*</ {
    name = $0
    sub(/^[^<]*</, "", name)
    sub(/>.*/, "", name)
    head = name
    sub(/\/.*/, "", head)
    if ((head in only) && FILENAME !~ only[head])
        complain("<" name "> may not be included here")
}
END { exit bad }'
