/*
 * Rows that were held are known by their digest in the layout that their table had then. Where the
 * table changes, what they were is put into the new layout: nobody has edited them by that.
 */
#ifndef IGD_SYNC_FOLLOW_HELD_H
#define IGD_SYNC_FOLLOW_HELD_H

#include "sync/spine.h"

/* Reads tables with held rows that change, before they do. */
IGD_MUST_CHECK int igd_follow_held(igd_spine *spine, igd_error *err);

#endif
