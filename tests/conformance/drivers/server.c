/*
 * Databases of tests at servers (server.h).
 */
#include "server.h"

#include <stdlib.h>
#include <unistd.h>

bool server_create(const engine *e, igd_arena *mem, igd_str *url)
{
    static unsigned databases;
    char name[64];
    snprintf(name, sizeof(name), "igd_suite_%ld_%u", (long)getpid(), databases++);
    char *text = engine_url(e, name);
    char *wrong = text ? e->create(text) : NULL;
    bool there = text && !wrong;
    if (!there)
        fprintf(stderr, "SKIPPED: %s: %s\n", e->variable, wrong ? wrong : "names no server");
    else
        *url = igd_arena_str(mem, igd_str_from(text));
    free(text);
    free(wrong);
    return there;
}

void server_destroy(const engine *e, igd_str url)
{
    char *wrong = e->drop(url.ptr);
    if (wrong)
        fail_msg("%s", wrong);
}

igd_str server_ask(const engine *e, igd_str url, const char *query, igd_arena *mem)
{
    char *value = NULL, *wrong = e->run(url.ptr, query, mem ? &value : NULL);
    if (wrong)
        fail_msg("%s: %s", query, wrong);
    igd_str found = value ? igd_arena_str(mem, igd_str_from(value)) : (igd_str){0};
    free(value);
    return found;
}

void server_sql(const engine *e, igd_str url, const char *statements)
{
    server_ask(e, url, statements, NULL);
}
