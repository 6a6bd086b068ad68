/*
 * What the engines have in common: their words, and URLs of databases (engine.h).
 */
#include "tests/support/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Behind everything that the variable's URL has; client libraries would not know it. */
#define ADDED "timeout=20"

const engine *engine_named(const char *name)
{
    static const engine *const all[] = {
        &engine_sqlite, &engine_postgres,      &engine_mariadb,      &engine_mysql, &engine_etcd,
        &engine_redis,  &engine_redis_cluster, &engine_etcd_cluster, &engine_consul};
    for (size_t n = 0; n < sizeof(all) / sizeof(all[0]); n++)
        if (strcmp(all[n]->name, name) == 0)
            return all[n];
    return NULL;
}

/* ---- URLs ---- */

/* Where the database's name is in a URL: between the '/' behind the host and '?' or the end. */
static void name_place(const char *url, size_t *from, size_t *to)
{
    const char *host = strstr(url, "://");
    if (!host) {
        fprintf(stderr, "%s is no URL of a server\n", url);
        abort();
    }
    host += strlen("://");
    *from = (size_t)(host - url) + strcspn(host, "/?");
    *to = *from + strcspn(url + *from, "?");
}

char *engine_url(const engine *e, const char *database)
{
    const char *given = e->variable ? getenv(e->variable) : NULL;
    size_t from, to;
    char *url = NULL;
    if (!given || !*given)
        return NULL;
    name_place(given, &from, &to);
    if (asprintf(&url, "%.*s/%s%s%s%s" ADDED, (int)from, given, e->before ? e->before : "",
                 database, given + to, given[to] ? "&" : "?") < 0)
        abort();
    return url;
}

char *engine_database(const char *url)
{
    size_t from, to;
    name_place(url, &from, &to);
    return to > from ? strndup(url + from + 1, to - from - 1) : strdup("");
}

char *engine_client_url(const char *url)
{
    size_t len = strlen(url), added = strlen("?" ADDED);
    if (len > added && strcmp(url + len - added + 1, ADDED) == 0)
        len -= added;
    return strndup(url, len);
}

/* ---- words ---- */

typedef struct expansion {
    FILE *out;
    const engine_word *const *lists;
    int count;
} expansion;

static const char *word_text(const expansion *e, const char *name, size_t len)
{
    for (int n = 0; n < e->count; n++)
        for (const engine_word *row = e->lists[n]; row && row->name; row++)
            if (strlen(row->name) == len && strncmp(row->name, name, len) == 0)
                return row->text;
    fprintf(stderr, "no engine has the word '%.*s', or this one does not\n", (int)len, name);
    abort();
}

static bool of_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* The ')' of what begins with '('. */
static size_t end_of_arguments(const char *text)
{
    int depth = 0;
    for (size_t n = 0; text[n]; n++) {
        depth += text[n] == '(';
        depth -= text[n] == ')';
        if (!depth)
            return n;
    }
    fprintf(stderr, "no ) in %s\n", text);
    abort();
}

static void expand(const expansion *e, const char *text, size_t len);

static void put_word(const expansion *e, const char *text, const char *arguments, size_t len)
{
    const char *parts[3] = {"", "", ""};
    size_t lens[3] = {0};
    for (int n = 0; n < 3 && arguments; n++) {
        const char *end = n < 2 ? memchr(arguments, ';', len) : NULL;
        parts[n] = arguments;
        lens[n] = end ? (size_t)(end - arguments) : len;
        len -= lens[n] + (end != NULL);
        arguments = end ? end + 1 : NULL;
    }
    for (; *text; text++) {
        if (text[0] == '#' && text[1] >= '1' && text[1] <= '3') {
            int n = *++text - '1';
            expand(e, parts[n], lens[n]);
        } else {
            fputc(*text, e->out);
        }
    }
}

static void expand(const expansion *e, const char *text, size_t len)
{
    for (size_t n = 0; n < len; n++) {
        size_t end = n + 1;
        if (text[n] == '$' && text[end] == '$') {
            fputc(text[n++], e->out);
            continue;
        }
        while (text[n] == '$' && end < len && of_word(text[end]))
            end++;
        if (end == n + 1) {
            fputc(text[n], e->out);
            continue;
        }
        const char *word = word_text(e, text + n + 1, end - n - 1);
        bool takes = end < len && text[end] == '(';
        size_t closing = takes ? end + end_of_arguments(text + end) : end;
        put_word(e, word, takes ? text + end + 1 : NULL, takes ? closing - end - 1 : 0);
        n = takes ? closing : end - 1;
    }
}

char *engine_words(const char *sql, const engine_word *const *lists, int count)
{
    char *text = NULL;
    size_t len = 0;
    expansion e = {open_memstream(&text, &len), lists, count};
    expand(&e, sql, strlen(sql));
    fclose(e.out);
    return text;
}

char *engine_quoted(const char *name)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    fputc('"', out);
    for (; *name; name++) {
        if (*name == '"' || *name == '$')
            fputc(*name, out);
        fputc(*name, out);
    }
    fputc('"', out);
    fclose(out);
    return text;
}

static const engine_word sqlite_words[] = {
    {"key", "TEXT"},
    {"text", "TEXT"},
    {"list", "group_concat(#1)"},
    /* What, from where, in which order: a line each. */
    {"lines", "SELECT group_concat(#1, char(10)) FROM (SELECT * FROM #2 ORDER BY #3)"},
    {"keys_off", "PRAGMA foreign_keys = OFF;"},
    {"drop_index", "DROP INDEX #1"},
    {"drop_table", "DROP TABLE #1"},
    {"one_in_three", "abs(random()) % 3 = 0"},
    {"if_text_index", "#1"}, /* any column of text can be indexed as it is */
    {"tables", "(SELECT name FROM sqlite_schema WHERE type = 'table')"},
    {"columns", "(SELECT t.name AS tab, c.name AS name FROM sqlite_schema t, "
                "pragma_table_info(t.name) c WHERE t.type = 'table')"},
    {NULL, NULL},
};

const engine engine_sqlite = {.name = "sqlite", .words = sqlite_words};

const char *engine_shown(const char *name, const char *own, engine_keys which)
{
    static const char scripts[] = "schema_migrations";
    size_t len = strlen(own);
    bool is_book = strncmp(name, own, len) == 0;
    bool is_script = is_book && strncmp(name + len, scripts, strlen(scripts)) == 0;
    switch (which) {
    case ENGINE_RECORDS:
        return is_book ? NULL : name;
    case ENGINE_BOOKS:
        return is_book ? name + len : NULL;
    case ENGINE_ALL:
        break;
    }
    return is_script ? NULL : name;
}
