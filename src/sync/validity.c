/*
 * References of a whole side: two external sorts and a merge, then rounds over the references until
 * no more record turns invalid.
 */
#include "sync/validity.h"

#include <stdlib.h>

#include "base/extsort.h"

#define SORT_MEMORY (16U * 1024 * 1024)

/* Passes over the references, each of which finds at least one link more of every chain. */
#define SPREAD_PASSES 8

typedef struct key_record {
    uint64_t slot;
    igd_digest key;
} key_record;

typedef struct reference_record {
    key_record target; /* first: references are sorted by what they refer to */
    key_record source;
} reference_record;

struct igd_validity {
    igd_extsort *keys, *references;
};

static int compare_keys(const void *a, const void *b)
{
    const key_record *left = a, *right = b;
    if (left->slot != right->slot)
        return left->slot < right->slot ? -1 : 1;
    return igd_digest_cmp(left->key, right->key);
}

igd_validity *igd_validity_new(void)
{
    igd_validity *validity = igd_xmalloc(sizeof(*validity));
    validity->keys = igd_extsort_new(sizeof(key_record), SORT_MEMORY, compare_keys);
    validity->references = igd_extsort_new(sizeof(reference_record), SORT_MEMORY, compare_keys);
    return validity;
}

void igd_validity_free(igd_validity *validity)
{
    if (!validity)
        return;
    igd_extsort_free(validity->keys);
    igd_extsort_free(validity->references);
    free(validity);
}

int igd_validity_add(igd_validity *validity, const igd_stream_batch *batch, igd_error *err)
{
    int code = IGD_OK;
    for (size_t n = 0; n < batch->keys.len && code == IGD_OK; n++) {
        key_record record = {batch->slot, batch->keys.items[n].key};
        if (!batch->keys.items[n].gone)
            code = igd_extsort_add(validity->keys, &record, err);
    }
    for (size_t n = 0; n < batch->refs.len && code == IGD_OK; n++) {
        const igd_reference_seen *seen = &batch->refs.items[n];
        reference_record record = {{seen->reference->target, seen->target},
                                   {batch->slot, seen->source}};
        code = igd_extsort_add(validity->references, &record, err);
    }
    return code;
}

/* One merge of sorted references with sorted keys: what has no key dangles. */
static int find_missing(igd_validity *validity, igd_keyset *rejected, igd_keyset *dangling,
                        igd_error *err)
{
    const void *key = NULL, *item = NULL;
    int code = igd_extsort_start(validity->keys, err);
    if (code == IGD_OK)
        code = igd_extsort_start(validity->references, err);
    if (code == IGD_OK)
        code = igd_extsort_next(validity->keys, &key, err);
    while (code == IGD_OK) {
        code = igd_extsort_next(validity->references, &item, err);
        if (code != IGD_OK || !item)
            return code;
        const reference_record *reference = item;
        while (code == IGD_OK && key && compare_keys(key, &reference->target) < 0)
            code = igd_extsort_next(validity->keys, &key, err);
        if (code == IGD_OK && (!key || compare_keys(key, &reference->target) != 0)) {
            igd_keyset_add(dangling, reference->target.slot, reference->target.key);
            igd_keyset_add(rejected, reference->source.slot, reference->source.key);
        }
    }
    return code;
}

/* Rejects what refers to rejected records; *more tells whether there were any. */
static int spread(igd_validity *validity, igd_keyset *rejected, igd_keyset *dangling, bool *more,
                  igd_error *err)
{
    const void *item = NULL;
    *more = false;
    int code = igd_extsort_start(validity->references, err);
    while (code == IGD_OK &&
           (code = igd_extsort_next(validity->references, &item, err)) == IGD_OK && item) {
        const reference_record *reference = item;
        if (!igd_keyset_has(rejected, reference->target.slot, reference->target.key))
            continue;
        igd_keyset_add(dangling, reference->target.slot, reference->target.key);
        if (!igd_keyset_has(rejected, reference->source.slot, reference->source.key)) {
            igd_keyset_add(rejected, reference->source.slot, reference->source.key);
            *more = true;
        }
    }
    return code;
}

/* ---- long chains: records that each refer to the next ---- */

typedef struct chains {
    reference_record *items; /* by target */
    size_t len;
    IGD_LIST(key_record) waiting; /* rejected; what refers to them is to be */
    igd_arena *mem;
} chains;

static void reject(chains *c, igd_keyset *rejected, const key_record *source)
{
    if (igd_keyset_has(rejected, source->slot, source->key))
        return;
    igd_keyset_add(rejected, source->slot, source->key);
    IGD_PUSH(c->mem, &c->waiting, *source);
}

static size_t first_to(const chains *c, const key_record *target)
{
    size_t low = 0, high = c->len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_keys(&c->items[middle].target, target) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int load(chains *c, igd_validity *validity, igd_error *err)
{
    const void *item = NULL;
    int code = igd_extsort_start(validity->references, err);
    while (code == IGD_OK &&
           (code = igd_extsort_next(validity->references, &item, err)) == IGD_OK && item)
        c->items[c->len++] = *(const reference_record *)item;
    return code;
}

/* One pass for each link would take for ever. Only here are all references in memory. */
static int follow_chains(igd_validity *validity, igd_keyset *rejected, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    chains c = {.mem = mem};
    c.items = igd_xmalloc(igd_extsort_count(validity->references) * sizeof(*c.items));
    int code = load(&c, validity, err);
    for (size_t n = 0; code == IGD_OK && n < c.len; n++)
        if (igd_keyset_has(rejected, c.items[n].target.slot, c.items[n].target.key))
            reject(&c, rejected, &c.items[n].source);
    while (code == IGD_OK && c.waiting.len > 0) {
        key_record target = c.waiting.items[--c.waiting.len];
        size_t n = first_to(&c, &target);
        for (; n < c.len && compare_keys(&c.items[n].target, &target) == 0; n++)
            reject(&c, rejected, &c.items[n].source);
    }
    free(c.items);
    return code;
}

int igd_validity_finish(igd_validity *validity, igd_keyset *rejected, igd_keyset *dangling,
                        igd_error *err)
{
    int code = find_missing(validity, rejected, dangling, err);
    bool more = igd_keyset_count(rejected) > 0;
    for (int n = 0; code == IGD_OK && more && n < SPREAD_PASSES; n++)
        code = spread(validity, rejected, dangling, &more, err);
    if (code != IGD_OK || !more)
        return code;
    code = follow_chains(validity, rejected, err);
    /* The last pass collects what dangles. */
    return code == IGD_OK ? spread(validity, rejected, dangling, &more, err) : code;
}
