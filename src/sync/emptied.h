/*
 * Collections that go, in a target that has no tables to drop: their records are deleted one by
 * one, as git had them at the commits that the target stands at, and so are rows of invalid records
 * that were held. What somebody else put there stays.
 */
#ifndef IGD_SYNC_EMPTIED_H
#define IGD_SYNC_EMPTIED_H

#include "sync/spine.h"

typedef enum igd_emptied {
    IGD_EMPTIED_REMADE,  /* its records get other keys: before they are written */
    IGD_EMPTIED_DROPPED, /* after everything else */
} igd_emptied;

IGD_MUST_CHECK int igd_spine_empty(igd_spine *spine, igd_emptied which, igd_error *err);

#endif
