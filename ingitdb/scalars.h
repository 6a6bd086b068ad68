/*
 * Scalars of definitions and settings, read the way the reference implementation decodes them into
 * the typed fields of its structs.
 */
#ifndef IGD_INGITDB_SCALARS_H
#define IGD_INGITDB_SCALARS_H

#include "ingitdb/node.h"

/* NULL pointers are null too. */
bool igd_node_is_null(const igd_node *node);

/* For a text field: any scalar as it is written, "" for null. False for maps and lists. */
bool igd_node_scalar(const igd_node *node, igd_str *out);

/* For a number: its text in JSON's grammar. Infinite and NaN are none. */
bool igd_node_number(const igd_node *node, igd_arena *mem, igd_str *out);

/* For an integer that fits. "5.0" is one. */
bool igd_node_int(const igd_node *node, igd_arena *mem, int64_t *out);

#endif
