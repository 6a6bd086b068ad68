/*
 * etcd for tests (engine.h): a database is a prefix, which need not be made.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/engine.h"
#include "tests/support/etcd_client.h"

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
    char *prefix = etcd_prefix(url), *text = NULL;
    if (asprintf(&text, "%s/", prefix) < 0)
        abort();
    free(prefix);
    return text;
}

static char *drop(const char *url)
{
    char *begins = begins_of(url);
    size_t count;
    etcd_pair *pairs = etcd_list(url, begins, strlen(begins), &count);
    etcd_delete_all(url, pairs, count);
    etcd_free(pairs, count);
    free(begins);
    return NULL;
}

static char *copy(const char *from, const char *url)
{
    char *begins = begins_of(from), *to = begins_of(url);
    size_t count;
    etcd_pair *pairs = etcd_list(from, begins, strlen(begins), &count);
    for (size_t n = 0; n < count; n++) {
        size_t rest = pairs[n].key.len - strlen(begins), len = strlen(to) + rest;
        char *key = malloc(len + 1);
        memcpy(key, to, strlen(to));
        memcpy(key + strlen(to), pairs[n].key.ptr + strlen(begins), rest);
        free(pairs[n].key.ptr);
        pairs[n].key = (etcd_bytes){key, len};
    }
    etcd_put_all(url, pairs, count);
    etcd_free(pairs, count);
    free(begins);
    free(to);
    return NULL;
}

/* Keys without their prefix, and values, a line each. */
static char *dump(const char *url, engine_keys which)
{
    char *begins = begins_of(url), *text = NULL;
    size_t count, len = 0;
    etcd_pair *pairs = etcd_list(url, begins, strlen(begins), &count);
    FILE *out = open_memstream(&text, &len);
    for (size_t n = 0; n < count; n++) {
        const char *name = engine_shown(pairs[n].key.ptr + strlen(begins), ".ingitdb/", which);
        if (name)
            fprintf(out, "%s = %s\n", name, pairs[n].value.ptr);
    }
    fclose(out);
    etcd_free(pairs, count);
    free(begins);
    return text;
}

static void put(const char *url, const char *key, const char *text)
{
    etcd_put(url, key, strlen(key), text, strlen(text));
}

static char *get(const char *url, const char *key)
{
    size_t count;
    char *text = NULL;
    etcd_pair *pairs = etcd_list(url, key, strlen(key), &count);
    for (size_t n = 0; n < count; n++)
        if (pairs[n].key.len == strlen(key))
            text = strdup(pairs[n].value.ptr);
    etcd_free(pairs, count);
    return text;
}

static const engine_word words[] = {{NULL, NULL}};

const engine engine_etcd = {.name = "etcd",
                            .variable = "IGD_TEST_ETCD",
                            .words = words,
                            .run = run,
                            .create = create,
                            .drop = drop,
                            .copy = copy,
                            .dump = dump,
                            .put = put,
                            .get = get,
                            .separator = '/'};

const engine engine_etcd_cluster = {.name = "etcd-cluster",
                                    .variable = "IGD_TEST_ETCD_CLUSTER",
                                    .words = words,
                                    .run = run,
                                    .create = create,
                                    .drop = drop,
                                    .copy = copy,
                                    .dump = dump,
                                    .put = put,
                                    .get = get,
                                    .separator = '/'};
