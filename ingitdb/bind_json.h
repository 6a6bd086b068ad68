/*
 * Columns of kind JSON: `any`, maps and lists become canonical JSON text. Private to binding.
 */
#ifndef IGD_INGITDB_BIND_JSON_H
#define IGD_INGITDB_BIND_JSON_H

#include "ingitdb/bind.h"
#include "ingitdb/bind_scalar.h"

/* Where inside a column a value is: "column 'tags[2]'" in messages. */
typedef struct igd_bind_place {
    const igd_field *field; /* NULL: not declared, `entry` is the field */
    const igd_member *entry;
    ptrdiff_t item; /* of a list; -1: none */
} igd_bind_place;

void igd_bind_report(const igd_binder *binder, const igd_bind_place *place, const igd_node *node,
                     const igd_bind_fault *fault);
void igd_bind_report_misread(const igd_binder *binder, const igd_bind_place *place,
                             const igd_node *node, const char *misread);

/* Reports everything in the column that does not fit its type. */
bool igd_bind_json(const igd_binder *binder, const igd_field *field, const igd_node *node,
                   igd_value *out);

#endif
