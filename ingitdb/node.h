/*
 * A parsed file, before column types are known: the form that every format reads into.
 *
 * Formats that know types (JSON, TOML, INGR, tagged or quoted YAML) deliver typed scalars. YAML
 * plain scalars and CSV cells have no type of their own: they stay text until the column's type
 * resolves them (decisions D11 and D15). Nodes and their texts live in the arena of the batch, or
 * are views of the file's bytes.
 */
#ifndef IGD_INGITDB_NODE_H
#define IGD_INGITDB_NODE_H

#include "base/arena.h"

typedef enum igd_node_kind {
    IGD_NODE_NULL,
    IGD_NODE_BOOL,
    IGD_NODE_NUMBER,   /* text: the number as written, in JSON's grammar */
    IGD_NODE_STRING,   /* certainly text */
    IGD_NODE_DATETIME, /* text of a date, time or datetime that the format typed (TOML, !!timestamp)
                        */
    IGD_NODE_PLAIN,    /* a YAML plain scalar: igd_yaml_resolve says what it is without a column */
    IGD_NODE_CELL, /* a CSV cell: text typed by its column; empty is null unless required string */
    IGD_NODE_MAP,
    IGD_NODE_LIST,
} igd_node_kind;

typedef struct igd_node igd_node;

typedef struct igd_member {
    igd_str key;
    uint32_t line, column; /* of the key */
    igd_node *value;
} igd_member;

struct igd_node {
    igd_node_kind kind;
    bool boolean;
    uint32_t line, column; /* where it starts, from 1 */
    igd_str text;
    /* MAP: members in file order, without duplicate keys. LIST: items. */
    union {
        igd_member *members;
        igd_node **items;
    };
    size_t count;
};

/* The member's value, or NULL. */
const igd_node *igd_node_get(const igd_node *map, igd_str key);
const igd_member *igd_node_member(const igd_node *map, igd_str key);

/* "text", "number", "map" ...: for messages. */
const char *igd_node_kind_name(const igd_node *node);

#endif
