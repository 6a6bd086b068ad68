/*
 * A validator of the part of JSON Schema that docs/report.schema.json is written in: type, const,
 * enum, minimum, required, properties, additionalProperties, items, if/then, $ref into $defs. A
 * word that it does not know is an error of the schema, so nothing goes unchecked.
 */
#ifndef IGD_TESTS_JSON_SCHEMA_H
#define IGD_TESTS_JSON_SCHEMA_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/* False: where and why, in `fault`. */
bool json_schema_check(const cJSON *schema, const cJSON *value, char *fault, size_t room);

#endif
