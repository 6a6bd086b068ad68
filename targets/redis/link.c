/*
 * Connecting, and carrying bytes with an eye on the clock.
 */
#include "targets/redis/link.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define CONNECT_MS    10000
#define SHORTEST_MS   1000 /* to wait for a reply, however short ?timeout is */
#define SLICE_MS      100
#define AFTER_STOP_MS 1000 /* that a reply still has when the program was told to stop */

struct igd_redis_link {
    int socket;
    struct ssl_st *tls; /* or NULL */
    int64_t timeout_ms;
    const volatile int *stop;
};

/* ---- waiting ---- */

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* False when the time is over. */
static bool wait_for(const igd_redis_link *link, bool to_read, int64_t ms)
{
    int64_t began = now_ms(), stopped = 0;
    for (;;) {
        struct pollfd waits = {.fd = link->socket, .events = to_read ? POLLIN : POLLOUT};
        if (poll(&waits, 1, SLICE_MS) > 0)
            return true;
        int64_t now = now_ms();
        if (link->stop && *link->stop && !stopped)
            stopped = now;
        if (now - began >= ms || (stopped && now - stopped >= AFTER_STOP_MS))
            return false;
    }
}

static int fail_lost(const char *why, igd_error *err)
{
    (void)igd_fail(err, IGD_E_UNREACHABLE, "redis: the connection was lost: %s", why);
    err->transient = true;
    return (int)err->code;
}

/* ---- connecting ---- */

static int fail_connect(const igd_redis_options *options, int error, igd_error *err)
{
    errno = error;
    if (options->socket)
        (void)igd_fail_errno(err, IGD_E_UNREACHABLE, "redis: connecting to %s", options->socket);
    else
        (void)igd_fail_errno(err, IGD_E_UNREACHABLE, "redis: connecting to %s:%s", options->host,
                             options->port);
    err->native = error;
    err->transient = true;
    return igd_hint(err, "is the server running, and does it listen there?");
}

/* 0, or errno. */
static int connect_to(igd_redis_link *link, const struct sockaddr *address, socklen_t len)
{
    int error = 0, on = 1;
    socklen_t size = sizeof(error);
    link->socket = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (link->socket < 0)
        return errno;
    if (connect(link->socket, address, len) != 0) {
        int64_t ms = link->timeout_ms < CONNECT_MS ? link->timeout_ms : CONNECT_MS;
        if (errno != EINPROGRESS)
            error = errno;
        else if (!wait_for(link, false, ms))
            error = ETIMEDOUT;
        else
            getsockopt(link->socket, SOL_SOCKET, SO_ERROR, &error, &size);
    }
    if (error) {
        close(link->socket);
        link->socket = -1;
        return error;
    }
    if (address->sa_family != AF_UNIX) {
        setsockopt(link->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        setsockopt(link->socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    }
    return 0;
}

static int connect_unix(igd_redis_link *link, const igd_redis_options *options, igd_error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(options->socket) >= sizeof(address.sun_path))
        return igd_fail(err, IGD_E_CONFIG, "the path of the socket is too long");
    memcpy(address.sun_path, options->socket, strlen(options->socket) + 1);
    int error = connect_to(link, (const struct sockaddr *)&address, sizeof(address));
    return error ? fail_connect(options, error, err) : IGD_OK;
}

static int connect_host(igd_redis_link *link, const igd_redis_options *options, igd_error *err)
{
    struct addrinfo wanted = {.ai_socktype = SOCK_STREAM}, *list = NULL;
    int rc = getaddrinfo(options->host, options->port, &wanted, &list), error = 0;
    if (rc) {
        (void)igd_fail(err, IGD_E_UNREACHABLE, "redis: host '%s': %s", options->host,
                       gai_strerror(rc));
        err->transient = rc == EAI_AGAIN;
        return igd_hint(err, "check the host's name in the URL");
    }
    for (const struct addrinfo *at = list; at && link->socket < 0; at = at->ai_next)
        error = connect_to(link, at->ai_addr, at->ai_addrlen);
    freeaddrinfo(list);
    return link->socket < 0 ? fail_connect(options, error, err) : IGD_OK;
}

static int shake_hands(igd_redis_link *link, const igd_redis_options *options, igd_error *err)
{
    const char *why = NULL;
    int rc = igd_redis_tls_new(options, link->socket, &link->tls, err);
    while (!rc) {
        igd_redis_io io = igd_redis_tls_handshake(link->tls, &why);
        if (io == IGD_REDIS_IO_DONE)
            return IGD_OK;
        if (io == IGD_REDIS_IO_ERROR) {
            (void)igd_fail(err, IGD_E_UNREACHABLE, "redis: TLS with %s:%s: %s", options->host,
                           options->port, why);
            return igd_hint(err, "check the port, ?tls_ca=, and the server's certificate");
        }
        if (io == IGD_REDIS_IO_END) {
            rc = fail_lost("the server ended the TLS handshake", err);
            return igd_hint(err, "does it speak TLS on this port, and want a client's certificate "
                                 "(tls_cert, tls_key)?");
        }
        if (!wait_for(link, io == IGD_REDIS_IO_READ, CONNECT_MS))
            rc = fail_lost("the TLS handshake takes too long", err);
    }
    return rc;
}

int igd_redis_link_open(const igd_redis_options *options, const volatile int *stop,
                        igd_redis_link **out, igd_error *err)
{
    igd_redis_link *link = igd_xmalloc(sizeof(*link));
    int64_t ms = options->timeout_ms > SHORTEST_MS ? options->timeout_ms : SHORTEST_MS;
    *link = (igd_redis_link){.socket = -1, .timeout_ms = ms, .stop = stop};
    int rc = options->socket ? connect_unix(link, options, err) : connect_host(link, options, err);
    if (!rc && options->tls != IGD_REDIS_TLS_OFF)
        rc = shake_hands(link, options, err);
    if (rc)
        igd_redis_link_close(link);
    else
        *out = link;
    return rc;
}

void igd_redis_link_close(igd_redis_link *link)
{
    if (!link)
        return;
    igd_redis_tls_free(link->tls);
    if (link->socket >= 0)
        close(link->socket);
    free(link);
}

/* ---- bytes ---- */

static igd_redis_io outcome(ssize_t rc, bool to_read, size_t *len, const char **why)
{
    if (rc > 0) {
        *len = (size_t)rc;
        return IGD_REDIS_IO_DONE;
    }
    if (rc == 0)
        return IGD_REDIS_IO_END;
    if (errno == EAGAIN || errno == EINTR)
        return to_read ? IGD_REDIS_IO_READ : IGD_REDIS_IO_WRITE;
    *why = strerrordesc_np(errno);
    return IGD_REDIS_IO_ERROR;
}

static igd_redis_io write_some(igd_redis_link *link, igd_str bytes, size_t *len, const char **why)
{
    if (link->tls)
        return igd_redis_tls_write(link->tls, bytes, len, why);
    return outcome(send(link->socket, bytes.ptr, bytes.len, MSG_NOSIGNAL), false, len, why);
}

static igd_redis_io read_some(igd_redis_link *link, char *bytes, size_t room, size_t *len,
                              const char **why)
{
    if (link->tls)
        return igd_redis_tls_read(link->tls, bytes, room, len, why);
    return outcome(recv(link->socket, bytes, room, 0), true, len, why);
}

/* What is to be done next; IGD_OK: the same again. */
static int after(igd_redis_link *link, igd_redis_io io, const char *why, igd_error *err)
{
    if (io == IGD_REDIS_IO_END)
        return fail_lost("the server closed it", err);
    if (io == IGD_REDIS_IO_ERROR)
        return fail_lost(why ? why : "an unknown error", err);
    if (io != IGD_REDIS_IO_DONE && !wait_for(link, io == IGD_REDIS_IO_READ, link->timeout_ms))
        return fail_lost("the server does not answer", err);
    return IGD_OK;
}

int igd_redis_link_send(igd_redis_link *link, igd_str bytes, igd_error *err)
{
    int rc = IGD_OK;
    while (!rc && bytes.len > 0) {
        const char *why = NULL;
        size_t len = 0;
        igd_redis_io io = write_some(link, bytes, &len, &why);
        rc = after(link, io, why, err);
        if (!rc && io == IGD_REDIS_IO_DONE)
            bytes = igd_str_sub(bytes, len, bytes.len);
    }
    return rc;
}

int igd_redis_link_receive(igd_redis_link *link, char *bytes, size_t room, size_t *len,
                           igd_error *err)
{
    for (;;) {
        const char *why = NULL;
        igd_redis_io io = read_some(link, bytes, room, len, &why);
        int rc = after(link, io, why, err);
        if (rc || io == IGD_REDIS_IO_DONE)
            return rc;
    }
}
