/*
 * Connecting to a server, and what goes over the connection.
 */
#include "targets/redis/node.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define READ_BYTES 65536

int64_t igd_redis_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- commands ---- */

void igd_redis_put_command(igd_buf *out, size_t words)
{
    igd_buf_printf(out, "*%zu\r\n", words);
}

void igd_redis_put(igd_buf *out, igd_str word)
{
    igd_buf_printf(out, "$%zu\r\n", word.len);
    igd_buf_str(out, word);
    igd_buf_puts(out, "\r\n");
}

void igd_redis_put_text(igd_buf *out, const char *word)
{
    igd_redis_put(out, igd_str_from(word));
}

void igd_redis_put_number(igd_buf *out, int64_t word)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRId64, word);
    igd_redis_put_text(out, text);
}

static int fail_unconnected(igd_error *err)
{
    (void)igd_fail(err, IGD_E_UNREACHABLE, "redis: the connection was lost");
    err->transient = true;
    return (int)err->code;
}

int igd_redis_node_send(igd_redis_node *node, igd_error *err)
{
    int rc = node->link ? igd_redis_link_send(node->link, igd_buf_view(&node->out), err)
                        : fail_unconnected(err);
    igd_buf_clear(&node->out);
    if (rc)
        igd_redis_node_close(node);
    return rc;
}

/* ---- replies ---- */

static int read_more(igd_redis_node *node, igd_error *err)
{
    char bytes[READ_BYTES];
    size_t len = 0;
    int rc = igd_redis_link_receive(node->link, bytes, sizeof(bytes), &len, err);
    if (!rc)
        (void)redisReaderFeed(node->reader, bytes, len);
    return rc;
}

int igd_redis_node_receive(igd_redis_node *node, redisReply **out, igd_error *err)
{
    void *reply = NULL;
    int rc = node->link ? IGD_OK : fail_unconnected(err);
    while (!rc && !reply) {
        if (redisReaderGetReply(node->reader, &reply) != REDIS_OK)
            rc = igd_fail(err, IGD_E_TARGET, "redis: what answers does not speak RESP: %s",
                          node->reader->errstr);
        else if (!reply)
            rc = read_more(node, err);
    }
    if (rc)
        igd_redis_node_close(node);
    else
        *out = reply;
    return rc;
}

int igd_redis_node_ask(igd_redis_node *node, redisReply **out, igd_error *err)
{
    redisReply *reply = NULL;
    int rc = igd_redis_node_send(node, err);
    if (!rc)
        rc = igd_redis_node_receive(node, &reply, err);
    if (!rc)
        rc = igd_redis_check(reply, err);
    if (rc)
        freeReplyObject(reply);
    else
        *out = reply;
    return rc;
}

/* ---- connecting ---- */

igd_redis_node *igd_redis_node_new(const igd_redis_options *options, igd_str host, igd_str port)
{
    igd_redis_node *node = igd_xmalloc(sizeof(*node));
    *node = (igd_redis_node){.options = *options, .out = IGD_BUF_INIT};
    node->host = strndup(host.ptr ? host.ptr : "", host.len);
    node->port = strndup(port.ptr ? port.ptr : "", port.len);
    if (!node->host || !node->port)
        abort(); /* there is no memory */
    node->options.host = node->host;
    node->options.port = node->port;
    return node;
}

void igd_redis_node_free(igd_redis_node *node)
{
    igd_redis_node_close(node);
    igd_buf_free(&node->out);
    free(node->host);
    free(node->port);
    free(node);
}

void igd_redis_node_close(igd_redis_node *node)
{
    igd_redis_link_close(node->link);
    node->link = NULL;
    if (node->reader)
        redisReaderFree(node->reader);
    node->reader = NULL;
    igd_buf_clear(&node->out);
}

static int log_in(igd_redis_node *node, igd_error *err)
{
    IGD_CLEANUP_PTR(redisReply) redisReply *reply = NULL;
    const igd_redis_options *options = &node->options;
    if (!options->password && !options->user)
        return IGD_OK;
    igd_redis_put_command(&node->out, options->user ? 3 : 2);
    igd_redis_put_text(&node->out, "AUTH");
    if (options->user)
        igd_redis_put_text(&node->out, options->user);
    igd_redis_put_text(&node->out, options->password ? options->password : "");
    return igd_redis_node_ask(node, &reply, err);
}

static int choose_database(igd_redis_node *node, igd_error *err)
{
    IGD_CLEANUP_PTR(redisReply) redisReply *reply = NULL;
    if (strcmp(node->options.database, "0") == 0)
        return IGD_OK;
    igd_redis_put_command(&node->out, 2);
    igd_redis_put_text(&node->out, "SELECT");
    igd_redis_put_text(&node->out, node->options.database);
    return igd_redis_node_ask(node, &reply, err);
}

/* A server that reads its data answers some commands already; not this one. */
static int see_whether_ready(igd_redis_node *node, igd_str probe, igd_error *err)
{
    redisReply *answer = NULL;
    igd_redis_put_command(&node->out, 2);
    igd_redis_put_text(&node->out, "EXISTS");
    igd_redis_put(&node->out, probe);
    int rc = igd_redis_node_send(node, err);
    if (!rc)
        rc = igd_redis_node_receive(node, &answer, err);
    IGD_CLEANUP_PTR(redisReply) redisReply *reply = answer;
    if (rc)
        return rc;
    bool elsewhere = igd_redis_is_error(reply, "MOVED") || igd_redis_is_error(reply, "ASK") ||
                     igd_redis_is_error(reply, "CLUSTERDOWN");
    return elsewhere ? IGD_OK : igd_redis_check(reply, err);
}

static igd_str line_named(igd_str text, const char *name)
{
    igd_str line, label = igd_str_from(name);
    while (igd_str_split(&text, '\n', &line))
        if (igd_str_starts(line, label))
            return igd_str_trim(igd_str_sub(line, label.len, line.len));
    return (igd_str){0};
}

/* What the server says of itself; a user may not be allowed to ask. */
static int look_around(igd_redis_node *node, igd_error *err)
{
    redisReply *answer = NULL;
    igd_redis_put_command(&node->out, 1);
    igd_redis_put_text(&node->out, "INFO");
    int rc = igd_redis_node_send(node, err);
    if (!rc)
        rc = igd_redis_node_receive(node, &answer, err);
    IGD_CLEANUP_PTR(redisReply) redisReply *reply = answer;
    if (rc)
        return rc;
    igd_str info = reply->type == REDIS_REPLY_STRING ? igd_redis_text(reply) : (igd_str){0};
    igd_str version = line_named(info, "redis_version:"), process = line_named(info, "run_id:");
    node->replica = igd_str_is(line_named(info, "role:"), "slave");
    node->of_cluster = igd_str_is(line_named(info, "redis_mode:"), "cluster");
    snprintf(node->process, sizeof(node->process), "%.*s", IGD_STR_ARG(process));
    snprintf(node->version, sizeof(node->version), "%.*s",
             IGD_STR_ARG(version.len ? version : IGD_STR("unknown")));
    return IGD_OK;
}

static int64_t number_of(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_STRING ? strtoll(reply->str, NULL, 10) : 0;
}

/* How far its clock is from ours: at least, since the answer takes its time. */
static int look_at_clock(igd_redis_node *node, igd_error *err)
{
    IGD_CLEANUP_PTR(redisReply) redisReply *reply = NULL;
    igd_redis_put_command(&node->out, 1);
    igd_redis_put_text(&node->out, "TIME");
    int rc = igd_redis_node_ask(node, &reply, err);
    if (rc)
        return rc;
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2)
        return igd_redis_fail_reply(err);
    node->clock_us =
        number_of(reply->element[0]) * 1000000 + number_of(reply->element[1]) - igd_redis_now_us();
    return IGD_OK;
}

int igd_redis_node_open(igd_redis_node *node, igd_str probe, const volatile int *stop,
                        igd_error *err)
{
    igd_redis_node_close(node);
    int rc = igd_redis_link_open(&node->options, stop, &node->link, err);
    if (rc)
        return rc;
    node->reader = redisReaderCreate();
    if (!node->reader)
        abort(); /* there is no memory */
    node->unconfirmed = false;
    rc = log_in(node, err);
    if (!rc)
        rc = choose_database(node, err);
    if (!rc)
        rc = see_whether_ready(node, probe, err);
    if (!rc)
        rc = look_around(node, err);
    if (!rc && node->options.cluster)
        rc = look_at_clock(node, err);
    if (rc)
        igd_redis_node_close(node);
    return rc;
}
