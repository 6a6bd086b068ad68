#include "server.h"

#include <stdlib.h>
#include <unistd.h>

/* Behind everything that the variable's URL has; client libraries would not know it. */
#define ADDED "timeout=5"

/* Where the database's name is in a URL: between the '/' behind the host and '?' or the end. */
static void name_place(igd_str url, size_t *from, size_t *to)
{
    ptrdiff_t colon = igd_str_find(url, ':');
    assert_true(colon > 0 && igd_str_starts(igd_str_sub(url, (size_t)colon, 3), IGD_STR("://")));
    size_t at = (size_t)colon + 3;
    while (at < url.len && url.ptr[at] != '/' && url.ptr[at] != '?')
        at++;
    *from = at;
    while (at < url.len && url.ptr[at] != '?')
        at++;
    *to = at;
}

bool server_new_url(const char *variable, igd_arena *mem, igd_str *url, char name[64])
{
    static unsigned databases;
    const char *given = getenv(variable);
    if (!given || !*given) {
        fprintf(stderr, "SKIPPED: %s names no server\n", variable);
        return false;
    }
    size_t from, to;
    igd_str text = igd_str_from(given);
    name_place(text, &from, &to);
    snprintf(name, 64, "igd_suite_%ld_%u", (long)getpid(), databases++);
    igd_str query = igd_str_sub(text, to, text.len - to);
    *url = igd_arena_printf(mem, "%.*s/%s%.*s%s" ADDED, (int)from, given, name, IGD_STR_ARG(query),
                            query.len ? "&" : "?");
    return true;
}

void server_database_of(igd_str url, char name[64])
{
    size_t from, to;
    name_place(url, &from, &to);
    snprintf(name, 64, "%.*s", (int)(to - from - 1), url.ptr + from + 1);
}

igd_str server_client_url(igd_str url, igd_arena *mem)
{
    size_t added = strlen("?" ADDED);
    if (igd_str_ends(url, IGD_STR("?" ADDED)) || igd_str_ends(url, IGD_STR("&" ADDED)))
        url.len -= added;
    return igd_arena_str(mem, url);
}
