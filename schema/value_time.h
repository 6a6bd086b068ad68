/*
 * Dates and times as text, brought to canonical form; private to this room.
 */
#ifndef IGD_SCHEMA_VALUE_TIME_H
#define IGD_SCHEMA_VALUE_TIME_H

#include "base/arena.h"
#include "schema/type.h"

/* For IGD_DATE, IGD_TIME and IGD_DATETIME, as in igd_value_parse (loose: igd_value_parse_loose).
 * *out is text itself when that is canonical already, else of mem. NULL, or why not. */
const char *igd_time_parse(igd_kind kind, igd_str text, bool loose, igd_arena *mem, igd_str *out);

#endif
