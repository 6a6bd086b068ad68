/*
 * Where in a file a field of a record stands: for problems that are found when the file has long
 * been read (references). The file is parsed again, so this is for reports only.
 */
#ifndef IGD_INGITDB_RECORD_PLACE_H
#define IGD_INGITDB_RECORD_PLACE_H

#include "ingitdb/records.h"

/* A file whose nodes are kept between questions about it. */
typedef struct igd_parsed_file {
    const igd_definition *definition;
    igd_str path;
    igd_node *root; /* NULL: not readable */
} igd_parsed_file;

/* Parses bytes, which have to live as long as the result. */
igd_parsed_file igd_record_parse(const igd_definition *definition, igd_str path, igd_str bytes,
                                 igd_arena *mem);

/* The place of the field's value in the record that starts at record_line (igd_record.line). False
 * when it cannot be found; the outputs are left alone then. */
bool igd_record_place(const igd_parsed_file *file, uint32_t record_line, igd_str field,
                      uint32_t *line, uint32_t *column);

#endif
