/*
 * Statements of scripts: the server runs them as its client would, under some supervision.
 *
 * What changes the schema commits by itself, inside of a transaction and outside; the script is
 * made for that. Everything else may write between BEGIN and COMMIT alone: outside of them it runs
 * in a transaction that only reads.
 */
#include <strings.h>

#include "targets/mysql/mysql.h"

static int refuse(const char *what, igd_error *err)
{
    (void)igd_fail(err, IGD_E_FORMAT, "%s", what);
    return igd_hint(err, "this is no script of this program: run it by a client of the database");
}

/* ---- what a statement is ---- */

static bool is_space(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* Behind white space and comments; all of the text when there is nothing else. */
static igd_str skip_comments(igd_str text)
{
    for (size_t at = 0; at < text.len;) {
        igd_str rest = igd_str_sub(text, at, text.len);
        if (is_space(rest.ptr[0])) {
            at++;
        } else if (rest.ptr[0] == '#' || igd_str_starts(rest, IGD_STR("--"))) {
            ptrdiff_t end = igd_str_find(rest, '\n');
            at = end < 0 ? text.len : at + (size_t)end + 1;
        } else if (igd_str_starts(rest, IGD_STR("/*")) && !igd_str_starts(rest, IGD_STR("/*!"))) {
            const char *end = memmem(rest.ptr, rest.len, "*/", 2);
            at = end ? (size_t)(end - text.ptr) + 2 : text.len;
        } else {
            return rest;
        }
    }
    return (igd_str){0};
}

static bool begins(igd_str statement, const char *const *words)
{
    size_t len = 0;
    while (len < statement.len && ((statement.ptr[len] | 0x20) >= 'a') &&
           ((statement.ptr[len] | 0x20) <= 'z'))
        len++;
    for (; *words; words++)
        if (strlen(*words) == len && strncasecmp(statement.ptr, *words, len) == 0)
            return true;
    return false;
}

static const char *const of_schema[] = {"CREATE",  "ALTER",   "DROP",       "RENAME", "TRUNCATE",
                                        "PREPARE", "EXECUTE", "DEALLOCATE", NULL};
static const char *const of_session[] = {"SET", NULL};
static const char *const of_transaction[] = {"BEGIN",   "START", "COMMIT", "ROLLBACK", "SAVEPOINT",
                                             "RELEASE", "XA",    "LOCK",   "UNLOCK",   NULL};

/* More than white space, comments and the end of a statement. */
static bool is_more_than_one(igd_str text)
{
    for (size_t at = 0; at < text.len; at++)
        if (text.ptr[at] == ';' && skip_comments(igd_str_sub(text, at + 1, text.len)).len)
            return true;
    return false;
}

/* ---- running it ---- */

static void put_row(MYSQL_RES *result, MYSQL_ROW row, igd_script_output *output, void *payload)
{
    IGD_CLEANUP(igd_buf)
    igd_buf line = IGD_BUF_INIT;
    const unsigned long *lengths = mysql_fetch_lengths(result);
    for (unsigned n = 0; n < mysql_num_fields(result); n++) {
        igd_buf_puts(&line, n ? "|" : "");
        if (row[n])
            igd_buf_add(&line, row[n], lengths[n]);
    }
    output(igd_buf_view(&line), payload);
}

/* One that would fail anywhere says so. */
static int fail_outside(igd_mysql *it, igd_str text, igd_error *err)
{
    igd_sql_stmt *stmt = NULL;
    int rc = igd_mysql_prepare(&it->sql, text, &stmt, err);
    igd_mysql_finalize(stmt);
    return rc ? rc : refuse("the statement writes outside of the transaction", err);
}

/* Without CLIENT_MULTI_STATEMENTS a second statement is a syntax error. */
static int fail_text(igd_mysql *it, igd_str text, igd_error *err)
{
    unsigned number = it->db ? mysql_errno(it->db) : 0;
    if (number == ER_EMPTY_QUERY)
        return IGD_OK;
    if (number == ER_PARSE_ERROR && is_more_than_one(text))
        return refuse("something follows the statement before its end", err);
    return igd_mysql_fail_here(it, err);
}

static int run(igd_mysql *it, igd_str text, igd_script_output *output, void *payload,
               igd_error *err)
{
    if (!it->db || mysql_real_query(it->db, text.ptr, text.len))
        return fail_text(it, text, err);
    if (mysql_field_count(it->db) == 0)
        return IGD_OK;
    MYSQL_RES *result = mysql_use_result(it->db);
    for (MYSQL_ROW row; result && (row = mysql_fetch_row(result));)
        if (output)
            put_row(result, row, output, payload);
    bool failed = !result || mysql_errno(it->db);
    mysql_free_result(result);
    return failed ? igd_mysql_fail_here(it, err) : IGD_OK;
}

static bool is_open(const igd_mysql *it)
{
    return it->db && (it->db->server_status & SERVER_STATUS_IN_TRANS);
}

/* ---- by its role ---- */

/* The tables of the bookkeeping come before: creating them would commit. */
static int run_begin(igd_mysql *it, igd_str text, igd_error *err)
{
    if (it->in_transaction)
        return refuse("a second BEGIN", err);
    int rc = igd_mysql_check_lock(it, err);
    if (!rc)
        rc = igd_sql_make_books(&it->sql, err);
    if (!rc)
        rc = igd_sql_make_migrations(&it->sql, err);
    if (!rc)
        rc = run(it, text, NULL, NULL, err);
    it->in_transaction = !rc && is_open(it);
    return rc;
}

static int run_commit(igd_mysql *it, igd_str text, igd_error *err)
{
    if (!it->in_transaction)
        return refuse("COMMIT without BEGIN", err);
    int rc = igd_mysql_check_lock(it, err);
    /* A session that was lost took the transaction along. */
    if (!rc && !is_open(it))
        return igd_mysql_fail(it, CR_SERVER_LOST, "the connection was lost", err);
    if (!rc)
        rc = run(it, text, NULL, NULL, err);
    if (rc)
        return rc;
    it->in_transaction = it->sql.in_transaction = false;
    return IGD_OK;
}

static int run_outside(igd_mysql *it, igd_str text, igd_script_output *output, void *payload,
                       igd_error *err)
{
    igd_str statement = skip_comments(text);
    igd_error ignored = IGD_ERROR_INIT;
    if (!statement.len)
        return IGD_OK;
    if (begins(statement, of_transaction))
        return refuse("the statement begins or ends a transaction", err);
    if (begins(statement, of_schema) || begins(statement, of_session))
        return run(it, text, output, payload, err);
    int rc = igd_mysql_exec(&it->sql, "START TRANSACTION READ ONLY", err);
    if (rc)
        return rc;
    rc = run(it, text, output, payload, err);
    (void)igd_mysql_exec(&it->sql, "ROLLBACK", &ignored);
    return rc && err->native == ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION
               ? fail_outside(it, text, err)
               : rc;
}

static int run_inside(igd_mysql *it, igd_str text, igd_script_output *output, void *payload,
                      igd_error *err)
{
    bool schema = begins(skip_comments(text), of_schema);
    int rc = run(it, text, output, payload, err);
    if (rc || is_open(it))
        return rc;
    it->in_transaction = false;
    if (!schema)
        return refuse("the statement ends the transaction", err);
    rc = igd_mysql_exec(&it->sql, "START TRANSACTION", err);
    it->in_transaction = rc == IGD_OK;
    return rc;
}

int igd_mysql_script(igd_sql_target *target, const igd_script_statement *statement,
                     igd_script_output *output, void *payload, igd_error *err)
{
    igd_mysql *it = igd_mysql_of(target);
    it->scripted = true;
    switch (statement->role) {
    case IGD_SCRIPT_BEGIN:
        return run_begin(it, statement->text, err);
    case IGD_SCRIPT_COMMIT:
        return run_commit(it, statement->text, err);
    case IGD_SCRIPT_STATEMENT:
        break;
    }
    return it->in_transaction ? run_inside(it, statement->text, output, payload, err)
                              : run_outside(it, statement->text, output, payload, err);
}
