/*
 * Comparing a target with its commit by the spine that also repairs: here it only counts.
 */
#include "sync/proof.h"

#include "sync/spine.h"

static void add_table(igd_buf *text, const igd_table_counts *counts, size_t *tables)
{
    if (counts->inserted + counts->updated + counts->deleted == 0)
        return;
    igd_buf_printf(text, "%s'%.*s' (%llu missing, %llu different, %llu too many)",
                   (*tables)++ ? ", " : "", IGD_STR_ARG(counts->table),
                   (unsigned long long)counts->inserted, (unsigned long long)counts->updated,
                   (unsigned long long)counts->deleted);
}

int igd_prove_written(const igd_proof *proof, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    IGD_CLEANUP(igd_notes)
    igd_notes notes = {0};
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_problems said = IGD_PROBLEMS_INIT(mem); /* all of it has been said by the run */
    igd_consumer consumer = igd_count_only();
    igd_plan same;
    igd_origin *origins = IGD_NEW_ARRAY(mem, igd_origin, proof->side->slot_count);
    for (size_t n = 0; n < proof->side->slot_count; n++)
        origins[n].side = proof->side;
    igd_plan_make(&proof->side->schema, &proof->side->schema, 0, mem, &same);
    if (proof->adoption)
        igd_adopt_mark(proof->adoption, &same);
    igd_notes_init(&notes, &said, false);
    igd_spine spine = {.repo = proof->repo,
                       .new_side = proof->side,
                       .origins = origins,
                       .plan = &same,
                       .rejected = proof->rejected,
                       .compare_with = proof->target,
                       .consumer = &consumer,
                       .notes = &notes,
                       .meter = proof->meter,
                       .jobs = proof->jobs,
                       .stop = proof->stop,
                       .invalid = proof->invalid,
                       .drop_held = true};
    igd_spine_init(&spine, mem);
    int code = igd_spine_run(&spine, err);
    size_t tables = 0;
    for (size_t n = 0; code == IGD_OK && n < proof->side->slot_count; n++)
        add_table(&text, &spine.sums[n].counts, &tables);
    if (code != IGD_OK || tables == 0)
        return code;
    (void)igd_fail(err, IGD_E_DIFFERS, "%s is not what the commit prescribes: %s",
                   proof->committed ? "the run is done, but what it wrote" : "what was written",
                   text.ptr);
    const char *outcome = proof->outcome     ? proof->outcome
                          : proof->committed ? "it is there all the same: this target cannot take "
                                               "it back"
                                             : "nothing was kept";
    return igd_hint(err, "%s; %s", outcome,
                    proof->kept_rows
                        ? "rows that --on-conflict target keeps are not what the commit prescribes"
                        : "a trigger in the target may have changed rows");
}
