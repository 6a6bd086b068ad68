/*
 * Connections, requests and replies.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "targets/redis/redis.h"

#define READ_BYTES 65536

/* ---- requests ---- */

void igd_redis_command(igd_redis *it, size_t words)
{
    igd_buf_printf(&it->out, "*%zu\r\n", words);
}

void igd_redis_arg(igd_redis *it, igd_str word)
{
    igd_buf_printf(&it->out, "$%zu\r\n", word.len);
    igd_buf_str(&it->out, word);
    igd_buf_puts(&it->out, "\r\n");
}

void igd_redis_arg_text(igd_redis *it, const char *word)
{
    igd_redis_arg(it, igd_str_from(word));
}

void igd_redis_arg_number(igd_redis *it, int64_t word)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRId64, word);
    igd_redis_arg_text(it, text);
}

static int fail_unconnected(igd_error *err)
{
    (void)igd_fail(err, IGD_E_UNREACHABLE, "redis: the connection was lost");
    err->transient = true;
    return (int)err->code;
}

int igd_redis_send(igd_redis *it, igd_error *err)
{
    int rc = it->link ? igd_redis_link_send(it->link, igd_buf_view(&it->out), err)
                      : fail_unconnected(err);
    igd_buf_clear(&it->out);
    if (rc)
        igd_redis_disconnect(it);
    return rc;
}

/* ---- replies ---- */

static int read_more(igd_redis *it, igd_error *err)
{
    char bytes[READ_BYTES];
    size_t len = 0;
    int rc = igd_redis_link_receive(it->link, bytes, sizeof(bytes), &len, err);
    if (!rc)
        (void)redisReaderFeed(it->reader, bytes, len);
    return rc;
}

int igd_redis_receive(igd_redis *it, redisReply **out, igd_error *err)
{
    void *reply = NULL;
    int rc = it->link ? IGD_OK : fail_unconnected(err);
    while (!rc && !reply) {
        if (redisReaderGetReply(it->reader, &reply) != REDIS_OK)
            rc = igd_fail(err, IGD_E_TARGET, "redis: what answers does not speak RESP: %s",
                          it->reader->errstr);
        else if (!reply)
            rc = read_more(it, err);
    }
    if (rc)
        igd_redis_disconnect(it);
    else
        *out = reply;
    return rc;
}

int igd_redis_ask(igd_redis *it, redisReply **out, igd_error *err)
{
    redisReply *reply = NULL;
    int rc = igd_redis_send(it, err);
    if (!rc)
        rc = igd_redis_receive(it, &reply, err);
    if (!rc)
        rc = igd_redis_check(reply, err);
    if (rc)
        freeReplyObject(reply);
    else
        *out = reply;
    return rc;
}

/* ---- connections ---- */

void igd_redis_disconnect(igd_redis *it)
{
    igd_redis_link_close(it->link);
    it->link = NULL;
    if (it->reader)
        redisReaderFree(it->reader);
    it->reader = NULL;
    it->script[0] = 0;
}

static int log_in(igd_redis *it, igd_error *err)
{
    IGD_CLEANUP_PTR(redisReply) redisReply *reply = NULL;
    const igd_redis_options *options = &it->options;
    if (!options->password && !options->user)
        return IGD_OK;
    igd_redis_command(it, options->user ? 3 : 2);
    igd_redis_arg_text(it, "AUTH");
    if (options->user)
        igd_redis_arg_text(it, options->user);
    igd_redis_arg_text(it, options->password ? options->password : "");
    return igd_redis_ask(it, &reply, err);
}

static int choose_database(igd_redis *it, igd_error *err)
{
    IGD_CLEANUP_PTR(redisReply) redisReply *reply = NULL;
    if (strcmp(it->options.database, "0") == 0)
        return IGD_OK;
    igd_redis_command(it, 2);
    igd_redis_arg_text(it, "SELECT");
    igd_redis_arg_text(it, it->options.database);
    return igd_redis_ask(it, &reply, err);
}

/* A server that reads its data answers some commands already; not this one. */
static int see_whether_ready(igd_redis *it, igd_error *err)
{
    IGD_CLEANUP_PTR(redisReply) redisReply *reply = NULL;
    igd_redis_command(it, 2);
    igd_redis_arg_text(it, "EXISTS");
    igd_redis_arg(it, igd_kv_lock_key(&it->kv, it->kv.mem));
    return igd_redis_ask(it, &reply, err);
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
static int look_around(igd_redis *it, igd_error *err)
{
    redisReply *answer = NULL;
    igd_redis_command(it, 1);
    igd_redis_arg_text(it, "INFO");
    int rc = igd_redis_send(it, err);
    if (!rc)
        rc = igd_redis_receive(it, &answer, err);
    IGD_CLEANUP_PTR(redisReply) redisReply *reply = answer;
    if (rc)
        return rc;
    igd_str info = reply->type == REDIS_REPLY_STRING ? igd_redis_text(reply) : (igd_str){0};
    igd_str version = line_named(info, "redis_version:"), process = line_named(info, "run_id:");
    it->replica = igd_str_is(line_named(info, "role:"), "slave");
    snprintf(it->process, sizeof(it->process), "%.*s", IGD_STR_ARG(process));
    it->kv.base.server_version =
        igd_arena_str(it->kv.mem, version.len ? version : IGD_STR("unknown"));
    if (!igd_str_is(line_named(info, "redis_mode:"), "cluster"))
        return IGD_OK;
    (void)igd_fail(err, IGD_E_CONFIG, "redis: the server is a node of a Redis Cluster");
    return igd_hint(err, "a Redis Cluster is no target yet: use a server of its own");
}

int igd_redis_connect(igd_redis *it, igd_error *err)
{
    igd_redis_disconnect(it);
    igd_buf_clear(&it->out);
    int rc = igd_redis_link_open(&it->options, it->stop, &it->link, err);
    if (rc)
        return rc;
    it->reader = redisReaderCreate();
    if (!it->reader)
        abort(); /* there is no memory */
    rc = log_in(it, err);
    if (!rc)
        rc = choose_database(it, err);
    if (!rc)
        rc = see_whether_ready(it, err);
    if (!rc)
        rc = look_around(it, err);
    if (rc)
        igd_redis_disconnect(it);
    return rc;
}
