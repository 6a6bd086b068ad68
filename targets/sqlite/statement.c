/*
 * Statements: binding values, reading them back, and SQLite's errors in our terms.
 */
#include <math.h>
#include <stdlib.h>

#include "schema/canonical.h"
#include "targets/sqlite/record.h"
#include "targets/sqlite/sqlite.h"

int igd_sqlite_fail(sqlite3 *db, igd_error *err)
{
    int extended = sqlite3_extended_errcode(db);
    int primary = extended & 0xff;
    bool busy = primary == SQLITE_BUSY || primary == SQLITE_LOCKED;
    /* Others have been waited for as long as the URL says. */
    igd_code code = busy ? IGD_E_UNREACHABLE : IGD_E_TARGET;
    igd_fail(err, code, "sqlite: %s", sqlite3_errmsg(db));
    err->native = extended;
    switch (primary) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        igd_hint(err, "another program is writing to the database, or reading it for a long time; "
                      "end its transaction, or wait longer with ?timeout=SECONDS");
        break;
    case SQLITE_FULL:
        igd_hint(err, "make room on the disk, then run it again");
        break;
    case SQLITE_READONLY:
        igd_hint(err, "check who may write to the file and its directory");
        break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        igd_hint(err, "the file is damaged: restore it, or sync into a new one");
        break;
    default:
        break;
    }
    return (int)code;
}

int igd_sqlite_exec(igd_sql_target *target, const char *sql, igd_error *err)
{
    igd_sqlite *it = igd_sqlite_of(target);
    if (sqlite3_exec(it->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return igd_sqlite_fail(it->db, err);
    return it->recorder ? igd_sqlite_record_exec(it->recorder, sql, err) : IGD_OK;
}

struct igd_sql_stmt {
    igd_sqlite *it;
    sqlite3_stmt *stmt;
};

int igd_sqlite_prepare(igd_sql_target *target, igd_str sql, igd_sql_stmt **out, igd_error *err)
{
    igd_sqlite *it = igd_sqlite_of(target);
    sqlite3_stmt *stmt = NULL;
    int rc =
        sqlite3_prepare_v3(it->db, sql.ptr, (int)sql.len, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
    if (rc != SQLITE_OK)
        return igd_sqlite_fail(it->db, err);
    *out = igd_xmalloc(sizeof(**out));
    **out = (igd_sql_stmt){it, stmt};
    return IGD_OK;
}

void igd_sqlite_finalize(igd_sql_stmt *stmt)
{
    if (stmt)
        sqlite3_finalize(stmt->stmt);
    free(stmt);
}

/* The texts stay the caller's: a statement is stepped before they go. */
static int bind_value(sqlite3_stmt *stmt, int at, const igd_value *value)
{
    switch (value->kind) {
    case IGD_NULL:
        return sqlite3_bind_null(stmt, at);
    case IGD_INT:
        return sqlite3_bind_int64(stmt, at, value->integer);
    case IGD_FLOAT:
        return sqlite3_bind_double(stmt, at, value->number);
    case IGD_BOOL:
        return sqlite3_bind_int(stmt, at, value->boolean);
    case IGD_STRING:
    case IGD_DATE:
    case IGD_TIME:
    case IGD_DATETIME:
    case IGD_JSON:
    case IGD_RAW:
        break;
    }
    /* A NULL pointer would be bound as null. */
    return sqlite3_bind_text64(stmt, at, value->text.ptr ? value->text.ptr : "", value->text.len,
                               SQLITE_STATIC, SQLITE_UTF8);
}

static int bind_all(sqlite3_stmt *stmt, const igd_value *params, size_t count)
{
    for (size_t n = 0; n < count; n++) {
        int rc = bind_value(stmt, (int)n + 1, &params[n]);
        if (rc != SQLITE_OK)
            return rc;
    }
    return SQLITE_OK;
}

static int step_all(sqlite3_stmt *stmt, const igd_value *params, size_t count, uint64_t *rows,
                    igd_error *err)
{
    sqlite3 *db = sqlite3_db_handle(stmt);
    uint64_t returned = 0;
    int rc = bind_all(stmt, params, count);
    if (rc == SQLITE_OK)
        while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
            returned++;
    int code = rc == SQLITE_DONE ? IGD_OK : igd_sqlite_fail(db, err);
    if (code == IGD_OK)
        *rows = sqlite3_stmt_readonly(stmt) ? returned : (uint64_t)sqlite3_changes(db);
    sqlite3_reset(stmt);
    return code;
}

int igd_sqlite_run(igd_sql_stmt *handle, const igd_value *params, size_t count, uint64_t *rows,
                   igd_error *err)
{
    uint64_t done = 0;
    igd_sqlite_recorder *recorder = handle->it->recorder;
    if (sqlite3_stmt_readonly(handle->stmt))
        recorder = NULL;
    int code = IGD_OK;
    if (!recorder || !igd_sqlite_record_only(recorder, sqlite3_sql(handle->stmt), &done))
        code = step_all(handle->stmt, params, count, &done, err);
    if (code == IGD_OK && recorder)
        code = igd_sqlite_record_run(recorder, sqlite3_sql(handle->stmt), params, count, done, err);
    if (code == IGD_OK && rows)
        *rows = done;
    return code;
}

/* ---- results ---- */

igd_str igd_sqlite_text(sqlite3_stmt *stmt, int column)
{
    const char *text = (const char *)sqlite3_column_text(stmt, column);
    return (igd_str){text, text ? (size_t)sqlite3_column_bytes(stmt, column) : 0};
}

static igd_str text_of(sqlite3_value *found)
{
    const char *text = (const char *)sqlite3_value_text(found);
    return (igd_str){text, text ? (size_t)sqlite3_value_bytes(found) : 0};
}

static igd_value raw_blob(sqlite3_value *found, igd_arena *mem)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *bytes = sqlite3_value_blob(found);
    size_t len = (size_t)sqlite3_value_bytes(found);
    char *text = igd_arena_alloc(mem, 2 * len + 4);
    size_t at = 0;
    text[at++] = 'x';
    text[at++] = '\'';
    for (size_t n = 0; n < len; n++) {
        text[at++] = digits[bytes[n] >> 4];
        text[at++] = digits[bytes[n] & 15];
    }
    text[at++] = '\'';
    return (igd_value){.kind = IGD_RAW, .raw = IGD_RAW_BLOB, .text = {text, at}};
}

/* SQLite's own text of a number has 15 digits. */
static igd_value raw_float(sqlite3_value *found, igd_arena *mem)
{
    double number = sqlite3_value_double(found);
    char text[IGD_NUMBER_MAX];
    igd_str shown = text_of(found); /* Inf, -Inf */
    if (isfinite(number))
        shown = igd_arena_str(mem, (igd_str){text, igd_number_text(number, text)});
    return (igd_value){.kind = IGD_RAW, .raw = IGD_RAW_FLOAT, .text = shown};
}

static igd_value raw_value(sqlite3_value *found, int type, igd_arena *mem)
{
    if (type == SQLITE_BLOB)
        return raw_blob(found, mem);
    if (type == SQLITE_FLOAT)
        return raw_float(found, mem);
    return (igd_value){.kind = IGD_RAW,
                       .raw = type == SQLITE_INTEGER ? IGD_RAW_INT : IGD_RAW_TEXT,
                       .text = text_of(found)};
}

static bool is_text_kind(igd_kind kind)
{
    return kind == IGD_STRING || kind == IGD_DATE || kind == IGD_TIME || kind == IGD_DATETIME ||
           kind == IGD_JSON;
}

igd_value igd_sqlite_value(sqlite3_value *found, igd_kind kind, igd_arena *mem)
{
    igd_value value;
    int type = sqlite3_value_type(found);
    if (type == SQLITE_NULL)
        return IGD_VALUE_NULL;
    if (type == SQLITE_INTEGER) {
        int64_t number = sqlite3_value_int64(found);
        if (kind == IGD_INT)
            return igd_value_int(number);
        if (kind == IGD_BOOL && (number == 0 || number == 1))
            return igd_value_bool(number == 1);
        /* A column of an adopted table may have NUMERIC affinity, which makes 5 of 5.0. */
        if (kind == IGD_FLOAT && number >= -(1LL << 53) && number <= 1LL << 53 &&
            igd_value_float((double)number, IGD_STR(""), &value))
            return value;
    } else if (type == SQLITE_FLOAT) {
        double number = sqlite3_value_double(found);
        if (kind == IGD_FLOAT && igd_value_float(number, IGD_STR(""), &value))
            return value;
    } else if (type == SQLITE_TEXT && is_text_kind(kind)) {
        return igd_canonical_value(kind, text_of(found), mem);
    }
    return raw_value(found, type, mem);
}

int igd_sqlite_query(igd_sql_target *target, const igd_sql_query *query, igd_error *err)
{
    igd_sqlite *it = igd_sqlite_of(target);
    IGD_CLEANUP_PTR(sqlite3_stmt) sqlite3_stmt *stmt = NULL;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    if (sqlite3_prepare_v2(it->db, query->sql.ptr, (int)query->sql.len, &stmt, NULL) != SQLITE_OK ||
        bind_all(stmt, query->params, query->param_count) != SQLITE_OK)
        return igd_sqlite_fail(it->db, err);
    int rc = IGD_OK;
    while (igd_sqlite_next(stmt, &rc, err)) {
        igd_arena_reset(mem);
        igd_value *row = igd_arena_alloc(mem, sizeof(*row) * query->column_count);
        for (size_t n = 0; n < query->column_count; n++)
            row[n] = igd_sqlite_value(sqlite3_column_value(stmt, (int)n), query->kinds[n], mem);
        rc = query->callback(row, query->payload, err);
        if (rc)
            return rc;
    }
    return rc;
}

/* ---- for the statements of this folder ---- */

int igd_sqlite_ask(igd_sqlite *it, const char *sql, igd_str text, sqlite3_stmt **out,
                   igd_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(it->db, sql, -1, &stmt, NULL);
    if (rc == SQLITE_OK && text.ptr)
        rc = sqlite3_bind_text64(stmt, 1, text.ptr, text.len, SQLITE_TRANSIENT, SQLITE_UTF8);
    if (rc != SQLITE_OK) {
        sqlite3_finalize(stmt);
        return igd_sqlite_fail(it->db, err);
    }
    *out = stmt;
    return IGD_OK;
}

bool igd_sqlite_next(sqlite3_stmt *stmt, int *rc, igd_error *err)
{
    int step = sqlite3_step(stmt);
    if (step == SQLITE_ROW)
        return true;
    if (step != SQLITE_DONE)
        *rc = igd_sqlite_fail(sqlite3_db_handle(stmt), err);
    return false;
}

int igd_sqlite_number(igd_sqlite *it, const char *sql, igd_str text, int64_t *out, igd_error *err)
{
    IGD_CLEANUP_PTR(sqlite3_stmt) sqlite3_stmt *stmt = NULL;
    int rc = igd_sqlite_ask(it, sql, text, &stmt, err);
    if (rc)
        return rc;
    int64_t number = igd_sqlite_next(stmt, &rc, err) ? sqlite3_column_int64(stmt, 0) : -1;
    if (!rc)
        *out = number;
    return rc;
}
