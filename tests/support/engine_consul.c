/*
 * Consul for tests (engine.h): a database is a prefix, which need not be made.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "tests/support/consul_client.h"
#include "tests/support/engine.h"

static char *run(const char *url, const char *sql, char **value)
{
    char *wrong = NULL;
    (void)value;
    if (asprintf(&wrong, "%s has no SQL: %s", url, sql) < 0)
        abort();
    return wrong;
}

static char *create(const char *url)
{
    (void)url;
    return NULL;
}

static char *begins_of(const char *url)
{
    char *prefix = consul_prefix(url), *text = NULL;
    if (asprintf(&text, "%s/", prefix) < 0)
        abort();
    free(prefix);
    return text;
}

static char *drop(const char *url)
{
    char *begins = begins_of(url);
    consul_delete_tree(url, begins);
    free(begins);
    return NULL;
}

static char *copy(const char *from, const char *url)
{
    char *begins = begins_of(from), *to = begins_of(url);
    size_t count;
    consul_pair *pairs = consul_list(from, begins, &count);
    for (size_t n = 0; n < count; n++) {
        char *key = NULL;
        if (asprintf(&key, "%s%s", to, pairs[n].key + strlen(begins)) < 0)
            abort();
        free(pairs[n].key);
        pairs[n].key = key;
    }
    consul_put_all(url, pairs, count);
    consul_free(pairs, count);
    free(begins);
    free(to);
    return NULL;
}

/* A mark of the row of the state, <mark's tree>/<source>/<SHA-256>: the row has times, so has its
 * name. NULL: no mark. Else whether the row is what it says. free() it. */
static char *mark_shown(const consul_pair *pairs, size_t count, size_t begins, const char *key)
{
    static const char tree[] = ".ingitdb/state_is/", rows[] = ".ingitdb/ingitdb_sync_state/";
    const char *source = key + begins + strlen(tree), *hex = strrchr(key, '/') + 1;
    char *shown = NULL, name[65];
    if (strncmp(key + begins, tree, strlen(tree)) != 0 || strlen(hex) != sizeof(name) - 1)
        return NULL;
    int len = (int)(hex - 1 - source);
    bool right = false;
    for (size_t n = 0; n < count; n++) {
        const char *row = pairs[n].key + begins;
        if (strncmp(row, rows, strlen(rows)) != 0 || (int)strlen(row + strlen(rows)) != len ||
            strncmp(row + strlen(rows), source, (size_t)len) != 0)
            continue;
        igd_sha256_hex((igd_str){pairs[n].value, pairs[n].value_len}, name);
        right = strcmp(name, hex) == 0;
    }
    if (asprintf(&shown, "%s%.*s/%s", tree, len, source, right ? "the row" : "ANOTHER ROW") < 0)
        abort();
    return shown;
}

/* Keys without their prefix, and values, a line each. */
static char *dump(const char *url, engine_keys which)
{
    char *begins = begins_of(url), *text = NULL;
    size_t count, len = 0;
    consul_pair *pairs = consul_list(url, begins, &count);
    FILE *out = open_memstream(&text, &len);
    for (size_t n = 0; n < count; n++) {
        char *mark = mark_shown(pairs, count, strlen(begins), pairs[n].key);
        const char *name = engine_shown(pairs[n].key + strlen(begins), ".ingitdb/", which);
        if (name && !mark)
            fprintf(out, "%s = %s\n", name, pairs[n].value);
        free(mark);
    }
    for (size_t n = 0; n < count; n++) { /* which have no order among the others */
        char *mark = mark_shown(pairs, count, strlen(begins), pairs[n].key);
        const char *name = mark ? engine_shown(mark, ".ingitdb/", which) : NULL;
        if (name)
            fprintf(out, "%s\n", name);
        free(mark);
    }
    fclose(out);
    consul_free(pairs, count);
    free(begins);
    return text;
}

static void put(const char *url, const char *key, const char *text)
{
    consul_put(url, key, strlen(key), text, strlen(text));
}

static char *get(const char *url, const char *key)
{
    return consul_get(url, key, strlen(key));
}

static const engine_word words[] = {{NULL, NULL}};

const engine engine_consul = {.name = "consul",
                              .variable = "IGD_TEST_CONSUL",
                              .words = words,
                              .run = run,
                              .create = create,
                              .drop = drop,
                              .copy = copy,
                              .dump = dump,
                              .put = put,
                              .get = get,
                              .separator = '/'};
