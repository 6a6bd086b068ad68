/*
 * TLS by OpenSSL over a socket that does not block.
 */
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "targets/redis/link.h"

/* ---- a session ---- */

static const char *why_not(void)
{
    unsigned long code = ERR_peek_last_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    return reason ? reason : "an error of the TLS library";
}

static int fail_file(const char *what, const char *path, igd_error *err)
{
    (void)igd_fail(err, IGD_E_CONFIG, "%s '%s' cannot be used: %s", what, path, why_not());
    return igd_hint(err, "it has to be a file in PEM format that this user can read");
}

static int load_files(const igd_redis_options *options, SSL_CTX *context, igd_error *err)
{
    if (options->tls_ca && SSL_CTX_load_verify_file(context, options->tls_ca) != 1)
        return fail_file("tls_ca", options->tls_ca, err);
    if (!options->tls_ca)
        SSL_CTX_set_default_verify_paths(context);
    if (!options->tls_cert)
        return IGD_OK;
    if (SSL_CTX_use_certificate_chain_file(context, options->tls_cert) != 1)
        return fail_file("tls_cert", options->tls_cert, err);
    if (SSL_CTX_use_PrivateKey_file(context, options->tls_key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1)
        return fail_file("tls_key", options->tls_key, err);
    return IGD_OK;
}

static void name_host(SSL *tls, const igd_redis_options *options)
{
    unsigned char address[sizeof(struct in6_addr)];
    bool is_address = inet_pton(AF_INET, options->host, address) == 1 ||
                      inet_pton(AF_INET6, options->host, address) == 1;
    if (!is_address)
        SSL_set_tlsext_host_name(tls, options->host);
    if (options->tls != IGD_REDIS_TLS_VERIFY)
        return;
    SSL_set_verify(tls, SSL_VERIFY_PEER, NULL);
    if (is_address)
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), options->host);
    else
        SSL_set1_host(tls, options->host);
}

int igd_redis_tls_new(const igd_redis_options *options, int socket, SSL **out, igd_error *err)
{
    ERR_clear_error();
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context)
        abort();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    int rc = load_files(options, context, err);
    SSL *tls = rc ? NULL : SSL_new(context);
    SSL_CTX_free(context); /* a session holds it */
    if (rc)
        return rc;
    if (!tls)
        abort();
    name_host(tls, options);
    SSL_set_fd(tls, socket); /* src/cli ignores SIGPIPE */
    *out = tls;
    return IGD_OK;
}

void igd_redis_tls_free(SSL *tls)
{
    if (tls)
        SSL_shutdown(tls);
    SSL_free(tls);
}

/* ---- bytes ---- */

static igd_redis_io outcome(SSL *tls, int rc, const char **why)
{
    switch (SSL_get_error(tls, rc)) {
    case SSL_ERROR_NONE:
        return IGD_REDIS_IO_DONE;
    case SSL_ERROR_WANT_READ:
        return IGD_REDIS_IO_READ;
    case SSL_ERROR_WANT_WRITE:
        return IGD_REDIS_IO_WRITE;
    case SSL_ERROR_ZERO_RETURN:
    case SSL_ERROR_SYSCALL:
        return IGD_REDIS_IO_END;
    default:
        *why = SSL_get_verify_result(tls) == X509_V_OK
                   ? why_not()
                   : X509_verify_cert_error_string(SSL_get_verify_result(tls));
        return IGD_REDIS_IO_ERROR;
    }
}

igd_redis_io igd_redis_tls_handshake(SSL *tls, const char **why)
{
    ERR_clear_error();
    return outcome(tls, SSL_connect(tls), why);
}

igd_redis_io igd_redis_tls_read(SSL *tls, char *bytes, size_t room, size_t *len, const char **why)
{
    ERR_clear_error();
    return outcome(tls, SSL_read_ex(tls, bytes, room, len), why);
}

igd_redis_io igd_redis_tls_write(SSL *tls, igd_str bytes, size_t *len, const char **why)
{
    ERR_clear_error();
    return outcome(tls, SSL_write_ex(tls, bytes.ptr, bytes.len, len), why);
}
