/*
 * From a URL to what libpq is told. Every parameter that libpq knows is passed on, so that TLS,
 * Kerberos, services and several hosts work as in psql; what is not said comes from PG* variables
 * and the password file, by libpq itself.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "targets/postgres/postgres.h"

#define CONNECT_SECONDS "10"

typedef IGD_LIST(const char *) text_list;

typedef struct settings {
    igd_arena *mem;
    text_list keywords, values;
} settings;

static void set(settings *to, const char *keyword, igd_str value)
{
    IGD_PUSH(to->mem, &to->keywords, keyword);
    IGD_PUSH(to->mem, &to->values, igd_arena_cstr(to->mem, value));
}

/* ---- hosts ---- */

/* "h1:1,h2,[::1]:3" as two lists; an empty port is the default. */
static int split_hosts(settings *to, igd_str hosts, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf names = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf ports = IGD_BUF_INIT;
    igd_str one;
    bool any_port = false;
    while (igd_str_split(&hosts, ',', &one)) {
        bool bracket = igd_str_starts(one, IGD_STR("["));
        ptrdiff_t end = bracket ? igd_str_find(one, ']') : -1;
        ptrdiff_t colon = igd_str_rfind(one, ':');
        if (bracket && end < 0) {
            igd_fail(err, IGD_E_CONFIG, "the host '%.*s' has no closing bracket", IGD_STR_ARG(one));
            return igd_hint(err, "write for example [::1]:5432");
        }
        if (colon < end)
            colon = -1;
        igd_str name = colon < 0 ? one : igd_str_sub(one, 0, (size_t)colon);
        if (bracket)
            name = igd_str_sub(name, 1, (size_t)end - 1);
        igd_str port = colon < 0 ? IGD_STR("") : igd_str_sub(one, (size_t)colon + 1, one.len);
        igd_buf_printf(&names, "%s%.*s", names.len ? "," : "", IGD_STR_ARG(name));
        igd_buf_printf(&ports, "%s%.*s", ports.cap ? "," : "", IGD_STR_ARG(port));
        any_port |= port.len > 0;
    }
    set(to, "host", igd_buf_view(&names));
    if (any_port)
        set(to, "port", igd_buf_view(&ports));
    return IGD_OK;
}

/* ---- parameters ---- */

/* What we say ourselves, or what would change what a session is. */
static bool is_ours(const char *keyword)
{
    static const char *const ours[] = {"application_name", "client_encoding",
                                       "fallback_application_name", "replication"};
    for (size_t n = 0; n < IGD_COUNT(ours); n++)
        if (strcmp(keyword, ours[n]) == 0)
            return true;
    return false;
}

/* The words of libpq, and the two that are ours. */
static const char *const *known_params(igd_arena *mem)
{
    text_list known = {0};
    IGD_PUSH(mem, &known, "schema");
    IGD_PUSH(mem, &known, "timeout");
    PQconninfoOption *options = PQconndefaults();
    for (const PQconninfoOption *o = options; o && o->keyword; o++)
        if (!is_ours(o->keyword))
            IGD_PUSH(mem, &known, igd_arena_cstr(mem, igd_str_from(o->keyword)));
    PQconninfoFree(options);
    IGD_PUSH(mem, &known, NULL);
    return known.items;
}

/* Is it said by the URL, or by the variable that libpq reads? */
static bool is_said(const igd_url *url, const char *keyword, const char *variable)
{
    const char *value = getenv(variable);
    return igd_url_param_get(url, keyword).ptr || (value && *value);
}

/* A server that is not there must not stop us for minutes; of several, a writer needs the one that
 * can be written to. */
static void add_defaults(settings *to, const igd_target_config *config)
{
    const igd_url *url = &config->url;
    if (!is_said(url, "connect_timeout", "PGCONNECT_TIMEOUT"))
        set(to, "connect_timeout", IGD_STR(CONNECT_SECONDS));
    bool several = igd_str_find(url->hosts, ',') >= 0;
    if (several && config->mode == IGD_OPEN_WRITE &&
        !is_said(url, "target_session_attrs", "PGTARGETSESSIONATTRS"))
        set(to, "target_session_attrs", IGD_STR("read-write"));
}

static bool is_setting(igd_str name)
{
    return !igd_str_is(name, "schema") && !igd_str_is(name, "timeout");
}

int igd_pg_conninfo(const igd_target_config *config, igd_arena *mem, const char ***keywords,
                    const char ***values, igd_error *err)
{
    const igd_url *url = &config->url;
    settings to = {.mem = mem};
    int rc = igd_url_check_params(url, known_params(mem), err);
    if (!rc && url->hosts.len)
        rc = split_hosts(&to, url->hosts, err);
    if (rc)
        return rc;
    if (url->user.len)
        set(&to, "user", url->user);
    if (url->has_password)
        set(&to, "password", url->password);
    if (url->path.len)
        set(&to, "dbname", url->path);
    for (size_t n = 0; n < url->params.len; n++)
        if (is_setting(url->params.items[n].name))
            set(&to, igd_arena_cstr(mem, url->params.items[n].name), url->params.items[n].value);
    char name[IGD_PG_NAME_MAX];
    igd_pg_session_name(config->run_id, name);
    set(&to, "application_name", igd_str_from(name));
    set(&to, "client_encoding", IGD_STR("UTF8"));
    add_defaults(&to, config);
    IGD_PUSH(mem, &to.keywords, NULL);
    IGD_PUSH(mem, &to.values, NULL);
    *keywords = to.keywords.items;
    *values = to.values.items;
    return IGD_OK;
}

/* ---- whose a session is ---- */

#define WORD "ingitdb "

void igd_pg_session_name(const char *run_id, char out[IGD_PG_NAME_MAX])
{
    char host[256] = "";
    gethostname(host, sizeof(host) - 1);
    int len = snprintf(out, IGD_PG_NAME_MAX, WORD "%.32s %ld@", run_id && *run_id ? run_id : "-",
                       (long)getpid());
    int room = IGD_PG_NAME_MAX - 1 - len; /* the server cuts longer ones */
    snprintf(out + len, (size_t)room + 1, "%.*s", room, host);
}

bool igd_pg_session_parse(igd_str name, igd_arena *mem, igd_lock_holder *out)
{
    if (!igd_str_starts(name, IGD_STR(WORD)))
        return false;
    igd_str rest = igd_str_sub(name, strlen(WORD), name.len), run, pid;
    if (!igd_str_split(&rest, ' ', &run) || !igd_str_split(&rest, '@', &pid))
        return false;
    out->run_id = igd_arena_str(mem, run);
    out->pid = strtoll(igd_arena_cstr(mem, pid), NULL, 10);
    out->host = igd_arena_str(mem, rest);
    return true;
}
