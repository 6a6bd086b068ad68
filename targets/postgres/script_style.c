/*
 * Scripts for psql: one transaction, in which everything that a session could have been configured
 * to is set.
 */
#include "targets/postgres/postgres.h"
#include "targets/stand_in/style.h"

static const char top[] = "\\set QUIET on\n"
                          "\\set ON_ERROR_STOP on\n"
                          "\\set AUTOCOMMIT on\n"
                          "\\pset tuples_only on\n"
                          "\\pset format unaligned\n"
                          "BEGIN;\n"
                          "SET LOCAL client_min_messages = warning;\n"
                          "SET LOCAL client_encoding = 'UTF8';\n"
                          "SET LOCAL standard_conforming_strings = on;\n"
                          "SET LOCAL timezone = 'UTC';\n"
                          "SET LOCAL datestyle = 'ISO, YMD';\n"
                          "SET LOCAL intervalstyle = 'postgres';\n"
                          "SET LOCAL bytea_output = 'hex';\n"
                          "SET LOCAL transform_null_equals = off;\n"
                          "SET LOCAL row_security = off;\n"
                          "SET LOCAL search_path = ";

static void begin(const igd_sql_target *target, igd_buf *sql)
{
    const igd_pg *it = (const igd_pg *)target;
    igd_buf_puts(sql, top);
    igd_sql_name(target->dialect, igd_str_from(it->schema), sql);
    igd_buf_puts(sql, ", pg_temp;\n");
}

/* The block is a string, so that nothing in it can end it. */
static void guard(const igd_dialect *dialect IGD_UNUSED, igd_str what, igd_str condition,
                  igd_buf *sql)
{
    IGD_CLEANUP(igd_buf)
    igd_buf block = IGD_BUF_INIT;
    igd_buf_printf(&block, "BEGIN IF NOT (%.*s) THEN RAISE EXCEPTION USING MESSAGE = ",
                   IGD_STR_ARG(condition));
    igd_pg_quote(what, &block);
    igd_buf_puts(&block, "; END IF; END");
    igd_buf_puts(sql, "DO ");
    igd_pg_quote(igd_buf_view(&block), sql);
    igd_buf_puts(sql, ";\n");
}

static void lock(const igd_dialect *dialect IGD_UNUSED, igd_str source IGD_UNUSED, igd_buf *sql)
{
    igd_buf_puts(sql, "LOCK TABLE ingitdb_sync_state IN EXCLUSIVE MODE;\n");
}

static void place(const igd_sql_target *target, igd_str table, igd_buf *sql)
{
    const igd_pg *it = (const igd_pg *)target;
    igd_sql_name(target->dialect, igd_str_from(it->schema), sql);
    igd_buf_byte(sql, '.');
    igd_sql_name(target->dialect, table, sql);
}

/* The name of the constraint is the target's: another one may have made it. */
static void drop_key(const igd_sql_target *target, igd_str table, igd_arena *mem, igd_str_list *out)
{
    IGD_CLEANUP(igd_buf)
    igd_buf name = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf block = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    place(target, table, &name);
    igd_buf_puts(&block, "DECLARE k record; BEGIN FOR k IN SELECT conname FROM pg_constraint WHERE "
                         "contype = 'p' AND conrelid = ");
    igd_pg_quote(igd_buf_view(&name), &block);
    igd_buf_puts(&block, "::regclass LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', ");
    igd_pg_quote(igd_buf_view(&name), &block);
    igd_buf_puts(&block, ", k.conname); END LOOP; END");
    igd_buf_puts(&sql, "DO ");
    igd_pg_quote(igd_buf_view(&block), &sql);
    IGD_PUSH(mem, out, igd_arena_str(mem, igd_buf_view(&sql)));
}

static bool statements(const igd_sql_target *target, const igd_op *op, igd_arena *mem,
                       igd_str_list *out)
{
    if (op->kind == IGD_OP_CHANGE_PRIMARY_KEY) {
        drop_key(target, op->table, mem, out);
        igd_pg_remake_text(target->dialect, op, (igd_str){0}, mem, out);
        return true;
    }
    if (op->part != IGD_PART_EXPAND || !igd_op_refills(op))
        return false;
    igd_pg_refill_text(target->dialect, op, mem, out);
    return true;
}

const igd_script_style igd_pg_script_style = {
    .now = "to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')",
    .before_contract = "SET CONSTRAINTS ALL IMMEDIATE",
    .drop_table = "DROP TABLE IF EXISTS ",
    .begin = begin,
    .guard = guard,
    .lock = lock,
    .check = igd_pg_check_plan,
    .statements = statements,
    .place = place,
};
