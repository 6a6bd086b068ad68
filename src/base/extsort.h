/*
 * External sort of fixed-size records: keeps up to a limit in memory, spills sorted runs to
 * unlinked temporary files ($TMPDIR or /tmp) and merges them. For key sets and ordered compares
 * whose size follows the number of records.
 */
#ifndef IGD_BASE_EXTSORT_H
#define IGD_BASE_EXTSORT_H

#include "base/error.h"

typedef struct igd_extsort igd_extsort;
typedef int igd_extsort_cmp(const void *a, const void *b);

/* record_size bytes each; at most memory_limit bytes are kept in memory. */
igd_extsort *igd_extsort_new(size_t record_size, size_t memory_limit, igd_extsort_cmp *compare);
void igd_extsort_free(igd_extsort *sort); /* NULL is fine */
IGD_DEFINE_CLEANUP_PTR(igd_extsort, igd_extsort_free)

IGD_MUST_CHECK int igd_extsort_add(igd_extsort *sort, const void *record, igd_error *err);

/* Ends adding; afterwards igd_extsort_next delivers the records in order. May be called again to
 * start over from the first record. */
IGD_MUST_CHECK int igd_extsort_start(igd_extsort *sort, igd_error *err);

/* *record is valid until the next call; NULL at the end. */
IGD_MUST_CHECK int igd_extsort_next(igd_extsort *sort, const void **record, igd_error *err);

size_t igd_extsort_count(const igd_extsort *sort);

#endif
