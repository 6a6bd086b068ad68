/*
 * Two maps: by record, and by parent for files as a whole.
 */
#include "sync/invalid.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "schema/canonical.h"
#include "sync/base.h"
#include "sync/differences.h"

struct igd_invalid {
    const igd_side *side;
    igd_arena *mem;
    igd_map *records;        /* igd_row_name -> igd_problem */
    igd_map *parents;        /* igd_row_name of the ancestors' keys -> igd_problem */
    const igd_problem **all; /* by slot: every row, whatever its parent */
    bool *any;
};

static void put(igd_invalid *invalid, igd_map *map, size_t slot, igd_digest key,
                const igd_problem *problem)
{
    igd_row_name name = {slot, key};
    igd_problem *copy = IGD_NEW(invalid->mem, igd_problem);
    *copy = *problem;
    if (!igd_map_get(map, igd_row_name_view(&name)))
        igd_map_put(map, igd_row_name_view(&name), copy);
}

static int add(igd_invalid *invalid, size_t slot, const igd_problem *problem, igd_error *err)
{
    igd_digest key;
    invalid->any[slot] = true;
    if (problem->key_json.len == 0 && problem->parent_json.len == 0) {
        igd_problem *copy = IGD_NEW(invalid->mem, igd_problem);
        *copy = *problem;
        invalid->all[slot] = copy;
        return IGD_OK;
    }
    bool record = problem->key_json.len > 0;
    int code = igd_base_key_digest(record ? problem->key_json : problem->parent_json, &key, err);
    if (code == IGD_OK)
        put(invalid, record ? invalid->records : invalid->parents, slot, key, problem);
    return code;
}

int igd_invalid_new(const igd_side *side, const igd_problems *problems, igd_invalid **out,
                    igd_error *err)
{
    igd_arena *mem = igd_arena_new();
    igd_invalid *invalid = IGD_NEW(mem, igd_invalid);
    *invalid = (igd_invalid){.side = side,
                             .mem = mem,
                             .records = igd_map_new(),
                             .parents = igd_map_new(),
                             .all = IGD_NEW_ARRAY(mem, const igd_problem *, side->slot_count),
                             .any = IGD_NEW_ARRAY(mem, bool, side->slot_count)};
    int code = IGD_OK;
    for (size_t n = 0; code == IGD_OK && n < problems->len; n++) {
        const igd_problem *problem = &problems->items[n];
        ptrdiff_t slot = igd_side_slot(side, problem->collection);
        /* The number of records is nothing that a row could be held for. */
        if (problem->severity == IGD_PROBLEM_INVALID && slot >= 0 &&
            strcmp(problem->code, "records-count") != 0)
            code = add(invalid, (size_t)slot, problem, err);
    }
    if (code == IGD_OK)
        *out = invalid;
    else
        igd_invalid_free(invalid);
    return code;
}

void igd_invalid_free(igd_invalid *invalid)
{
    if (!invalid)
        return;
    igd_map_free(invalid->records);
    igd_map_free(invalid->parents);
    igd_arena_free(invalid->mem);
}

const igd_problem *igd_invalid_of(const igd_invalid *invalid, size_t slot, const igd_value *row)
{
    if (!igd_invalid_any(invalid, slot))
        return NULL;
    igd_buf scratch = IGD_BUF_INIT;
    size_t keys = invalid->side->slots[slot].table->key_count;
    igd_row_name record = {slot, igd_key_digest(row, keys, &scratch)};
    const igd_problem *problem = igd_map_get(invalid->records, igd_row_name_view(&record));
    if (!problem && keys > 1) {
        igd_row_name parent = {slot, igd_key_digest(row, keys - 1, &scratch)};
        problem = igd_map_get(invalid->parents, igd_row_name_view(&parent));
    }
    igd_buf_free(&scratch);
    return problem ? problem : invalid->all[slot];
}

bool igd_invalid_any(const igd_invalid *invalid, size_t slot)
{
    return invalid && invalid->any[slot];
}
