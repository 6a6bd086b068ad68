/*
 * What a definition demands of a column's values beyond their type: enum, bounds, lengths. Made
 * ready once for each column. `required` is not here, since there is no value to look at.
 */
#ifndef IGD_INGITDB_CONSTRAINTS_H
#define IGD_INGITDB_CONSTRAINTS_H

#include "ingitdb/record_scope.h"
#include "schema/collection.h"

/* A bound in the two forms that values have. As an integer it is rounded to the nearest one that
 * allows the same integers, so that comparing is exact. */
typedef struct igd_bound {
    bool set;
    bool no_int; /* beyond int64 on the side where no integer is allowed */
    int64_t integer;
    double number;
} igd_bound;

typedef struct igd_constraints {
    const igd_field *field;
    bool any; /* there is something to check */
    igd_bound min, max;
} igd_constraints;

igd_constraints igd_constraints_of(const igd_field *field);

/* Reports every constraint that the value breaks. `node` is what the value was made from; the value
 * is not null and still of the field's own kind. */
void igd_constraints_check(const igd_constraints *constraints, const igd_node *node,
                           const igd_value *value, igd_record_scope *scope);

#endif
