/*
 * What others made for the columns and tables that a plan takes away. The server drops an index or
 * a check with its column without a word, cuts an index of several columns down, or refuses in the
 * middle of a schema change that nothing undoes: so it is looked for before the first statement.
 */
#include "targets/mysql/mysql.h"

#define OF_TABLE "table_schema = database() AND table_name = ?"

/* A message has no room for more. */
#define ENOUGH 700

typedef struct search {
    igd_mysql *it;
    const igd_plan *plan;
    igd_schema forms; /* what tables of ours may be, besides those of the plan */
    igd_arena *mem;
    igd_buf *problems;
    size_t left_out;
    igd_table there; /* the table that is looked at, as it is */
    igd_str column;  /* that goes */
    const char *fate;
    igd_str_list objects; /* that are in the way of the column */
    bool renamed;         /* it stays, under another name: only texts that name it are in the way */
} search;

/* ---- what is ours ---- */

static bool has_name(const igd_table *table, igd_str name)
{
    for (size_t n = 0; n < table->checks.len; n++)
        if (igd_str_eq_nocase(table->checks.items[n].name, name))
            return true;
    for (size_t n = 0; n < table->indexes.len; n++)
        if (igd_str_eq_nocase(table->indexes.items[n].name, name))
            return true;
    for (size_t n = 0; n < table->foreign_keys.len; n++)
        if (igd_str_eq_nocase(table->foreign_keys.items[n].name, name))
            return true;
    return false;
}

static bool is(const igd_table *table, igd_str name)
{
    return table && igd_str_eq_nocase(table->name, name);
}

typedef bool has_it(const igd_table *table, igd_str name);

/* Whether a form of our table has it. A run that was interrupted left parts of any of them. */
static bool is_ours(const search *s, igd_str table, igd_str name, has_it *has)
{
    for (size_t n = 0; n < s->plan->table_count; n++) {
        const igd_table_plan *plan = &s->plan->tables[n];
        if ((is(plan->from, table) && has(plan->from, name)) ||
            (is(plan->between, table) && has(plan->between, name)))
            return true;
    }
    for (size_t n = 0; n < s->forms.table_count; n++)
        if (is(&s->forms.tables[n], table) && has(&s->forms.tables[n], name))
            return true;
    return false;
}

static bool always(const igd_table *table IGD_UNUSED, igd_str name IGD_UNUSED)
{
    return true;
}

/* ---- problems ---- */

static void add_problem(search *s, igd_str problem)
{
    if (s->problems->len + problem.len > ENOUGH && s->problems->len) {
        s->left_out++;
        return;
    }
    igd_buf_puts(s->problems, s->problems->len ? "; " : "");
    igd_buf_str(s->problems, problem);
}

static void in_the_way(search *s, const char *what, igd_str name, igd_str table)
{
    igd_str object = igd_arena_printf(s->mem, "%s '%.*s'", what, IGD_STR_ARG(name));
    if (table.len)
        object = igd_arena_printf(s->mem, "%.*s of table '%.*s'", IGD_STR_ARG(object),
                                  IGD_STR_ARG(table));
    IGD_PUSH(s->mem, &s->objects, object);
}

static void end_column(search *s)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_buf_printf(&text, "column '%.*s' of table '%.*s' cannot be %s: ", IGD_STR_ARG(s->column),
                   IGD_STR_ARG(s->there.name), s->fate);
    for (size_t n = 0; n < s->objects.len; n++) {
        const char *glue = n == 0 ? "" : n + 1 == s->objects.len ? " and " : ", ";
        igd_buf_printf(&text, "%s%.*s", glue, IGD_STR_ARG(s->objects.items[n]));
    }
    igd_buf_puts(&text, s->objects.len > 1 ? " depend on it" : " depends on it");
    if (s->objects.len)
        add_problem(s, igd_buf_view(&text));
}

static int fail(const search *s, igd_error *err)
{
    if (!s->problems->len)
        return IGD_OK;
    if (s->left_out)
        igd_buf_printf(s->problems, "; and %zu more", s->left_out);
    (void)igd_fail(err, IGD_E_TARGET, "%.*s", IGD_STR_ARG(igd_buf_view(s->problems)));
    return igd_hint(err, "somebody else made that: drop or change it first, then run it again");
}

/* ---- queries ---- */

static int about(search *s, const char *sql, igd_str column, igd_scan_callback *callback,
                 igd_error *err)
{
    static const igd_kind kinds[] = {IGD_STRING, IGD_STRING};
    igd_value params[] = {igd_value_string(s->there.name), igd_value_string(column)};
    igd_sql_query query = {.sql = igd_str_from(sql),
                           .params = params,
                           .param_count = column.len ? 2 : 1,
                           .kinds = kinds,
                           .column_count = IGD_COUNT(kinds),
                           .callback = callback,
                           .payload = s};
    return igd_mysql_query(&s->it->sql, &query, err);
}

/* The column in the texts that servers show: MariaDB's are quoted as suits the session that
 * happened to open the table. */
static igd_str quoted(const search *s, char quote)
{
    igd_dialect dialect = igd_mysql_dialect;
    IGD_CLEANUP(igd_buf)
    igd_buf name = IGD_BUF_INIT;
    dialect.quote = quote;
    igd_sql_name(&dialect, s->column, &name);
    return igd_arena_str(s->mem, igd_buf_view(&name));
}

static bool contains(igd_str text, igd_str part)
{
    return memmem(text.ptr, text.len, part.ptr, part.len) != NULL;
}

static bool mentions(const search *s, igd_str text)
{
    return contains(text, quoted(s, '`')) || contains(text, quoted(s, '"'));
}

static bool guards(const search *s, igd_str clause, igd_str column)
{
    igd_str bare = igd_arena_printf(s->mem, "%.*s in (0,1)", IGD_STR_ARG(column));
    return igd_str_eq(clause, bare) ||
           igd_str_eq(clause, igd_arena_printf(s->mem, "(%.*s)", IGD_STR_ARG(bare))) ||
           igd_str_eq(clause, igd_arena_printf(s->mem, "json_valid(%.*s)", IGD_STR_ARG(column)));
}

/* It stands in for a type, and goes or comes with its column. */
static bool is_guard(const search *s, igd_str clause)
{
    return guards(s, clause, quoted(s, '`')) || guards(s, clause, quoted(s, '"'));
}

static int take_check(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    search *s = payload;
    if (mentions(s, row[1].text) && !is_guard(s, row[1].text) &&
        !is_ours(s, s->there.name, row[0].text, has_name))
        in_the_way(s, "check", row[0].text, IGD_STR(""));
    return IGD_OK;
}

static int find_checks(search *s, igd_error *err)
{
    return about(s,
                 s->it->mariadb
                     ? "SELECT constraint_name, check_clause FROM "
                       "information_schema.check_constraints WHERE constraint_schema = database() "
                       "AND table_name = ? ORDER BY constraint_name"
                     : "SELECT c.constraint_name, c.check_clause FROM "
                       "information_schema.check_constraints c JOIN "
                       "information_schema.table_constraints t ON t.constraint_schema = "
                       "c.constraint_schema AND t.constraint_name = c.constraint_name WHERE "
                       "t.table_schema = database() AND t.table_name = ? AND t.constraint_type = "
                       "'CHECK' ORDER BY c.constraint_name",
                 IGD_STR(""), take_check, err);
}

static int take_generated(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    search *s = payload;
    if (mentions(s, row[1].text) && !is_ours(s, s->there.name, row[0].text, igd_table_has))
        in_the_way(s, "generated column", row[0].text, IGD_STR(""));
    return IGD_OK;
}

static int take_expression(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    search *s = payload;
    if (mentions(s, row[1].text))
        in_the_way(s, "index", row[0].text, IGD_STR(""));
    return IGD_OK;
}

/* Texts that name columns: a column under another name is not to be found in them any more. */
static int find_texts(search *s, igd_error *err)
{
    int rc = find_checks(s, err);
    if (!rc)
        rc = about(s,
                   "SELECT column_name, generation_expression FROM information_schema.columns "
                   "WHERE " OF_TABLE " AND generation_expression <> '' ORDER BY ordinal_position",
                   IGD_STR(""), take_generated, err);
    if (!rc && !s->it->mariadb)
        rc =
            about(s,
                  "SELECT index_name, expression FROM information_schema.statistics WHERE " OF_TABLE
                  " AND expression IS NOT NULL",
                  IGD_STR(""), take_expression, err);
    return rc;
}

static bool has_text(const igd_str_list *names, igd_str name)
{
    for (size_t n = 0; n < names->len; n++)
        if (igd_str_eq_nocase(names->items[n], name))
            return true;
    return false;
}

static void find_indexes(search *s)
{
    const igd_table *there = &s->there;
    for (size_t n = 0; n < there->indexes.len; n++)
        if (has_text(&there->indexes.items[n].columns, s->column) &&
            !is_ours(s, there->name, there->indexes.items[n].name, has_name))
            in_the_way(s, "index", there->indexes.items[n].name, IGD_STR(""));
    for (size_t n = 0; n < there->foreign_keys.len; n++)
        if (has_text(&there->foreign_keys.items[n].columns, s->column) &&
            !is_ours(s, there->name, there->foreign_keys.items[n].name, has_name))
            in_the_way(s, "foreign key", there->foreign_keys.items[n].name, IGD_STR(""));
}

static int take_reference(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    search *s = payload;
    if (!is_ours(s, row[0].text, row[1].text, has_name))
        in_the_way(s, "foreign key", row[1].text, row[0].text);
    return IGD_OK;
}

static int find_references(search *s, igd_error *err)
{
    return about(s,
                 "SELECT DISTINCT table_name, constraint_name FROM "
                 "information_schema.key_column_usage WHERE table_schema = database() AND "
                 "referenced_table_schema = database() AND lower(referenced_table_name) = lower(?) "
                 "AND lower(referenced_column_name) = lower(?)",
                 s->column, take_reference, err);
}

/* ---- tables ---- */

static int take_referrer(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    search *s = payload;
    if (!is_ours(s, row[0].text, row[1].text, always))
        add_problem(s, igd_arena_printf(s->mem,
                                        "table '%.*s' cannot be %s: foreign key '%.*s' of table "
                                        "'%.*s' refers to it",
                                        IGD_STR_ARG(s->there.name), s->fate,
                                        IGD_STR_ARG(row[1].text), IGD_STR_ARG(row[0].text)));
    return IGD_OK;
}

/* What our tables refer to is the plan's business. */
static int find_referrers(search *s, const char *fate, igd_error *err)
{
    s->fate = fate;
    return about(s,
                 "SELECT DISTINCT table_name, constraint_name FROM "
                 "information_schema.key_column_usage WHERE table_schema = database() AND "
                 "referenced_table_schema = database() AND lower(referenced_table_name) = lower(?)",
                 IGD_STR(""), take_referrer, err);
}

static int look_at_column(search *s, igd_str column, const char *fate, igd_error *err)
{
    s->column = column;
    s->fate = fate;
    s->objects = (igd_str_list){0};
    int rc = find_texts(s, err);
    if (!s->renamed)
        find_indexes(s);
    if (!rc && !s->renamed)
        rc = find_references(s, err);
    end_column(s);
    return rc;
}

/* Of a table that is made anew. Its key goes with what refers to it, which has been looked for. */
static int look_at_rest(search *s, const igd_op *op, igd_error *err)
{
    int rc = find_referrers(s, "made anew", err);
    for (size_t n = 0; !rc && n < op->from->column_count; n++)
        if (!igd_table_has(op->to, op->from->columns[n].name))
            rc = look_at_column(s, op->from->columns[n].name, "dropped", err);
    return rc;
}

/* MariaDB changes the texts along with the name, MySQL refuses. */
static int look_at_op(search *s, const igd_op *op, igd_error *err)
{
    s->renamed = op->kind == IGD_OP_RENAME_COLUMN;
    if (op->kind == IGD_OP_CHANGE_PRIMARY_KEY)
        return look_at_rest(s, op, err);
    if (op->kind == IGD_OP_DROP_COLUMN)
        return look_at_column(s, op->from->columns[op->column_from].name, "dropped", err);
    if (op->kind == IGD_OP_ALTER_TYPE && igd_op_refills(op) && op->part == IGD_PART_EXPAND)
        return look_at_column(s, op->from->columns[op->column_from].name, "changed to another type",
                              err);
    if (s->renamed && !s->it->mariadb)
        return look_at_column(s, op->from->columns[op->column_from].name, "renamed", err);
    return IGD_OK;
}

static int look_at_table(search *s, const igd_table_plan *plan, igd_error *err)
{
    bool found = false;
    int rc = igd_mysql_read_table(&s->it->sql, plan->from->name, s->mem, &s->there, &found, err);
    if (rc || !found)
        return rc;
    if (!plan->to)
        return find_referrers(s, "dropped", err);
    for (size_t n = 0; !rc && n < plan->expand.len; n++)
        rc = look_at_op(s, &plan->expand.items[n], err);
    for (size_t n = 0; !rc && n < plan->contract.len; n++)
        rc = look_at_op(s, &plan->contract.items[n], err);
    return rc;
}

/* ---- privileges ---- */

/* Many changes of rows go through a temporary table: that the user may not make one is better known
 * before the schema is half of one commit and half of another. */
static int try_staging(igd_mysql *it, const igd_plan *plan, igd_error *err)
{
    bool changes = false;
    for (size_t n = 0; n < plan->table_count; n++)
        changes |= plan->tables[n].from && plan->tables[n].to && plan->tables[n].emit_all;
    if (!changes)
        return IGD_OK;
    int rc = igd_mysql_exec(&it->sql,
                            "CREATE TEMPORARY TABLE ingitdb_may_stage (n int PRIMARY KEY)", err);
    if (rc)
        return igd_error_prefix(err, "a temporary table, which changes of many rows need");
    return igd_mysql_exec(&it->sql, "DROP TEMPORARY TABLE ingitdb_may_stage", err);
}

int igd_mysql_check(igd_sql_target *target, const igd_begin *begin, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP(igd_buf)
    igd_buf problems = IGD_BUF_INIT;
    search s = {.it = igd_mysql_of(target), .plan = begin->plan, .mem = mem, .problems = &problems};
    int rc = IGD_OK;
    if (begin->plan->op_count == 0)
        return IGD_OK;
    if (begin->expected)
        rc = igd_state_forms(begin->expected, mem, &s.forms, err);
    for (size_t n = 0; !rc && n < begin->plan->table_count; n++)
        if (begin->plan->tables[n].from)
            rc = look_at_table(&s, &begin->plan->tables[n], err);
    if (!rc)
        rc = fail(&s, err);
    return rc || target->reading ? rc : try_staging(s.it, begin->plan, err);
}
