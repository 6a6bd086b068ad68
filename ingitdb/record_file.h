/*
 * The part `record_file` of a definition: where records are and in which format.
 */
#ifndef IGD_INGITDB_RECORD_FILE_H
#define IGD_INGITDB_RECORD_FILE_H

#include "ingitdb/database.h"
#include "ingitdb/reporter.h"

/* Fills record type, template, format, content field and exclude expression of the definition.
 * node is the mapping, or NULL when there is none; all that is wrong is reported.
 * default_format may be NULL. */
void igd_record_file_read(const igd_reporter *reporter, igd_spot file, const igd_node *node,
                          const igd_format *default_format, igd_arena *mem, igd_definition *out);

#endif
