/*
 * record_file.name as a template of a path: "{key}.yaml", "{key}/{key}.json",
 * "data/{key}.rec.yaml", "tags.json". Every {key} of a path is the same key (D8); other braces are
 * plain text.
 */
#ifndef IGD_INGITDB_FILE_TEMPLATE_H
#define IGD_INGITDB_FILE_TEMPLATE_H

#include "base/error.h"
#include "base/list.h"

/* One part of the path between slashes. */
typedef struct igd_template_part {
    igd_str text;    /* as written */
    size_t keys;     /* how many times {key} occurs */
    size_t literals; /* bytes of the text that are not {key} */
} igd_template_part;

#define IGD_TEMPLATE_PARTS 64

typedef struct igd_template {
    igd_template_part parts[IGD_TEMPLATE_PARTS];
    size_t count;
} igd_template;

/* Empty parts and "." are left out, as joining paths does. IGD_E_SCHEMA when there are too many.
 * The parts are views of the text. */
IGD_MUST_CHECK int igd_template_parse(igd_str text, igd_template *out, igd_error *err);

/* Whether a name is the part with some key in it, and with which: a view of the name, empty when
 * the part has no {key}. The key is one that a record may have (igd_record_key_ok). */
bool igd_template_match(const igd_template_part *part, igd_str name, igd_str *key);

/* The part with the key put in, in mem. */
igd_str igd_template_fill(const igd_template_part *part, igd_str key, igd_arena *mem);

/* D8: not empty, does not start with '.' or '$'; and no '/' or NUL, which no file name has. */
bool igd_record_key_ok(igd_str key);

#endif
