/*
 * Sums of row digests that an engine computes by itself, so that rows that are equal need not be
 * shipped.
 *
 * The rows of a table are dealt into buckets by the first byte of their digest
 * (schema/canonical.h), and of each bucket count and sum are told. A row that differs between two
 * sides spoils the buckets of both of its digests, and no other: only their rows have to be looked
 * at.
 */
#ifndef IGD_TARGETS_SUMS_H
#define IGD_TARGETS_SUMS_H

#include "base/digest.h"

#define IGD_BUCKETS 256

typedef struct igd_table_sums {
    uint64_t rows[IGD_BUCKETS];
    igd_digest digests[IGD_BUCKETS];
} igd_table_sums;

typedef struct igd_bucket_set {
    bool has[IGD_BUCKETS];
    size_t count;
} igd_bucket_set;

static inline unsigned igd_bucket_of(igd_digest row)
{
    return (unsigned)(row.high >> 56);
}

static inline void igd_table_sums_add(igd_table_sums *sums, igd_digest row)
{
    unsigned bucket = igd_bucket_of(row);
    sums->rows[bucket]++;
    sums->digests[bucket] = igd_digest_add(sums->digests[bucket], row);
}

static inline bool igd_table_sums_same(const igd_table_sums *a, const igd_table_sums *b,
                                       unsigned bucket)
{
    return a->rows[bucket] == b->rows[bucket] &&
           igd_digest_eq(a->digests[bucket], b->digests[bucket]);
}

static inline void igd_bucket_set_add(igd_bucket_set *set, unsigned bucket)
{
    set->count += !set->has[bucket];
    set->has[bucket] = true;
}

/* All buckets together: what the bookkeeping has of a table. */
static inline igd_digest igd_table_sums_total(const igd_table_sums *sums, uint64_t *rows)
{
    igd_digest total = {0};
    *rows = 0;
    for (unsigned n = 0; n < IGD_BUCKETS; n++) {
        *rows += sums->rows[n];
        total = igd_digest_add(total, sums->digests[n]);
    }
    return total;
}

#endif
