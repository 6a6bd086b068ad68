/*
 * Transactions that write.
 */
#include <stdio.h>

#include "targets/mysql/mysql.h"

/* Statements of the server end transactions; what the session set for one goes with it. */
void igd_mysql_ended(igd_mysql *it)
{
    igd_error ignored = IGD_ERROR_INIT;
    it->in_transaction = false;
    it->must_check = false;
    it->sql.removes = false;
    /* A connection that is lost took it along. */
    if (it->checks_off)
        (void)igd_mysql_exec(&it->sql, "SET foreign_key_checks = 1", &ignored);
    it->checks_off = false;
}

/* Creating a table would commit: the bookkeeping's are made before the transaction. */
static int make_books(igd_mysql *it, igd_error *err)
{
    if (it->books)
        return IGD_OK;
    int rc = igd_sql_make_books(&it->sql, err);
    it->books = rc == IGD_OK;
    return rc;
}

/* Nobody else passes the fence until this transaction ends: also where the session's lock is of no
 * use, since others are connected to another node. */
static int lock_state(igd_mysql *it, igd_error *err)
{
    static const igd_kind kinds[] = {IGD_STRING};
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_value source = igd_value_string(it->sql.source), found;
    bool any;
    if (!it->sql.source.len)
        return IGD_OK;
    return igd_mysql_ask(it, "SELECT source FROM ingitdb_sync_state WHERE source = ? FOR UPDATE",
                         &source, 1, kinds, 1, mem, &found, &any, err);
}

int igd_mysql_begin(igd_sql_target *target, const igd_plan *plan IGD_UNUSED, igd_error *err)
{
    igd_mysql *it = igd_mysql_of(target);
    int rc = igd_mysql_check_lock(it, err);
    if (!rc)
        rc = make_books(it, err);
    target->removes = it->must_check = false;
    /* Who looked for rows that are not there must not lock the gap. */
    if (!rc)
        rc = igd_mysql_exec(target, "SET TRANSACTION ISOLATION LEVEL READ COMMITTED", err);
    if (!rc)
        rc = igd_mysql_exec(target, "START TRANSACTION", err);
    if (rc)
        return rc;
    it->in_transaction = true;
    rc = lock_state(it, err);
    if (rc)
        igd_mysql_rollback(target);
    return rc;
}

int igd_mysql_commit(igd_sql_target *target, igd_error *err)
{
    igd_mysql *it = igd_mysql_of(target);
    int rc = it->must_check ? igd_mysql_check_references(it, err) : IGD_OK;
    if (!rc)
        rc = igd_mysql_exec(target, "COMMIT", err);
    if (!rc)
        igd_mysql_ended(it);
    return rc;
}

void igd_mysql_rollback(igd_sql_target *target)
{
    igd_mysql *it = igd_mysql_of(target);
    igd_error ignored = IGD_ERROR_INIT;
    (void)igd_mysql_exec(target, "ROLLBACK", &ignored);
    igd_mysql_ended(it);
    if (it->scripted && it->db)
        (void)igd_mysql_set_up(it, &ignored);
    it->scripted = false;
}

bool igd_mysql_still_open(igd_sql_target *target)
{
    return igd_mysql_of(target)->in_transaction;
}

/* ---- foreign keys ---- */

static bool set_checks(igd_mysql *it, bool on)
{
    igd_error ignored = IGD_ERROR_INIT;
    return igd_mysql_exec(&it->sql,
                          on ? "SET foreign_key_checks = 1" : "SET foreign_key_checks = 0",
                          &ignored) == IGD_OK;
}

static bool is_referred(unsigned number)
{
    return number == ER_ROW_IS_REFERENCED || number == ER_ROW_IS_REFERENCED_2;
}

/* Whether the table that refers to the row, ours or not, is one of those that are looked at before
 * the transaction ends. One of another database is not ours, so the row would be missing there in
 * any case; one that the user may not see could not be looked at. The server's message has it, in
 * any language: (`database`.`table`, CONSTRAINT ... */
static int is_seen(igd_mysql *it, const char *message, bool *seen, igd_error *err)
{
    static const igd_kind kinds[] = {IGD_INT};
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    const char *at = strstr(message, "(`");
    igd_str rest = igd_str_from(at ? at + 1 : ""), database, table;
    igd_value name, count = IGD_VALUE_NULL;
    bool found = false;
    *seen = false;
    if (!igd_mysql_take_name(&rest, mem, &database) || !igd_str_starts(rest, IGD_STR(".")))
        return IGD_OK;
    rest = igd_str_sub(rest, 1, rest.len);
    bool here = it->folded_names ? igd_str_eq_nocase(database, it->sql.base.database)
                                 : igd_str_eq(database, it->sql.base.database);
    if (!here || !igd_mysql_take_name(&rest, mem, &table))
        return IGD_OK;
    name = igd_value_string(table);
    int rc = igd_mysql_ask(it,
                           "SELECT count(*) FROM information_schema.key_column_usage WHERE "
                           "table_schema = database() AND table_name = ? AND "
                           "referenced_table_name IS NOT NULL",
                           &name, 1, kinds, 1, mem, &count, &found, err);
    *seen = !rc && found && count.integer > 0;
    return rc;
}

/* Without checks the server does nothing to the rows that refer to one that goes. */
static int let_go(igd_mysql *it, unsigned number, const char *message, igd_str sql,
                  const igd_value *params, size_t count, igd_error *err)
{
    bool seen;
    int rc = is_seen(it, message, &seen, err);
    if (rc)
        return rc;
    if (seen)
        return igd_mysql_carry_out(it, sql, params, count, err);
    rc = igd_mysql_fail(it, number, message, err);
    igd_hint(err, "a table of another database, or one that the user may not see, refers to a row "
                  "that goes: delete or change what refers to it first");
    return rc;
}

int igd_mysql_defer(igd_mysql *it, unsigned number, const char *message, igd_str sql,
                    const igd_value *params, size_t count, igd_error *err)
{
    char said[MYSQL_ERRMSG_SIZE]; /* other statements have their own */
    bool refers = number == ER_NO_REFERENCED_ROW || number == ER_NO_REFERENCED_ROW_2;
    int rc = IGD_OK;
    if ((!refers && !is_referred(number)) || it->checks_off || !it->sql.in_transaction ||
        !it->sql.source.len)
        return igd_mysql_fail(it, number, message, err);
    snprintf(said, sizeof(said), "%s", message);
    if (is_referred(number))
        rc = let_go(it, number, said, sql, params, count, err);
    if (rc)
        return rc;
    it->checks_off = set_checks(it, false);
    it->must_check |= it->checks_off;
    it->sql.removes |= it->checks_off;
    return it->checks_off ? IGD_OK : igd_mysql_fail(it, number, said, err);
}

/* With checks on the server does what the references to the row say. Where that is that it has to
 * stay, they are off again: who refers to it may go or change later. */
int igd_mysql_remove(igd_sql_target *target, const igd_table *table, const igd_value *key,
                     igd_error *err)
{
    igd_mysql *it = igd_mysql_of(target);
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    bool off = it->checks_off;
    igd_sql_delete(target->dialect, table, &sql);
    if (off && !set_checks(it, true))
        return igd_mysql_fail_here(it, err);
    it->checks_off = false;
    int rc = igd_sql_execute(target, igd_buf_view(&sql), key, table->key_count, err);
    if (off && !it->checks_off && it->in_transaction)
        it->checks_off = set_checks(it, false);
    return rc;
}
