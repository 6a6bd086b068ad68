/*
 * The consumer that reports: counts causes, and keeps keys and values as far as they are wanted.
 */
#ifndef IGD_SYNC_COLLECT_H
#define IGD_SYNC_COLLECT_H

#include "sync/analyze.h"
#include "sync/consumer.h"

typedef struct igd_collect {
    igd_consumer consumer; /* first */
    igd_detail detail;
    bool keys;          /* keep each record's keys, too */
    igd_arena *mem;     /* of the analysis */
    igd_analysis *into; /* tables in the order of the side's slots */
} igd_collect;

igd_collect igd_collect_into(igd_analysis *into, igd_detail detail, igd_arena *mem);

#endif
