/*
 * Databases at servers as text (server_dump.h).
 */
#include "tests/support/server_dump.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *format(const char *text, ...) __attribute__((format(printf, 1, 2)));

static char *format(const char *text, ...)
{
    char *out = NULL;
    va_list args;
    va_start(args, text);
    if (vasprintf(&out, text, args) < 0)
        abort();
    va_end(args);
    return out;
}

/* ---- PostgreSQL ---- */

/* Rows as jsonb, whose keys are in an order of their own. A primary key has the name that the table
 * had when it was made. %s: what is left out, of tables and of
 * members. */
static const char postgres_dump[] =
    "SELECT string_agg(line, E'\\n' ORDER BY line COLLATE \"C\") FROM ("
    "SELECT format('column %%s.%%s %%s %%s %%s', table_name, column_name, data_type, "
    "character_maximum_length, is_nullable) || coalesce(column_default, '') || "
    "coalesce(collation_name, '') AS line FROM information_schema.columns WHERE table_schema = "
    "'public' AND table_name !~ '%s' "
    "UNION ALL SELECT 'index ' || regexp_replace(indexdef, 'INDEX .*_pkey[0-9]*', 'INDEX') FROM pg_indexes "
    "WHERE schemaname = 'public' AND tablename !~ '%s' "
    "UNION ALL SELECT format('constraint %%s %%s %%s', conrelid::regclass, "
    "regexp_replace(conname, '^.*_pkey[0-9]*$', ''), pg_get_constraintdef(oid)) FROM "
    "pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text !~ '%s' "
    "UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal "
    "UNION ALL SELECT 'view ' || definition FROM pg_views WHERE schemaname = 'public' "
    "UNION ALL SELECT format('row %%s %%s', c.relname, query_to_xml(format('SELECT to_jsonb(t)%s AS "
    "r FROM %%I t ORDER BY (to_jsonb(t)%s)::text COLLATE \"C\"', c.relname), true, false, '')::text) "
    "FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND "
    "c.relname !~ '%s') AS lines";

static char *dump_postgres(const char *url, server_dump_books books, char **out)
{
    const char *without = books == DUMP_TABLES ? "^(ingitdb_sync_|schema_mig)" : "^schema_mig";
    const char *members =
        books == DUMP_BOOKS_BUT_TIMES ? " - ARRAY[''started_at'', ''finished_at'', ''at'']" : "";
    char *sql = format(postgres_dump, without, without, without, members, members, without);
    char *wrong = engine_postgres.run(url, sql, out);
    free(sql);
    return wrong;
}

/* ---- MySQL, MariaDB ---- */

/* A check that was given none has the name of the table and a number, or of the column as it once
 * was called. */
#define CHECK_NAME                                                                  \
    "if(constraint_name REGEXP '_' AND NOT constraint_name REGEXP '_chk_[0-9]+$', " \
    "constraint_name, '')"

static const char mysql_schema[] =
    "SET SESSION group_concat_max_len = 100000000; SELECT group_concat(line ORDER BY line SEPARATOR "
    "'\n') FROM (SELECT concat_ws(' ', 'column', table_name, column_name, column_type, is_nullable, "
    "column_default, collation_name, extra, generation_expression) AS line FROM "
    "information_schema.columns WHERE table_schema = database() AND NOT table_name REGEXP '%s' "
    "UNION ALL SELECT concat_ws(' ', 'index', table_name, index_name, seq_in_index, column_name, "
    "non_unique) FROM information_schema.statistics WHERE table_schema = database() AND NOT "
    "table_name REGEXP '%s' UNION ALL SELECT concat_ws(' ', 'constraint', table_name, " CHECK_NAME
    ", constraint_type) FROM "
    "information_schema.table_constraints WHERE table_schema = database() AND NOT table_name REGEXP "
    "'%s' UNION ALL SELECT concat_ws(' ', 'reference', table_name, constraint_name, column_name, "
    "referenced_table_name, referenced_column_name) FROM information_schema.key_column_usage WHERE "
    "table_schema = database() AND referenced_table_name IS NOT NULL UNION ALL SELECT concat_ws(' ', "
    "'rule', constraint_name, delete_rule) FROM information_schema.referential_constraints WHERE "
    "constraint_schema = database() UNION ALL SELECT concat_ws(' ', 'check', " CHECK_NAME
    ", check_clause) FROM "
    "information_schema.check_constraints WHERE constraint_schema = database() UNION ALL SELECT "
    "concat_ws(' ', 'view', table_name) FROM information_schema.views WHERE table_schema = "
    "database()) AS x";

static const char mysql_columns[] =
    "SET SESSION group_concat_max_len = 100000000; SELECT group_concat(line ORDER BY line SEPARATOR "
    "'\n') FROM (SELECT concat('SET SESSION group_concat_max_len = 100000000; SELECT "
    "group_concat(line ORDER BY line SEPARATOR ''; '') FROM (SELECT concat_ws('', '', ', "
    "group_concat('0x', hex(column_name), ', CAST(quote(`', replace(column_name, '`', '``'), '`) AS "
    "binary)' ORDER BY column_name SEPARATOR ', '), ') AS line FROM `', table_name, '`) AS x|', "
    "table_name) AS line FROM information_schema.columns WHERE table_schema = database() AND NOT "
    "table_name REGEXP '%s' AND NOT (table_name LIKE 'ingitdb%%' AND column_name REGEXP '%s') GROUP "
    "BY table_name) AS y";

/* The rows of one table after the other: "query|table", each on a line. */
static char *dump_rows(const engine *e, const char *url, char *queries, char **out)
{
    char *wrong = NULL, *rest = NULL;
    for (char *query = strtok_r(queries, "\n", &rest); query && !wrong;
         query = strtok_r(NULL, "\n", &rest)) {
        char *rows = NULL, *bar = strrchr(query, '|');
        *bar = '\0';
        wrong = e->run(url, query, &rows);
        char *all = format("%s\ntable %s\n%s", *out ? *out : "", bar + 1, rows ? rows : "");
        free(*out);
        free(rows);
        *out = all;
    }
    return wrong;
}

static char *dump_mysql(const engine *e, const char *url, server_dump_books books, char **out)
{
    const char *without =
        books == DUMP_TABLES ? "^(ingitdb_sync_|schema_mig)" : "^(schema_mig|ingitdb_sync_lock)";
    const char *members = books == DUMP_BOOKS_BUT_TIMES ? "^(started_at|finished_at|at)$" : "^$";
    char *sql = format(mysql_schema, without, without, without), *queries = NULL;
    char *wrong = e->run(url, sql, out);
    free(sql);
    sql = format(mysql_columns, without, members);
    if (!wrong)
        wrong = e->run(url, sql, &queries);
    free(sql);
    if (!wrong && queries)
        wrong = dump_rows(e, url, queries, out);
    free(queries);
    return wrong;
}

/* ---- what others do ---- */

/* %1$s: a table of ours, %2$s: one of its columns that is in no key, %3$u: a number. */
static const char *const postgres_edits[] = {
    "ALTER TABLE \"%1$s\" ADD COLUMN note text DEFAULT 'none'; UPDATE \"%1$s\" SET note = 'by "
    "hand' WHERE random() < 0.5",
    "ALTER TABLE \"%1$s\" ADD COLUMN seen bigint GENERATED ALWAYS AS (2 + 2) STORED",
    "CREATE INDEX theirs_%3$u ON \"%1$s\" (\"%2$s\")",
    "CREATE TABLE IF NOT EXISTS theirs (id bigint GENERATED ALWAYS AS IDENTITY, what text)",
    "DELETE FROM \"%1$s\" WHERE random() < 0.3",
    "UPDATE \"%1$s\" SET \"%2$s\" = (SELECT \"%2$s\" FROM \"%1$s\" LIMIT 1) WHERE random() < 0.4",
    "UPDATE \"%1$s\" SET \"%2$s\" = NULL WHERE random() < 0.4",
    "ALTER TABLE \"%1$s\" DROP COLUMN \"%2$s\"",
    "CREATE VIEW view_%3$u AS SELECT 1 AS one FROM \"%1$s\"",
    "ALTER TABLE \"%1$s\" ADD COLUMN data jsonb DEFAULT '{\"a\": [1, null]}', ADD COLUMN raw bytea "
    "DEFAULT '\\xde00ad'",
};

static const char *const mysql_edits[] = {
    "ALTER TABLE `%1$s` ADD COLUMN note varchar(20) DEFAULT 'none'; UPDATE `%1$s` SET note = 'by "
    "hand' WHERE rand() < 0.5",
    "CREATE INDEX theirs_%3$u ON `%1$s` (`%2$s`(4))",
    "CREATE TABLE IF NOT EXISTS theirs (id int AUTO_INCREMENT PRIMARY KEY, what text)",
    "DELETE FROM `%1$s` WHERE rand() < 0.3",
    "UPDATE `%1$s` SET `%2$s` = NULL WHERE rand() < 0.4",
    "ALTER TABLE `%1$s` ADD COLUMN data json, ADD COLUMN raw blob; UPDATE `%1$s` SET data = "
    "'{\"a\": [1, null]}', raw = x'de00ad5c27'",
};

static const char postgres_pick[] =
    "SELECT table_name || '|' || column_name FROM information_schema.columns c WHERE "
    "table_schema = 'public' AND table_name IN (SELECT table_name FROM ingitdb_sync_tables) "
    "AND column_name NOT IN (SELECT column_name FROM information_schema.key_column_usage k "
    "WHERE k.table_name = c.table_name) ORDER BY md5(table_name || column_name || '%u') LIMIT 1";

static const char mysql_pick[] =
    "SELECT concat(table_name, '|', column_name) FROM information_schema.columns c WHERE "
    "table_schema = database() AND table_name IN (SELECT table_name FROM ingitdb_sync_tables) AND "
    "column_name NOT IN (SELECT column_name FROM information_schema.key_column_usage k WHERE "
    "k.table_schema = database() AND k.table_name = c.table_name) ORDER BY md5(concat(table_name, "
    "column_name, '%u')) LIMIT 1";

static char *edit(const engine *e, const char *url, const char *const *edits, size_t count,
                  const char *pick, unsigned chance)
{
    char *found = NULL;
    /* The texts are ours. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    char *sql = format(pick, chance);
    char *wrong = e->run(url, sql, &found);
    free(sql);
    free(wrong);
    char *bar = found ? strchr(found, '|') : NULL;
    if (!bar)
        return NULL;
    *bar = '\0';
    sql = format(edits[chance % count], found, bar + 1, chance);
#pragma GCC diagnostic pop
    free(found);
    return sql;
}

/* ---- key-value stores ---- */

/* A time of the bookkeeping, also as a part of a key's name; how long it is, or 0. */
static size_t time_at(const char *text)
{
    static const char *const forms[] = {"0000-00-00T00:00:00.000Z", "0000-00-00T00:00:00Z",
                                        "0000-00-00T00%3A00%3A00.000Z", "0000-00-00T00%3A00%3A00Z"};
    for (size_t n = 0; n < sizeof(forms) / sizeof(forms[0]); n++) {
        const char *form = forms[n];
        size_t len = 0;
        while (form[len] &&
               (form[len] == '0' ? text[len] >= '0' && text[len] <= '9' : text[len] == form[len]))
            len++;
        if (!form[len])
            return len;
    }
    return 0;
}

static void forget_times(char *text)
{
    char *to = text;
    while (*text) {
        size_t len = time_at(text);
        text += len;
        if (!len)
            *to++ = *text++;
    }
    *to = '\0';
}

static void dump_store(const engine *e, const char *url, server_dump_books books, char **out)
{
    *out = e->dump(url, books == DUMP_TABLES ? ENGINE_RECORDS : ENGINE_ALL);
    if (books == DUMP_BOOKS_BUT_TIMES)
        forget_times(*out);
}

/* redis://:password@host:port/0/prefix, etcd://host:port/prefix, consul://host:port/prefix. None
 * stops at what is refused. */
static char *store_client(const engine *e, const char *url, const char *script)
{
    char password[64] = "", host[128] = "", port[16] = "";
    if (e == &engine_redis) {
        if (sscanf(url, "redis://:%63[^@]@%127[^:]:%15[0-9]", password, host, port) != 3)
            return NULL;
        return format("REDISCLI_AUTH='%s' exec redis-cli -h '%s' -p %s < '%s'", password, host,
                      port, script);
    }
    bool consul = e == &engine_consul;
    if (sscanf(url, consul ? "consul://%127[^/]" : "etcd://%127[^/]", host) != 1)
        return NULL;
    return format("sed -n '/^[[{]./{s/,$//;p}' '%s' | while IFS= read -r request; do printf '%%s' "
                  "\"$request\" | curl -sS %s --data-binary @- 'http://%s/%s' || exit; echo; done",
                  script, consul ? "-X PUT" : "", host, consul ? "v1/txn" : "v3/kv/txn");
}

/* ---- by engine ---- */

char *server_dump(const engine *e, const char *url, server_dump_books books, char **out)
{
    if (e->dump) {
        dump_store(e, url, books, out);
        return NULL;
    }
    char *wrong =
        e == &engine_postgres ? dump_postgres(url, books, out) : dump_mysql(e, url, books, out);
    if (!wrong && !*out)
        *out = strdup("");
    return wrong;
}

/* mysql://user:password@host:port/database, as the tests' servers are named. */
static char *mysql_client(const char *url, const char *script)
{
    char user[64] = "", host[128] = "", database[128] = "";
    if (sscanf(url, "%*[a-z]://%63[^@]@%127[^/]/%127[^?]", user, host, database) != 3)
        return NULL;
    char *password = strchr(user, ':'), *port = strchr(host, ':');
    if (password)
        *password++ = '\0';
    if (port)
        *port++ = '\0';
    return format("exec mysql --no-defaults --protocol=tcp -h '%s' -P '%s' -u '%s' --password='%s' "
                  "'%s' < '%s'",
                  host, port ? port : "3306", user, password ? password : "", database, script);
}

char *server_client(const engine *e, const char *url, const char *script)
{
    if (e->dump)
        return store_client(e, url, script);
    if (e != &engine_postgres)
        return mysql_client(url, script);
    char *client = engine_client_url(url);
    char *command = format("exec psql -X '%s' -f '%s'", client, script);
    free(client);
    return command;
}

char *server_edit(const engine *e, const char *url, unsigned chance)
{
    if (e->dump)
        return NULL;
    bool postgres = e == &engine_postgres;
    size_t count = postgres ? sizeof(postgres_edits) / sizeof(postgres_edits[0])
                            : sizeof(mysql_edits) / sizeof(mysql_edits[0]);
    return edit(e, url, postgres ? postgres_edits : mysql_edits, count,
                postgres ? postgres_pick : mysql_pick, chance);
}
