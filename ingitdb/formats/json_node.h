/*
 * JSON text (base/json_read.h) into nodes, without recursion. Shared by json, jsonl and ingr, which
 * read many values with one reader. Private to formats/.
 */
#ifndef IGD_INGITDB_FORMATS_JSON_NODE_H
#define IGD_INGITDB_FORMATS_JSON_NODE_H

#include "ingitdb/formats/text.h"

typedef struct igd_json_nodes {
    igd_arena *mem; /* of the nodes */

    /* Private. Members (and items, which are members without a key) of the containers that are
     * still open, one behind the other; it owns this array. */
    igd_member *open;
    size_t len, cap;
    igd_keys keys;
} igd_json_nodes;

#define IGD_JSON_NODES_INIT(arena) ((igd_json_nodes){.mem = (arena)})

void igd_json_nodes_free(igd_json_nodes *nodes);
IGD_DEFINE_CLEANUP(igd_json_nodes, igd_json_nodes_free)

/*
 * Reads one value; the file's byte order mark is gone. `line` and `column` are where the text
 * starts in its file. Without `rest` nothing but white space may follow the value; with it, *rest
 * is what follows.
 */
int igd_json_nodes_read(igd_json_nodes *nodes, igd_str text, uint32_t line, uint32_t column,
                        igd_node **out, igd_str *rest, igd_error *err);

#endif
