/*
 * Taking over tables that somebody else made: whether one can be written as the table that we want,
 * and whether its rows keep to what we add to it.
 */
#include <stdio.h>

#include "targets/sql/sql_target.h"

/* ---- what is there ---- */

static int misfit(const igd_table *wanted, igd_error *err)
{
    igd_error_prefix(err, "table '%.*s' cannot be taken over", IGD_STR_ARG(wanted->name));
    return IGD_E_UNOWNED;
}

static int fail_missing(const igd_dialect *dialect, const igd_table *wanted,
                        const igd_column *column, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf type = IGD_BUF_INIT;
    dialect->column_type(wanted, (size_t)(column - wanted->columns), &type);
    igd_fail(err, IGD_E_UNOWNED, "it has no column '%.*s' (%s), which is part of the key",
             IGD_STR_ARG(column->name), type.ptr);
    igd_hint(err, "add and fill it, or name the column that holds the key: --key-column, or "
                  "another name of the field");
    return misfit(wanted, err);
}

static int fail_type(const igd_dialect *dialect, const igd_table *wanted, const igd_column *column,
                     const igd_column *there, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf type = IGD_BUF_INIT;
    dialect->column_type(wanted, (size_t)(column - wanted->columns), &type);
    if (there->computed)
        igd_fail(err, IGD_E_UNOWNED, "its column '%.*s' is computed and cannot be written",
                 IGD_STR_ARG(column->name));
    else
        igd_fail(err, IGD_E_UNOWNED, "its column '%.*s' is %s%.*s; %s needs %s",
                 IGD_STR_ARG(column->name), there->found_as.len ? "of type " : "without a type",
                 IGD_STR_ARG(there->found_as),
                 column->key_text ? "a key" : igd_type_name(column->type), type.ptr);
    igd_hint(err, "change the column, or give the column or the table another name");
    return misfit(wanted, err);
}

/* `found` has the names and types of `wanted` where it can. */
static int check_columns(const igd_dialect *dialect, const igd_table *wanted,
                         const igd_table *found, igd_error *err)
{
    for (size_t n = 0; n < wanted->column_count; n++) {
        const igd_column *column = &wanted->columns[n];
        ptrdiff_t at = igd_table_column(found, column->name);
        if (at < 0 && n < wanted->key_count)
            return fail_missing(dialect, wanted, column, err);
        if (at >= 0 && !igd_sql_holds(dialect, &found->columns[at], column))
            return fail_type(dialect, wanted, column, &found->columns[at], err);
    }
    return IGD_OK;
}

static int check_key(igd_sql_target *target, const igd_table *wanted, igd_arena *mem,
                     igd_error *err)
{
    igd_str_list columns = {0};
    bool unique = false;
    for (size_t n = 0; n < wanted->key_count; n++)
        IGD_PUSH(mem, &columns, wanted->columns[n].name);
    int rc = target->ops->is_unique(target, wanted->name, &columns, &unique, err);
    if (rc || unique)
        return rc;
    IGD_CLEANUP(igd_buf)
    igd_buf names = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_sql_names(target->dialect, &columns, &names);
    igd_buf_puts(&sql, "CREATE UNIQUE INDEX ");
    igd_sql_name(target->dialect, igd_arena_printf(mem, "uq_%.*s_key", IGD_STR_ARG(wanted->name)),
                 &sql);
    igd_buf_puts(&sql, " ON ");
    igd_sql_name(target->dialect, wanted->name, &sql);
    igd_fail(err, IGD_E_UNOWNED,
             "it has neither a primary key nor a unique index over exactly its key (%s)",
             names.ptr);
    igd_hint(err, "make one: %s (%s)", sql.ptr, names.ptr);
    return misfit(wanted, err);
}

int igd_sql_adopt(igd_target *base, const igd_table *wanted, igd_arena *mem, igd_table *out,
                  bool *found, igd_error *err)
{
    igd_sql_target *target = (igd_sql_target *)base;
    igd_table table = {0};
    bool there = false;
    int rc = target->ops->read_table(target, wanted->name, mem, &table, &there, err);
    if (!rc && there) {
        table.name = wanted->name;
        table.collection = wanted->collection;
        igd_sql_take_known(target->dialect, wanted, &table);
        rc = check_columns(target->dialect, wanted, &table, err);
        if (!rc)
            rc = check_key(target, wanted, mem, err);
    }
    if (rc)
        return rc;
    igd_table_finish(&table, mem);
    *out = table;
    *found = there;
    return IGD_OK;
}

/* ---- rows against what is added ---- */

typedef struct breach {
    const igd_table *table;
    igd_str constraint;
} breach;

/* The first one is enough. */
static int on_breach(const igd_value *row, void *payload, igd_error *err)
{
    breach *it = payload;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_str key = igd_row_key_text(it->table, row, mem);
    igd_fail(err, IGD_E_UNOWNED, "its row '%.*s' breaks %.*s", IGD_STR_ARG(key),
             IGD_STR_ARG(it->constraint));
    igd_place *place = &err->place;
    snprintf(place->collection, sizeof(place->collection), "%.*s",
             IGD_STR_ARG(it->table->collection));
    snprintf(place->key, sizeof(place->key), "%.*s", IGD_STR_ARG(key));
    igd_hint(err, "git does not know that row: change or delete it first");
    return misfit(it->table, err);
}

/* SELECT the key FROM the table AS here WHERE ... */
static void select_keys(const igd_dialect *dialect, const igd_table *table, igd_buf *sql)
{
    for (size_t n = 0; n < table->key_count; n++) {
        igd_buf_puts(sql, n ? ", " : "SELECT ");
        igd_sql_name(dialect, table->columns[n].name, sql);
    }
    igd_buf_puts(sql, " FROM ");
    igd_sql_name(dialect, table->name, sql);
    igd_buf_puts(sql, " here WHERE ");
}

/* Some column of the key is null, or there is such a row. */
static void where_dangling(const igd_dialect *dialect, const igd_foreign_key *key, igd_buf *sql)
{
    for (size_t n = 0; n < key->columns.len; n++) {
        igd_buf_puts(sql, "here.");
        igd_sql_name(dialect, key->columns.items[n], sql);
        igd_buf_puts(sql, " IS NOT NULL AND ");
    }
    igd_buf_puts(sql, "NOT EXISTS (SELECT 1 FROM ");
    igd_sql_name(dialect, key->ref_table, sql);
    igd_buf_puts(sql, " there");
    for (size_t n = 0; n < key->columns.len; n++) {
        igd_buf_puts(sql, n ? " AND there." : " WHERE there.");
        igd_sql_name(dialect, key->ref_columns.items[n], sql);
        igd_buf_puts(sql, " = here.");
        igd_sql_name(dialect, key->columns.items[n], sql);
    }
    igd_buf_byte(sql, ')');
}

static int look_for_breach(igd_sql_target *target, const igd_op *op, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    breach it = {.table = op->to};
    select_keys(target->dialect, op->to, &sql);
    if (op->kind == IGD_OP_ADD_CHECK) {
        igd_buf_puts(&sql, "NOT (");
        igd_sql_condition(target->dialect, op->check, &sql);
        igd_buf_byte(&sql, ')');
        it.constraint = igd_arena_printf(mem, "check %.*s", IGD_STR_ARG(op->check->name));
    } else {
        where_dangling(target->dialect, op->foreign_key, &sql);
        it.constraint =
            igd_arena_printf(mem, "foreign key %.*s: it refers to a row that is not in '%.*s'",
                             IGD_STR_ARG(op->foreign_key->name),
                             IGD_STR_ARG(op->foreign_key->ref_table));
    }
    igd_kind *kinds = IGD_NEW_ARRAY(mem, igd_kind, op->to->key_count);
    for (size_t n = 0; n < op->to->key_count; n++)
        kinds[n] = op->to->columns[n].type.kind;
    igd_sql_query query = {.sql = igd_buf_view(&sql),
                           .kinds = kinds,
                           .column_count = op->to->key_count,
                           .callback = on_breach,
                           .payload = &it};
    return target->ops->query(target, &query, err);
}

int igd_sql_check_adopted(igd_sql_target *target, const igd_plan *plan, igd_error *err)
{
    int rc = IGD_OK;
    for (size_t t = 0; t < plan->table_count; t++) {
        const igd_table_plan *table = &plan->tables[t];
        for (size_t n = 0; table->adopted && !rc && n < table->contract.len; n++) {
            igd_op_kind kind = table->contract.items[n].kind;
            if (kind == IGD_OP_ADD_CHECK || kind == IGD_OP_ADD_FOREIGN_KEY)
                rc = look_for_breach(target, &table->contract.items[n], err);
        }
    }
    return rc;
}
