/*
 * The members of a column's enum, as values of its type.
 */
#ifndef IGD_INGITDB_COLUMN_ENUM_H
#define IGD_INGITDB_COLUMN_ENUM_H

#include "ingitdb/reporter.h"
#include "schema/collection.h"

/* Reads the node into field->allowed; the field's type is known. A member that is not of the type
 * is a schema error. */
void igd_column_enum_read(const igd_reporter *reporter, igd_spot spot, const igd_node *node,
                          igd_arena *mem, igd_field *field);

#endif
