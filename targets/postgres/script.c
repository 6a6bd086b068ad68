/*
 * Statements of scripts: the server runs them as psql would, under some supervision.
 *
 * One message holds one statement, since the extended protocol takes no more. What stands outside
 * of the script's transaction runs in one of its own that reads only, so that settings stay and
 * nothing is written.
 */
#include "targets/postgres/postgres.h"

static int refuse(const char *what, igd_error *err)
{
    (void)igd_fail(err, IGD_E_FORMAT, "%s", what);
    return igd_hint(err, "this is no script of this program: run it by a client of the database");
}

/* ---- what a statement is ---- */

/* Behind white space and comments. */
static igd_str skip_comments(igd_str text)
{
    for (;;) {
        text = igd_str_trim(text);
        if (igd_str_starts(text, IGD_STR("--"))) {
            ptrdiff_t end = igd_str_find(text, '\n');
            text = end < 0 ? IGD_STR("") : igd_str_sub(text, (size_t)end, text.len);
        } else if (igd_str_starts(text, IGD_STR("/*"))) {
            size_t depth = 0, at = 0;
            do {
                igd_str two = igd_str_sub(text, at, 2);
                bool open = igd_str_is(two, "/*"), close = igd_str_is(two, "*/");
                depth = depth + open - close;
                at += open || close ? 2 : 1;
            } while (depth && at < text.len);
            text = igd_str_sub(text, at, text.len);
        } else {
            return text;
        }
    }
}

/* The words with which a statement begins or ends a transaction, or a part of one. */
static bool is_transaction_word(igd_str text)
{
    static const char *const words[] = {"BEGIN", "START",     "COMMIT",  "END",    "ROLLBACK",
                                        "ABORT", "SAVEPOINT", "RELEASE", "PREPARE"};
    size_t len = 0;
    text = skip_comments(text);
    while (len < text.len && ((text.ptr[len] | 0x20) >= 'a' && (text.ptr[len] | 0x20) <= 'z'))
        len++;
    for (size_t n = 0; n < IGD_COUNT(words); n++)
        if (igd_str_eq_nocase((igd_str){text.ptr, len}, igd_str_from(words[n])))
            return true;
    return false;
}

static bool outside(const igd_pg *it)
{
    return PQtransactionStatus(it->db) == PQTRANS_IDLE;
}

static int check_before(const igd_pg *it, const igd_script_statement *statement, igd_error *err)
{
    switch (statement->role) {
    case IGD_SCRIPT_BEGIN:
        return outside(it) ? IGD_OK : refuse("a second BEGIN", err);
    case IGD_SCRIPT_COMMIT:
        if (PQtransactionStatus(it->db) == PQTRANS_INERROR)
            return igd_fail(err, IGD_E_TARGET, "postgres: the transaction has failed");
        return outside(it) ? refuse("COMMIT without BEGIN", err) : IGD_OK;
    case IGD_SCRIPT_STATEMENT:
        break;
    }
    return is_transaction_word(statement->text)
               ? refuse("the statement begins or ends a transaction", err)
               : IGD_OK;
}

/* ---- running it ---- */

static void put_rows(const PGresult *result, igd_script_output *output, void *payload)
{
    IGD_CLEANUP(igd_buf)
    igd_buf line = IGD_BUF_INIT;
    for (int row = 0; row < PQntuples(result); row++) {
        igd_buf_clear(&line);
        for (int n = 0; n < PQnfields(result); n++) {
            igd_buf_puts(&line, n ? "|" : "");
            igd_buf_str(&line, igd_pg_cell(result, row, n));
        }
        output(igd_buf_view(&line), payload);
    }
}

static int fail_statement(igd_pg *it, const PGresult *result, igd_error *err)
{
    const char *where = PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION);
    const char *state = igd_pg_state(result);
    if (strcmp(state, "42601") == 0 && where && strcmp(where, "exec_parse_message") == 0)
        return refuse("something follows the statement before its end", err);
    if (strcmp(state, "25006") == 0 && it->sql.in_transaction)
        return refuse("the statement writes outside of the transaction", err);
    return igd_pg_fail(it, result, err);
}

/* COPY would go on to talk. */
static int refuse_copy(igd_pg *it, igd_error *err)
{
    PGresult *result;
    (void)PQputCopyEnd(it->db, "no rows come");
    char *line = NULL;
    while (PQgetCopyData(it->db, &line, 0) > 0)
        PQfreemem(line);
    while ((result = PQgetResult(it->db)))
        PQclear(result);
    return refuse("COPY from or to the client", err);
}

static int execute(igd_pg *it, igd_str text, igd_script_output *output, void *payload,
                   igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP_PTR(PGresult)
    PGresult *result =
        PQexecParams(it->db, igd_arena_cstr(mem, text), 0, NULL, NULL, NULL, NULL, 0);
    switch (PQresultStatus(result)) {
    case PGRES_TUPLES_OK:
        if (output)
            put_rows(result, output, payload);
        return IGD_OK;
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY:
        return IGD_OK;
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
    case PGRES_COPY_BOTH:
        return refuse_copy(it, err);
    case PGRES_BAD_RESPONSE:
    case PGRES_NONFATAL_ERROR:
    case PGRES_FATAL_ERROR:
    case PGRES_SINGLE_TUPLE:
    case PGRES_PIPELINE_SYNC:
    case PGRES_PIPELINE_ABORTED:
        break;
    }
    return fail_statement(it, result, err);
}

static int execute_outside(igd_pg *it, igd_str text, igd_script_output *output, void *payload,
                           igd_error *err)
{
    igd_error ignored = IGD_ERROR_INIT;
    int rc = igd_pg_exec(&it->sql, "BEGIN READ ONLY", err);
    if (!rc)
        rc = execute(it, text, output, payload, err);
    if (!rc)
        return igd_pg_exec(&it->sql, "COMMIT", err);
    (void)igd_pg_exec(&it->sql, "ROLLBACK", &ignored);
    return rc;
}

/* A script sets where it works: it may have been made for another schema than the URL names. */
static int check_schema(igd_pg *it, igd_error *err)
{
    IGD_CLEANUP_PTR(PGresult) PGresult *found = NULL;
    int rc = igd_pg_ask(it, "SELECT coalesce(current_schema(), '')", NULL, 0, &found, err);
    if (rc || igd_str_is(igd_pg_cell(found, 0, 0), it->schema))
        return rc;
    (void)igd_fail(err, IGD_E_FORMAT, "the script is for schema '%.*s', and the target is '%s'",
                   IGD_STR_ARG(igd_pg_cell(found, 0, 0)), it->schema);
    return igd_hint(err, "generate it for this schema, or name the other one by ?schema=");
}

static int lost(igd_pg *it, int rc, igd_error *err)
{
    return igd_pg_was_thrown_out(it) ? igd_pg_fail_broken(err) : rc;
}

int igd_pg_script(igd_sql_target *target, const igd_script_statement *statement,
                  igd_script_output *output, void *payload, igd_error *err)
{
    igd_pg *it = igd_pg_of(target);
    if (igd_pg_is_lost(it)) {
        igd_fail(err, IGD_E_UNREACHABLE, "postgres: the connection was lost");
        err->transient = true;
        return lost(it, IGD_E_UNREACHABLE, err);
    }
    int rc = check_before(it, statement, err);
    it->unsettled = true;
    if (rc)
        return rc;
    if (statement->role == IGD_SCRIPT_COMMIT)
        rc = check_schema(it, err);
    if (rc)
        return lost(it, rc, err);
    rc = statement->role == IGD_SCRIPT_STATEMENT && outside(it)
             ? execute_outside(it, statement->text, output, payload, err)
             : execute(it, statement->text, output, payload, err);
    if (!rc && statement->role == IGD_SCRIPT_BEGIN)
        rc = outside(it) ? refuse("BEGIN that begins nothing", err) : igd_pg_hold_lock(it, err);
    if (!rc && statement->role == IGD_SCRIPT_COMMIT) {
        /* What had failed before is rolled back by COMMIT, too. */
        target->in_transaction = false;
        igd_error ignored = IGD_ERROR_INIT;
        (void)igd_pg_settle(it, &ignored);
    }
    return rc ? lost(it, rc, err) : IGD_OK;
}
