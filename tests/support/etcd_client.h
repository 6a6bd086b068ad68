/*
 * What another program does to an etcd, through curl: keys below the path of a URL as drivers have
 * it. Aborts, saying why, when the server does not do as it is told.
 */
#ifndef IGD_TESTS_ETCD_CLIENT_H
#define IGD_TESTS_ETCD_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct etcd_bytes {
    char *ptr; /* with a zero byte behind */
    size_t len;
} etcd_bytes;

typedef struct etcd_pair {
    etcd_bytes key, value;
} etcd_pair;

/* All keys that begin with the bytes, in their order. Free them with etcd_free. */
etcd_pair *etcd_list(const char *url, const void *begins, size_t len, size_t *count);
void etcd_free(etcd_pair *pairs, size_t count);

void etcd_put(const char *url, const void *key, size_t key_len, const void *value,
              size_t value_len);
void etcd_delete(const char *url, const void *key, size_t len);
/* Many at once, for tests that copy whole databases. */
void etcd_put_all(const char *url, const etcd_pair *pairs, size_t count);
void etcd_delete_all(const char *url, const etcd_pair *pairs, size_t count);

/* The path of the URL, which is the prefix; not decoded. free() it. */
char *etcd_prefix(const char *url);

#endif
