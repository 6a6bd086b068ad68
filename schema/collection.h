/*
 * The logical model of a collection: what a definition says once `inherits`, imports, settings and
 * aliases are resolved. The reader (ingitdb/) fills it; schema/mapping.h turns it into a table.
 * Everything lives in the arena of the database that it was read for, and does not change.
 */
#ifndef IGD_SCHEMA_COLLECTION_H
#define IGD_SCHEMA_COLLECTION_H

#include "base/digest.h"
#include "base/list.h"
#include "schema/value.h"

typedef enum igd_record_type {
    IGD_RECORD_SINGLE, /* one record a file: map[string]any */
    IGD_RECORD_LIST,   /* []map[string]any */
    IGD_RECORD_MAP,    /* map[$record_id]map[$field_name]any */
} igd_record_type;

typedef struct igd_limit {
    bool set;
    int64_t value;
} igd_limit;

typedef IGD_LIST(igd_value) igd_value_list;

typedef struct igd_field {
    igd_str name; /* as declared, a leading $ included */
    igd_type type;
    bool required;
    bool computed; /* has a formula: not stored, left out of the table with a warning (D23) */
    igd_limit length, min_length, max_length; /* code points, items or entries */
    igd_str min_value, max_value;             /* numbers as written; empty: none */
    igd_value_list allowed;                   /* enum: values of the field's type; empty: any */
    igd_str foreign_key; /* full id of the root collection that it refers to; empty: none */
    igd_str locale;      /* locale shortcut: the code; empty: none */
    uint32_t line, column;
} igd_field;

typedef struct igd_collection igd_collection;
struct igd_collection {
    igd_str id;                   /* "commerce.orders/order_details" */
    igd_str name;                 /* its last part: "order_details"; a root collection's whole id */
    const igd_collection *parent; /* NULL for a root collection */
    igd_record_type record_type;
    igd_field *fields; /* in display order: columns_order, then the rest by name */
    size_t field_count;
    igd_str_list primary_key; /* lists only */
    igd_limit min_records, max_records;

    /* SHA-256/128 of the resolved form: everything that decides what a record is and how it is
     * stored, but not the directory that the collection is in. Two definitions with equal
     * fingerprints read every file alike. */
    igd_digest fingerprint;
    igd_str path; /* of the definition file, for messages */
};

/* Index of the field, or -1. */
ptrdiff_t igd_collection_field(const igd_collection *collection, igd_str name);

/* Number of ancestors: 0 for a root collection. */
size_t igd_collection_depth(const igd_collection *collection);

/* The field whose value is the key of a list's row (primary_key with one column, $ID, $id, id), or
 * -1 when the key is made of several columns. *missing: no column can be the key, or primary_key
 * names one that does not exist. */
ptrdiff_t igd_collection_list_key(const igd_collection *collection, bool *missing);

#endif
