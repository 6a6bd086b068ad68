/*
 * Asking a target for the sums of its tables.
 */
#include "sync/sums.h"

#include <pthread.h>
#include <stdlib.h>

#include "ingitdb/records.h"
#include "schema/canonical.h"
#include "sync/compare.h"

int igd_sums_read(igd_target *target, const igd_side *side, const igd_plan *plan,
                  const igd_route *routes, igd_arena *mem, igd_slot_sums **out, igd_error *err)
{
    *out = NULL;
    if (!target->driver->sums)
        return IGD_OK;
    igd_slot_sums *sums = IGD_NEW_ARRAY(mem, igd_slot_sums, side->slot_count);
    for (size_t n = 0; n < side->slot_count; n++) {
        const igd_table *table = side->slots[n].table;
        const igd_table_plan *its = igd_plan_table(plan, table->collection);
        const igd_table *layout =
            !its || (routes && routes[n].skip) ? NULL : igd_compare_layout(its, mem);
        if (!layout)
            continue;
        int code = target->driver->sums(target, table, layout, &sums[n].sums, &sums[n].told, err);
        if (code != IGD_OK)
            return code;
    }
    *out = sums;
    return IGD_OK;
}

/* ---- in a thread ---- */

struct igd_sums_job {
    pthread_t thread;
    igd_target *target;
    const igd_side *side;
    const igd_plan *plan;
    const igd_route *routes;
    igd_arena *mem;
    igd_slot_sums *sums;
    igd_error err;
    int code;
};

static void *work(void *payload)
{
    igd_sums_job *job = payload;
    job->code = igd_sums_read(job->target, job->side, job->plan, job->routes, job->mem, &job->sums,
                              &job->err);
    return NULL;
}

igd_sums_job *igd_sums_start(igd_target *target, const igd_side *side, const igd_plan *plan,
                             const igd_route *routes)
{
    if (!target->driver->sums)
        return NULL;
    igd_sums_job *job = igd_xmalloc(sizeof(*job));
    *job = (igd_sums_job){.target = target,
                          .side = side,
                          .plan = plan,
                          .routes = routes,
                          .mem = igd_arena_new(),
                          .err = IGD_ERROR_INIT};
    /* Without a thread it is done at once. */
    if (pthread_create(&job->thread, NULL, work, job) != 0) {
        work(job);
        job->thread = pthread_self();
    }
    return job;
}

int igd_sums_finish(igd_sums_job *job, igd_arena *mem, igd_slot_sums **out, igd_error *err)
{
    *out = NULL;
    if (!job)
        return IGD_OK;
    if (!pthread_equal(job->thread, pthread_self()))
        pthread_join(job->thread, NULL);
    int code = job->code;
    if (code != IGD_OK)
        *err = job->err;
    else if (job->sums)
        *out = memcpy(igd_arena_alloc(mem, job->side->slot_count * sizeof(**out)), job->sums,
                      job->side->slot_count * sizeof(**out));
    igd_arena_free(job->mem);
    free(job);
    return code;
}

/* ---- what they say ---- */

igd_bucket_set igd_sums_differing(const igd_table_sums *a, const igd_table_sums *b)
{
    igd_bucket_set set = {0};
    for (unsigned n = 0; n < IGD_BUCKETS; n++)
        if (!igd_table_sums_same(a, b, n))
            igd_bucket_set_add(&set, n);
    return set;
}

static bool is_as_recorded(const igd_slot_sums *sums, const igd_table_plan *plan,
                           const igd_table_state *recorded)
{
    igd_digest digest;
    uint64_t rows;
    if (!sums->told || !plan || plan->expand.len + plan->contract.len > 0 || !recorded ||
        recorded->reader_version != IGD_READER_VERSION ||
        recorded->encoding_version != IGD_ENCODING_VERSION ||
        !igd_digest_parse(recorded->digest, &digest))
        return false;
    return igd_digest_eq(igd_table_sums_total(&sums->sums, &rows), digest) &&
           recorded->row_count >= 0 && rows == (uint64_t)recorded->row_count;
}

bool igd_sums_prove(const igd_slot_sums *sums, const igd_side *side, const igd_plan *plan,
                    const igd_source_state *state)
{
    if (!sums || !state || state->held.len > 0 || igd_state_in_progress(state))
        return false;
    for (size_t n = 0; n < side->slot_count; n++) {
        igd_str collection = side->slots[n].table->collection;
        if (!is_as_recorded(&sums[n], igd_plan_table(plan, collection),
                            igd_state_table(state, collection)))
            return false;
    }
    return true;
}
