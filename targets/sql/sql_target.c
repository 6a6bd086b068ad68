/*
 * The driver contract over igd_sql_ops and igd_dialect: transactions with their fence, records,
 * scans and schema changes.
 */
#include "targets/sql/sql_target.h"

#include "base/log.h"
#include "base/map.h"
#include "targets/sql/write.h"

static igd_sql_target *sql_of(igd_target *target)
{
    return (igd_sql_target *)target;
}

void igd_sql_init(igd_sql_target *target, const igd_target_driver *driver, const igd_sql_ops *ops,
                  const igd_dialect *dialect, const igd_target_config *config)
{
    uint32_t mask = config->mask_caps;
    /* Without a transaction around the run, schema changes are in none either, references cannot
     * wait for its end, and a script could end anywhere. */
    if (mask & IGD_CAP_TRANSACTIONS)
        mask |= IGD_CAP_DDL_IN_TX | IGD_CAP_FOREIGN_KEYS | IGD_CAP_SCRIPT;
    target->base.caps &= ~mask;
    target->driver = *driver;
    if (!(target->base.caps & IGD_CAP_LOAD))
        target->driver.load = NULL;
    if (!(target->base.caps & IGD_CAP_SCHEMA)) {
        target->driver.schema_read = NULL;
        target->driver.schema_apply = NULL;
        target->driver.adopt = NULL;
    }
    if (!ops->recover)
        target->driver.recover = NULL;
    if (!ops->risk)
        target->driver.risk = NULL;
    if (!ops->locks)
        target->driver.locks = NULL;
    if (!dialect->hashing) {
        target->driver.sums = NULL;
        target->driver.scan_some = NULL;
    }
    if (!(target->base.caps & IGD_CAP_SCRIPT)) {
        target->driver.script_run = NULL;
        target->driver.lookup = NULL;
        target->driver.migration_store = NULL;
    }
    target->base.driver = &target->driver;
    target->ops = ops;
    target->dialect = dialect;
    target->mode = config->mode;
    target->mem = igd_arena_new();
    target->tx_mem = igd_arena_new();
}

int igd_sql_execute(igd_sql_target *target, igd_str sql, const igd_value *params, size_t count,
                    igd_error *err)
{
    igd_sql_stmt *stmt = NULL;
    int rc = target->ops->prepare(target, sql, &stmt, err);
    if (!rc)
        rc = target->ops->run(stmt, params, count, NULL, err);
    target->ops->finalize(stmt);
    return rc;
}

int igd_sql_part_begin(igd_sql_target *target, igd_error *err)
{
    return target->dialect->savepoints ? target->ops->exec(target, "SAVEPOINT ingitdb_part", err)
                                       : IGD_OK;
}

int igd_sql_part_end(igd_sql_target *target, igd_error *err)
{
    return target->dialect->savepoints
               ? target->ops->exec(target, "RELEASE SAVEPOINT ingitdb_part", err)
               : IGD_OK;
}

int igd_sql_part_take_back(igd_sql_target *target, igd_error *err)
{
    if (!target->dialect->savepoints)
        return igd_fail(err, IGD_E_BUG, "a part is taken back where there are no savepoints");
    int rc = target->ops->exec(target, "ROLLBACK TO SAVEPOINT ingitdb_part", err);
    return rc ? rc : igd_sql_part_end(target, err);
}

bool igd_sql_part_undo(igd_sql_target *target)
{
    igd_error ignored = IGD_ERROR_INIT;
    if (target->dialect->savepoints && igd_sql_part_take_back(target, &ignored))
        return false;
    return target->ops->still_open && target->ops->still_open(target);
}

/* ---- open, lock ---- */

void igd_sql_close(igd_target *base)
{
    igd_sql_target *target = sql_of(base);
    if (!target)
        return;
    igd_sql_rollback(base);
    igd_sql_unlock(base);
    igd_arena_free(target->tx_mem);
    igd_arena *mem = target->mem;
    target->ops->close(target);
    igd_arena_free(mem);
}

int igd_sql_lock(igd_target *base, int64_t wait_ms, igd_error *err)
{
    igd_sql_target *target = sql_of(base);
    if (target->mode != IGD_OPEN_WRITE)
        return igd_fail(err, IGD_E_BUG, "lock of a target that was opened to read");
    if (target->locked)
        return IGD_OK;
    int rc = target->ops->lock(target, wait_ms, err);
    target->locked = rc == IGD_OK;
    return rc;
}

void igd_sql_unlock(igd_target *base)
{
    igd_sql_target *target = sql_of(base);
    if (!target->locked)
        return;
    igd_sql_rollback(base);
    target->ops->unlock(target);
    target->locked = false;
}

int igd_sql_holder(igd_target *target, igd_arena *mem, igd_lock_holder *out, igd_error *err)
{
    return sql_of(target)->ops->holder(sql_of(target), mem, out, err);
}

int igd_sql_break_lock(igd_target *target, igd_error *err)
{
    return sql_of(target)->ops->break_lock(sql_of(target), err);
}

int igd_sql_recover(igd_target *base, igd_error *err)
{
    igd_sql_target *target = sql_of(base);
    igd_sql_rollback(base);
    return target->ops->recover(target, err);
}

int igd_sql_locks(igd_target *target, igd_arena *mem, igd_str_list *out, igd_error *err)
{
    return sql_of(target)->ops->locks(sql_of(target), mem, out, err);
}

void igd_sql_risk(const igd_target *target, const igd_plan *plan, igd_op *op)
{
    const igd_sql_target *it = (const igd_sql_target *)target;
    it->ops->risk(it, plan, op);
}

int igd_sql_state_read(igd_target *base, igd_arena *mem, igd_state *out, igd_error *err)
{
    return igd_sql_state_load(sql_of(base), mem, out, err);
}

/* ---- begin ---- */

static bool makes_name(const igd_op *op)
{
    return op->kind == IGD_OP_CREATE_TABLE || op->kind == IGD_OP_RENAME_TABLE;
}

static int fail_owned(igd_str table, const igd_source_state *owner, igd_error *err)
{
    igd_fail(err, IGD_E_UNOWNED, "table '%.*s' belongs to source '%.*s'", IGD_STR_ARG(table),
             IGD_STR_ARG(owner->source));
    return igd_hint(err, "use another target, or another schema, for one of the two sources");
}

/* Something has the name: a table, which could be taken over, or a view or whatever else. */
static int fail_unowned(igd_sql_target *target, igd_str name, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *scratch = igd_arena_new();
    igd_table table;
    bool is_table = false;
    int rc = target->ops->read_table(target, name, scratch, &table, &is_table, err);
    if (rc)
        return rc;
    if (!is_table) {
        igd_fail(err, IGD_E_UNOWNED, "'%.*s' exists in the target and is not a table",
                 IGD_STR_ARG(name));
        return igd_hint(err, "rename it, or use another database");
    }
    igd_fail(err, IGD_E_UNOWNED,
             "table '%.*s' exists in the target and was not created by this program",
             IGD_STR_ARG(name));
    return igd_hint(err, "--adopt takes it over with its rows; or rename it, or use another "
                         "database");
}

/* Is it the name of a table that the plan renames or drops? */
static bool leaves_name(const igd_plan *plan, igd_str name)
{
    for (size_t t = 0; t < plan->table_count; t++)
        if (plan->tables[t].from && igd_str_eq_nocase(plan->tables[t].from->name, name))
            return true;
    return false;
}

/* A table that is made anew is filled from git: what others keep in columns of their own would go.
 */
static int check_columns(igd_sql_target *target, const igd_op *op, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *scratch = igd_arena_new();
    igd_str_list there = {0};
    int rc = target->ops->columns(target, op->from->name, scratch, &there, err);
    for (size_t n = 0; !rc && n < there.len; n++) {
        if (igd_table_column(op->from, there.items[n]) >= 0)
            continue;
        igd_fail(
            err, IGD_E_DESTRUCTIVE,
            "the key of table '%.*s' changes, so it is made anew: the values of column '%.*s', "
            "which is not ours, would be lost",
            IGD_STR_ARG(op->from->name), IGD_STR_ARG(there.items[n]));
        return igd_hint(err, "keep them elsewhere and drop the column, then sync again");
    }
    return rc;
}

/* A column that the definition declares now and that somebody has already made. */
static int check_new_columns(igd_sql_target *target, const igd_table_plan *plan, igd_error *err)
{
    if (!plan->from || !plan->to)
        return IGD_OK;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *scratch = igd_arena_new();
    igd_str_list there = {0};
    int rc = target->ops->columns(target, plan->from->name, scratch, &there, err);
    for (size_t n = 0; !rc && n < there.len; n++) {
        igd_str name = there.items[n];
        if (igd_table_has(plan->from, name) || !igd_table_has(plan->to, name))
            continue;
        igd_fail(err, IGD_E_UNOWNED,
                 "column '%.*s' of table '%.*s' exists in the target and was not created by this "
                 "program, but the definition of '%.*s' declares it now",
                 IGD_STR_ARG(name), IGD_STR_ARG(plan->from->name),
                 IGD_STR_ARG(plan->to->collection));
        return igd_hint(err, "rename or drop the column in the target, or give the field another "
                             "name; then sync again");
    }
    return rc;
}

/* What the plan makes must not be there, and what it changes must not be another source's. */
static int check_ownership(igd_sql_target *target, const igd_state *state, const igd_begin *begin,
                           igd_error *err)
{
    for (size_t t = 0; begin->plan && t < begin->plan->table_count; t++) {
        const igd_table_plan *plan = &begin->plan->tables[t];
        const igd_table *any = plan->from ? plan->from : plan->to;
        const igd_source_state *owner = igd_state_owner(state, any->name, begin->source);
        if (owner)
            return fail_owned(any->name, owner, err);
        int rc = check_new_columns(target, plan, err);
        if (rc)
            return rc;
        for (size_t n = 0; n < plan->expand.len; n++) {
            const igd_op *op = &plan->expand.items[n];
            rc = op->kind == IGD_OP_CHANGE_PRIMARY_KEY ? check_columns(target, op, err) : IGD_OK;
            if (rc)
                return rc;
            if (!makes_name(op) || leaves_name(begin->plan, op->to->name))
                continue;
            bool exists = false;
            rc = target->ops->exists(target, op->to->name, &exists, err);
            if (rc)
                return rc;
            owner = exists ? igd_state_owner(state, op->to->name, begin->source) : NULL;
            if (exists)
                return owner ? fail_owned(op->to->name, owner, err)
                             : fail_unowned(target, op->to->name, err);
        }
    }
    return IGD_OK;
}

/* Of what others have in the target. */
static int check_others(igd_sql_target *target, const igd_state *state, const igd_begin *begin,
                        igd_error *err)
{
    int rc = check_ownership(target, state, begin, err);
    if (rc || !begin->plan || !target->ops->check)
        return rc;
    return target->ops->check(target, begin, err);
}

static int check_fence(igd_sql_target *target, igd_arena *mem, igd_state *state, igd_error *err)
{
    int rc = igd_sql_state_load(target, mem, state, err);
    if (rc)
        return rc;
    if (igd_str_eq(igd_state_fence(igd_state_source(state, target->source), mem), target->fence))
        return IGD_OK;
    igd_fail(err, IGD_E_STALE_BASE, "another run wrote to the target meanwhile");
    return igd_hint(err, target->marked ? "this one has stopped; run it again"
                                        : "nothing was changed; run it again");
}

static int open_transaction(igd_sql_target *target, igd_error *err)
{
    int rc = target->ops->begin(target, target->plan, err);
    target->in_transaction = rc == IGD_OK;
    return rc;
}

int igd_sql_snapshot(igd_target *base, const igd_begin *check, igd_error *err)
{
    igd_sql_target *target = sql_of(base);
    if (target->in_transaction || target->reading)
        return igd_fail(err, IGD_E_BUG, "a snapshot inside of a transaction");
    if (target->ops->is_absent && target->ops->is_absent(target))
        return IGD_OK;
    int rc = target->ops->exec(target, target->dialect->begin_read, err);
    target->reading = rc == IGD_OK;
    if (rc || !check)
        return rc;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *scratch = igd_arena_new();
    igd_state state;
    rc = igd_sql_state_load(target, scratch, &state, err);
    return rc ? rc : check_others(target, &state, check, err);
}

static void end_snapshot(igd_sql_target *target)
{
    igd_error ignored = IGD_ERROR_INIT;
    /* Nothing was written: whatever this says, nothing is left to be undone. */
    if (target->reading)
        (void)target->ops->exec(target, "ROLLBACK", &ignored);
    target->reading = false;
}

/* What belongs to one run. */
static void forget_run(igd_sql_target *target)
{
    igd_map_free(target->waiting_by_name);
    target->waiting_by_name = NULL;
    target->waiting = (typeof(target->waiting)){0};
    igd_map_free(target->orphans_by_name);
    target->orphans_by_name = NULL;
    target->orphans = (typeof(target->orphans)){0};
    target->writers = (typeof(target->writers)){0};
    target->last_writer = NULL;
    target->plan = target->tables = NULL;
    target->resting = (typeof(target->resting)){0};
    target->references_checked = false;
    target->conflicts = (igd_conflict_policy){0};
    igd_sql_conflicts_forget(target);
    target->recording = target->marked = false;
    target->script = NULL;
    target->from = target->to = NULL;
}

/* The transaction of a step: a new one, behind the fence. */
static int next_step(igd_sql_target *target, igd_error *err)
{
    int rc = target->ops->commit(target, err);
    if (rc)
        return rc;
    target->in_transaction = false;
    rc = open_transaction(target, err);
    if (rc)
        return rc;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *scratch = igd_arena_new();
    igd_state state;
    return check_fence(target, scratch, &state, err);
}

static int store_mark(igd_sql_target *target, const igd_source_state *mark, igd_error *err)
{
    int rc = igd_sql_state_store(target, mark, err);
    if (rc)
        return rc;
    target->fence = igd_state_fence(mark, target->tx_mem);
    target->marked = true;
    return next_step(target, err);
}

int igd_sql_begin(igd_target *base, const igd_begin *begin, igd_error *err)
{
    igd_sql_target *target = sql_of(base);
    if (!target->locked || target->in_transaction)
        return igd_fail(err, IGD_E_BUG, "begin without the lock, or twice");
    if (igd_goes_in_steps(target->base.caps, begin->plan) && !begin->mark)
        return igd_fail(err, IGD_E_BUG, "a run in steps without a mark");
    forget_run(target);
    igd_arena_reset(target->tx_mem);
    target->base.dangling = false;
    target->base.created = 0;
    target->source = igd_arena_str(target->tx_mem, begin->source);
    target->fence = igd_state_fence(begin->expected, target->tx_mem);
    target->plan = begin->plan && begin->plan->op_count ? begin->plan : NULL;
    target->tables = begin->plan;
    target->conflicts = begin->conflicts;
    if (igd_target_records(base))
        target->script = begin->recording;
    target->from = begin->expected;
    int rc = igd_sql_take_resting(target, begin, err);
    if (!rc)
        rc = open_transaction(target, err);
    if (rc)
        return rc;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *scratch = igd_arena_new();
    igd_state state;
    rc = check_fence(target, scratch, &state, err);
    if (!rc)
        rc = check_others(target, &state, begin, err);
    if (!rc && begin->mark)
        rc = store_mark(target, begin->mark, err);
    if (rc)
        igd_sql_rollback(base);
    return rc;
}

void igd_sql_rollback(igd_target *base)
{
    igd_sql_target *target = sql_of(base);
    end_snapshot(target);
    if (!target->in_transaction)
        return;
    igd_sql_forget_statements(target);
    target->ops->rollback(target);
    target->in_transaction = false;
    forget_run(target);
}

int igd_sql_step(igd_sql_target *target, igd_caps needed, igd_error *err)
{
    if ((target->base.caps & needed) || !target->marked)
        return IGD_OK;
    igd_sql_forget_statements(target);
    return next_step(target, err);
}

/* Changes that had to wait for others: all have come. */
static int settle(igd_sql_target *target, igd_error *err)
{
    int rc = igd_sql_settle_orphans(target, err);
    if (!rc)
        rc = igd_sql_settle_deletes(target, err);
    if (!rc)
        rc = igd_sql_conflicts_flush(target, err);
    return rc ? rc : igd_sql_check_references(target, err);
}

int igd_sql_commit(igd_target *base, const igd_source_state *state, igd_error *err)
{
    igd_sql_target *target = sql_of(base);
    if (!target->in_transaction)
        return igd_fail(err, IGD_E_BUG, "commit without begin");
    int rc = settle(target, err);
    igd_sql_forget_statements(target);
    target->to = state;
    if (!rc)
        rc = igd_sql_state_store(target, state, err);
    if (!rc)
        rc = target->ops->commit(target, err);
    if (rc)
        return rc;
    target->in_transaction = false;
    forget_run(target);
    return IGD_OK;
}

/* ---- notes ---- */

void igd_sql_note_error(igd_target *base, igd_str source, igd_str message)
{
    igd_sql_target *target = sql_of(base);
    igd_error err = IGD_ERROR_INIT;
    /* Who does not hold the lock must not write, not even this. */
    if (!target->locked || target->in_transaction)
        return;
    int rc = target->ops->begin(target, NULL, &err);
    if (!rc) {
        rc = igd_sql_state_note(target, source, message, &err);
        if (!rc)
            rc = target->ops->commit(target, &err);
        if (rc)
            target->ops->rollback(target);
    }
    if (rc)
        igd_log(IGD_LOG_WARNING, "the error could not be noted in the target: %s", err.message);
}

/* ---- schema ---- */

int igd_sql_alter(igd_sql_target *target, const igd_op *op, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_str_list statements = {0};
    int rc = IGD_OK;
    igd_sql_statements(target->dialect, op, mem, &statements);
    for (size_t n = 0; !rc && n < statements.len; n++)
        rc = target->ops->exec(target, statements.items[n].ptr, err);
    target->base.created += !rc && op->kind == IGD_OP_CREATE_TABLE;
    return rc ? igd_error_prefix(err, "%.*s", IGD_STR_ARG(igd_op_text(op, mem))) : IGD_OK;
}

int igd_sql_schema_apply(igd_target *base, const igd_plan *plan, igd_part part, igd_error *err)
{
    igd_sql_target *target = sql_of(base);
    if (!target->in_transaction)
        return igd_fail(err, IGD_E_BUG, "schema_apply without begin");
    int rc = part == IGD_PART_CONTRACT ? settle(target, err) : IGD_OK;
    if (!rc && part == IGD_PART_CONTRACT)
        rc = igd_sql_check_adopted(target, plan, err);
    igd_sql_forget_statements(target);
    if (rc)
        return rc;
    const igd_op_list *ops = part == IGD_PART_EXPAND ? &plan->expand : &plan->contract;
    if (target->ops->alter)
        rc = target->ops->alter(target, plan, part, err);
    for (size_t n = 0; !target->ops->alter && !rc && n < ops->len; n++)
        rc = igd_sql_alter(target, &ops->items[n], err);
    return rc ? rc : igd_sql_step(target, IGD_CAP_DDL_IN_TX, err);
}
