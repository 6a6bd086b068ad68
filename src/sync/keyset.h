/*
 * Sets of record keys: (slot, key digest) pairs of one side. For sets whose size follows the change
 * or the number of invalid records; sets of all keys of a source are sorted externally instead
 * (sync/validity.h).
 */
#ifndef IGD_SYNC_KEYSET_H
#define IGD_SYNC_KEYSET_H

#include "base/digest.h"

typedef struct igd_keyset igd_keyset;

igd_keyset *igd_keyset_new(void);
void igd_keyset_free(igd_keyset *set); /* NULL is fine */
IGD_DEFINE_CLEANUP_PTR(igd_keyset, igd_keyset_free)

void igd_keyset_add(igd_keyset *set, size_t slot, igd_digest key);

/* A NULL set is empty. */
bool igd_keyset_has(const igd_keyset *set, size_t slot, igd_digest key);
size_t igd_keyset_count(const igd_keyset *set);

/* Number of keys of one slot. */
size_t igd_keyset_of_slot(const igd_keyset *set, size_t slot);

#endif
