/*
 * YAML for everyone: records, definitions, settings and configuration files.
 *
 * libyaml's events, with the meaning that gopkg.in/yaml.v3 gives them, since inGitDB's reference
 * implementation uses that: merge keys, anchors and aliases (expanded, under IGD_FORMAT_DEPTH and
 * IGD_FORMAT_NODES), text for every key of a map. Unlike libyaml alone it refuses duplicate keys,
 * and unlike yaml.v3 a second document and everything that D11 calls invalid.
 */
#ifndef IGD_INGITDB_YAML_H
#define IGD_INGITDB_YAML_H

#include "base/error.h"
#include "ingitdb/node.h"

/* Any root node. *out is NULL for an empty or comment-only text. Errors: IGD_E_INVALID with line
 * and column. */
IGD_MUST_CHECK int igd_yaml_parse(igd_str text, igd_arena *mem, igd_node **out, igd_error *err);

/*
 * What a plain scalar is when no column type decides: the table of yaml.v3 (docs/format.md, "Plain
 * scalars"). Fills a node of another kind: NULL, BOOL, NUMBER (in JSON's grammar: octal, hex and
 * '_' are converted; .inf and .nan stay as STRING with *special set), DATETIME, or STRING.
 */
void igd_yaml_resolve(const igd_node *plain, igd_arena *mem, igd_node *out, bool *special);

/* Just the null words of YAML: "", ~, null, Null, NULL. */
bool igd_yaml_is_null(igd_str plain);

/* For a typed bool of a definition ("required: yes"): YAML 1.1's words. False when it is none. */
bool igd_yaml_bool(const igd_node *node, bool *out);

#endif
