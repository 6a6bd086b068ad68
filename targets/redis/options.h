/*
 * What a redis:// or rediss:// URL says, or that of a cluster, redis+cluster:// or
 * rediss+cluster:// (docs/running.md, "A Redis database", "A Redis Cluster"): where the servers
 * are, as whom to log in, and how to connect.
 */
#ifndef IGD_TARGETS_REDIS_OPTIONS_H
#define IGD_TARGETS_REDIS_OPTIONS_H

#include "targets/url.h"

typedef enum igd_redis_tls {
    IGD_REDIS_TLS_OFF,
    IGD_REDIS_TLS_REQUIRED, /* encrypted, by whomever */
    IGD_REDIS_TLS_VERIFY,   /* and the certificate is for this host */
} igd_redis_tls;

typedef struct igd_redis_seed {
    const char *host, *port;
} igd_redis_seed;

/* Texts are NULL where nothing is said. */
typedef struct igd_redis_options {
    bool cluster;
    igd_redis_seed *seeds; /* of a cluster: nodes that know the others */
    size_t seed_count;
    bool tag_collections;             /* ?hash_tag=collection */
    const char *host, *port, *socket; /* of a server of its own */
    const char *user, *password;
    const char *database; /* a number */
    const char *tls_ca, *tls_cert, *tls_key;
    igd_redis_tls tls;
    int64_t timeout_ms, lease_ms;
} igd_redis_options;

/* What the path says behind the database's number, which a cluster has not; or empty. */
igd_str igd_redis_path_prefix(const igd_url *url);

/* The password may come from REDISCLI_AUTH, as for redis-cli. IGD_E_CONFIG. Texts are of mem. */
IGD_MUST_CHECK int igd_redis_options_read(const igd_url *url, igd_arena *mem,
                                          igd_redis_options *out, igd_error *err);

#endif
