/*
 * Column types: how inGitDB names them, and what they are to a target.
 *
 * A kind says how a value is held and stored; a type adds what the reader has to check. `any`, maps
 * and lists are of kind IGD_JSON. Source of the names: INGITDB column types (docs/format.md,
 * "Column types"); aliases of other versions are accepted with a warning (decision D4).
 */
#ifndef IGD_SCHEMA_TYPE_H
#define IGD_SCHEMA_TYPE_H

#include "base/arena.h"

/* The numbers are part of the canonical encoding: never renumber (schema/canonical.h). */
typedef enum igd_kind {
    IGD_NULL = 0,
    IGD_STRING = 1,
    IGD_INT = 2,
    IGD_FLOAT = 3,
    IGD_BOOL = 4,
    IGD_DATE = 5,
    IGD_TIME = 6,
    IGD_DATETIME = 7,
    IGD_JSON = 8,
    IGD_RAW = 9, /* values only: found in a target and not in canonical form */
} igd_kind;

typedef enum igd_shape {
    IGD_SCALAR,
    IGD_ANY,
    IGD_MAP,
    IGD_LIST,
} igd_shape;

typedef struct igd_type {
    igd_kind kind; /* IGD_JSON unless the shape is IGD_SCALAR */
    igd_shape shape;
    igd_kind element; /* LIST: kind of the items, IGD_JSON for any; MAP: IGD_STRING when every value
                         must be a string, else IGD_JSON; other shapes: the kind again */
} igd_type;

typedef enum igd_type_result {
    IGD_TYPE_OK,
    IGD_TYPE_ALIAS, /* accepted with a warning: *canonical names the type to write instead */
    IGD_TYPE_UNKNOWN,
} igd_type_result;

/* "string", "[]int", "map[locale]string" ... `canonical` may be NULL. */
igd_type_result igd_type_parse(igd_str name, igd_type *out, const char **canonical);

/* The kind's word in messages and in schema_json: "string", "int", ..., "json". */
const char *igd_kind_name(igd_kind kind);
bool igd_kind_from_name(igd_str name, igd_kind *out);

/* The inGitDB name of a type, in its canonical spelling ("map[string]any" for every unchecked map).
 */
const char *igd_type_name(igd_type type);

static inline bool igd_type_eq(igd_type a, igd_type b)
{
    return a.kind == b.kind && a.shape == b.shape && a.element == b.element;
}

#endif
