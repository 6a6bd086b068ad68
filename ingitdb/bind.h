/*
 * Binding: from a node and a column's type to a value (decisions D11, D12, D15, D21). Whatever does
 * not fit is reported to the record's scope, with the place of the node that is wrong.
 */
#ifndef IGD_INGITDB_BIND_H
#define IGD_INGITDB_BIND_H

#include "ingitdb/record_scope.h"
#include "schema/collection.h"

typedef struct igd_binder {
    igd_record_scope *scope;
    igd_arena *mem; /* of the values; they may also view the nodes */
    igd_buf *text;  /* scratch for JSON */
    bool quiet;     /* only try: report nothing */
} igd_binder;

/* NULL, a YAML null word, or no node at all. An empty CSV cell is null for all but strings. */
bool igd_bind_is_null(const igd_node *node);

/* Binds a node that is not null. False when it does not fit, which has been reported. */
bool igd_bind_value(const igd_binder *binder, const igd_field *field, const igd_node *node,
                    igd_value *out);

/* The value as the text of a key or of a reference to one; false, and reported, when its kind
 * cannot be a key. The text may be empty. */
bool igd_bind_key(const igd_binder *binder, const igd_field *field, const igd_node *node,
                  const igd_value *value, igd_str *out);

/* The same for a field that is not declared: it has the type that its format gives it. */
bool igd_bind_undeclared_key(const igd_binder *binder, const igd_member *member, igd_str *out);

#endif
