/*
 * What references to deleted rows say (ON DELETE CASCADE, SET NULL), where the server cannot be let
 * to do it: a row that another one still refers to, which goes or changes later in the run, is
 * deleted with the checks of references off.
 *
 * The checks are on while this is done, so what follows from it in turn is the server's business.
 */
#include "targets/mysql/mysql.h"

typedef struct action {
    igd_str name, table, rule;
    igd_str_list columns, parents;
} action;

typedef struct action_list {
    igd_arena *mem;
    IGD_LIST(action) list;
} action_list;

static int take_action(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    action_list *to = payload;
    igd_arena *mem = to->mem;
    const action *last = to->list.len ? &to->list.items[to->list.len - 1] : NULL;
    if (!last || !igd_str_eq(last->name, row[0].text) || !igd_str_eq(last->table, row[1].text))
        IGD_PUSH(mem, &to->list,
                 (action){.name = igd_arena_str(mem, row[0].text),
                          .table = igd_arena_str(mem, row[1].text),
                          .rule = igd_arena_str(mem, row[2].text)});
    action *at = &to->list.items[to->list.len - 1];
    IGD_PUSH(mem, &at->columns, igd_arena_str(mem, row[3].text));
    IGD_PUSH(mem, &at->parents, igd_arena_str(mem, row[4].text));
    return IGD_OK;
}

static int find_actions(igd_mysql *it, igd_str parent, action_list *out, igd_error *err)
{
    static const igd_kind kinds[] = {IGD_STRING, IGD_STRING, IGD_STRING, IGD_STRING, IGD_STRING};
    igd_value params[] = {igd_value_string(parent), igd_value_string(parent)};
    igd_sql_query query = {
        .sql = IGD_STR("SELECT k.constraint_name, k.table_name, f.delete_rule, k.column_name, "
                       "k.referenced_column_name FROM information_schema.key_column_usage k JOIN "
                       "information_schema.referential_constraints f ON f.constraint_name = "
                       "k.constraint_name AND f.table_name = k.table_name AND f.constraint_schema "
                       "= database() WHERE k.table_schema = database() AND "
                       "k.referenced_table_schema = database() AND k.referenced_table_name = ? AND "
                       "k.table_name <> ? AND f.delete_rule IN ('CASCADE', 'SET NULL') ORDER BY "
                       "k.table_name, k.constraint_name, k.ordinal_position"),
        .params = params,
        .param_count = 2,
        .kinds = kinds,
        .column_count = IGD_COUNT(kinds),
        .callback = take_action,
        .payload = out};
    return igd_mysql_query(&it->sql, &query, err);
}

/* A deletion of ours: DELETE [x] FROM `table` [x] ... */
typedef struct deletion {
    igd_str table;
    igd_str from; /* what stands behind FROM */
    bool alias;   /* the table's columns are those of x */
} deletion;

static bool take_apart(igd_str sql, igd_arena *mem, deletion *out)
{
    static const char from[] = " FROM `";
    const char *at = memmem(sql.ptr, sql.len, from, strlen(from));
    if (!igd_str_starts(sql, IGD_STR("DELETE ")) || !at)
        return false;
    out->alias = igd_str_starts(sql, IGD_STR("DELETE x "));
    out->from = igd_str_sub(sql, (size_t)(at - sql.ptr) + strlen(from) - 1, sql.len);
    igd_str rest = out->from;
    return igd_mysql_take_name(&rest, mem, &out->table);
}

static void where_referring(const action *it, const deletion *what, igd_buf *sql)
{
    igd_buf_puts(sql, " WHERE (");
    igd_sql_names(&igd_mysql_dialect, &it->columns, sql);
    igd_buf_puts(sql, ") IN (SELECT ");
    for (size_t n = 0; n < it->parents.len; n++) {
        igd_buf_puts(sql, n ? ", " : "");
        igd_buf_puts(sql, what->alias ? "x." : "");
        igd_sql_name(&igd_mysql_dialect, it->parents.items[n], sql);
    }
    igd_buf_puts(sql, " FROM ");
    igd_buf_str(sql, what->from);
    igd_buf_byte(sql, ')');
}

static void action_text(const action *it, const deletion *what, igd_buf *sql)
{
    bool cascade = igd_str_is(it->rule, "CASCADE");
    igd_buf_puts(sql, cascade ? "DELETE FROM " : "UPDATE ");
    igd_sql_name(&igd_mysql_dialect, it->table, sql);
    for (size_t n = 0; !cascade && n < it->columns.len; n++) {
        igd_buf_puts(sql, n ? ", " : " SET ");
        igd_sql_name(&igd_mysql_dialect, it->columns.items[n], sql);
        igd_buf_puts(sql, " = NULL");
    }
    where_referring(it, what, sql);
}

int igd_mysql_carry_out(igd_mysql *it, igd_str sql, const igd_value *params, size_t count,
                        igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    action_list actions = {.mem = mem};
    deletion what;
    if (!take_apart(sql, mem, &what))
        return IGD_OK;
    int rc = find_actions(it, what.table, &actions, err);
    for (size_t n = 0; !rc && n < actions.list.len; n++) {
        IGD_CLEANUP(igd_buf)
        igd_buf text = IGD_BUF_INIT;
        action_text(&actions.list.items[n], &what, &text);
        rc = igd_sql_execute(&it->sql, igd_buf_view(&text), params, count, err);
    }
    return rc;
}
