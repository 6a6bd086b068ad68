/*
 * Statements: parameters as texts, whose types the server infers, and results.
 *
 * A statement that is no longer needed is told to the server with the end of the transaction, in
 * the same message: by then a failed one would take no other word.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "targets/postgres/postgres.h"

struct igd_sql_stmt {
    igd_pg *it;
    char name[32]; /* empty: sent anew each time. Poolers that know of prepared statements give them
                      names of their own, which DEALLOCATE does not know */
    igd_buf sql;
    igd_buf text; /* of the parameters */
    const char **params;
    size_t count; /* room in params */
};

static bool is_fine(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

int igd_pg_exec(igd_sql_target *target, const char *sql, igd_error *err)
{
    igd_pg *it = igd_pg_of(target);
    IGD_CLEANUP_PTR(PGresult) PGresult *result = PQexec(it->db, sql);
    return is_fine(result) ? IGD_OK : igd_pg_fail(it, result, err);
}

/* ---- parameters ---- */

/* Texts for libpq end with a NUL. First where each begins, since the buffer moves. */
static int put_params(const igd_value *params, size_t count, igd_buf *text, const char **out,
                      igd_error *err)
{
    igd_buf_clear(text);
    for (size_t n = 0; n < count; n++) {
        size_t start = text->len;
        out[n] = NULL;
        if (params[n].kind == IGD_NULL)
            continue;
        igd_pg_text(&params[n], text);
        if (memchr(text->ptr + start, '\0', text->len - start)) {
            igd_fail(err, IGD_E_TARGET, "postgres: a text with a NUL cannot be stored");
            return igd_hint(err, "take the NUL out of the record");
        }
        igd_buf_byte(text, '\0');
        out[n] = (const char *)(uintptr_t)(start + 1);
    }
    for (size_t n = 0; n < count; n++)
        if (out[n])
            out[n] = text->ptr + (uintptr_t)out[n] - 1;
    return IGD_OK;
}

/* ---- prepared ---- */

int igd_pg_prepare(igd_sql_target *target, igd_str sql, igd_sql_stmt **out, igd_error *err)
{
    igd_pg *it = igd_pg_of(target);
    igd_sql_stmt *stmt = igd_xmalloc(sizeof(*stmt));
    *stmt = (igd_sql_stmt){.it = it, .sql = IGD_BUF_INIT, .text = IGD_BUF_INIT};
    igd_buf_str(&stmt->sql, sql);
    *out = stmt;
    if (it->pooled)
        return IGD_OK;
    snprintf(stmt->name, sizeof(stmt->name), "ingitdb_%" PRIu64, ++it->statements);
    IGD_CLEANUP_PTR(PGresult)
    PGresult *result = PQprepare(it->db, stmt->name, stmt->sql.ptr, 0, NULL);
    if (!is_fine(result)) {
        int rc = igd_pg_fail(it, result, err);
        stmt->name[0] = '\0';
        igd_pg_finalize(stmt);
        *out = NULL;
        return rc;
    }
    return IGD_OK;
}

void igd_pg_finalize(igd_sql_stmt *stmt)
{
    if (!stmt)
        return;
    if (stmt->name[0])
        igd_buf_printf(&stmt->it->leftover, "DEALLOCATE %s; ", stmt->name);
    igd_buf_free(&stmt->sql);
    igd_buf_free(&stmt->text);
    free(stmt->params);
    free(stmt);
}

int igd_pg_run(igd_sql_stmt *stmt, const igd_value *params, size_t count, uint64_t *rows,
               igd_error *err)
{
    igd_pg *it = stmt->it;
    if (count > stmt->count) {
        stmt->params = igd_xrealloc(stmt->params, count * sizeof(*stmt->params));
        stmt->count = count;
    }
    int rc = put_params(params, count, &stmt->text, stmt->params, err);
    if (rc)
        return rc;
    IGD_CLEANUP_PTR(PGresult)
    PGresult *result =
        stmt->name[0]
            ? PQexecPrepared(it->db, stmt->name, (int)count, stmt->params, NULL, NULL, 0)
            : PQexecParams(it->db, stmt->sql.ptr, (int)count, NULL, stmt->params, NULL, NULL, 0);
    if (!is_fine(result))
        return igd_pg_fail(it, result, err);
    if (rows)
        *rows = strtoull(PQcmdTuples(result), NULL, 10);
    return IGD_OK;
}

/* ---- queries ---- */

igd_str igd_pg_cell(const PGresult *result, int row, int column)
{
    if (PQgetisnull(result, row, column))
        return (igd_str){0};
    return (igd_str){PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column)};
}

int igd_pg_ask(igd_pg *it, const char *sql, const igd_str *texts, size_t count, PGresult **out,
               igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    const char **params = IGD_NEW_ARRAY(mem, const char *, count + 1);
    for (size_t n = 0; n < count; n++)
        params[n] = texts[n].ptr ? igd_arena_cstr(mem, texts[n]) : NULL;
    PGresult *result = PQexecParams(it->db, sql, (int)count, NULL, params, NULL, NULL, 0);
    if (PQresultStatus(result) == PGRES_TUPLES_OK) {
        *out = result;
        return IGD_OK;
    }
    int rc = igd_pg_fail(it, result, err);
    PQclear(result);
    return rc;
}

static int hand_out(const PGresult *result, const igd_sql_query *query, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    int rc = IGD_OK;
    for (int row = 0; !rc && row < PQntuples(result); row++) {
        igd_arena_reset(mem);
        igd_value *values = IGD_NEW_ARRAY(mem, igd_value, query->column_count);
        for (size_t n = 0; n < query->column_count; n++) {
            igd_str text = igd_pg_cell(result, row, (int)n);
            if (text.ptr)
                values[n] = igd_pg_value(query->kinds[n], text, mem);
        }
        rc = query->callback(values, query->payload, err);
    }
    return rc;
}

/* With parameters: what is asked for by keys, which is never much. */
static int query_params(igd_pg *it, const igd_sql_query *query, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    const char **params = IGD_NEW_ARRAY(mem, const char *, query->param_count);
    int rc = put_params(query->params, query->param_count, &text, params, err);
    if (rc)
        return rc;
    IGD_CLEANUP_PTR(PGresult)
    PGresult *result = PQexecParams(it->db, igd_arena_cstr(mem, query->sql),
                                    (int)query->param_count, NULL, params, NULL, NULL, 0);
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        return igd_pg_fail(it, result, err);
    return hand_out(result, query, err);
}

static int query_once(igd_pg *it, const igd_sql_query *query, igd_error *err)
{
    return query->param_count ? query_params(it, query, err) : igd_pg_copy_out(it, query, err);
}

int igd_pg_query(igd_sql_target *target, const igd_sql_query *query, igd_error *err)
{
    igd_pg *it = igd_pg_of(target);
    if (!it->pooled || PQtransactionStatus(it->db) != PQTRANS_IDLE)
        return query_once(it, query, err);
    /* Outside of a transaction nothing would be settled. */
    int rc = igd_pg_exec(target, it->dialect.begin_read, err);
    if (rc)
        return rc;
    rc = query_once(it, query, err);
    igd_error ignored = IGD_ERROR_INIT;
    (void)igd_pg_exec(target, "ROLLBACK", &ignored);
    return rc;
}
