/*
 * Consumers: what becomes of the stream of changes (docs/architecture.md, "One spine"): it is
 * executed on the target, or counted; sync/collect.h collects it for a report. Each takes the same
 * three parts in the same order: expand, records, contract.
 */
#ifndef IGD_SYNC_CONSUMER_H
#define IGD_SYNC_CONSUMER_H

#include "schema/plan.h"
#include "schema/row.h"
#include "targets/target.h"

typedef struct igd_consumer igd_consumer;
struct igd_consumer {
    int (*expand)(igd_consumer *consumer, igd_error *err);
    /* Changes of one table; they live during the call. */
    int (*changes)(igd_consumer *consumer, const igd_table_plan *table, const igd_change *changes,
                   size_t count, igd_error *err);
    int (*contract)(igd_consumer *consumer, igd_error *err);
};

/* Executes on a target, inside the transaction that the caller has begun. */
typedef struct igd_execute {
    igd_consumer consumer; /* first */
    igd_target *target;
    const igd_plan *plan;
    size_t batch_rows; /* of one request */
    /* May be NULL: becomes a command that reads the first row that is written, where the driver
     * knows one. */
    igd_str *read_command;
    igd_arena *mem; /* its own */
} igd_execute;

igd_execute igd_execute_on(igd_target *target, const igd_plan *plan, size_t batch_rows);

/* Does nothing: the spine's own counts are the result. */
igd_consumer igd_count_only(void);

#endif
