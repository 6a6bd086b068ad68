/*
 * Causes: which record is at the root of it that others are invalid. Records are known by name,
 * "<collection>/<key>". First everything that is known is said, in any order; then settle; then
 * causes can be asked for.
 */
#ifndef IGD_SYNC_CAUSES_H
#define IGD_SYNC_CAUSES_H

#include "base/arena.h"

typedef struct igd_causes igd_causes;

igd_causes *igd_causes_new(void);
void igd_causes_free(igd_causes *causes); /* NULL is fine */
IGD_DEFINE_CLEANUP_PTR(igd_causes, igd_causes_free)

/* The record is invalid by itself, or refers to something that is not there. */
void igd_causes_add_root(igd_causes *causes, igd_str record);
bool igd_causes_is_root(const igd_causes *causes, igd_str record);

/* The record refers to one that is invalid. */
void igd_causes_add_link(igd_causes *causes, igd_str record, igd_str target);

void igd_causes_settle(igd_causes *causes);

/* The root that the record's invalidity follows from (itself, for a root); empty for a record that
 * no root leads to. Lives as long as the causes. */
igd_str igd_causes_of(const igd_causes *causes, igd_str record);

#endif
