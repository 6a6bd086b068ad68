/*
 * What others added to a table, as statements that add it again: out of the definition that the
 * server shows, which has a line for each column, index and constraint. Triggers are not part of
 * it.
 */
#include "targets/mysql/script_style.h"

typedef struct reading {
    const igd_dialect *dialect;
    const igd_table *table;
    igd_arena *mem;
    igd_str_list *columns;
    igd_script_step_list *rest;
} reading;

static bool is_ours(const igd_table *table, igd_str name)
{
    return igd_table_check(table, name) || igd_table_index(table, name) ||
           igd_table_foreign_key(table, name);
}

static igd_str added(const reading *r, const char *what, igd_str definition)
{
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_puts(&sql, "ALTER TABLE ");
    igd_sql_name(r->dialect, r->table->name, &sql);
    igd_buf_printf(&sql, " ADD %s%.*s", what, IGD_STR_ARG(definition));
    return igd_arena_str(r->mem, igd_buf_view(&sql));
}

static void add_rest(const reading *r, igd_str definition, igd_str name)
{
    bool constraint = igd_str_starts(definition, IGD_STR("CONSTRAINT "));
    igd_str done = igd_mysql_has_part(constraint ? "table_constraints" : "statistics",
                                      constraint ? "constraint_name" : "index_name", r->table->name,
                                      name, true, r->mem);
    IGD_PUSH(r->mem, r->rest, (igd_script_step){added(r, "", definition), done});
}

/* What the server calls as it likes guards a truth value of ours. */
static bool is_guard(const reading *r, igd_str line, igd_str name)
{
    IGD_CLEANUP(igd_buf)
    igd_buf prefix = IGD_BUF_INIT;
    igd_buf_printf(&prefix, "%.*s_chk_", IGD_STR_ARG(r->table->name));
    return igd_str_starts(name, igd_buf_view(&prefix)) &&
           memmem(line.ptr, line.len, " in (0,1)", 9) != NULL;
}

static void take_line(const reading *r, igd_str line)
{
    static const char *const keys[] = {"KEY ", "UNIQUE KEY ", "FULLTEXT KEY ", "SPATIAL KEY ",
                                       "CONSTRAINT "};
    igd_str name, rest = line;
    if (igd_mysql_take_name(&rest, r->mem, &name)) {
        if (igd_table_column(r->table, name) < 0)
            IGD_PUSH(r->mem, r->columns, added(r, "COLUMN ", line));
        return;
    }
    for (size_t n = 0; n < IGD_COUNT(keys); n++) {
        if (!igd_str_starts(line, igd_str_from(keys[n])))
            continue;
        rest = igd_str_sub(line, strlen(keys[n]), line.len);
        if (igd_mysql_take_name(&rest, r->mem, &name) && !is_ours(r->table, name) &&
            !is_guard(r, line, name))
            add_rest(r, line, name);
    }
}

static int take_definition(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    const reading *r = payload;
    igd_str text = row[1].text, line;
    while (igd_str_split(&text, '\n', &line)) {
        line = igd_str_trim(line);
        if (igd_str_ends(line, IGD_STR(",")))
            line.len--;
        take_line(r, line);
    }
    return IGD_OK;
}

int igd_mysql_others(const igd_sql_target *target, const igd_table *table, igd_arena *mem,
                     igd_str_list *columns, igd_script_step_list *rest, igd_error *err)
{
    static const igd_kind kinds[] = {IGD_STRING, IGD_STRING};
    reading r = {target->dialect, table, mem, columns, rest};
    IGD_CLEANUP(igd_buf)
    igd_buf sql = IGD_BUF_INIT;
    igd_buf_puts(&sql, "SHOW CREATE TABLE ");
    igd_sql_name(target->dialect, table->name, &sql);
    igd_sql_query query = {.sql = igd_buf_view(&sql),
                           .kinds = kinds,
                           .column_count = 2,
                           .callback = take_definition,
                           .payload = &r};
    return igd_mysql_query((igd_sql_target *)target, &query, err);
}
