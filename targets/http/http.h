/*
 * A small HTTP client for stores that are spoken to by JSON over HTTP: libcurl, one connection that
 * is kept alive, several servers of which the next is taken when one cannot be reached. It knows
 * nothing of any store; what an answer means is said in the store's folder.
 *
 * Proxies of the environment are not asked: what is talked to is a database.
 */
#ifndef IGD_TARGETS_HTTP_H
#define IGD_TARGETS_HTTP_H

#include "base/buf.h"
#include "base/error.h"
#include "base/list.h"

typedef struct igd_http igd_http;

typedef struct igd_http_options {
    const char *name;  /* in messages: "etcd" */
    igd_str_list urls; /* "https://host:port", without a path */
    /* Files, or NULL: who signed the server's certificate; our own certificate and its key. */
    const char *ca, *cert, *key;
} igd_http_options;

/* How addresses of a kind of server are written. */
typedef struct igd_http_place {
    const char *name, *example; /* "an etcd", "etcd://one:2379/PREFIX": in messages */
    const char *scheme, *port;  /* of those that say none: "http", "2379" */
} igd_http_place;

/* "one,two:2379,https://three:2379" to URLs, in mem. IGD_E_CONFIG. */
IGD_MUST_CHECK int igd_http_places(const igd_http_place *place, igd_str list, igd_arena *mem,
                                   igd_str_list *out, igd_error *err);

/* Copies nothing but the URLs: the rest lives as long as the client. */
igd_http *igd_http_new(const igd_http_options *options);
void igd_http_free(igd_http *http); /* NULL is fine */

/* A piece of an answer; other than IGD_OK ends it and is returned. */
typedef int igd_http_sink(igd_str bytes, void *payload, igd_error *err);

typedef struct igd_http_request {
    const char *method; /* "GET", "POST", "PUT" */
    const char *path;   /* with the query, behind the server's URL */
    igd_str body;
    const char *header; /* "Name: value", or NULL */
    /* The same once more does no harm: where one server did not answer, the next is asked. Any
     * other request goes to the next one only when it cannot have been received. */
    bool repeatable;
    size_t most;    /* bytes of an answer; 0: as many as come */
    long longest_s; /* seconds that all of it may take; 0: any, while bytes come */
    /* NULL, or who gets what comes with status 200, as it comes: the answer has no body then. No
     * other request may be sent meanwhile. What a server has begun to tell no other one is asked.
     */
    igd_http_sink *sink;
    void *payload;
} igd_http_request;

typedef struct igd_http_answer {
    long status;
    igd_str body; /* until the next request */
    bool too_large;
} igd_http_answer;

/* IGD_OK: there is an answer, whatever it says. Else IGD_E_UNREACHABLE; what was asked for may have
 * happened. Transient unless waiting cannot help (an unknown host, a certificate). */
IGD_MUST_CHECK int igd_http_send(igd_http *http, const igd_http_request *request,
                                 igd_http_answer *answer, igd_error *err);

/* Goes on with another server; how many there are. */
size_t igd_http_next(igd_http *http);

/* "https://host:port" that is asked now. */
const char *igd_http_server(const igd_http *http);

/* ---- base64.c: RFC 4648 with padding ---- */

void igd_base64_put(igd_buf *out, igd_str bytes);
/* False when it is none. An empty text gives an empty one, not none. */
IGD_MUST_CHECK bool igd_base64_get(igd_str text, igd_arena *mem, igd_str *out);

#endif
