/*
 * Scripts in steps, for engines that commit schema changes at once. Such a script first stores a
 * mark (targets/state.h), as a run in steps does: so the next sync goes on from wherever the script
 * was stopped, and so does the script when it is run again. Of the schema it counts the statements
 * that are done (in last_error, where people see it); the rows can be written twice.
 */
#include "base/arena.h"
#include "targets/stand_in/stand_in.h"

bool igd_stand_in_is_marked(const stand_in_way *way)
{
    return way->steps && !way->plain;
}

static void put_literal(const stand_in_way *way, igd_str text, igd_buf *sql)
{
    igd_value value = igd_value_string(text);
    way->dialect->literal(&value, sql);
}

static igd_str goal_of(const stand_in_way *way)
{
    return way->to && way->to->commit_id.len ? way->to->commit_id : IGD_STR(IGD_STATE_NOTHING);
}

static igd_str base_of(const stand_in_way *way)
{
    return way->from && way->from->commit_id.len ? way->from->commit_id
                                                 : IGD_STR(IGD_STATE_NOTHING);
}

void igd_stand_in_put_ours(const stand_in_way *way, igd_buf *sql)
{
    igd_buf_puts(sql, "EXISTS (SELECT 1 FROM ingitdb_sync_state WHERE source = ");
    put_literal(way, way->it->source, sql);
    igd_buf_puts(sql, " AND run_id = ");
    put_literal(way, way->run_id, sql);
    igd_buf_puts(sql, " AND goal_commit_id = ");
    put_literal(way, goal_of(way), sql);
    igd_buf_byte(sql, ')');
}

/* ---- the mark ---- */

static void put_where(const stand_in_way *way, igd_buf *sql)
{
    igd_buf_puts(sql, "source = ");
    put_literal(way, way->it->source, sql);
}

/* The row is made where there is none, and says what it said in all that is not the mark. */
static void put_row(stand_in_way *way)
{
    const igd_source_state *known = way->to ? way->to : way->from;
    igd_buf *sql = &way->sql;
    igd_buf_printf(sql, "INSERT INTO ingitdb_sync_state (source, format_version, root_path, "
                        "repository_ids) SELECT * FROM (SELECT ");
    put_literal(way, way->it->source, sql);
    igd_buf_printf(sql, " AS source, %d AS format_version, ", IGD_STATE_FORMAT);
    put_literal(way, known->root_path, sql);
    igd_buf_puts(sql, " AS root_path, ");
    put_literal(way, known->repository_ids, sql);
    igd_buf_puts(sql, " AS repository_ids) AS one WHERE NOT EXISTS (SELECT 1 FROM "
                      "ingitdb_sync_state WHERE ");
    put_where(way, sql);
    igd_buf_puts(sql, ");\n");
}

static void put_mark(stand_in_way *way, igd_arena *mem)
{
    const struct {
        const char *column;
        igd_str value;
    } members[] = {{"run_id", way->run_id},
                   {"goal_commit_id", goal_of(way)},
                   {"base_commit_ids", base_of(way)},
                   {"status", IGD_STR(IGD_STATE_IN_PROGRESS)},
                   {"journal", igd_state_journal((igd_str){0}, way->plan, false, mem)}};
    igd_buf *sql = &way->sql;
    igd_buf_puts(sql, "UPDATE ingitdb_sync_state SET ");
    for (size_t n = 0; n < IGD_COUNT(members); n++) {
        igd_buf_printf(sql, "%s%s = ", n ? ", " : "", members[n].column);
        put_literal(way, members[n].value, sql);
    }
    igd_buf_puts(sql, ", last_error = concat('a script stopped behind step ', @ingitdb_step, ': "
                      "run it again, or sync') WHERE ");
    put_where(way, sql);
    igd_buf_puts(sql, ";\n");
}

int igd_stand_in_mark(stand_in_way *way, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP(igd_buf)
    igd_buf ours = IGD_BUF_INIT;
    igd_stand_in_put_ours(way, &ours);
    way->ours = igd_arena_str(way->it->mem, igd_buf_view(&ours));
    igd_buf_puts(&way->sql, way->it->style->counted);
    put_where(way, &way->sql);
    igd_buf_printf(&way->sql, " AND %.*s;\n", IGD_STR_ARG(way->ours));
    put_row(way);
    put_mark(way, mem);
    igd_buf_puts(&way->sql, "COMMIT;\n");
    return igd_stand_in_flush(way, err);
}

void igd_stand_in_part(stand_in_way *way)
{
    const igd_script_style *style = way->it->style;
    igd_buf_puts(&way->sql, style->start);
    style->lock(way->dialect, way->it->source, &way->sql);
    style->guard(way->dialect, IGD_STR("another run has written to the target meanwhile"),
                 way->ours, &way->sql);
}

/* ---- steps ---- */

static void count_step(stand_in_way *way)
{
    igd_buf_printf(&way->sql,
                   "SET @ingitdb_step = greatest(@ingitdb_step, %zu);\nSTART TRANSACTION;\nUPDATE "
                   "ingitdb_sync_state SET last_error = concat('a script stopped behind step ', "
                   "@ingitdb_step, ': run it again, or sync') WHERE ",
                   way->step);
    put_where(way, &way->sql);
    igd_buf_puts(&way->sql, " AND run_id = ");
    put_literal(way, way->run_id, &way->sql);
    igd_buf_puts(&way->sql, ";\nCOMMIT;\n");
}

static void put_step(stand_in_way *way, const igd_script_step *step)
{
    way->it->style->put_step(way->dialect, step, ++way->step, way->ours, &way->sql);
    count_step(way);
}

void igd_stand_in_step(stand_in_way *way, igd_str statement, igd_str done)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    put_literal(way, statement, &text);
    put_step(way, &(igd_script_step){.statement = igd_buf_view(&text), .done = done});
}

int igd_stand_in_steps(stand_in_way *way, const igd_op *op, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_script_step_list steps = {0};
    way->it->style->steps(stand_in_sql(way->it->real), op, mem, &steps);
    for (size_t n = 0; n < steps.len; n++) {
        if (way->plain)
            way->it->style->put_plain(&steps.items[n], &way->sql);
        else
            put_step(way, &steps.items[n]);
    }
    return igd_stand_in_flush(way, err);
}
