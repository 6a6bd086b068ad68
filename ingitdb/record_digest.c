/*
 * Versions of a file's records, told apart by digests: of the row where the record is valid, so
 * that its spelling does not matter; else of the values as they are written.
 */
#include "ingitdb/formats/json_node.h"
#include "ingitdb/record_reader.h"
#include "schema/canonical.h"

/* ---- as written ---- */

static igd_digest digest_of(const igd_node *node);

/* The order of fields says nothing, and a null is an absent one. */
static igd_digest digest_of_map(const igd_node *map)
{
    igd_digest sum = {0};
    for (size_t n = 0; n < map->count; n++) {
        const igd_member *member = &map->members[n];
        if (igd_bind_is_null(member->value))
            continue;
        igd_digest parts[] = {igd_digest_of(member->key), digest_of(member->value)};
        sum = igd_digest_add(sum, igd_digest_of((igd_str){(const char *)parts, sizeof(parts)}));
    }
    return sum;
}

static igd_digest digest_of(const igd_node *node)
{
    IGD_CLEANUP(igd_buf)
    igd_buf bytes = IGD_BUF_INIT;
    if (igd_bind_is_null(node))
        return (igd_digest){0};
    igd_buf_byte(&bytes, (char)node->kind);
    if (node->kind == IGD_NODE_MAP) {
        igd_digest members = digest_of_map(node);
        igd_buf_add(&bytes, &members, sizeof(members));
    } else if (node->kind == IGD_NODE_LIST) {
        for (size_t n = 0; n < node->count; n++) {
            igd_digest item = digest_of(node->items[n]);
            igd_buf_add(&bytes, &item, sizeof(item));
        }
    } else if (node->kind == IGD_NODE_BOOL) {
        igd_buf_byte(&bytes, node->boolean);
    } else {
        igd_buf_str(&bytes, node->text);
    }
    return igd_digest_of(igd_buf_view(&bytes));
}

/* ---- the file ---- */

typedef struct digester {
    igd_record_state state;
    igd_buf scratch;
    igd_record_digest_callback *callback;
    void *payload;
} digester;

static void tell(digester *d, const igd_node *node, uint32_t line, const igd_str *key)
{
    igd_record_state *state = &d->state;
    const igd_table *table = state->reader->table;
    igd_record_read(state, node, line, 1, key);
    if (!state->scope.key_known)
        return;
    igd_digest name = igd_key_digest(state->row, table->key_count, &d->scratch);
    igd_digest content =
        state->scope.invalid ? digest_of(node) : igd_row_digest(table, state->row, &d->scratch);
    d->callback(name, content, d->payload);
}

static bool tell_all(digester *d)
{
    igd_record_state *state = &d->state;
    igd_record_type type = state->reader->definition->model.record_type;
    igd_problems warnings = IGD_PROBLEMS_INIT(state->mem);
    igd_error err = IGD_ERROR_INIT;
    igd_node *root = NULL;
    if (igd_record_state_parse(state, &warnings, &root, &err) != IGD_OK)
        return false;
    if (type == IGD_RECORD_SINGLE)
        tell(d, root, 1, &state->file->key);
    for (size_t n = 0;
         root && root->kind == IGD_NODE_MAP && type == IGD_RECORD_MAP && n < root->count; n++)
        tell(d, root->members[n].value, root->members[n].line, &root->members[n].key);
    for (size_t n = 0;
         root && root->kind == IGD_NODE_LIST && type == IGD_RECORD_LIST && n < root->count; n++)
        tell(d, root->items[n], root->items[n]->line, NULL);
    return true;
}

bool igd_records_digest(const igd_record_reader *reader, const igd_record_file *file,
                        igd_arena *mem, igd_record_digest_callback *callback, void *payload)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    IGD_CLEANUP(igd_json_nodes)
    igd_json_nodes cells = IGD_JSON_NODES_INIT(mem);
    igd_problems ignored = IGD_PROBLEMS_INIT(mem);
    digester d = {.scratch = IGD_BUF_INIT, .callback = callback, .payload = payload};
    igd_record_state_init(&d.state, reader, file, mem, &ignored);
    d.state.other_version = true;
    d.state.cells = &cells;
    d.state.binder.text = &text;
    bool parsed = tell_all(&d);
    igd_buf_free(&d.scratch);
    return parsed;
}
