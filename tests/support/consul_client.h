/*
 * A Consul for tests, as another program uses it. URLs are those of engine_url, with a prefix.
 * Aborts when the server refuses.
 */
#ifndef IGD_TESTS_CONSUL_CLIENT_H
#define IGD_TESTS_CONSUL_CLIENT_H

#include <stddef.h>

typedef struct consul_pair {
    char *key, *value; /* NUL behind them */
    size_t value_len;
} consul_pair;

/* The path of the URL. free() it. */
char *consul_prefix(const char *url);

/* All keys that begin with this. Those with a NUL or what is no UTF-8 are not told as they are. */
consul_pair *consul_list(const char *url, const char *begins, size_t *count);
void consul_free(consul_pair *pairs, size_t count);

/* Keys of any bytes. */
void consul_put(const char *url, const void *key, size_t key_len, const void *value,
                size_t value_len);
/* The value, to be freed, or NULL. */
char *consul_get(const char *url, const void *key, size_t key_len);
/* Many at once, for tests that copy whole databases. */
void consul_put_all(const char *url, const consul_pair *pairs, size_t count);

void consul_delete(const char *url, const char *key);
void consul_delete_tree(const char *url, const char *begins);

#endif
