/*
 * Statements: prepared ones with bound values, results that are read as they come, and texts that
 * are executed as they are.
 */
#include <stdio.h>
#include <stdlib.h>

#include "targets/mysql/bind.h"

#define LONG_VALUE ((size_t)256 * 1024)

/* ---- texts ---- */

static int discard_result(igd_mysql *it, uint64_t *rows, igd_error *err)
{
    uint64_t count = mysql_affected_rows(it->db);
    if (mysql_field_count(it->db) > 0) {
        MYSQL_RES *result = mysql_store_result(it->db);
        if (!result)
            return igd_mysql_fail_here(it, err);
        count = mysql_num_rows(result);
        mysql_free_result(result);
    }
    if (rows)
        *rows = count;
    return IGD_OK;
}

static int send_text(igd_mysql *it, igd_str sql, igd_error *err)
{
    if (it->db && mysql_real_query(it->db, sql.ptr, sql.len) == 0)
        return IGD_OK;
    if (!it->db)
        return igd_mysql_fail_here(it, err);
    int rc = igd_mysql_defer(it, mysql_errno(it->db), mysql_error(it->db), sql, NULL, 0, err);
    if (rc || mysql_real_query(it->db, sql.ptr, sql.len) == 0)
        return rc;
    return igd_mysql_fail_here(it, err);
}

int igd_mysql_exec_text(igd_mysql *it, igd_str sql, uint64_t *rows, igd_error *err)
{
    int rc = send_text(it, sql, err);
    return rc ? rc : discard_result(it, rows, err);
}

int igd_mysql_exec(igd_sql_target *target, const char *sql, igd_error *err)
{
    return igd_mysql_exec_text(igd_mysql_of(target), igd_str_from(sql), NULL, err);
}

/* ---- prepared statements ---- */

struct igd_sql_stmt {
    igd_mysql *it;
    MYSQL_STMT *stmt;
    MYSQL_BIND *binds;
    igd_mysql_cell *cells;
    size_t count;
    igd_buf sql;
    bool adds;    /* an INSERT that leaves a row alone that is there */
    bool upserts; /* one that updates it */
};

static int fail_stmt(igd_mysql *it, MYSQL_STMT *stmt, igd_error *err)
{
    /* An error in the middle of a result is the connection's alone, or has no words. */
    unsigned number = mysql_stmt_errno(stmt);
    const char *words = mysql_stmt_error(stmt);
    char numbered[64];
    if (number == 0 && it->db)
        number = mysql_errno(it->db);
    if (!*words && it->db)
        words = mysql_error(it->db);
    snprintf(numbered, sizeof(numbered), "error %u in the middle of a result", number);
    return igd_mysql_fail(it, number, *words ? words : numbered, err);
}

static bool contains(igd_str sql, const char *words)
{
    return memmem(sql.ptr, sql.len, words, strlen(words)) != NULL;
}

int igd_mysql_prepare(igd_sql_target *target, igd_str sql, igd_sql_stmt **out, igd_error *err)
{
    igd_mysql *it = igd_mysql_of(target);
    MYSQL_STMT *stmt = it->db ? mysql_stmt_init(it->db) : NULL;
    if (!stmt)
        return igd_mysql_fail_here(it, err);
    if (mysql_stmt_prepare(stmt, sql.ptr, sql.len)) {
        int rc = fail_stmt(it, stmt, err);
        mysql_stmt_close(stmt);
        return rc;
    }
    size_t count = mysql_stmt_param_count(stmt);
    igd_sql_stmt *handle = igd_xmalloc(sizeof(*handle));
    *handle = (igd_sql_stmt){.it = it,
                             .stmt = stmt,
                             .count = count,
                             .sql = IGD_BUF_INIT,
                             .adds = contains(sql, IGD_MYSQL_ADDS),
                             .upserts = contains(sql, IGD_MYSQL_UPSERTS)};
    igd_buf_str(&handle->sql, sql);
    handle->binds = igd_xmalloc(sizeof(*handle->binds) * (count + 1));
    handle->cells = igd_xmalloc(sizeof(*handle->cells) * (count + 1));
    *out = handle;
    return IGD_OK;
}

void igd_mysql_finalize(igd_sql_stmt *handle)
{
    if (!handle)
        return;
    mysql_stmt_close(handle->stmt);
    igd_buf_free(&handle->sql);
    free(handle->binds);
    free(handle->cells);
    free(handle);
}

/* A request has a largest size, values that are sent beforehand in pieces are not part of it. */
static int send_long_values(igd_sql_stmt *handle, const igd_value *params, igd_error *err)
{
    for (size_t n = 0; n < handle->count; n++) {
        if (handle->binds[n].buffer_type != MYSQL_TYPE_STRING || params[n].text.len < LONG_VALUE)
            continue;
        for (size_t at = 0; at < params[n].text.len; at += LONG_VALUE) {
            igd_str piece = igd_str_sub(params[n].text, at, LONG_VALUE);
            if (mysql_stmt_send_long_data(handle->stmt, (unsigned)n, piece.ptr, piece.len))
                return fail_stmt(handle->it, handle->stmt, err);
        }
    }
    return IGD_OK;
}

static int bind_all(igd_sql_stmt *handle, const igd_value *params, igd_error *err)
{
    for (size_t n = 0; n < handle->count; n++)
        igd_mysql_bind(&params[n], &handle->cells[n], &handle->binds[n]);
    if (handle->count && mysql_stmt_bind_param(handle->stmt, handle->binds))
        return fail_stmt(handle->it, handle->stmt, err);
    return send_long_values(handle, params, err);
}

/* As it failed; or not, when references were in the way that are checked later. */
static int execute_again(igd_sql_stmt *handle, const igd_value *params, igd_error *err)
{
    MYSQL_STMT *stmt = handle->stmt;
    if (mysql_stmt_errno(stmt) == 0)
        return fail_stmt(handle->it, stmt, err);
    int rc = igd_mysql_defer(handle->it, mysql_stmt_errno(stmt), mysql_stmt_error(stmt),
                             igd_buf_view(&handle->sql), params, handle->count, err);
    if (!rc)
        rc = bind_all(handle, params, err);
    if (!rc && mysql_stmt_execute(stmt))
        rc = fail_stmt(handle->it, stmt, err);
    return rc;
}

static int execute(igd_sql_stmt *handle, const igd_value *params, size_t count, igd_error *err)
{
    if (count != handle->count)
        return igd_fail(err, IGD_E_BUG, "%zu parameters for a statement that has %zu", count,
                        handle->count);
    int rc = bind_all(handle, params, err);
    if (rc)
        return rc;
    if (mysql_stmt_execute(handle->stmt) == 0)
        return IGD_OK;
    rc = execute_again(handle, params, err);
    if (rc && handle->upserts && err->native == ER_BAD_NULL_ERROR)
        igd_hint(err, "if that is a column of the key, another unique index of the table has a row "
                      "with the same values already");
    return rc;
}

static int count_rows(igd_sql_stmt *handle, uint64_t *rows, igd_error *err)
{
    MYSQL_STMT *stmt = handle->stmt;
    if (mysql_stmt_field_count(stmt) == 0) {
        *rows = mysql_stmt_affected_rows(stmt);
        return IGD_OK;
    }
    int rc = mysql_stmt_store_result(stmt) ? fail_stmt(handle->it, stmt, err) : IGD_OK;
    *rows = rc ? 0 : mysql_stmt_num_rows(stmt);
    mysql_stmt_free_result(stmt);
    return rc;
}

int igd_mysql_run(igd_sql_stmt *handle, const igd_value *params, size_t count, uint64_t *rows,
                  igd_error *err)
{
    uint64_t done = 0;
    int rc = execute(handle, params, count, err);
    if (!rc)
        rc = count_rows(handle, &done, err);
    else if (handle->adds && err->native == ER_DUP_ENTRY)
        rc = IGD_OK;
    if (!rc && rows)
        *rows = done;
    return rc;
}

/* ---- results ---- */

typedef struct reader {
    igd_sql_stmt *handle;
    const igd_sql_query *query;
    igd_mysql_column *columns;
    MYSQL_BIND *binds;
    size_t count;
} reader;

static void reader_end(reader *r)
{
    for (size_t n = 0; r->columns && n < r->count; n++)
        free(r->columns[n].text);
    igd_mysql_finalize(r->handle);
}
IGD_DEFINE_CLEANUP(reader, reader_end)

static int reader_begin(reader *r, igd_arena *mem, igd_error *err)
{
    MYSQL_RES *meta = mysql_stmt_result_metadata(r->handle->stmt);
    size_t count = meta ? mysql_num_fields(meta) : 0;
    if (count < r->query->column_count) {
        mysql_free_result(meta);
        return igd_fail(err, IGD_E_BUG, "a result of %zu columns where %zu are needed", count,
                        r->query->column_count);
    }
    r->columns = IGD_NEW_ARRAY(mem, igd_mysql_column, count);
    r->binds = IGD_NEW_ARRAY(mem, MYSQL_BIND, count);
    r->count = count;
    for (size_t n = 0; n < count; n++)
        igd_mysql_column_init(&r->columns[n],
                              n < r->query->column_count ? r->query->kinds[n] : IGD_STRING,
                              mysql_fetch_field_direct(meta, (unsigned)n), &r->binds[n]);
    mysql_free_result(meta);
    if (mysql_stmt_bind_result(r->handle->stmt, r->binds))
        return fail_stmt(r->handle->it, r->handle->stmt, err);
    return IGD_OK;
}

/* Texts that had no room are fetched again; the room stays for the rows that follow. */
static int fetch_long_texts(reader *r, bool *grown, igd_error *err)
{
    for (size_t n = 0; n < r->count; n++) {
        igd_mysql_column *column = &r->columns[n];
        if (column->as != IGD_MYSQL_AS_TEXT || column->null || column->len <= column->cap)
            continue;
        column->cap = column->len;
        column->text = igd_xrealloc(column->text, column->cap);
        r->binds[n].buffer = column->text;
        r->binds[n].buffer_length = column->cap;
        *grown = true;
        if (mysql_stmt_fetch_column(r->handle->stmt, &r->binds[n], (unsigned)n, 0))
            return fail_stmt(r->handle->it, r->handle->stmt, err);
    }
    return IGD_OK;
}

/* 0: there is a row; MYSQL_NO_DATA: there are no more; else *rc is set. */
static int next_row(reader *r, int *rc, igd_error *err)
{
    int found = mysql_stmt_fetch(r->handle->stmt);
    bool grown = false;
    if (found == MYSQL_NO_DATA)
        return found;
    if (found != 0 && found != MYSQL_DATA_TRUNCATED) {
        *rc = fail_stmt(r->handle->it, r->handle->stmt, err);
        return found;
    }
    *rc = fetch_long_texts(r, &grown, err);
    if (!*rc && grown && mysql_stmt_bind_result(r->handle->stmt, r->binds))
        *rc = fail_stmt(r->handle->it, r->handle->stmt, err);
    return *rc ? 1 : 0;
}

/* Nothing is kept: rows are given on as they arrive. */
int igd_mysql_query(igd_sql_target *target, const igd_sql_query *query, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP_PTR(igd_arena) igd_arena *row_mem = igd_arena_new();
    IGD_CLEANUP(reader)
    reader r = {.query = query};
    int rc = igd_mysql_prepare(target, query->sql, &r.handle, err);
    if (!rc)
        rc = execute(r.handle, query->params, query->param_count, err);
    if (!rc)
        rc = reader_begin(&r, mem, err);
    if (rc)
        return rc;
    igd_value *row = IGD_NEW_ARRAY(mem, igd_value, query->column_count);
    while (!rc && next_row(&r, &rc, err) == 0) {
        igd_arena_reset(row_mem);
        for (size_t n = 0; n < query->column_count; n++)
            row[n] = igd_mysql_column_value(&r.columns[n], row_mem);
        rc = query->callback(row, query->payload, err);
    }
    return rc;
}

/* ---- for the statements of this folder ---- */

typedef struct first_row {
    igd_arena *mem;
    igd_value *out;
    size_t columns;
    bool found;
} first_row;

static int take_first(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    first_row *to = payload;
    for (size_t n = 0; !to->found && n < to->columns; n++)
        to->out[n] = igd_value_copy(&row[n], to->mem);
    to->found = true;
    return IGD_OK;
}

int igd_mysql_ask(igd_mysql *it, const char *sql, const igd_value *params, size_t count,
                  const igd_kind *kinds, size_t columns, igd_arena *mem, igd_value *out,
                  bool *found, igd_error *err)
{
    first_row to = {mem, out, columns, false};
    igd_sql_query query = {.sql = igd_str_from(sql),
                           .params = params,
                           .param_count = count,
                           .kinds = kinds,
                           .column_count = columns,
                           .callback = take_first,
                           .payload = &to};
    int rc = igd_mysql_query(&it->sql, &query, err);
    if (!rc)
        *found = to.found;
    return rc;
}

int igd_mysql_number(igd_mysql *it, const char *sql, igd_str param, int64_t *out, igd_error *err)
{
    static const igd_kind kinds[] = {IGD_INT};
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_value value = IGD_VALUE_NULL, text = igd_value_string(param);
    bool found = false;
    int rc = igd_mysql_ask(it, sql, &text, param.ptr ? 1 : 0, kinds, 1, mem, &value, &found, err);
    if (!rc)
        *out = found && value.kind == IGD_INT ? value.integer : 0;
    return rc;
}
