/*
 * Rows whose parents somebody deleted, when git does not win by all means: they cannot be written,
 * and that is a conflict.
 *
 * What a row refers to may also come later in the run, in a circle even. So a row that refers to
 * one that is not there waits until all have come.
 */
#include "base/map.h"
#include "targets/sql/write.h"

struct igd_sql_orphan {
    igd_change change; /* a copy */
    bool hopeless;
};

int igd_sql_await_parents(igd_sql_target *target, igd_sql_writer *writer, const igd_change *change,
                          bool *orphan, igd_error *err)
{
    bool there = true;
    igd_sql_links(target, writer);
    for (size_t n = 0; there && n < writer->parents.len; n++) {
        int rc = igd_sql_is_there(target, &writer->parents.items[n], change->now, &there, err);
        if (rc)
            return rc;
    }
    *orphan = !there;
    if (there)
        return IGD_OK;
    struct igd_sql_orphan *waits = IGD_NEW(target->tx_mem, struct igd_sql_orphan);
    waits->change = igd_sql_keep_change(target, change);
    if (!target->orphans_by_name)
        target->orphans_by_name = igd_map_new();
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_map_put(target->orphans_by_name, igd_sql_row_name(writer->table, change->now, mem), waits);
    IGD_PUSH(target->tx_mem, &target->orphans, waits);
    return IGD_OK;
}

/* One that was there at the last sync and is not was deleted, and stays so. */
static bool will_be_there(const struct igd_sql_orphan *orphan)
{
    return orphan && !orphan->hopeless && !orphan->change.base_table &&
           orphan->change.cause == IGD_CAUSE_PENDING;
}

static int find_hope(igd_sql_target *target, struct igd_sql_orphan *orphan, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_sql_writer *writer = igd_sql_writer_of(target, orphan->change.table);
    igd_sql_links(target, writer);
    for (size_t n = 0; n < writer->parents.len; n++) {
        igd_sql_link *link = &writer->parents.items[n];
        bool there;
        int rc = igd_sql_is_there(target, link, orphan->change.now, &there, err);
        if (rc)
            return rc;
        const struct igd_sql_orphan *parent =
            there ? NULL
                  : igd_map_get(target->orphans_by_name,
                                igd_sql_link_name(link, orphan->change.now, mem));
        if (!there && !will_be_there(parent))
            orphan->hopeless = true;
    }
    return IGD_OK;
}

static int find_hopeless(igd_sql_target *target, igd_error *err)
{
    bool more = true;
    while (more) {
        more = false;
        for (size_t n = 0; n < target->orphans.len; n++) {
            struct igd_sql_orphan *orphan = target->orphans.items[n];
            if (orphan->hopeless)
                continue;
            int rc = find_hope(target, orphan, err);
            if (rc)
                return rc;
            more |= orphan->hopeless;
        }
    }
    return IGD_OK;
}

int igd_sql_settle_orphans(igd_sql_target *target, igd_error *err)
{
    if (target->orphans.len == 0)
        return IGD_OK;
    int rc = find_hopeless(target, err);
    for (size_t n = 0; !rc && n < target->orphans.len; n++) {
        const struct igd_sql_orphan *orphan = target->orphans.items[n];
        igd_sql_writer *writer = igd_sql_writer_of(target, orphan->change.table);
        rc = igd_sql_put_row(
            target, writer, &orphan->change,
            orphan->hopeless ? "it refers to a row that is not in the target" : NULL, err);
        if (rc && rc != IGD_E_CONFLICT)
            igd_sql_fail_row(writer->table, &orphan->change, err);
    }
    target->orphans.len = 0;
    igd_map_free(target->orphans_by_name);
    target->orphans_by_name = NULL;
    return rc;
}
