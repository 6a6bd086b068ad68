/*
 * Texts of scripts: values, and what stands around the statements of a run.
 */
#include "base/arena.h"
#include "targets/sqlite/record.h"

static void put_blob(const unsigned char *bytes, size_t len, igd_buf *sql)
{
    igd_buf_puts(sql, "x'");
    for (size_t n = 0; n < len; n++)
        igd_buf_printf(sql, "%02x", bytes[n]);
    igd_buf_byte(sql, '\'');
}

void igd_record_text(igd_str text, igd_buf *sql)
{
    igd_value value = igd_value_string(text);
    igd_sqlite_literal(&value, sql);
}

void igd_record_value(sqlite3_value *value, igd_buf *sql)
{
    igd_value literal = IGD_VALUE_NULL;
    switch (sqlite3_value_type(value)) {
    case SQLITE_BLOB:
        put_blob(sqlite3_value_blob(value), (size_t)sqlite3_value_bytes(value), sql);
        return;
    case SQLITE_INTEGER:
        literal = igd_value_int(sqlite3_value_int64(value));
        break;
    case SQLITE_FLOAT:
        literal = (igd_value){.kind = IGD_FLOAT, .number = sqlite3_value_double(value)};
        break;
    case SQLITE_TEXT:
        literal = igd_value_string((igd_str){(const char *)sqlite3_value_text(value), 0});
        literal.text.len = (size_t)sqlite3_value_bytes(value);
        break;
    default:
        break;
    }
    igd_sqlite_literal(&literal, sql);
}

/* The times of the bookkeeping are those of the script, not of its making. */
static bool is_time(const igd_sqlite_recorder *r, const igd_value *value)
{
    const igd_sql_target *target = &r->it->sql;
    if (value->kind != IGD_STRING || value->text.len == 0)
        return false;
    return igd_str_eq(value->text, target->conflicts.at) ||
           (target->to && (igd_str_eq(value->text, target->to->started_at) ||
                           igd_str_eq(value->text, target->to->finished_at)));
}

void igd_record_param(const igd_sqlite_recorder *r, const igd_value *value, bool book, igd_buf *sql)
{
    if (book && is_time(r, value))
        igd_buf_puts(sql, "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')");
    else
        igd_sqlite_literal(value, sql);
}

/* ---- the beginning ---- */

/* A name of a constraint is what SQLite says when it fails. */
void igd_record_guard(const igd_sqlite_recorder *r IGD_UNUSED, igd_buf *sql, igd_str what,
                      igd_str condition)
{
    igd_buf_puts(sql, "CREATE TEMP TABLE ingitdb_guard (holds INTEGER CONSTRAINT ");
    igd_sqlite_name(what, sql);
    igd_buf_printf(sql,
                   " CHECK (holds));\nINSERT INTO temp.ingitdb_guard SELECT %.*s;\n"
                   "DROP TABLE temp.ingitdb_guard;\n",
                   IGD_STR_ARG(condition));
}

void igd_record_check_references(const igd_sqlite_recorder *r, bool first, igd_buf *sql)
{
    if (!r->checks_references)
        return;
    if (!first)
        igd_buf_puts(sql, "UPDATE temp.ingitdb_references SET found = (SELECT count(*) FROM "
                          "pragma_foreign_key_check);\nDROP TABLE temp.ingitdb_references;\n");
    else
        igd_buf_printf(sql,
                       "CREATE TEMP TABLE ingitdb_references (most INTEGER, found INTEGER, "
                       "CONSTRAINT \"a foreign key would refer to nothing\" CHECK (found <= "
                       "most));\nINSERT INTO temp.ingitdb_references SELECT max(count(*), %lld), 0 "
                       "FROM pragma_foreign_key_check;\n",
                       (long long)r->dangling);
}

static bool has_table(const igd_sqlite_recorder *r, const char *name)
{
    return igd_record_table(r, igd_str_from(name)) != NULL;
}

static void guard_up(const igd_sqlite_recorder *r, igd_buf *sql)
{
    const igd_sql_target *target = &r->it->sql;
    bool held = target->from && target->from->commit_id.len;
    IGD_CLEANUP(igd_buf)
    igd_buf what = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf condition = IGD_BUF_INIT;
    igd_buf_puts(&condition, held ? "EXISTS" : "NOT EXISTS");
    igd_buf_puts(&condition, " (SELECT 1 FROM ingitdb_sync_state WHERE source = ");
    igd_record_text(target->source, &condition);
    igd_buf_puts(&condition, " AND commit_id ");
    if (held) {
        igd_buf_puts(&condition, "= ");
        igd_record_text(target->from->commit_id, &condition);
        igd_buf_printf(&what, "the target must hold commit %.*s of source %.*s, and does not",
                       IGD_STR_ARG(target->from->commit_id), IGD_STR_ARG(target->source));
    } else {
        igd_buf_puts(&condition, "IS NOT NULL");
        igd_buf_printf(&what, "the target must hold nothing of source %.*s, and does",
                       IGD_STR_ARG(target->source));
    }
    igd_buf_byte(&condition, ')');
    igd_record_guard(r, sql, igd_buf_view(&what), igd_buf_view(&condition));
}

int igd_record_prologue(igd_sqlite_recorder *r, igd_script_file *file, bool keys, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    if (r->plain)
        return IGD_OK;
    igd_buf_printf(&sql, ".bail on\nPRAGMA foreign_keys = %s;\nBEGIN IMMEDIATE;\n",
                   keys ? "ON" : "OFF");
    if (keys)
        igd_buf_puts(&sql, "PRAGMA defer_foreign_keys = ON;\n");
    return igd_script_put(file, igd_buf_view(&sql), err);
}

int igd_record_up_begin(igd_sqlite_recorder *r, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    if (r->plain) {
        if (!r->keys)
            igd_buf_puts(&sql,
                         "-- to be run in one transaction, after PRAGMA foreign_keys = OFF\n");
        return igd_script_put(r->up, igd_buf_view(&sql), err);
    }
    int rc = igd_record_prologue(r, r->up, r->keys, err);
    if (!has_table(r, "ingitdb_sync_state"))
        igd_sql_state_tables(&igd_sqlite_dialect, &sql);
    guard_up(r, &sql);
    if (!r->keys)
        igd_record_check_references(r, true, &sql);
    return rc ? rc : igd_script_put(r->up, igd_buf_view(&sql), err);
}

/* ---- the end ---- */

static int verification(igd_sqlite_recorder *r, const igd_table *table, igd_buf *sql,
                        igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf name = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf ask = IGD_BUF_INIT;
    int64_t count;
    igd_sqlite_name(table->name, &name);
    igd_buf_printf(&ask, "SELECT count(*) FROM %s", name.ptr);
    int rc = igd_sqlite_number(r->it, ask.ptr, (igd_str){0}, &count, err);
    if (rc)
        return rc;
    count += (int64_t)(uintptr_t)igd_map_get(r->loaded, table->name);
    igd_buf_puts(sql, "SELECT ");
    igd_record_text(table->name, sql);
    igd_buf_printf(sql,
                   ", count(*) || ' rows', CASE count(*) WHEN %lld THEN 'ok' ELSE 'wrong: %lld "
                   "expected' END FROM %s;\n",
                   (long long)count, (long long)count, name.ptr);
    return IGD_OK;
}

int igd_record_up_end(igd_sqlite_recorder *r, igd_error *err)
{
    const igd_plan *plan = r->it->sql.tables;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    int rc = igd_record_flush(r, err);
    if (rc || r->plain)
        return rc;
    if (!r->keys)
        igd_record_check_references(r, false, &sql);
    igd_buf_puts(&sql, "COMMIT;\n-- what the tables have to hold now\n");
    for (size_t n = 0; !rc && plan && n < plan->table_count; n++)
        if (plan->tables[n].to)
            rc = verification(r, plan->tables[n].to, &sql, err);
    return rc ? rc : igd_script_put(r->up, igd_buf_view(&sql), err);
}
