/*
 * One scalar against one kind; private to binding, which knows what column it is and reports.
 */
#ifndef IGD_INGITDB_BIND_SCALAR_H
#define IGD_INGITDB_BIND_SCALAR_H

#include "ingitdb/node.h"
#include "schema/value.h"

typedef struct igd_bind_fault {
    const char *code;
    igd_str reason; /* "'abc' is text" */
    igd_str hint;
} igd_bind_fault;

/* Binds a node that is not null to a scalar kind. False when it does not fit: *fault says why.
 * *misread is set when a plain text was taken as it stands that YAML alone would read as something
 * else; it is left alone otherwise. */
bool igd_bind_scalar(igd_kind kind, const igd_node *node, igd_arena *mem, igd_value *out,
                     const char **misread, igd_bind_fault *fault);

/* What a node is without a column: a PLAIN one resolved, others as they are. False for infinity and
 * NaN. */
bool igd_bind_resolve(const igd_node *node, igd_arena *mem, igd_node *out, igd_bind_fault *fault);

/* The canonical text of a DATETIME node, whichever of date, time and datetime it is. */
bool igd_bind_timestamp(const igd_node *node, igd_arena *mem, igd_value *out,
                        igd_bind_fault *fault);

bool igd_bind_check_text(igd_str text, igd_bind_fault *fault);

#endif
