/*
 * Blame: for every record that an analysis reports, the commit that last changed it, as far back
 * from the analysed commit as history goes (ingitdb/history.h says how).
 *
 * A record that is gone is looked for where its file would be today, then where it was at the last
 * synced commit.
 */
#ifndef IGD_SYNC_BLAME_H
#define IGD_SYNC_BLAME_H

#include "sync/analyze.h"
#include "sync/meter.h"
#include "sync/side.h"

typedef struct igd_blamer {
    igd_repo *repo;
    const igd_commit *commit; /* that was analysed */
    const igd_side *side;     /* of it */
    igd_meter *meter;
    const volatile int *stop;
} igd_blamer;

/* Fills in igd_record_difference.blame; the records need their keys. Texts live in mem. */
IGD_MUST_CHECK int igd_blame(const igd_blamer *blamer, igd_arena *mem, igd_analysis *analysis,
                             igd_error *err);

#endif
