/*
 * Deciding about a row that somebody else changed, and recording it.
 */
#include <stdio.h>

#include "schema/diff.h"
#include "targets/sql/write.h"

/* What happened to the row, for messages. */
static const char *what_happened(const igd_change *change, const igd_value *old)
{
    if (!change)
        return "is not in the repository, and would go with the row that it belongs to";
    if (!old)
        return "somebody deleted the row in the target";
    if (!change->base_known)
        return "the row differs, and what it was at the last sync is not known";
    return change->base_table ? "somebody changed the row in the target"
                              : "somebody added the row to the target";
}

static int fail_conflict(const igd_table *table, const igd_change *change, const igd_value *row,
                         const char *what, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_str key = igd_row_key_text(table, row, mem);
    (void)igd_fail(err, IGD_E_CONFLICT, "table '%.*s', key '%.*s': %s", IGD_STR_ARG(table->name),
                   IGD_STR_ARG(key), what);
    igd_place *place = &err->place;
    snprintf(place->collection, sizeof(place->collection), "%.*s", IGD_STR_ARG(table->collection));
    snprintf(place->key, sizeof(place->key), "%.*s", IGD_STR_ARG(key));
    if (change)
        snprintf(place->path, sizeof(place->path), "%.*s", IGD_STR_ARG(change->path));
    return igd_hint(err, "--on-conflict source overwrites such rows and records what they were, "
                         "--on-conflict target keeps them");
}

/* The row as found, under the names that its columns had before the run: one that stands aside
 * while its kind changes is shown in the place of the one that is to be filled. */
static igd_str found_json(const igd_sql_target *target, const igd_sql_writer *writer,
                          const igd_value *old, igd_arena *mem)
{
    igd_table shown = *writer->layout;
    igd_value *row = IGD_NEW_ARRAY(mem, igd_value, shown.column_count);
    shown.columns = IGD_NEW_ARRAY(mem, igd_column, shown.column_count);
    for (size_t n = 0; n < shown.column_count; n++) {
        row[n] = old[n];
        shown.columns[n] = writer->layout->columns[n];
    }
    for (size_t n = writer->table->column_count; n < shown.column_count; n++)
        for (size_t c = 0; writer->recorded && c < writer->recorded->column_count; c++) {
            igd_str name = writer->recorded->columns[c].name;
            igd_str aside = igd_aside_name(name, target->base.limits.identifier_bytes, mem);
            if (!igd_str_eq(shown.columns[n].name, aside))
                continue;
            ptrdiff_t filled = igd_table_column(writer->layout, name);
            shown.columns[n].name = name;
            if (filled >= 0)
                row[filled] = IGD_VALUE_NULL;
        }
    return igd_row_json(&shown, row, mem);
}

int igd_sql_conflict(igd_sql_target *target, const igd_sql_writer *writer, const igd_change *change,
                     const igd_value *old, const char *what, bool *go_on, igd_error *err)
{
    const igd_conflict_policy *policy = &target->conflicts;
    const igd_value *row = change ? igd_change_key(change) : old;
    if (policy->on == IGD_CONFLICT_FAIL)
        return fail_conflict(writer->table, change, row, what ? what : what_happened(change, old),
                             err);
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    bool keep = policy->on == IGD_CONFLICT_TARGET;
    igd_conflict conflict = {.table = writer->table,
                             .change = change,
                             .decision = keep                    ? IGD_KEPT
                                         : change && change->now ? IGD_OVERWRITTEN
                                                                 : IGD_DELETED,
                             .key = igd_row_key_json(writer->table, row, mem),
                             .key_text = igd_row_key_text(writer->table, row, mem)};
    if (change && change->base)
        conflict.base = igd_row_json(change->base_table, change->base, mem);
    if (old)
        conflict.old = found_json(target, writer, old, mem);
    if (change && change->now)
        conflict.now = igd_row_json(writer->table, change->now, mem);
    int rc = igd_sql_conflict_store(target, &conflict, err);
    if (rc)
        return rc;
    if (policy->callback)
        policy->callback(&conflict, policy->payload);
    *go_on = !keep;
    return IGD_OK;
}

int igd_sql_note_conflict(igd_target *base, const igd_conflict *conflict, igd_error *err)
{
    igd_sql_target *target = (igd_sql_target *)base;
    int rc = igd_sql_conflict_store(target, conflict, err);
    if (!rc)
        rc = igd_sql_conflicts_flush(target, err);
    if (!rc && target->conflicts.callback)
        target->conflicts.callback(conflict, target->conflicts.payload);
    return rc;
}
