/*
 * Record files: parsed, taken apart into records by the collection's type, and what can be wrong
 * with a file as a whole.
 */
#include "ingitdb/records.h"

#include <stdlib.h>

#include "ingitdb/formats/json_node.h"
#include "ingitdb/record_reader.h"

/* ---- the reader ---- */

ptrdiff_t igd_record_reader_field(const igd_record_reader *reader, igd_str name)
{
    size_t low = 0;
    size_t high = reader->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        uint32_t field = reader->by_name[middle];
        int order = igd_str_cmp(reader->slots[field].field->name, name);
        if (order == 0)
            return field;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

static int compare_names(const void *a, const void *b, void *slots)
{
    const igd_record_slot *all = slots;
    return igd_str_cmp(all[*(const uint32_t *)a].field->name,
                       all[*(const uint32_t *)b].field->name);
}

static void prepare_slots(igd_record_reader *reader, igd_arena *mem)
{
    const igd_collection *model = &reader->definition->model;
    const igd_table *table = reader->table;
    reader->count = model->field_count;
    reader->slots = IGD_NEW_ARRAY(mem, igd_record_slot, reader->count);
    reader->by_name = IGD_NEW_ARRAY(mem, uint32_t, reader->count);
    reader->names = IGD_NEW_ARRAY(mem, igd_str, reader->count);
    for (size_t n = 0; n < reader->count; n++) {
        reader->by_name[n] = (uint32_t)n;
        reader->names[n] = model->fields[n].name;
        reader->slots[n] = (igd_record_slot){
            .field = &model->fields[n],
            .column = -1,
            .constraints = igd_constraints_of(&model->fields[n]),
        };
    }
    qsort_r(reader->by_name, reader->count, sizeof(uint32_t), compare_names, reader->slots);
    for (size_t n = 0; n < table->column_count; n++) {
        const igd_column *column = &table->columns[n];
        if (column->field == IGD_FIELD_NONE)
            continue;
        igd_record_slot *slot = &reader->slots[column->field];
        slot->column = (ptrdiff_t)n;
        slot->is_key = n < table->key_count;
        slot->reference = column->key_text && !slot->is_key;
    }
}

static void prepare_key(igd_record_reader *reader, igd_arena *mem)
{
    const igd_str_list *key = &reader->definition->model.primary_key;
    const igd_str *names = key->len > 0 ? key->items : igd_usual_keys;
    size_t count = key->len > 0 ? key->len : IGD_USUAL_KEYS;
    reader->key_parts = IGD_NEW_ARRAY(mem, ptrdiff_t, count);
    for (size_t n = 0; n < count; n++) {
        ptrdiff_t field = igd_record_reader_field(reader, names[n]);
        reader->key_parts[n] = field >= 0 && reader->slots[field].field->computed ? -1 : field;
    }
}

igd_record_reader *igd_record_reader_new(const igd_definition *definition, const igd_table *table,
                                         const igd_capacity *capacity, igd_arena *mem)
{
    igd_record_reader *reader = IGD_NEW(mem, igd_record_reader);
    if (capacity)
        reader->capacity = *capacity;
    reader->definition = definition;
    reader->table = table;
    prepare_slots(reader, mem);
    prepare_key(reader, mem);
    igd_locale_prepare(reader);
    return reader;
}

/* ---- results ---- */

static void keep_valid(const igd_record_state *state, igd_records *out)
{
    IGD_PUSH(state->mem, out, (igd_record){.row = state->row, .line = state->scope.line});
}

static void keep_invalid(const igd_record_state *state, const igd_value *row, uint32_t line,
                         igd_records *out)
{
    if (out->invalid_len == out->invalid_cap)
        out->invalid = igd_list_grow(state->mem, out->invalid, out->invalid_len, &out->invalid_cap,
                                     sizeof(*out->invalid));
    out->invalid[out->invalid_len++] = (igd_record){.row = row, .line = line};
}

static void keep(const igd_record_state *state, igd_records *out)
{
    if (!state->scope.invalid)
        keep_valid(state, out);
    else if (state->scope.key_known)
        keep_invalid(state, state->row, state->scope.line, out);
}

/* ---- by record type ---- */

static void read_single(igd_record_state *state, const igd_node *root, igd_records *out)
{
    igd_record_read(state, root, 1, 1, &state->file->key);
    keep(state, out);
}

static void read_map(igd_record_state *state, const igd_node *root, igd_records *out)
{
    for (size_t n = 0; n < root->count; n++) {
        const igd_member *member = &root->members[n];
        igd_record_read(state, member->value, member->line, member->column, &member->key);
        keep(state, out);
    }
}

/* A row of a list, until it is known whether its key is there twice. */
typedef struct list_row {
    igd_value *row;
    uint32_t line, column;
    bool valid;
    size_t first; /* index of the first row with this key */
    size_t twin;  /* another row with it, or its own index */
} list_row;

static void report_twin(igd_record_state *state, const list_row *row, const list_row *twin)
{
    const igd_table *table = state->reader->table;
    igd_record_scope_start(&state->scope, row->line, row->column);
    igd_record_scope_set_key(&state->scope, row->row);
    igd_record_issue issue = {
        .code = "duplicate-key",
        .hint = IGD_STR("keys have to be unique; none of the rows with this key is used"),
    };
    igd_str key = igd_record_excerpt(row->row[table->key_count - 1].text, state->mem);
    igd_record_invalid(&state->scope, &issue, "the key '%.*s' is also that of the row at line %u",
                       IGD_STR_ARG(key), twin->line);
}

/* Puts the rows where they belong; of rows with equal keys all are invalid (D19). */
static void keep_list(igd_record_state *state, list_row *rows, size_t count, igd_records *out)
{
    for (size_t n = 0; n < count; n++) {
        list_row *row = &rows[n];
        bool twice = row->twin != n;
        if (twice)
            report_twin(state, row, &rows[row->twin]);
        if (row->valid && !twice) {
            IGD_PUSH(state->mem, out, (igd_record){.row = row->row, .line = row->line});
            continue;
        }
        const igd_table *table = state->reader->table;
        memset(&row->row[table->key_count], 0,
               (table->column_count - table->key_count) * sizeof(igd_value));
        if (row->first == n)
            keep_invalid(state, row->row, row->line, out);
    }
}

static void read_list(igd_record_state *state, const igd_node *root, igd_records *out)
{
    /* Distinct keys; the value's place is the row's index. */
    igd_member *keys = igd_arena_alloc(state->mem, root->count * sizeof(*keys));
    size_t *row_of = igd_arena_alloc(state->mem, root->count * sizeof(*row_of));
    list_row *rows = igd_arena_alloc(state->mem, root->count * sizeof(*rows));
    igd_keys index = {0};
    size_t distinct = 0;
    size_t count = 0;
    for (size_t n = 0; n < root->count; n++) {
        const igd_node *item = root->items[n];
        igd_record_read(state, item, item->line, item->column, NULL);
        if (!state->scope.key_known)
            continue;
        list_row *row = &rows[count];
        *row = (list_row){
            .row = state->row,
            .line = item->line,
            .column = item->column,
            .valid = !state->scope.invalid,
            .first = count,
            .twin = count,
        };
        const igd_member *same = igd_keys_find(state->mem, &index, keys, distinct, state->key);
        if (same) {
            row->first = row->twin = row_of[same - keys];
            rows[row->first].twin = count;
        } else {
            row_of[distinct] = count;
            keys[distinct++] = (igd_member){.key = state->key};
        }
        count++;
    }
    keep_list(state, rows, count, out);
}

/* ---- the file ---- */

/* What is wrong with the file as a whole. One of a single record has its key. */
static void start_file(igd_record_state *state)
{
    const igd_table *table = state->reader->table;
    igd_record_scope_start(&state->scope, 1, 1);
    bool single = state->reader->definition->model.record_type == IGD_RECORD_SINGLE;
    if (!single || !igd_str_is_utf8(state->file->key))
        return;
    state->row = igd_arena_zero(state->mem, table->column_count * sizeof(igd_value));
    for (size_t n = 0; n + 1 < table->key_count; n++)
        state->row[n] = igd_value_string(state->file->ancestors[n]);
    state->row[table->key_count - 1] = igd_value_string(state->file->key);
    igd_record_scope_set_key(&state->scope, state->row);
}

static void fail_file(igd_record_state *state, const igd_record_issue *issue, igd_str reason,
                      igd_records *out)
{
    igd_record_invalid(&state->scope, issue, "%.*s", IGD_STR_ARG(reason));
    out->unreadable = true;
    keep(state, out);
}

static bool has_column(const void *payload, igd_str name)
{
    return igd_record_reader_field(payload, name) >= 0;
}

static void pass_warnings(igd_record_state *state, const igd_problems *warnings)
{
    for (size_t n = 0; n < warnings->len; n++) {
        const igd_problem *warning = &warnings->items[n];
        igd_record_issue issue = {
            .code = warning->code,
            .line = warning->line,
            .column = warning->column,
            .field = warning->field,
            .hint = warning->hint,
        };
        igd_record_warn(&state->scope, &issue, "%.*s", IGD_STR_ARG(warning->reason));
    }
}

static void read_parsed(igd_record_state *state, const igd_node *root, igd_records *out)
{
    switch (state->reader->definition->model.record_type) {
    case IGD_RECORD_SINGLE:
        read_single(state, root, out);
        break;
    case IGD_RECORD_LIST:
        if (root && root->kind == IGD_NODE_LIST)
            read_list(state, root, out);
        break;
    case IGD_RECORD_MAP:
        if (root && root->kind == IGD_NODE_MAP)
            read_map(state, root, out);
        break;
    }
}

int igd_record_state_parse(const igd_record_state *state, igd_problems *warnings, igd_node **out,
                           igd_error *err)
{
    const igd_definition *definition = state->reader->definition;
    igd_format_input input = {
        .text = state->file->bytes,
        .record_type = definition->model.record_type,
        .columns_order = &definition->columns_order,
        .other_version = state->other_version,
        .content_field = definition->content_field,
        .has_column = has_column,
        .payload = state->reader,
        .warnings = warnings,
    };
    return definition->format->parse(&input, state->mem, out, err);
}

static void read_file(igd_record_state *state, igd_records *out)
{
    igd_problems warnings = IGD_PROBLEMS_INIT(state->mem);
    igd_error err = IGD_ERROR_INIT;
    igd_node *root = NULL;
    int code = igd_record_state_parse(state, &warnings, &root, &err);
    pass_warnings(state, &warnings);
    if (code == IGD_OK) {
        read_parsed(state, root, out);
        return;
    }
    igd_record_issue issue = {
        .code = "parse",
        .line = err.place.line,
        .column = err.place.column,
        .hint = igd_str_from(err.hint),
    };
    fail_file(state, &issue, igd_str_from(err.message), out);
}

void igd_record_state_init(igd_record_state *state, const igd_record_reader *reader,
                           const igd_record_file *file, igd_arena *mem, igd_problems *problems)
{
    *state = (igd_record_state){
        .reader = reader,
        .file = file,
        .mem = mem,
        .scope = {.table = reader->table,
                  .path = file->path,
                  .mem = mem,
                  .problems = problems,
                  .ancestors = file->ancestors},
        .order = IGD_NEW_ARRAY(mem, uint32_t, reader->count),
        .order_len = reader->count,
        .nodes = igd_arena_alloc(mem, reader->count * sizeof(igd_node *)),
    };
    state->binder = (igd_binder){.scope = &state->scope, .mem = mem};
}

void igd_records_read(const igd_record_reader *reader, const igd_record_file *file, igd_arena *mem,
                      igd_problems *problems, igd_records *out)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    IGD_CLEANUP(igd_json_nodes)
    igd_json_nodes cells = IGD_JSON_NODES_INIT(mem);
    igd_record_state state;
    igd_record_state_init(&state, reader, file, mem, problems);
    state.cells = &cells;
    state.binder.text = &text;
    *out = (igd_records){0};
    start_file(&state);
    if (!igd_is_lfs_pointer(file->bytes)) {
        read_file(&state, out);
        return;
    }
    igd_record_issue issue = {
        .code = "lfs",
        .hint = igd_lfs_hint,
    };
    fail_file(&state, &issue, IGD_STR("the file is a Git LFS pointer"), out);
}
