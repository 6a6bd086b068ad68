/*
 * Connecting: sessions, and the driver.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "targets/mysql/mysql.h"

#define CONNECT_SECONDS  10
#define OLDEST_MYSQL     80016
#define OLDEST_MARIADB   100502
#define REQUEST_OVERHEAD 4096 /* of one with a single value */

extern const igd_target_driver igd_mysql_driver;
extern const struct igd_script_style igd_mysql_script_style;

/* ---- one session ---- */

static void set_options(const igd_mysql *it, MYSQL *db, igd_mysql_tls tls)
{
    const igd_mysql_options *options = &it->options;
    unsigned seconds = CONNECT_SECONDS;
    if (options->timeout_ms / 1000 < CONNECT_SECONDS)
        seconds = options->timeout_ms < 1000 ? 1 : (unsigned)(options->timeout_ms / 1000);
    my_bool off = 0, encrypted = tls != IGD_MYSQL_TLS_OFF, verified = tls == IGD_MYSQL_TLS_VERIFY;
    unsigned files = 1;
    mysql_options(db, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
    mysql_options(db, MYSQL_OPT_RECONNECT, &off);
    mysql_options(db, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    mysql_options(db, MYSQL_OPT_LOCAL_INFILE, &files);
    mysql_options4(db, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "ingitdb-go");
    mysql_options4(db, MYSQL_OPT_CONNECT_ATTR_ADD, "ingitdb_run", it->run_id);
    if (options->defaults_file)
        mysql_options(db, MYSQL_READ_DEFAULT_FILE, options->defaults_file);
    if (options->defaults_group || options->defaults_file)
        mysql_options(db, MYSQL_READ_DEFAULT_GROUP,
                      options->defaults_group ? options->defaults_group : "client");
    if (encrypted)
        mysql_ssl_set(db, options->tls_key, options->tls_cert, options->tls_ca, NULL, NULL);
    mysql_options(db, MYSQL_OPT_SSL_ENFORCE, &encrypted);
    mysql_options(db, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verified);
}

static MYSQL *try_host(igd_mysql *it, const igd_mysql_host *host, igd_mysql_tls tls, igd_error *err)
{
    const igd_mysql_options *options = &it->options;
    MYSQL *db = mysql_init(NULL);
    if (!db)
        abort(); /* there is no memory */
    set_options(it, db, tls);
    /* A host by name means TCP; without one the library takes its socket. */
    const char *name = host->name;
    if (name && strcmp(name, "localhost") == 0 && !options->socket)
        name = "127.0.0.1";
    if (mysql_real_connect(db, name, options->user, options->password, options->database,
                           host->port, options->socket, CLIENT_FOUND_ROWS)) {
        if (tls <= IGD_MYSQL_TLS_PREFERRED || mysql_get_ssl_cipher(db))
            return db;
        mysql_close(db);
        (void)igd_fail(err, IGD_E_UNREACHABLE,
                       "the server does not speak TLS, which ?tls= asks for");
        return NULL;
    }
    igd_mysql_fail(it, mysql_errno(db), mysql_error(db), err);
    /* A library's own error while it connects is that nobody answers. */
    if (mysql_errno(db) >= CR_MIN_ERROR)
        err->code = IGD_E_UNREACHABLE;
    mysql_close(db);
    return NULL;
}

static MYSQL *connect_host(igd_mysql *it, const igd_mysql_host *host, igd_error *err)
{
    MYSQL *db = try_host(it, host, it->options.tls, err);
    if (!db && it->options.tls == IGD_MYSQL_TLS_PREFERRED && err->native == CR_SSL_CONNECTION_ERROR)
        db = try_host(it, host, IGD_MYSQL_TLS_OFF, err);
    return db;
}

/* The same for every session, whatever the server's defaults are. */
int igd_mysql_set_up(igd_mysql *it, igd_error *err)
{
    char sql[640];
    long long seconds = it->options.timeout_ms / 1000 > 0 ? it->options.timeout_ms / 1000 : 1;
    /* NO_BACKSLASH_ESCAPES makes MySQL misread its own CHECK constraints that have a quote; nothing
     * of ours has a backslash in a text. */
    snprintf(sql, sizeof(sql),
             "SET sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,"
             "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO', "
             "time_zone = '+00:00', autocommit = 1, foreign_key_checks = 1, unique_checks = 1, "
             "sql_select_limit = 18446744073709551615, sql_safe_updates = 0, "
             "wait_timeout = 28800, lock_wait_timeout = %lld, innodb_lock_wait_timeout = %lld",
             seconds, seconds);
    int rc = igd_mysql_exec(&it->sql, "SET NAMES utf8mb4", err);
    if (!rc)
        rc = igd_mysql_exec(&it->sql, sql, err);
    if (!rc)
        rc = igd_mysql_exec(&it->sql, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                            err);
    if (!rc && it->sql.mode == IGD_OPEN_READ)
        rc = igd_mysql_exec(&it->sql, "SET SESSION TRANSACTION READ ONLY", err);
    return rc;
}

static int check_version(igd_mysql *it, igd_error *err)
{
    unsigned long version = mysql_get_server_version(it->db);
    it->mariadb = strstr(mysql_get_server_info(it->db), "MariaDB") != NULL;
    if (version >= (it->mariadb ? OLDEST_MARIADB : OLDEST_MYSQL))
        return IGD_OK;
    (void)igd_fail(err, IGD_E_UNREACHABLE, "the server's version %s is too old",
                   mysql_get_server_info(it->db));
    return igd_hint(err, "MySQL 8.0.16 or MariaDB 10.5.2, or a later one of either");
}

/* What its statements depend on. */
static int look_around(igd_mysql *it, igd_error *err)
{
    static const igd_kind kinds[] = {IGD_INT, IGD_INT, IGD_INT, IGD_STRING, IGD_INT, IGD_INT};
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_value row[IGD_COUNT(kinds)] = {0};
    bool found;
    int64_t uptime = 0;
    int rc = igd_mysql_ask(it,
                           "SELECT @@lower_case_table_names, @@max_allowed_packet, @@local_infile, "
                           "concat(@@hostname, ':', @@port, '/', @@server_id), unix_timestamp(), "
                           "connection_id()",
                           NULL, 0, kinds, IGD_COUNT(kinds), mem, row, &found, err);
    if (rc)
        return rc;
    it->folded_names = row[0].integer != 0;
    it->max_packet = (size_t)row[1].integer;
    it->load_data = row[2].integer != 0;
    it->server_name = igd_arena_str(it->mem, row[3].text);
    it->session = (unsigned long)row[5].integer;
    static const igd_kind pair[] = {IGD_STRING, IGD_STRING};
    rc = igd_mysql_ask(it, "SHOW GLOBAL STATUS LIKE 'Uptime'", NULL, 0, pair, 2, mem, row, &found,
                       err);
    if (!rc && found)
        uptime = strtoll(igd_arena_cstr(mem, row[1].text), NULL, 10);
    it->server_started = row[4].integer - uptime;
    return rc;
}

static int begin_session(igd_mysql *it, igd_error *err)
{
    int rc = check_version(it, err);
    igd_mysql_guard_files(it);
    if (!rc)
        rc = igd_mysql_set_up(it, err);
    if (!rc)
        rc = look_around(it, err);
    return rc;
}

int igd_mysql_connect(igd_mysql *it, igd_error *err)
{
    igd_mysql_bulk_end(it);
    mysql_close(it->db);
    it->db = NULL;
    it->in_transaction = it->checks_off = it->must_check = it->books = false;
    for (size_t n = 0; !it->db && n < it->options.host_count; n++)
        it->db = connect_host(it, &it->options.hosts[n], err);
    if (!it->db)
        return (int)err->code;
    int rc = begin_session(it, err);
    if (rc) {
        mysql_close(it->db);
        it->db = NULL;
    }
    return rc;
}

/* ---- the driver ---- */

static void mysql_close_target(igd_sql_target *target)
{
    igd_mysql *it = igd_mysql_of(target);
    igd_mysql_bulk_end(it);
    mysql_close(it->db);
    igd_arena_free(it->mem);
    free(it);
}

static const igd_sql_ops mysql_ops = {
    .close = mysql_close_target,
    .lock = igd_mysql_lock,
    .unlock = igd_mysql_unlock,
    .holder = igd_mysql_holder,
    .break_lock = igd_mysql_break_lock,
    .exec = igd_mysql_exec,
    .query = igd_mysql_query,
    .prepare = igd_mysql_prepare,
    .run = igd_mysql_run,
    .finalize = igd_mysql_finalize,
    .begin = igd_mysql_begin,
    .commit = igd_mysql_commit,
    .rollback = igd_mysql_rollback,
    .exists = igd_mysql_exists,
    .columns = igd_mysql_columns,
    .read_table = igd_mysql_read_table,
    .is_unique = igd_mysql_is_unique,
    .check = igd_mysql_check,
    .alter = igd_mysql_alter,
    .still_open = igd_mysql_still_open,
    .remove = igd_mysql_remove,
    .bulk = igd_mysql_bulk,
    .recover = igd_mysql_recover,
    .risk = igd_mysql_risk,
    .script = igd_mysql_script,
};

static igd_mysql *new_target(const igd_target_config *config)
{
    igd_mysql *it = igd_xmalloc(sizeof(*it));
    *it = (igd_mysql){.mem = igd_arena_new(), .bulk_sql = IGD_BUF_INIT, .stop = config->stop};
    it->run_id = igd_arena_cstr(it->mem, igd_str_from(config->run_id ? config->run_id : ""));
    /* Enough for the statements that look around, before it is known what server this is. */
    it->sql.ops = &mysql_ops;
    it->sql.mode = config->mode;
    return it;
}

static void describe(igd_mysql *it, const igd_target_config *config)
{
    igd_target *base = &it->sql.base;
    base->caps = IGD_CAP_TRANSACTIONS | IGD_CAP_SCHEMA | IGD_CAP_ORDERED_SCAN | IGD_CAP_LOAD |
                 IGD_CAP_SESSION_LOCK | IGD_CAP_FOREIGN_KEYS | IGD_CAP_SCRIPT |
                 IGD_CAP_OWNED_TABLES;
    base->limits.identifier_bytes = 64;
    base->limits.value_bytes = it->max_packet - REQUEST_OVERHEAD;
    base->limits.batch_rows = config->batch_rows;
    base->limits.unsupported = it->mariadb ? igd_mariadb_unsupported : igd_mysql_unsupported;
    base->server_version = igd_arena_str(it->mem, igd_str_from(mysql_get_server_info(it->db)));
    base->database = igd_arena_str(it->mem, igd_str_from(it->options.database));
    base->retry_ms = it->options.timeout_ms;
}

static int mysql_open(const igd_target_config *config, igd_target **out, igd_error *err)
{
    igd_mysql *it = new_target(config);
    int rc = igd_mysql_options_read(&config->url, it->mem, &it->options, err);
    if (!rc)
        rc = igd_mysql_connect(it, err);
    if (rc) {
        mysql_close_target(&it->sql);
        return rc;
    }
    describe(it, config);
    igd_sql_init(&it->sql, &igd_mysql_driver, &mysql_ops,
                 it->mariadb ? &igd_mariadb_dialect : &igd_mysql_dialect, config);
    if (it->sql.driver.adopt)
        it->sql.driver.adopt = igd_mysql_adopt;
    it->sql.driver.name = it->mariadb ? "mariadb" : "mysql";
    *out = &it->sql.base;
    return IGD_OK;
}

static const char *const mysql_schemes[] = {"mysql", "mariadb", NULL};

const igd_target_driver igd_mysql_driver = {
    .name = "mysql",
    .schemes = mysql_schemes,
    .url_help = "mysql://USER@HOST/DATABASE",
    .open = mysql_open,
    .script_syntax = IGD_SCRIPT_MYSQL,
    .stand_in = &igd_mysql_script_style,
    IGD_SQL_DRIVER,
};
