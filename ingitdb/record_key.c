/*
 * Keys of records: found in a list's row, or compared with the field that repeats them.
 */
#include "ingitdb/record_reader.h"

const igd_str igd_usual_keys[IGD_USUAL_KEYS] = {{"$ID", 3}, {"$id", 3}, {"id", 2}};

/* Between the values of a key of several columns. */
#define KEY_SEPARATOR '\x1F'

static igd_record_issue key_issue(const igd_node *node, igd_str field, igd_str hint)
{
    return (igd_record_issue){
        .code = "key",
        .line = node ? node->line : 0,
        .column = node ? node->column : 0,
        .field = field,
        .hint = hint,
    };
}

/* ---- lists ---- */

/* The text of a declared field, without reporting what does not fit its type: that comes with the
 * field's turn, when the record has a name. */
static igd_key_result field_key(igd_record_state *state, const igd_field *field,
                                const igd_node *node, igd_str *out)
{
    igd_binder binder = state->binder;
    igd_value value;
    binder.quiet = true;
    if (!igd_bind_value(&binder, field, node, &value))
        return IGD_KEY_UNBOUND;
    return igd_bind_key(&state->binder, field, node, &value, out) ? IGD_KEY_OK : IGD_KEY_BAD;
}

static igd_key_result fail_missing(igd_record_state *state, igd_str field, igd_str hint)
{
    igd_record_issue issue = key_issue(NULL, field, hint);
    if (field.len > 0)
        igd_record_invalid(&state->scope, &issue,
                           "the row has no resolvable key: column '%.*s' has no value",
                           IGD_STR_ARG(field));
    else
        igd_record_invalid(&state->scope, &issue, "the row has no resolvable key");
    return IGD_KEY_BAD;
}

static bool is_absent(const igd_node *node)
{
    return igd_bind_is_null(node) || (node->kind == IGD_NODE_CELL && node->text.len == 0);
}

/* A part of primary_key. */
static igd_key_result part_key(igd_record_state *state, size_t part, igd_str *out)
{
    const igd_collection *model = &state->reader->definition->model;
    igd_str name = model->primary_key.items[part];
    ptrdiff_t field = state->reader->key_parts[part];
    if (field >= 0 && !is_absent(state->nodes[field]))
        return field_key(state, &model->fields[field], state->nodes[field], out);
    const igd_member *member = field < 0 && state->map ? igd_node_member(state->map, name) : NULL;
    if (member && !is_absent(member->value))
        return igd_bind_undeclared_key(&state->binder, member, out) ? IGD_KEY_OK : IGD_KEY_BAD;
    return fail_missing(state, name, (igd_str){0});
}

static igd_key_result joined_key(igd_record_state *state, size_t count, igd_str *out)
{
    igd_str *parts = igd_arena_alloc(state->mem, count * sizeof(*parts));
    size_t len = count - 1;
    for (size_t n = 0; n < count; n++) {
        igd_key_result result = part_key(state, n, &parts[n]);
        if (result != IGD_KEY_OK)
            return result;
        len += parts[n].len;
    }
    char *text = igd_arena_alloc(state->mem, len);
    char *at = text;
    for (size_t n = 0; n < count; n++) {
        if (n > 0)
            *at++ = KEY_SEPARATOR;
        if (parts[n].len > 0)
            memcpy(at, parts[n].ptr, parts[n].len);
        at += parts[n].len;
    }
    *out = (igd_str){text, len};
    return IGD_KEY_OK;
}

igd_key_result igd_record_list_key(igd_record_state *state, igd_str *out)
{
    const igd_record_reader *reader = state->reader;
    size_t parts = reader->definition->model.primary_key.len;
    if (parts == 1)
        return part_key(state, 0, out);
    if (parts > 1)
        return joined_key(state, parts, out);
    for (size_t n = 0; n < IGD_USUAL_KEYS; n++) {
        const igd_member *member = state->usual[n];
        ptrdiff_t field = reader->key_parts[n];
        if (field >= 0 && !is_absent(state->nodes[field]))
            return field_key(state, reader->slots[field].field, state->nodes[field], out);
        if (!member || is_absent(member->value))
            continue;
        state->key_member = member;
        return igd_bind_undeclared_key(&state->binder, member, out) ? IGD_KEY_OK : IGD_KEY_BAD;
    }
    return fail_missing(state, (igd_str){0}, IGD_STR("give it a field $ID, $id or id"));
}

/* ---- every type ---- */

bool igd_record_check_key(igd_record_state *state, igd_str key)
{
    const char *why = NULL;
    igd_record_issue issue = key_issue(NULL, (igd_str){0}, (igd_str){0});
    if (key.len == 0) {
        why = "the key is empty";
    } else if (memchr(key.ptr, 0, key.len)) {
        why = "the key has a NUL character";
        issue.code = "nul";
    } else if (!igd_str_is_utf8(key)) {
        why = "the key is not valid UTF-8";
        issue.hint = IGD_STR("rename the file or its directory: names are UTF-8");
    }
    if (!why)
        return true;
    igd_record_invalid(&state->scope, &issue, "%s", why);
    return false;
}

static void check_equal(igd_record_state *state, const igd_field *field, const igd_node *node,
                        igd_str own, igd_str key)
{
    if (igd_str_eq(own, key))
        return;
    bool reserved = field->name.ptr[0] == '$';
    igd_str own_text = igd_record_excerpt(own, state->mem);
    igd_str key_text = igd_record_excerpt(key, state->mem);
    igd_record_issue issue =
        key_issue(node, field->name,
                  reserved
                      ? IGD_STR("leave it out, or make it equal to the record's key")
                      : IGD_STR("if this column is not the key, name another with --key-column"));
    igd_record_invalid(&state->scope, &issue,
                       "column '%.*s' is '%.*s', but the record's key is '%.*s'",
                       IGD_STR_ARG(field->name), IGD_STR_ARG(own_text), IGD_STR_ARG(key_text));
}

void igd_record_bind_key_field(igd_record_state *state, const igd_record_slot *slot,
                               const igd_node *node, igd_str key)
{
    const igd_field *field = slot->field;
    igd_value value;
    igd_str own = key;
    igd_node implied = {
        .kind = IGD_NODE_CELL,
        .line = state->scope.line,
        .column = state->scope.column,
        .text = key,
    };
    bool given = !igd_bind_is_null(node);
    if (!given)
        node = &implied;
    if (!igd_bind_value(&state->binder, field, node, &value))
        return;
    if (given) {
        if (!igd_bind_key(&state->binder, field, node, &value, &own))
            return;
        check_equal(state, field, node, own, key);
    }
    igd_constraints_check(&slot->constraints, node, &value, &state->scope);
}
