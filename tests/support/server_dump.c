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

/* Rows as jsonb, whose keys are in an order of their own. %s: what is left out, of tables and of
 * members. */
static const char postgres_dump[] =
    "SELECT string_agg(line, E'\\n' ORDER BY line COLLATE \"C\") FROM ("
    "SELECT format('column %%s.%%s %%s %%s %%s', table_name, column_name, data_type, "
    "character_maximum_length, is_nullable) || coalesce(column_default, '') || "
    "coalesce(collation_name, '') AS line FROM information_schema.columns WHERE table_schema = "
    "'public' AND table_name !~ '%s' "
    "UNION ALL SELECT 'index ' || regexp_replace(indexdef, '_pkey[0-9]*', '_pkey') FROM pg_indexes "
    "WHERE schemaname = 'public' AND tablename !~ '%s' "
    "UNION ALL SELECT format('constraint %%s %%s %%s', conrelid::regclass, "
    "regexp_replace(conname, '_pkey[0-9]*', '_pkey'), pg_get_constraintdef(oid)) FROM "
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

static char *edit_postgres(const char *url, unsigned chance)
{
    static const char pick[] =
        "SELECT table_name || '|' || column_name FROM information_schema.columns c WHERE "
        "table_schema = 'public' AND table_name IN (SELECT table_name FROM ingitdb_sync_tables) "
        "AND column_name NOT IN (SELECT column_name FROM information_schema.key_column_usage k "
        "WHERE k.table_name = c.table_name) ORDER BY md5(table_name || column_name || '%u') LIMIT 1";
    char *sql = format(pick, chance), *found = NULL;
    char *wrong = engine_postgres.run(url, sql, &found);
    free(sql);
    free(wrong);
    char *bar = found ? strchr(found, '|') : NULL;
    if (!bar)
        return NULL;
    *bar = '\0';
    size_t n = chance % (sizeof(postgres_edits) / sizeof(postgres_edits[0]));
    /* The texts are ours. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    sql = format(postgres_edits[n], found, bar + 1, chance);
#pragma GCC diagnostic pop
    free(found);
    return sql;
}

/* ---- by engine ---- */

char *server_dump(const engine *e, const char *url, server_dump_books books, char **out)
{
    char *wrong = e == &engine_postgres ? dump_postgres(url, books, out)
                                        : format("%s cannot be dumped", e->name);
    if (!wrong && !*out)
        *out = strdup("");
    return wrong;
}

char *server_client(const engine *e, const char *url, const char *script)
{
    char *client = engine_client_url(url);
    char *command =
        e == &engine_postgres ? format("exec psql -X '%s' -f '%s'", client, script) : NULL;
    free(client);
    return command;
}

char *server_edit(const engine *e, const char *url, unsigned chance)
{
    return e == &engine_postgres ? edit_postgres(url, chance) : NULL;
}
