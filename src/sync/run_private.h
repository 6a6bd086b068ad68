/*
 * What the parts of a sync share: the run, and one attempt of it. Private to run*.c.
 *
 * A run takes the lock and makes attempts until one comes to an end: others that write to the
 * target meanwhile, and servers that go away, make one stale. Each reads what the target holds,
 * prepares (run_prepare.c) and writes (run_write.c).
 */
#ifndef IGD_SYNC_RUN_PRIVATE_H
#define IGD_SYNC_RUN_PRIVATE_H

#include "sync/adopt.h"
#include "sync/base.h"
#include "sync/check.h"
#include "sync/conflicts.h"
#include "sync/foresee.h"
#include "sync/generate.h"
#include "sync/pipeline.h"
#include "sync/run.h"
#include "sync/spine.h"

typedef struct igd_run {
    igd_repo *repo;
    igd_target *target;
    const igd_sync_options *options; /* with the target's limits in the mapping */
    igd_arena *mem;
    igd_sync_result *result;
    igd_meter meter;
    igd_str started_at;
    igd_commit goal;
    igd_side side;
    igd_problems definitions; /* what loading the new side had to say */
    igd_problems renames;     /* and what looking for renames had */
    bool edited;              /* rows that git did not change were found to be edited */
    bool invalid;             /* under skip: the change was found to have invalid records */
    bool known;               /* the target has a state of this source, and it is ours */
    bool committing;          /* only the target knows whether it was committed */
    bool committed;           /* what went wrong then did not stop the run */
} igd_run;

typedef struct igd_attempt {
    igd_run *run;
    igd_state state;
    igd_base base;
    igd_keyset *absent, *rejected;
    bool skipping; /* something is invalid and left out: */
    igd_invalid *invalid;
    bool valid; /* known before anything is written */
    igd_accepted *accepted;
    bool compare; /* the target is read, too */
    bool full;    /* and all of it is put right, also where git has changed nothing */
    igd_adoption adoption;
    bool steps; /* the run cannot be one transaction: */
    bool fresh; /* it can be undone all the same: nothing was there */
    bool rehearsing;
    bool decided;             /* validity and deletes have been, before the first step */
    igd_foresight *foresight; /* of a run in steps; NULL: there is nothing to foresee */
    igd_conflict_tally conflicts;
    igd_script_run script;
    igd_spine spine;
} igd_attempt;

/* ---- run_invalid.c ---- */

/* Problems so far: what loading definitions and looking for renames had to say. */
void igd_run_reset_problems(igd_run *r);
igd_source_check igd_run_check(igd_run *r, igd_notes *notes, igd_keyset *rejected);
/* Everything that is wrong with the new side; the answer to a run that met something invalid. */
int igd_run_report_invalid(igd_run *r, igd_keyset *rejected, igd_error *err);
int igd_run_fail_invalid(const igd_problems *problems, igd_error *err);
int igd_run_refuse_invalid(const igd_problems *problems, igd_error *err);
/* The run stopped at the first thing that it met; the user wants to see all of them. */
int igd_run_explain_invalid(igd_attempt *a, int code, igd_error *err);

/* ---- run_prepare.c ---- */

int igd_attempt_prepare(igd_attempt *a, igd_error *err);

/* ---- run_foresee.c ---- */

/* What looks at the changes of the rehearsal; *out stays as it is when nothing has to. */
int igd_attempt_foresee(igd_attempt *a, igd_consumer **out, igd_error *err);
/* After it, and before the first step: IGD_E_CONFLICT when a row stands in the way. */
int igd_attempt_judge_foreseen(igd_attempt *a, igd_error *err);
/* In the first step: what the next ones take away. */
int igd_attempt_record_foreseen(igd_attempt *a, igd_error *err);
void igd_attempt_forget_foresight(igd_attempt *a);

/* ---- run_write.c ---- */

int igd_attempt_write(igd_attempt *a, igd_error *err);

#endif
