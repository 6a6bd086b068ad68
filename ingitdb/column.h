/*
 * One column of a definition: its type and constraints.
 */
#ifndef IGD_INGITDB_COLUMN_H
#define IGD_INGITDB_COLUMN_H

#include "ingitdb/reporter.h"
#include "schema/collection.h"

/* A foreign_key as it is written, until all collections are known. */
typedef struct igd_reference {
    size_t field; /* index in the collection, once its fields are in order */
    igd_str name; /* the column's */
    igd_str target;
    igd_spot spot;
} igd_reference;

typedef IGD_LIST(igd_reference) igd_reference_list;

/*
 * Reads the column `member` of the file. What is wrong is reported, and the field filled as far as
 * it can be. A constraint that means nothing for the type is left out with a warning. A foreign_key
 * is added to references, whose texts live as long as the nodes; the field's stays empty.
 */
void igd_column_read(const igd_reporter *reporter, igd_spot file, const igd_member *member,
                     igd_arena *mem, igd_field *out, igd_reference_list *references);

#endif
