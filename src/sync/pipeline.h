/*
 * The pipeline: one thread that fills batches, N threads that work on them, and the caller's thread
 * that takes them in the order in which they were filled.
 *
 * The number of batches is fixed, so memory is bounded and a slow stage stops the ones before it. A
 * batch is used by one thread at a time and goes round for ever: filled, worked on, delivered,
 * emptied. libgit2 gains nothing from a second reader (docs/architecture.md, "Speed"), so there is
 * one.
 */
#ifndef IGD_SYNC_PIPELINE_H
#define IGD_SYNC_PIPELINE_H

#include "base/error.h"

typedef struct igd_pipeline igd_pipeline;

typedef struct igd_pipeline_ops {
    void *(*batch_new)(void *payload);
    void (*batch_clear)(void *batch); /* after delivery, or when it is thrown away */
    void (*batch_free)(void *batch);

    /* Filling thread: takes empty batches with igd_pipeline_take, hands them on with
     * igd_pipeline_put, returns at the end of the input. */
    int (*fill)(igd_pipeline *pipeline, void *payload, igd_error *err);

    /* Working threads. Trouble with the input belongs into the batch. */
    void (*work)(void *batch, void *payload);

    /* The caller's thread, in the order of igd_pipeline_put. */
    int (*deliver)(void *batch, void *payload, igd_error *err);
} igd_pipeline_ops;

/* Runs to the end of the input or to the first error of fill or deliver, and returns it after all
 * threads have ended. `stop` may be NULL; when it becomes a signal's number the run ends with
 * IGD_E_INTERRUPTED or IGD_E_TERMINATED. */
IGD_MUST_CHECK int igd_pipeline_run(const igd_pipeline_ops *ops, void *payload, size_t workers,
                                    const volatile int *stop, igd_error *err);

/* For fill. take: an empty batch, or NULL when the run is being ended: return IGD_OK then. */
void *igd_pipeline_take(igd_pipeline *pipeline);
void igd_pipeline_put(igd_pipeline *pipeline, void *batch);

/* The error that a stop signal stands for; IGD_OK when it is 0 or NULL. */
int igd_stop_check(const volatile int *stop, igd_error *err);

#endif
