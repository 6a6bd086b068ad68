/*
 * Deleting rows that others may refer to: nothing goes along without a word.
 *
 * Deletes come children first, so whoever still belongs to a row that is deleted (ON DELETE
 * CASCADE) is not known to git. Other references may be from rows that are deleted later, in this
 * table or in a circle of tables: such a delete waits until all are done.
 */
#include "base/map.h"
#include "targets/sql/write.h"

struct igd_sql_waiting {
    const igd_table *table;
    igd_change change; /* a copy */
    igd_value *old;    /* as found, by layout */
    bool edited;       /* it is not its base */
    bool stays;
    igd_str referrer; /* the row because of which it stays */
    bool adopted;     /* that one is in a table that is taken over */
};

/* Who refers to a row. */
typedef enum refer { REFER_NONE, REFER_LATER, REFER_STRAYS } refer;

/* A row of a child table that git does not know. */
typedef struct stray {
    igd_sql_writer *writer;
    const igd_value *row;
} stray;
typedef IGD_LIST(stray) stray_list;

static bool is_adopted(const igd_sql_target *target, const igd_table *table)
{
    const igd_table_plan *plan =
        target->tables ? igd_plan_table(target->tables, table->collection) : NULL;
    return plan && plan->adopted;
}

static int remove_row(igd_sql_target *target, igd_sql_writer *writer, const igd_value *key,
                      igd_error *err)
{
    if (target->removes)
        return target->ops->remove(target, writer->table, key, err);
    return igd_sql_run(target, &writer->remove, igd_sql_delete, writer->table, key,
                       writer->table->key_count, NULL, err);
}

static int referring_rows(igd_sql_target *target, const igd_sql_link *link, const igd_value *row,
                          igd_arena *mem, igd_sql_rows *out, igd_error *err)
{
    const igd_table *layout = igd_sql_writer_of(target, link->other)->layout;
    return igd_sql_rows_where(target, layout, &link->columns, igd_sql_link_values(link, row, mem),
                              mem, out, err);
}

static struct igd_sql_waiting *waiting_of(const igd_sql_target *target, const igd_table *table,
                                          const igd_value *row, igd_arena *mem)
{
    return target->waiting_by_name
               ? igd_map_get(target->waiting_by_name, igd_sql_row_name(table, row, mem))
               : NULL;
}

/* ---- rows that belong to a row that goes ---- */

/* Rows of a table that is taken over are not deleted in that run, though git wins. */
static int check_adopted(const igd_sql_target *target, const igd_sql_link *link,
                         const igd_value *child, igd_error *err)
{
    if (!is_adopted(target, link->other) || target->conflicts.on != IGD_CONFLICT_SOURCE)
        return IGD_OK;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_str key = igd_row_key_text(link->other, child, mem);
    (void)igd_fail(err, IGD_E_UNOWNED,
                   "the commit deletes the row, but key '%.*s' of table '%.*s', which is taken "
                   "over, belongs to it",
                   IGD_STR_ARG(key), IGD_STR_ARG(link->other->name));
    return igd_hint(err, "delete that row first, or keep both with --on-conflict target");
}

static int look_at_children(igd_sql_target *target, const igd_sql_link *link, const igd_value *row,
                            igd_arena *mem, stray_list *strays, refer *found, igd_error *err)
{
    igd_sql_rows rows = {0};
    int rc = referring_rows(target, link, row, mem, &rows, err);
    for (size_t n = 0; !rc && n < rows.len; n++) {
        if (waiting_of(target, link->other, rows.items[n], mem)) {
            if (*found == REFER_NONE)
                *found = REFER_LATER;
            continue;
        }
        rc = check_adopted(target, link, rows.items[n], err);
        stray one = {igd_sql_writer_of(target, link->other), rows.items[n]};
        IGD_PUSH(mem, strays, one);
        *found = REFER_STRAYS;
    }
    return rc;
}

static int look_for_references(igd_sql_target *target, igd_sql_writer *writer, const igd_value *row,
                               igd_arena *mem, stray_list *strays, refer *found, igd_error *err)
{
    *found = REFER_NONE;
    igd_sql_links(target, writer);
    for (size_t n = 0; n < writer->referring.len; n++) {
        igd_sql_link *link = &writer->referring.items[n];
        bool any;
        int rc = igd_sql_link_has(target, link, row, &any, err);
        if (!rc && any && link->rests)
            rc = igd_sql_fail_resting(target, writer, link, row, err);
        else if (!rc && any && link->cascade)
            rc = look_at_children(target, link, row, mem, strays, found, err);
        else if (!rc && any && *found == REFER_NONE)
            *found = REFER_LATER;
        if (rc)
            return rc;
    }
    return IGD_OK;
}

/* Decides about strays and what belongs to them in turn; a list instead of a recursion. */
static int decide_strays(igd_sql_target *target, stray_list *strays, igd_arena *mem, igd_error *err)
{
    bool go_on = false;
    int rc = IGD_OK;
    for (size_t n = 0; !rc && n < strays->len; n++) {
        refer below;
        stray one = strays->items[n];
        rc = igd_sql_conflict(target, one.writer, NULL, one.row, NULL, &go_on, err);
        if (!rc)
            rc = look_for_references(target, one.writer, one.row, mem, strays, &below, err);
    }
    for (size_t n = strays->len; !rc && go_on && n-- > 0;)
        rc = remove_row(target, strays->items[n].writer, strays->items[n].row, err);
    return rc;
}

/* ---- deletes that wait ---- */

static void wait_for_others(igd_sql_target *target, const igd_sql_writer *writer,
                            const igd_change *change, const igd_value *old, bool edited)
{
    igd_arena *mem = target->tx_mem;
    struct igd_sql_waiting *waiting = IGD_NEW(mem, struct igd_sql_waiting);
    igd_change found = *change;
    *waiting = (struct igd_sql_waiting){.table = writer->table, .edited = edited};
    waiting->old = IGD_NEW_ARRAY(mem, igd_value, writer->layout->column_count);
    for (size_t n = 0; n < writer->layout->column_count; n++)
        waiting->old[n] = igd_value_copy(&old[n], mem);
    found.old = NULL;
    waiting->change = igd_sql_keep_change(target, &found);
    waiting->change.old = waiting->old;
    if (!target->waiting_by_name)
        target->waiting_by_name = igd_map_new();
    igd_map_put(target->waiting_by_name, igd_sql_row_name(writer->table, old, mem), waiting);
    IGD_PUSH(mem, &target->waiting, waiting);
}

/* Whether a row refers to it that stays. */
static int is_needed(igd_sql_target *target, struct igd_sql_waiting *waiting, igd_error *err)
{
    igd_sql_writer *writer = igd_sql_writer_of(target, waiting->table);
    igd_sql_links(target, writer);
    for (size_t l = 0; l < writer->referring.len; l++) {
        IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
        const igd_sql_link *link = &writer->referring.items[l];
        igd_sql_rows rows = {0};
        int rc = referring_rows(target, link, waiting->old, mem, &rows, err);
        if (rc)
            return rc;
        for (size_t n = 0; n < rows.len && !waiting->stays; n++) {
            const struct igd_sql_waiting *other =
                waiting_of(target, link->other, rows.items[n], mem);
            if (other && !other->stays)
                continue;
            igd_str key = igd_row_key_text(link->other, rows.items[n], mem);
            waiting->stays = true;
            waiting->adopted = is_adopted(target, link->other);
            waiting->referrer = igd_arena_printf(target->tx_mem, "key '%.*s' of table '%.*s'",
                                                 IGD_STR_ARG(key), IGD_STR_ARG(link->other->name));
        }
    }
    return IGD_OK;
}

static int find_needed(igd_sql_target *target, igd_error *err)
{
    bool more = true;
    while (more) {
        more = false;
        for (size_t n = 0; n < target->waiting.len; n++) {
            struct igd_sql_waiting *waiting = target->waiting.items[n];
            if (waiting->stays)
                continue;
            int rc = is_needed(target, waiting, err);
            if (rc)
                return rc;
            more |= waiting->stays;
        }
    }
    return IGD_OK;
}

static int fail_needed(igd_sql_target *target, const struct igd_sql_waiting *waiting,
                       igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_str key = igd_row_key_text(waiting->table, waiting->old, mem);
    if (waiting->adopted) {
        (void)igd_fail(err, IGD_E_UNOWNED,
                       "table '%.*s', key '%.*s': the commit deletes the row, but %.*s, which is "
                       "taken over, refers to it",
                       IGD_STR_ARG(waiting->table->name), IGD_STR_ARG(key),
                       IGD_STR_ARG(waiting->referrer));
        return igd_hint(err, "change that row first, or keep both with --on-conflict target");
    }
    target->base.dangling = true;
    (void)igd_fail(err, IGD_E_CONFLICT,
                   "table '%.*s', key '%.*s': the commit deletes the row, but %.*s, which somebody "
                   "changed in the target, refers to it",
                   IGD_STR_ARG(waiting->table->name), IGD_STR_ARG(key),
                   IGD_STR_ARG(waiting->referrer));
    return igd_hint(err, "--mode full repairs that row, --on-conflict target keeps both");
}

static int finish_waiting(igd_sql_target *target, const struct igd_sql_waiting *waiting,
                          igd_error *err)
{
    igd_sql_writer *writer = igd_sql_writer_of(target, waiting->table);
    bool go_on = true;
    int rc = IGD_OK;
    if (waiting->stays && target->conflicts.on != IGD_CONFLICT_TARGET)
        return fail_needed(target, waiting, err);
    if (waiting->stays || waiting->edited)
        rc = igd_sql_conflict(target, writer, &waiting->change, waiting->old, NULL, &go_on, err);
    if (!rc && go_on)
        rc = remove_row(target, writer, waiting->old, err);
    return rc;
}

int igd_sql_settle_deletes(igd_sql_target *target, igd_error *err)
{
    if (target->waiting.len == 0)
        return IGD_OK;
    int rc = find_needed(target, err);
    for (size_t n = 0; !rc && n < target->waiting.len; n++)
        rc = finish_waiting(target, target->waiting.items[n], err);
    target->waiting.len = 0;
    igd_map_free(target->waiting_by_name);
    target->waiting_by_name = NULL;
    return rc;
}

/* ---- one delete ---- */

/* The row is looked at: somebody refers to it, or it is not what it was. */
static int delete_slowly(igd_sql_target *target, igd_sql_writer *writer, const igd_change *change,
                         refer references, stray_list *strays, igd_arena *mem, igd_error *err)
{
    igd_value *old;
    bool go_on = true;
    int rc = igd_sql_row(target, writer, igd_change_key(change), mem, &old, err);
    if (rc || !old)
        return rc;
    bool edited =
        change->cause != IGD_CAUSE_PENDING || !igd_sql_is_base(target, writer, change, old);
    bool keeps = target->conflicts.on == IGD_CONFLICT_TARGET;
    if (target->conflicts.on == IGD_CONFLICT_FAIL && edited)
        return igd_sql_conflict(target, writer, change, old, NULL, &go_on, err);
    if (keeps && (edited || references == REFER_STRAYS)) {
        rc = igd_sql_conflict(target, writer, change, old, NULL, &go_on, err);
        return rc ? rc : decide_strays(target, strays, mem, err);
    }
    rc = decide_strays(target, strays, mem, err);
    if (!rc && references == REFER_STRAYS && strays->len > 0)
        rc = look_for_references(target, writer, old, mem, strays, &references, err);
    if (rc)
        return rc;
    if (references != REFER_NONE) {
        wait_for_others(target, writer, change, old, edited);
        return IGD_OK;
    }
    if (edited)
        rc = igd_sql_conflict(target, writer, change, old, NULL, &go_on, err);
    return rc || !go_on ? rc : remove_row(target, writer, old, err);
}

int igd_sql_delete_row(igd_sql_target *target, igd_sql_writer *writer, const igd_change *change,
                       igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    stray_list strays = {0};
    refer references;
    uint64_t rows = 0;
    int rc =
        look_for_references(target, writer, igd_change_key(change), mem, &strays, &references, err);
    bool simple = references == REFER_NONE && change->cause == IGD_CAUSE_PENDING && change->base &&
                  !target->removes;
    if (!rc && simple)
        rc = igd_sql_remove_if(target, writer, change, &rows, err);
    return rc || rows ? rc : delete_slowly(target, writer, change, references, &strays, mem, err);
}
