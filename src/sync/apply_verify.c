/*
 * Verifying a script: the commit's side, cut down to what the target is said to have, is compared.
 */
#include "sync/apply_verify.h"

#include "sync/check.h"
#include "sync/proof.h"

static int load_recorded(const igd_source_state *left, igd_arena *mem, igd_str_list *ids,
                         igd_schema *out, igd_error *err)
{
    out->tables = IGD_NEW_ARRAY(mem, igd_table, left->tables.len);
    int code = IGD_OK;
    for (size_t n = 0; code == IGD_OK && n < left->tables.len; n++) {
        IGD_PUSH(mem, ids, left->tables.items[n].collection);
        code = igd_table_from_json(left->tables.items[n].schema_json, mem, &out->tables[n], err);
        out->table_count = n + 1;
    }
    return code;
}

static int load_side(const igd_apply_proof *proof, igd_arena *mem, igd_side *side, igd_error *err)
{
    igd_commit commit;
    igd_schema recorded = {0};
    igd_str_list ids = {0};
    igd_problems said = IGD_PROBLEMS_INIT(mem);
    int code = load_recorded(proof->left, mem, &ids, &recorded, err);
    if (code == IGD_OK)
        code = igd_repo_resolve(proof->repo, igd_arena_cstr(mem, proof->commit), &commit, err);
    if (code != IGD_OK)
        return code;
    igd_chosen only = igd_chosen_only(&ids, mem);
    igd_scope scope = {.only = &only, .recorded = &recorded, .links = IGD_LINKS_RECORDED};
    return igd_side_load_part(proof->repo, &commit, &scope, &proof->options->mapping, false, mem,
                              &said, side, err);
}

/* What was left out as invalid is not missing. */
static int find_invalid(const igd_apply_proof *proof, const igd_side *side, igd_problems *problems,
                        igd_keyset *rejected, igd_invalid **out, igd_error *err)
{
    IGD_CLEANUP(igd_notes)
    igd_notes notes = {0};
    igd_notes_init(&notes, problems, false);
    igd_source_check check = {.repo = proof->repo,
                              .side = side,
                              .jobs = proof->options->jobs,
                              .stop = proof->options->stop,
                              .meter = proof->meter,
                              .notes = &notes,
                              .rejected = rejected};
    int code = igd_check_source(&check, err);
    return code == IGD_OK ? igd_invalid_new(side, problems, out, err) : code;
}

int igd_apply_verify(const igd_apply_proof *proof, igd_arena *mem, igd_error *err)
{
    IGD_CLEANUP(igd_side)
    igd_side side = {0};
    IGD_CLEANUP_PTR(igd_keyset) igd_keyset *rejected = igd_keyset_new();
    IGD_CLEANUP_PTR(igd_invalid) igd_invalid *invalid = NULL;
    igd_problems problems = IGD_PROBLEMS_INIT(mem);
    int code = load_side(proof, mem, &side, err);
    if (code == IGD_OK && proof->left->held.len > 0)
        code = find_invalid(proof, &side, &problems, rejected, &invalid, err);
    if (code != IGD_OK)
        return code;
    igd_proof all = {.repo = proof->repo,
                     .side = &side,
                     .target = proof->target,
                     .invalid = invalid,
                     .committed = !(proof->target->caps & IGD_CAP_TRANSACTIONS),
                     .rejected = rejected,
                     .outcome = proof->steps ? "schema changes of the script stay, and the target "
                                               "is in progress: sync goes on from there"
                                             : NULL,
                     .meter = proof->meter,
                     .jobs = proof->options->jobs,
                     .stop = proof->options->stop};
    return igd_prove_written(&all, err);
}
