/*
 * What YAML scalars mean, for yaml.c and its parts only; others use ingitdb/yaml.h.
 *
 * The class is finer than the kind of a node, because tags need it: `!!int 1.5` is an error though
 * both are numbers.
 */
#ifndef IGD_INGITDB_YAML_SCALAR_H
#define IGD_INGITDB_YAML_SCALAR_H

#include <yaml.h>

#include "ingitdb/yaml.h"

typedef enum igd_yaml_class {
    IGD_YAML_NULL,
    IGD_YAML_BOOL,
    IGD_YAML_INT,
    IGD_YAML_FLOAT,
    IGD_YAML_SPECIAL, /* .inf, -.inf, .nan */
    IGD_YAML_TIMESTAMP,
    IGD_YAML_TEXT,
} igd_yaml_class;

/*
 * The table of yaml.v3. *out is a view of the text or memory of the arena: INT, FLOAT: in JSON's
 * grammar; TIMESTAMP: as YYYY-MM-DD or RFC 3339 in UTC or with its offset; BOOL: "true" or "false";
 * else the text.
 */
igd_yaml_class igd_yaml_classify(igd_str text, igd_arena *mem, igd_str *out);

/* The timestamps of yaml.v3; the text is written out in full (see above). */
bool igd_yaml_timestamp(igd_str text, igd_arena *mem, igd_str *out);

/*
 * Gives a scalar that has its text and the kind that it has without a tag the kind that the tag
 * says. Tags that we do not know change nothing. Fails with IGD_E_INVALID, without a place, when
 * the text is not what the tag says.
 */
IGD_MUST_CHECK int igd_yaml_apply_tag(igd_node *node, const char *tag, igd_arena *mem,
                                      igd_error *err);

/* Turns the problem that stopped the parser into an error with place and hint; returns its code. */
int igd_yaml_problem(const yaml_parser_t *parser, igd_str text, igd_error *err);

#endif
