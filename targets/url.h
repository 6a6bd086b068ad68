/*
 * Target URLs (docs/contract.md 1.4).
 *
 * The scheme chooses the driver; everything that a driver needs comes from the URL (no getenv in a
 * driver, apart from the variables that docs/contract.md 1.2 says an engine reads). Parts are
 * percent-decoded. An unknown query parameter is an error that the driver raises with
 * igd_url_check_params.
 */
#ifndef IGD_TARGETS_URL_H
#define IGD_TARGETS_URL_H

#include "base/error.h"
#include "base/list.h"

typedef struct igd_url_param {
    igd_str name, value;
} igd_url_param;

typedef struct igd_url {
    igd_str text;   /* as given; holds the password: never print it, see igd_url_masked */
    igd_str scheme; /* lower case */
    igd_str user, password;
    bool has_password;
    igd_str hosts; /* "h1:1,h2:2" as written */
    igd_str path;  /* sqlite: the file as given, "rel.db" or "/abs/file.db"; else without the first
                      '/' */
    IGD_LIST(igd_url_param) params;
} igd_url;

/* IGD_E_CONFIG: not a URL, bad percent-encoding, a parameter given twice. Messages never contain
 * the password. */
IGD_MUST_CHECK int igd_url_parse(igd_str text, igd_arena *mem, igd_url *out, igd_error *err);

/* The URL with its password (and every parameter whose name says password, token or secret)
 * replaced by ***. Works for texts that do not parse, too. */
igd_str igd_url_masked(igd_str text, igd_arena *mem);

/* The parameter's value; ptr is NULL when it is not given. */
igd_str igd_url_param_get(const igd_url *url, const char *name);

/* ?timeout=SECONDS, how long a program, a lock or a server that is away is waited for: 30 when it
 * is not given. IGD_E_CONFIG. */
IGD_MUST_CHECK int igd_url_timeout(const igd_url *url, int64_t *ms, igd_error *err);

/* IGD_E_CONFIG when a parameter is not in the NULL-terminated list; the hint lists what there is.
 */
IGD_MUST_CHECK int igd_url_check_params(const igd_url *url, const char *const *known,
                                        igd_error *err);

#endif
