/*
 * A script, from its beginning to its end: what stands around the rows, and what changes tables.
 */
#include "base/arena.h"
#include "targets/stand_in/stand_in.h"

int igd_stand_in_flush(stand_in_way *way, igd_error *err)
{
    int rc = igd_script_put(way->file, igd_buf_view(&way->sql), err);
    igd_buf_clear(&way->sql);
    return rc;
}

static void put_literal(const stand_in_way *way, igd_str text, igd_buf *sql)
{
    igd_value value = igd_value_string(text);
    way->dialect->literal(&value, sql);
}

/* ---- guards ---- */

static void put_guard(stand_in_way *way, const igd_buf *what, const igd_buf *condition)
{
    way->it->style->guard(way->dialect, igd_buf_view(what), igd_buf_view(condition), &way->sql);
}

/* Whether the source's row of the state is like that; `run` may be empty. */
static void put_state_is(const stand_in_way *way, igd_str commit, igd_str run, igd_buf *sql)
{
    igd_buf_puts(sql, commit.len ? "EXISTS" : "NOT EXISTS");
    igd_buf_puts(sql, " (SELECT 1 FROM ingitdb_sync_state WHERE source = ");
    put_literal(way, way->it->source, sql);
    igd_buf_puts(sql, " AND commit_id ");
    if (commit.len) {
        igd_buf_puts(sql, "= ");
        put_literal(way, commit, sql);
    } else {
        igd_buf_puts(sql, "IS NOT NULL");
    }
    if (run.len) {
        igd_buf_puts(sql, " AND run_id = ");
        put_literal(way, run, sql);
    }
    igd_buf_byte(sql, ')');
}

/* A script in steps may find its own mark. That of another run is none that it starts from. */
static void put_marked_guard(stand_in_way *way, const igd_buf *what, igd_buf *condition)
{
    if (igd_stand_in_is_marked(way)) {
        igd_buf_puts(condition,
                     " AND NOT EXISTS (SELECT 1 FROM ingitdb_sync_state WHERE source = ");
        put_literal(way, way->it->source, condition);
        igd_buf_puts(condition, " AND goal_commit_id IS NOT NULL) OR ");
        igd_stand_in_put_ours(way, condition);
    }
    put_guard(way, what, condition);
}

/* Is it the name of a table that the script renames or drops? */
static bool leaves_name(const igd_plan *plan, igd_str name)
{
    for (size_t n = 0; n < plan->table_count; n++)
        if (plan->tables[n].from && igd_str_eq_nocase(plan->tables[n].from->name, name))
            return true;
    return false;
}

/* What is created must not be there, or it would be taken for what this script has made. */
static void guard_new_tables(stand_in_way *way)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    for (size_t n = 0; n < way->plan->table_count; n++) {
        const igd_table_plan *table = &way->plan->tables[n];
        if (table->from || leaves_name(way->plan, table->to->name))
            continue;
        IGD_CLEANUP(igd_buf)
        igd_buf what = IGD_BUF_INIT;
        IGD_CLEANUP(igd_buf)
        igd_buf condition = IGD_BUF_INIT;
        way->it->style->absent(stand_in_sql(way->it->real), table->to->name, mem, &condition);
        igd_buf_puts(&condition, " OR ");
        igd_stand_in_put_ours(way, &condition);
        igd_buf_printf(&what, "the target must hold no table %.*s, and does",
                       IGD_STR_ARG(table->to->name));
        put_guard(way, &what, &condition);
    }
}

static void guard_up(stand_in_way *way)
{
    IGD_CLEANUP(igd_buf)
    igd_buf what = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf condition = IGD_BUF_INIT;
    igd_str commit = way->from ? way->from->commit_id : (igd_str){0};
    if (commit.len)
        igd_buf_printf(&what, "the target must hold commit %.*s of source %.*s, and does not",
                       IGD_STR_ARG(commit), IGD_STR_ARG(way->it->source));
    else
        igd_buf_printf(&what, "the target must hold nothing of source %.*s, and does",
                       IGD_STR_ARG(way->it->source));
    put_state_is(way, commit, (igd_str){0}, &condition);
    put_marked_guard(way, &what, &condition);
    if (igd_stand_in_is_marked(way))
        guard_new_tables(way);
}

static void guard_down(stand_in_way *way)
{
    IGD_CLEANUP(igd_buf)
    igd_buf what = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf condition = IGD_BUF_INIT;
    const igd_source_state *from = way->from;
    igd_buf_printf(&what,
                   "the target must hold commit %.*s of source %.*s by run %.*s, and does not",
                   IGD_STR_ARG(from->commit_id), IGD_STR_ARG(way->it->source),
                   IGD_STR_ARG(from->run_id));
    put_state_is(way, from->commit_id, from->run_id, &condition);
    put_marked_guard(way, &what, &condition);
    if (way->it->has_books)
        return;
    /* The bookkeeping goes with what it is about. */
    igd_buf_clear(&what);
    igd_buf_clear(&condition);
    igd_buf_puts(&what, "the target must hold no other source since then, and does");
    igd_buf_puts(&condition, "NOT EXISTS (SELECT 1 FROM ingitdb_sync_state WHERE source <> ");
    put_literal(way, way->it->source, &condition);
    igd_buf_byte(&condition, ')');
    put_guard(way, &what, &condition);
}

/* ---- tables ---- */

static void put_statement(stand_in_way *way, igd_str statement)
{
    igd_buf_str(&way->sql, statement);
    igd_buf_puts(&way->sql, ";\n");
}

static void put_other(stand_in_way *way, igd_str statement, igd_str done)
{
    if (igd_stand_in_is_marked(way))
        igd_stand_in_step(way, statement, done);
    else
        put_statement(way, statement);
}

/* What others added to a table that went with it, or with a column of it, and comes back. */
static void put_others(stand_in_way *way, bool columns)
{
    for (size_t n = 0; n < way->plan->table_count; n++) {
        const stand_in_view *view = way->pairs[n].now;
        bool went = !way->plan->tables[n].from;
        if (!view || way->up)
            continue;
        for (size_t s = 0; columns && went && s < view->others_columns.len; s++)
            put_other(way, view->others_columns.items[s], (igd_str){0});
        for (size_t s = 0; !columns && s < view->others_rest.len; s++) {
            const igd_script_step *step = &view->others_rest.items[s];
            if (went || step->done.len)
                put_other(way, step->statement, step->done);
        }
    }
}

static int put_ops(stand_in_way *way, const igd_op_list *ops, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    const igd_script_style *style = way->it->style;
    int rc = IGD_OK;
    for (size_t n = 0; !rc && n < ops->len; n++) {
        const igd_op *op = &ops->items[n];
        igd_str_list statements = {0};
        if (way->steps) {
            rc = igd_stand_in_steps(way, op, err);
            continue;
        }
        if (!style->statements(stand_in_sql(way->it->real), op, mem, &statements))
            igd_sql_statements(way->dialect, op, mem, &statements);
        for (size_t s = 0; s < statements.len; s++)
            put_statement(way, statements.items[s]);
        rc = igd_stand_in_flush(way, err);
    }
    return rc;
}

static int put_expand(stand_in_way *way, igd_error *err)
{
    int rc = put_ops(way, &way->plan->expand, err);
    put_others(way, true);
    return rc;
}

static int put_contract(stand_in_way *way, igd_error *err)
{
    const char *before = way->it->style->before_contract;
    if (before && way->plan->contract.len)
        igd_buf_printf(&way->sql, "%s;\n", before);
    int rc = put_ops(way, &way->plan->contract, err);
    put_others(way, false);
    return rc;
}

/* ---- the bookkeeping ---- */

static int put_conflict(const igd_value *row, void *payload, igd_error *err)
{
    stand_in_way *way = payload;
    static const char *const names[] = {"source",   "collection", "key", "commit_id", "at",
                                        "decision", "base",       "old", "new"};
    igd_buf_puts(&way->sql, "INSERT INTO ingitdb_sync_conflicts");
    for (size_t n = 0; n < IGD_COUNT(names); n++) {
        igd_buf_puts(&way->sql, n ? ", " : " (");
        igd_sql_name(way->dialect, igd_str_from(names[n]), &way->sql);
    }
    for (size_t n = 0; n < IGD_COUNT(names); n++) {
        igd_buf_puts(&way->sql, n ? ", " : ") VALUES (");
        if (strcmp(names[n], "at") == 0)
            igd_buf_puts(&way->sql, way->it->style->now);
        else
            way->dialect->literal(&row[n], &way->sql);
    }
    igd_buf_puts(&way->sql, ");\n");
    return igd_stand_in_flush(way, err);
}

/* Of this run: the temporary database has no others. */
static int put_conflicts(stand_in_way *way, igd_error *err)
{
    static const igd_kind kinds[] = {IGD_STRING, IGD_STRING, IGD_STRING, IGD_STRING, IGD_STRING,
                                     IGD_STRING, IGD_STRING, IGD_STRING, IGD_STRING};
    igd_sql_target *inner = stand_in_sql(way->it->inner);
    igd_sql_query query = {
        .sql = IGD_STR("SELECT source, collection, \"key\", commit_id, \"at\", decision, base, "
                       "\"old\", \"new\" FROM ingitdb_sync_conflicts ORDER BY rowid"),
        .kinds = kinds,
        .column_count = IGD_COUNT(kinds),
        .callback = put_conflict,
        .payload = way};
    return inner->ops->query(inner, &query, err);
}

/* Those that up wrote have its time. */
static void take_back_conflicts(stand_in_way *way)
{
    igd_buf_puts(&way->sql, "DELETE FROM ingitdb_sync_conflicts WHERE source = ");
    put_literal(way, way->it->source, &way->sql);
    igd_buf_puts(&way->sql, " AND ");
    igd_sql_name(way->dialect, IGD_STR("at"), &way->sql);
    igd_buf_puts(&way->sql, " = (SELECT started_at FROM ingitdb_sync_state WHERE source = ");
    put_literal(way, way->it->source, &way->sql);
    igd_buf_puts(&way->sql, ");\n");
}

static int put_books(stand_in_way *way, igd_error *err)
{
    const igd_script_style *style = way->it->style;
    int rc = IGD_OK;
    if (way->up)
        rc = put_conflicts(way, err);
    else
        take_back_conflicts(way);
    igd_sql_state_script(way->dialect, way->it->source, way->to, way->up ? style->now : NULL,
                         &way->sql);
    return rc ? rc : igd_stand_in_flush(way, err);
}

/* The bookkeeping goes with what it is about. */
static void drop_books(stand_in_way *way)
{
    const char *const *names = igd_sql_state_names();
    for (; !way->up && !way->it->has_books && *names; names++)
        igd_buf_printf(&way->sql, "%s%s;\n", way->it->style->drop_table, *names);
}

/* ---- the end ---- */

static int take_count(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    *(int64_t *)payload = row[0].integer;
    return IGD_OK;
}

static int put_verification(stand_in_way *way, const igd_table *table, igd_error *err)
{
    static const igd_kind kinds[] = {IGD_INT};
    igd_sql_target *inner = stand_in_sql(way->it->inner);
    IGD_CLEANUP(igd_buf)
    igd_buf ask = IGD_BUF_INIT;
    int64_t count = 0;
    igd_buf_puts(&ask, "SELECT count(*) FROM ");
    igd_sql_name(inner->dialect, table->name, &ask);
    igd_sql_query query = {.sql = igd_buf_view(&ask),
                           .kinds = kinds,
                           .column_count = 1,
                           .callback = take_count,
                           .payload = &count};
    int rc = inner->ops->query(inner, &query, err);
    igd_buf_puts(&way->sql, "SELECT ");
    put_literal(way, table->name, &way->sql);
    igd_buf_printf(
        &way->sql,
        " AS name, concat(count(*), ' rows') AS holds, CASE count(*) WHEN %lld THEN 'ok' "
        "ELSE 'wrong: %lld expected' END AS answer FROM ",
        (long long)count, (long long)count);
    way->it->style->place(stand_in_sql(way->it->real), table->name, &way->sql);
    igd_buf_puts(&way->sql, ";\n");
    return rc;
}

static int put_end(stand_in_way *way, igd_error *err)
{
    int rc = IGD_OK;
    bool commits = way->dialect->ddl_commits;
    if (!commits)
        drop_books(way);
    igd_buf_puts(&way->sql, "COMMIT;\n");
    if (commits)
        drop_books(way);
    igd_buf_puts(&way->sql, way->it->style->end);
    if (way->up)
        igd_buf_puts(&way->sql, "-- what the tables have to hold now\n");
    for (size_t n = 0; way->up && !rc && n < way->plan->table_count; n++)
        if (way->plan->tables[n].to)
            rc = put_verification(way, way->plan->tables[n].to, err);
    return rc ? rc : igd_stand_in_flush(way, err);
}

static void put_beginning(stand_in_way *way)
{
    const igd_script_style *style = way->it->style;
    style->begin(stand_in_sql(way->it->real), &way->sql);
    if (way->up && !way->it->has_books)
        igd_sql_state_tables(way->dialect, &way->sql);
    igd_buf_puts(&way->sql, style->start);
    style->lock(way->dialect, way->it->source, &way->sql);
    if (way->up) {
        guard_up(way);
        return;
    }
    guard_down(way);
    igd_buf_puts(&way->sql,
                 "-- what triggers and foreign keys of other tables did is not undone\n");
}

static int write_beginning(stand_in_way *way, igd_error *err)
{
    if (way->plain)
        igd_buf_puts(&way->sql, way->steps ? "-- each change of a table is committed at once\n"
                                           : "-- to be run in one transaction\n");
    else
        put_beginning(way);
    return igd_stand_in_is_marked(way) ? igd_stand_in_mark(way, err) : igd_stand_in_flush(way, err);
}

static int write_rows(stand_in_way *way, igd_error *err)
{
    bool marked = igd_stand_in_is_marked(way);
    if (marked)
        igd_stand_in_part(way);
    int rc = igd_stand_in_rows(way, err);
    if (marked)
        igd_buf_puts(&way->sql, "COMMIT;\n");
    return rc;
}

int igd_stand_in_write(stand_in_way *way, igd_error *err)
{
    way->steps = way->dialect->ddl_commits && way->plan->expand.len + way->plan->contract.len > 0;
    int rc = write_beginning(way, err);
    if (!rc)
        rc = put_expand(way, err);
    if (!rc)
        rc = write_rows(way, err);
    if (!rc)
        rc = put_contract(way, err);
    if (!rc && igd_stand_in_is_marked(way))
        igd_stand_in_part(way);
    if (!rc && !way->plain)
        rc = put_books(way, err);
    if (!rc && !way->plain)
        rc = put_end(way, err);
    return rc ? rc : igd_stand_in_flush(way, err);
}
