/*
 * What a mysql:// or mariadb:// URL says (docs/targets.md): hosts, user, database, and how to
 * connect.
 */
#ifndef IGD_TARGETS_MYSQL_OPTIONS_H
#define IGD_TARGETS_MYSQL_OPTIONS_H

#include "targets/url.h"

typedef enum igd_mysql_tls {
    IGD_MYSQL_TLS_OFF,
    IGD_MYSQL_TLS_PREFERRED, /* when the server has it */
    IGD_MYSQL_TLS_REQUIRED,
    IGD_MYSQL_TLS_VERIFY, /* and its certificate is for this host */
} igd_mysql_tls;

typedef struct igd_mysql_host {
    const char *name; /* NULL: the default */
    unsigned port;    /* 0: likewise */
} igd_mysql_host;

/* Texts are NULL where the URL says nothing. */
typedef struct igd_mysql_options {
    igd_mysql_host *hosts; /* tried one after the other */
    size_t host_count;
    const char *user, *password, *database, *socket;
    const char *tls_ca, *tls_cert, *tls_key;
    const char *defaults_file, *defaults_group; /* option files are read only when asked for */
    igd_mysql_tls tls;
    int64_t timeout_ms;
} igd_mysql_options;

/* IGD_E_CONFIG. Texts are of mem. */
IGD_MUST_CHECK int igd_mysql_options_read(const igd_url *url, igd_arena *mem,
                                          igd_mysql_options *out, igd_error *err);

#endif
