/*
 * How PostgreSQL spells things.
 */
#include <stdio.h>
#include <stdlib.h>

#include "targets/postgres/postgres.h"

#define VARCHAR_MAX 10485760
#define KEY_TYPE    "text COLLATE \"C\""

static void string_type(const igd_table *table, size_t column, igd_buf *sql)
{
    const igd_column *it = &table->columns[column];
    if (it->key_text || column < table->key_count)
        igd_buf_puts(sql, KEY_TYPE);
    else if (it->max_chars > 0 && it->max_chars <= VARCHAR_MAX)
        igd_buf_printf(sql, "varchar(%lld)", (long long)it->max_chars);
    else
        igd_buf_puts(sql, "text");
}

static void column_type(const igd_table *table, size_t column, igd_buf *sql)
{
    switch (table->columns[column].type.kind) {
    case IGD_INT:
        igd_buf_puts(sql, "bigint");
        break;
    case IGD_FLOAT:
        igd_buf_puts(sql, "double precision");
        break;
    case IGD_BOOL:
        igd_buf_puts(sql, "boolean");
        break;
    case IGD_DATE:
        igd_buf_puts(sql, "date");
        break;
    case IGD_TIME:
        igd_buf_puts(sql, "time(6)");
        break;
    case IGD_DATETIME:
        igd_buf_puts(sql, "timestamptz");
        break;
    case IGD_JSON:
        igd_buf_puts(sql, "jsonb");
        break;
    case IGD_STRING:
    case IGD_NULL:
    case IGD_RAW:
        string_type(table, column, sql);
        break;
    }
}

static bool is(const igd_column *found, const char *type)
{
    return igd_str_is(found->found_as, type);
}

/* varchar(n): how many characters; 0: no such limit, -1: no text. Other collations than those that
 * compare bytes are part of found_as. */
static long text_room(const igd_column *found)
{
    static const char varchar[] = "character varying";
    if (is(found, "text") || is(found, varchar))
        return 0;
    if (!igd_str_starts(found->found_as, IGD_STR("character varying(")) ||
        !igd_str_ends(found->found_as, IGD_STR(")")))
        return -1;
    char number[16];
    snprintf(number, sizeof(number), "%.*s", (int)(found->found_as.len - sizeof(varchar)),
             found->found_as.ptr + sizeof(varchar));
    return strtol(number, NULL, 10);
}

static bool holds(const igd_column *found, const igd_column *known)
{
    long room;
    switch (known->type.kind) {
    case IGD_INT:
        return is(found, "bigint");
    case IGD_FLOAT:
        return is(found, "double precision") || is(found, "numeric");
    case IGD_BOOL:
        return is(found, "boolean");
    case IGD_DATE:
        return is(found, "date");
    case IGD_TIME:
        return is(found, "time without time zone") || is(found, "time(6) without time zone");
    case IGD_DATETIME:
        return is(found, "timestamp with time zone") || is(found, "timestamp(6) with time zone");
    case IGD_JSON:
        return is(found, "jsonb");
    case IGD_STRING:
        room = text_room(found);
        return room == 0 || (room > 0 && known->max_chars > 0 && known->max_chars <= room);
    case IGD_NULL:
    case IGD_RAW:
        break;
    }
    return false;
}

static void column_guard(const igd_dialect *dialect IGD_UNUSED, const igd_column *column IGD_UNUSED,
                         igd_buf *sql IGD_UNUSED)
{
    /* There is a type for everything. */
}

static void modify_column(const igd_dialect *dialect, const igd_table *table, size_t column,
                          bool not_null, bool type, igd_buf *sql)
{
    igd_buf_puts(sql, "ALTER COLUMN ");
    igd_sql_name(dialect, table->columns[column].name, sql);
    if (type) {
        igd_buf_puts(sql, " TYPE ");
        column_type(table, column, sql);
    } else {
        igd_buf_puts(sql, not_null ? " SET NOT NULL" : " DROP NOT NULL");
    }
}

static void parameter(size_t number, igd_buf *sql)
{
    igd_buf_printf(sql, "$%zu", number);
}

const igd_dialect igd_pg_dialect = {
    .begin_read = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    .quote = '"',
    .table_suffix = "",
    .text_type = "text",
    .int_type = "bigint",
    .text_key_type = KEY_TYPE,
    .length_function = "char_length",
    .foreign_key_suffix = " DEFERRABLE INITIALLY DEFERRED",
    .order_suffix = " COLLATE \"C\"",
    .same = " IS NOT DISTINCT FROM ",
    .lock_rows = " FOR UPDATE",
    .savepoints = true,
    .drop_temporary = "DROP TABLE IF EXISTS pg_temp.",
    .clear = "TRUNCATE TABLE pg_temp.",
    .joins = false,
    .folds_names = false,
    .inline_foreign_keys = false,
    .identifier_bytes = 63,
    .if_exists = " IF EXISTS",
    .drop_check = "DROP CONSTRAINT",
    .drop_foreign_key = "DROP CONSTRAINT",
    .index_of_table = false,
    .modify_column = modify_column,
    .hashing = &igd_pg_hashing,
    .column_type = column_type,
    .holds = holds,
    .column_guard = column_guard,
    .literal = igd_pg_literal,
    .parameter = parameter,
    .upsert_tail = igd_sql_on_conflict,
    .ignore_tail = igd_sql_do_nothing,
};
