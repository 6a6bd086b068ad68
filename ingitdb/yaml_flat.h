/*
 * The YAML that most record files are, without libyaml: `key: scalar` lines and nothing else. Takes
 * a tenth of the time.
 */
#ifndef IGD_INGITDB_YAML_FLAT_H
#define IGD_INGITDB_YAML_FLAT_H

#include "ingitdb/node.h"

/*
 * Reads a map of scalars, each on the line of its key: plain, or quoted without escapes. Empty
 * lines and lines that are comments may be between them. Yields what igd_yaml_parse would, with the
 * same places; keys and texts are views of the text. False for anything else, right or wrong: then
 * igd_yaml_parse has to say what it is.
 */
IGD_MUST_CHECK bool igd_yaml_flat(igd_str text, igd_arena *mem, igd_node **out);

#endif
