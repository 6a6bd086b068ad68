/*
 * One record: its members are sorted into the declared fields, its key is found, and then each
 * field is bound and checked. Problems wait for the key, so that they can name it.
 *
 * This is run for every record, so it allocates from the arena only, and looks for a member's field
 * first where the record before had it.
 */
#include "ingitdb/formats/json_node.h"
#include "ingitdb/record_reader.h"
#include "ingitdb/reporter.h"

/* ---- members to fields ---- */

static void gather_stray(igd_record_state *state, const igd_member *member)
{
    for (size_t n = 0; n < IGD_USUAL_KEYS; n++)
        if (igd_str_eq(member->key, igd_usual_keys[n]))
            state->usual[n] = member;
    if (member->key.len == 0 || member->key.ptr[0] != '$')
        state->has_strays = true;
}

/* An empty cell is null, except in a required string column (D15). */
static bool is_null_cell(const igd_node *node, const igd_field *field)
{
    return node->kind == IGD_NODE_CELL && node->text.len == 0 &&
           !(field->required && field->type.kind == IGD_STRING);
}

static bool is_json_cell(const igd_node *node, const igd_field *field)
{
    return node->kind == IGD_NODE_CELL &&
           (field->type.shape == IGD_MAP || field->type.shape == IGD_LIST);
}

static ptrdiff_t field_of(igd_record_state *state, size_t position, igd_str name)
{
    const igd_record_reader *reader = state->reader;
    if (position >= state->order_len)
        return igd_record_reader_field(reader, name);
    uint32_t guess = state->order[position];
    if (igd_str_eq(reader->slots[guess].field->name, name))
        return guess;
    ptrdiff_t found = igd_record_reader_field(reader, name);
    if (found >= 0)
        state->order[position] = (uint32_t)found;
    return found;
}

static void gather(igd_record_state *state, const igd_node *map)
{
    const igd_record_reader *reader = state->reader;
    memset(state->nodes, 0, reader->count * sizeof(igd_node *));
    memset(state->usual, 0, sizeof(state->usual));
    state->map = map;
    state->key_member = NULL;
    state->has_strays = state->has_json_cells = false;
    for (size_t n = 0; map && n < map->count; n++) {
        const igd_member *member = &map->members[n];
        ptrdiff_t at = field_of(state, n, member->key);
        if (at < 0) {
            gather_stray(state, member);
            continue;
        }
        const igd_field *field = reader->slots[at].field;
        state->has_strays |= field->computed;
        if (is_null_cell(member->value, field))
            continue;
        state->has_json_cells |= is_json_cell(member->value, field);
        state->nodes[at] = member->value;
    }
}

/* ---- members that must not be there ---- */

static bool is_key_member(const igd_record_state *state, const igd_member *member)
{
    const igd_str_list *key = &state->reader->definition->model.primary_key;
    if (state->reader->definition->model.record_type != IGD_RECORD_LIST)
        return false;
    for (size_t n = 0; n < key->len; n++)
        if (igd_str_eq(key->items[n], member->key))
            return true;
    return member == state->key_member;
}

static void report_strays(igd_record_state *state)
{
    const igd_record_reader *reader = state->reader;
    for (size_t n = 0; n < state->map->count; n++) {
        const igd_member *member = &state->map->members[n];
        ptrdiff_t at = igd_record_reader_field(reader, member->key);
        igd_str name = igd_record_excerpt(member->key, state->mem);
        igd_record_issue issue = {
            .line = member->line,
            .column = member->column,
            .field = member->key,
        };
        if (at >= 0 && reader->slots[at].field->computed) {
            issue.code = "computed";
            issue.hint = IGD_STR("a column with a formula is not stored; leave it out");
            igd_record_invalid(&state->scope, &issue, "column '%.*s' is computed",
                               IGD_STR_ARG(name));
        } else if (at < 0 && (name.len == 0 || name.ptr[0] != '$') &&
                   !is_key_member(state, member)) {
            issue.code = "undeclared";
            issue.hint =
                igd_similar_hint(state->mem, member->key, reader->names, reader->count,
                                 IGD_STR("declare it as a column, or start its name with '$'"));
            igd_record_invalid(&state->scope, &issue, "field '%.*s' is not declared",
                               IGD_STR_ARG(name));
        }
    }
}

/* ---- JSON in cells ---- */

static void read_json_cells(igd_record_state *state)
{
    for (size_t n = 0; n < state->reader->count; n++) {
        const igd_field *field = state->reader->slots[n].field;
        const igd_node *cell = state->nodes[n];
        igd_node *node = NULL;
        igd_error err = IGD_ERROR_INIT;
        if (!cell || !is_json_cell(cell, field) ||
            igd_json_nodes_read(state->cells, cell->text, cell->line, cell->column, &node, NULL,
                                &err) == IGD_OK) {
            state->nodes[n] = node ? node : cell;
            continue;
        }
        igd_record_issue issue = {
            .code = "type",
            .line = cell->line,
            .column = cell->column,
            .field = field->name,
            .hint = IGD_STR("write the value as JSON"),
        };
        igd_record_invalid(&state->scope, &issue, "column '%.*s' is of type %s: %s",
                           IGD_STR_ARG(field->name), igd_type_name(field->type), err.message);
    }
}

/* ---- fields to columns ---- */

static void report_required(igd_record_state *state, const igd_field *field, const igd_node *node)
{
    igd_record_issue issue = {
        .code = "required",
        .line = node ? node->line : 0,
        .column = node ? node->column : 0,
        .field = field->name,
    };
    const char *what = !node ? "is missing" : igd_bind_is_null(node) ? "is null" : "is empty";
    igd_record_invalid(&state->scope, &issue, "column '%.*s' is required and %s",
                       IGD_STR_ARG(field->name), what);
}

static void bind_column(igd_record_state *state, const igd_record_slot *slot, const igd_node *node)
{
    const igd_field *field = slot->field;
    igd_value value = IGD_VALUE_NULL;
    if (node && is_json_cell(node, field))
        return; /* reported by read_json_cells */
    if (!igd_bind_is_null(node)) {
        if (!igd_bind_value(&state->binder, field, node, &value))
            return;
        if (slot->reference && value.kind == IGD_STRING && value.text.len == 0)
            value = IGD_VALUE_NULL; /* an empty reference refers to nothing */
    }
    if (value.kind == IGD_NULL) {
        if (field->required)
            report_required(state, field, node);
        return;
    }
    igd_constraints_check(&slot->constraints, node, &value, &state->scope);
    igd_str text;
    if (slot->reference) {
        if (!igd_bind_key(&state->binder, field, node, &value, &text))
            return;
        value = igd_value_string(text);
    }
    if (slot->column >= 0)
        state->row[slot->column] = value;
}

static void bind_columns(igd_record_state *state)
{
    const igd_record_reader *reader = state->reader;
    for (size_t n = 0; n < reader->count; n++) {
        const igd_record_slot *slot = &reader->slots[n];
        if (slot->field->computed)
            continue;
        if (!slot->is_key)
            bind_column(state, slot, state->nodes[n]);
        else if (state->scope.key_known)
            igd_record_bind_key_field(state, slot, state->nodes[n], state->key);
    }
}

/* ---- the record ---- */

/* Why the key of a list's row could not be bound. */
static void report_unbound_key(igd_record_state *state)
{
    for (size_t n = 0; n < state->reader->count; n++) {
        const igd_record_slot *slot = &state->reader->slots[n];
        igd_value value;
        if (slot->is_key && !igd_bind_is_null(state->nodes[n]))
            (void)igd_bind_value(&state->binder, slot->field, state->nodes[n], &value);
    }
}

static void find_key(igd_record_state *state, const igd_str *key)
{
    const igd_table *table = state->reader->table;
    igd_key_result result = IGD_KEY_OK;
    if (key)
        state->key = *key;
    else
        result = igd_record_list_key(state, &state->key);
    if (result == IGD_KEY_UNBOUND)
        report_unbound_key(state);
    if (result != IGD_KEY_OK || !igd_record_check_key(state, state->key)) {
        state->scope.invalid = true;
        return;
    }
    for (size_t n = 0; n + 1 < table->key_count; n++)
        state->row[n] = igd_value_string(state->file->ancestors[n]);
    state->row[table->key_count - 1] = igd_value_string(state->key);
    igd_record_scope_set_key(&state->scope, state->row);
}

static void check_capacity(igd_record_state *state)
{
    const igd_capacity *capacity = &state->reader->capacity;
    const igd_table *table = state->reader->table;
    size_t column;
    const char *why = capacity->target
                          ? igd_capacity_refuses(capacity, table, state->row, state->mem, &column)
                          : NULL;
    if (!why)
        return;
    igd_record_issue issue = {.code = "unsupported"};
    igd_record_invalid(&state->scope, &issue, "column '%.*s' %s: %s cannot hold it",
                       IGD_STR_ARG(table->columns[column].name), why, capacity->target);
}

void igd_record_read(igd_record_state *state, const igd_node *node, uint32_t line, uint32_t column,
                     const igd_str *key)
{
    const igd_table *table = state->reader->table;
    bool is_map = node && node->kind == IGD_NODE_MAP;
    bool is_wrong = !is_map && !igd_bind_is_null(node);
    igd_record_scope_start(&state->scope, line, column);
    state->row = igd_arena_zero(state->mem, table->column_count * sizeof(igd_value));
    gather(state, is_map ? node : NULL);
    if (!is_wrong || key)
        find_key(state, key);
    if (is_wrong) {
        igd_record_issue issue = {
            .code = "type",
            .hint = IGD_STR("write it as names of columns with their values"),
        };
        igd_record_invalid(&state->scope, &issue,
                           "a record has to be a map of fields, this is a %s",
                           igd_node_kind_name(node));
        return;
    }
    if (state->has_strays)
        report_strays(state);
    if (state->has_json_cells)
        read_json_cells(state);
    if (state->reader->has_locales)
        igd_locale_apply(state);
    bind_columns(state);
    if (!state->scope.invalid)
        check_capacity(state);
    if (state->scope.invalid)
        memset(&state->row[table->key_count], 0,
               (table->column_count - table->key_count) * sizeof(igd_value));
}
