/*
 * Errors of the server, in our terms.
 */
#include "targets/redis/node.h"

typedef struct meaning {
    const char *word; /* with which the server's text begins, or that a script's has in it */
    igd_code code;
    bool transient;
    const char *hint; /* or NULL */
} meaning;

static const meaning meanings[] = {
    /* Nobody answers, yet. */
    {"LOADING", IGD_E_UNREACHABLE, true, "the server is reading its data: wait"},
    {"BUSY", IGD_E_UNREACHABLE, true, "a script of somebody else keeps the server busy"},
    {"MASTERDOWN", IGD_E_UNREACHABLE, true, "a replica without its master: use another server"},
    {"CLUSTERDOWN", IGD_E_UNREACHABLE, true, "the cluster is not complete"},
    {"TRYAGAIN", IGD_E_UNREACHABLE, true,
     "a slot is being moved to another node: wait, or see redis-cli --cluster check"},
    {"ERR max number of clients", IGD_E_UNREACHABLE, true, "the server has no connection to spare"},
    /* The answer is no. */
    {"WRONGPASS", IGD_E_UNREACHABLE, false, "check user and password"},
    {"NOAUTH", IGD_E_UNREACHABLE, false,
     "give a password in the URL or in the variable REDISCLI_AUTH"},
    {"ERR invalid password", IGD_E_UNREACHABLE, false, "check the password"},
    {"ERR AUTH", IGD_E_UNREACHABLE, false,
     "the server wants no password, or is too old for users: take it out of the URL, and see "
     "whether REDISCLI_AUTH is set"},
    {"ERR Client sent AUTH", IGD_E_UNREACHABLE, false, "the server wants no password"},
    {"ERR DB index", IGD_E_UNREACHABLE, false, "the server has fewer databases (its `databases`)"},
    {"DENIED", IGD_E_UNREACHABLE, false,
     "the server only talks to its own machine (protected mode): give it a password"},
    /* It takes no writes at the moment. */
    {"READONLY", IGD_E_TARGET, true, "the server is a replica: name the one that takes writes"},
    {"NOREPLICAS", IGD_E_TARGET, true, "too few replicas are there (min-replicas-to-write)"},
    /* What somebody has to see to. */
    {"OOM", IGD_E_TARGET, false,
     "the server's memory is full: raise its maxmemory or make room, then run it again"},
    {"MISCONF", IGD_E_TARGET, false,
     "the server cannot save its data and takes no writes: see its log, then run it again"},
    {"NOPERM", IGD_E_TARGET, false,
     "the user may not do that: it needs the keys and the channel of the prefix, and the commands "
     "that docs/running.md lists"},
    {"MOVED", IGD_E_CONFIG, false, "write redis+cluster:// for a Redis Cluster"},
    {"CROSSSLOT", IGD_E_CONFIG, false, "write redis+cluster:// for a Redis Cluster"},
};

static bool begins_with(igd_str text, const char *word)
{
    igd_str known = igd_str_from(word);
    return igd_str_starts(text, known) &&
           (text.len == known.len || strchr(" :.,", text.ptr[known.len]) || strchr(word, ' '));
}

/* Before version 7 the server's word stood behind what it says of the script. */
static bool is_of_script(igd_str text, const char *word)
{
    static const igd_str opening = {"ERR Error running script", 24};
    if (!igd_str_starts(text, opening))
        return false;
    for (size_t at = opening.len; at < text.len; at++)
        if ((text.ptr[at - 1] == ' ' || text.ptr[at - 1] == '-') &&
            begins_with(igd_str_sub(text, at, text.len), word))
            return true;
    return false;
}

bool igd_redis_is_error(const redisReply *reply, const char *kind)
{
    if (reply->type != REDIS_REPLY_ERROR)
        return false;
    igd_str text = igd_redis_text(reply);
    return begins_with(text, kind) || is_of_script(text, kind);
}

int igd_redis_check(const redisReply *reply, igd_error *err)
{
    if (reply->type != REDIS_REPLY_ERROR)
        return IGD_OK;
    const meaning *known = NULL;
    for (size_t n = 0; !known && n < IGD_COUNT(meanings); n++)
        if (igd_redis_is_error(reply, meanings[n].word))
            known = &meanings[n];
    igd_str text = igd_redis_text(reply);
    (void)igd_fail(err, known ? known->code : IGD_E_TARGET, "redis: %.*s", IGD_STR_ARG(text));
    err->transient = known && known->transient;
    return known && known->hint ? igd_hint(err, "%s", known->hint) : (int)err->code;
}

int igd_redis_fail_reply(igd_error *err)
{
    return igd_fail(err, IGD_E_TARGET, "redis: the server's reply is not what was asked for");
}
