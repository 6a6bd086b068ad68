/*
 * The bytes between us and a server: TCP, a unix socket, or TLS over TCP. hiredis of Debian 12 has
 * no TLS, so it only takes replies apart (request.c) and this carries them.
 *
 * Whatever fails closes the link; the error is IGD_E_UNREACHABLE, transient when it may pass.
 */
#ifndef IGD_TARGETS_REDIS_LINK_H
#define IGD_TARGETS_REDIS_LINK_H

#include "targets/redis/options.h"

typedef struct igd_redis_link igd_redis_link;

/* stop: not zero ends waits. May be NULL. */
int igd_redis_link_open(const igd_redis_options *options, const volatile int *stop,
                        igd_redis_link **out, igd_error *err);
void igd_redis_link_close(igd_redis_link *link); /* NULL is fine */

/* All of the bytes. */
int igd_redis_link_send(igd_redis_link *link, igd_str bytes, igd_error *err);
/* At least one byte, waiting up to ?timeout for it. */
int igd_redis_link_receive(igd_redis_link *link, char *bytes, size_t room, size_t *len,
                           igd_error *err);

/* ---- tls.c ---- */

struct ssl_st;

/* A session over the socket, not yet begun. IGD_E_CONFIG: a file cannot be used. */
int igd_redis_tls_new(const igd_redis_options *options, int socket, struct ssl_st **out,
                      igd_error *err);
void igd_redis_tls_free(struct ssl_st *tls);

typedef enum igd_redis_io {
    IGD_REDIS_IO_DONE,
    IGD_REDIS_IO_READ,  /* again when there is something to be read, */
    IGD_REDIS_IO_WRITE, /* or to be written */
    IGD_REDIS_IO_END,   /* the other side has closed */
    IGD_REDIS_IO_ERROR, /* *why says what it is */
} igd_redis_io;

igd_redis_io igd_redis_tls_handshake(struct ssl_st *tls, const char **why);
igd_redis_io igd_redis_tls_read(struct ssl_st *tls, char *bytes, size_t room, size_t *len,
                                const char **why);
igd_redis_io igd_redis_tls_write(struct ssl_st *tls, igd_str bytes, size_t *len, const char **why);

#endif
