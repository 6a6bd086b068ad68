/*
 * Requests by libcurl's easy interface, and which server they go to.
 */
#include "targets/http/http.h"

#include <curl/curl.h>
#include <stdlib.h>

#define CONNECT_MS    5000L
#define QUIET_SECONDS 15L /* etcd without a quorum needs 7 */

struct igd_http {
    CURL *curl;
    igd_http_options options;
    igd_arena *mem;
    size_t at; /* the server that is asked */
    igd_buf body;
    char said[CURL_ERROR_SIZE];
    /* Of the request that runs: */
    const igd_http_request *request;
    bool too_large, sunk; /* sunk: the sink has got something */
    int sink_rc;
    igd_error *err; /* for the sink */
};

igd_http *igd_http_new(const igd_http_options *options)
{
    igd_http *http = igd_xmalloc(sizeof(*http));
    *http = (igd_http){.options = *options, .mem = igd_arena_new(), .body = IGD_BUF_INIT};
    http->options.urls = (igd_str_list){0};
    for (size_t n = 0; n < options->urls.len; n++)
        IGD_PUSH(http->mem, &http->options.urls, igd_arena_str(http->mem, options->urls.items[n]));
    http->curl = curl_easy_init();
    return http;
}

void igd_http_free(igd_http *http)
{
    if (!http)
        return;
    curl_easy_cleanup(http->curl);
    igd_buf_free(&http->body);
    igd_arena_free(http->mem);
    free(http);
}

size_t igd_http_next(igd_http *http)
{
    http->at = (http->at + 1) % http->options.urls.len;
    return http->options.urls.len;
}

const char *igd_http_server(const igd_http *http)
{
    return http->options.urls.items[http->at].ptr;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *payload)
{
    igd_http *http = payload;
    const igd_http_request *request = http->request;
    size_t len = size * count;
    long status = 0;
    if (request->sink)
        curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status == 200) {
        http->sunk = true;
        http->sink_rc = request->sink((igd_str){bytes, len}, request->payload, http->err);
        return http->sink_rc ? 0 : len;
    }
    if (request->most && http->body.len + len > request->most) {
        http->too_large = true;
        return 0;
    }
    igd_buf_add(&http->body, bytes, len);
    return len;
}

static void set_tls(const igd_http *http)
{
    const igd_http_options *options = &http->options;
    if (options->ca)
        curl_easy_setopt(http->curl, CURLOPT_CAINFO, options->ca);
    if (options->cert)
        curl_easy_setopt(http->curl, CURLOPT_SSLCERT, options->cert);
    if (options->key)
        curl_easy_setopt(http->curl, CURLOPT_SSLKEY, options->key);
}

/* Connections and sessions of TLS outlive this. */
static void prepare(igd_http *http, const igd_http_request *request, struct curl_slist *headers)
{
    CURL *curl = http->curl;
    igd_buf_clear(&http->body);
    http->said[0] = '\0';
    http->request = request;
    http->too_large = http->sunk = false;
    http->sink_rc = IGD_OK;
    curl_easy_reset(curl);
    IGD_CLEANUP(igd_buf)
    igd_buf url = IGD_BUF_INIT;
    igd_buf_printf(&url, "%s%s", igd_http_server(http), request->path);
    curl_easy_setopt(curl, CURLOPT_URL, url.ptr);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, QUIET_SECONDS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, request->longest_s);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, http->said);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, http);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    set_tls(http);
    if (strcmp(request->method, "GET") == 0)
        return;
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body.ptr ? request->body.ptr : "");
}

static CURLcode perform(igd_http *http, const igd_http_request *request, long *status)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    headers = curl_slist_append(headers, "Expect:"); /* no round trip before a large body */
    if (request->header)
        headers = curl_slist_append(headers, request->header);
    prepare(http, request, headers);
    CURLcode code = curl_easy_perform(http->curl);
    curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, status);
    curl_slist_free_all(headers);
    return code;
}

/* Failures that are not those of a network that may come back, or that nothing was sent before. */
static const struct {
    CURLcode code;
    bool unsent;      /* nothing of the request can have arrived */
    const char *hint; /* what to do; waiting does not help. NULL: it may */
} failures[] = {
    {CURLE_COULDNT_CONNECT, true, NULL},
    {CURLE_COULDNT_RESOLVE_HOST, true, "check the host in the URL"},
    {CURLE_PEER_FAILED_VERIFICATION, true,
     "name the file of the authority that signed the server's certificate with ?tls_ca=FILE, and "
     "the server as the certificate names it"},
    {CURLE_SSL_CACERT_BADFILE, true, "check the file of ?tls_ca="},
    {CURLE_SSL_CERTPROBLEM, true, "check the files of ?tls_cert= and ?tls_key="},
    {CURLE_SSL_CONNECT_ERROR, true,
     "check that the server speaks TLS there, and whether it wants a certificate of ours "
     "(?tls_cert= and ?tls_key=)"},
    {CURLE_URL_MALFORMAT, true, "check host and port in the URL"},
};

static bool is_unsent(CURLcode code)
{
    for (size_t n = 0; n < IGD_COUNT(failures); n++)
        if (failures[n].code == code)
            return failures[n].unsent;
    return false;
}

static const char *hint_of(CURLcode code)
{
    for (size_t n = 0; n < IGD_COUNT(failures); n++)
        if (failures[n].code == code)
            return failures[n].hint;
    return NULL;
}

/* TLS 1.3 tells of our certificate after the handshake; and a server that goes in the middle of a
 * handshake is one that is away. */
static const char *hint_of_tls(const char *said, const char *hint)
{
    if (strstr(said, "alert") && strstr(said, "certificate"))
        return "the server wants a certificate of ours that it knows: name it with ?tls_cert=FILE "
               "and ?tls_key=FILE";
    return strstr(said, "reset by peer") ? NULL : hint;
}

/* Of what may pass. */
static const char *usual_hint(CURLcode code)
{
    return code == CURLE_OPERATION_TIMEDOUT
               ? "it does not answer: check that it runs and, of a cluster, that most members do"
               : "check that the server runs and listens there";
}

static int fail(const igd_http *http, CURLcode code, igd_error *err)
{
    const char *said = http->said[0] ? http->said : curl_easy_strerror(code);
    const char *hint = hint_of_tls(said, hint_of(code));
    igd_fail(err, IGD_E_UNREACHABLE, "%s: %s: %s", http->options.name, igd_http_server(http), said);
    err->native = (int)code;
    err->transient = !hint;
    return igd_hint(err, "%s", hint ? hint : usual_hint(code));
}

int igd_http_send(igd_http *http, const igd_http_request *request, igd_http_answer *answer,
                  igd_error *err)
{
    int rc = IGD_OK;
    bool transient = false;
    http->err = err;
    for (size_t tries = 0; tries < http->options.urls.len; tries++) {
        long status = 0;
        CURLcode code = perform(http, request, &status);
        if (code == CURLE_OK || http->too_large) {
            *answer = (igd_http_answer){status, igd_buf_view(&http->body), http->too_large};
            return IGD_OK;
        }
        if (http->sink_rc)
            return http->sink_rc;
        rc = fail(http, code, err);
        transient |= err->transient;
        igd_http_next(http);
        if (http->sunk || (!is_unsent(code) && !request->repeatable))
            return rc;
    }
    err->transient = transient; /* any of them may come back */
    return rc;
}
