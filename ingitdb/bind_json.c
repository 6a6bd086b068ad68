/*
 * Nodes written as canonical JSON: keys ordered by their bytes, numbers as igd_canonical_number
 * has them, nulls kept, timestamps as strings. Parsers have limited the nesting, so recursion is
 * fine.
 */
#include "ingitdb/bind_json.h"

#include <stdlib.h>

#include "base/json_write.h"
#include "schema/canonical.h"

typedef struct json_writer {
    const igd_binder *binder;
    igd_bind_place place;
    bool failed;
} json_writer;

static void fail(json_writer *w, const igd_node *node, const igd_bind_fault *fault)
{
    w->failed = true;
    igd_bind_report(w->binder, &w->place, node, fault);
}

static void write_text(json_writer *w, const igd_node *node, igd_str text)
{
    igd_bind_fault fault;
    if (igd_bind_check_text(text, &fault))
        igd_json_quote(w->binder->text, text);
    else
        fail(w, node, &fault);
}

static void write_number(json_writer *w, const igd_node *node)
{
    if (igd_canonical_number(node->text, w->binder->text))
        return;
    igd_str text = igd_record_excerpt(node->text, w->binder->scope->mem);
    fail(w, node,
         &(igd_bind_fault){
             .code = "type",
             .reason = igd_arena_printf(w->binder->scope->mem, "'%.*s' is too large for a number",
                                        IGD_STR_ARG(text)),
         });
}

static void write_timestamp(json_writer *w, const igd_node *node)
{
    igd_bind_fault fault;
    igd_value value;
    if (igd_bind_timestamp(node, w->binder->mem, &value, &fault))
        igd_json_quote(w->binder->text, value.text);
    else
        fail(w, node, &fault);
}

static int compare_members(const void *a, const void *b)
{
    const igd_member *const *first = a;
    const igd_member *const *second = b;
    return igd_str_cmp((*first)->key, (*second)->key);
}

/* The members by key; those of most maps in files are few. */
static const igd_member **sorted_members(const igd_node *map, igd_arena *mem)
{
    const igd_member **members = igd_arena_alloc(mem, map->count * sizeof(*members));
    bool in_order = true;
    for (size_t n = 0; n < map->count; n++) {
        members[n] = &map->members[n];
        in_order = in_order && (n == 0 || compare_members(&members[n - 1], &members[n]) < 0);
    }
    if (!in_order)
        qsort(members, map->count, sizeof(*members), compare_members);
    return members;
}

/* Writes a node of which no type is known. */
static void write_any(json_writer *w, const igd_node *node);

/* Writes `node` as an item or entry of the kind that the column's type wants. */
static void write_element(json_writer *w, igd_kind kind, const igd_node *node)
{
    const igd_binder *binder = w->binder;
    if (kind == IGD_JSON) {
        write_any(w, node);
        return;
    }
    igd_value value;
    igd_bind_fault fault = {.code = "type", .reason = IGD_STR("it is null")};
    const char *misread = NULL;
    if (igd_bind_is_null(node) ||
        !igd_bind_scalar(kind, node, binder->mem, &value, &misread, &fault)) {
        fail(w, node, &fault);
        return;
    }
    if (misread)
        igd_bind_report_misread(binder, &w->place, node, misread);
    if (kind == IGD_INT || kind == IGD_BOOL)
        igd_value_write(&value, binder->text);
    else if (kind != IGD_FLOAT)
        igd_json_quote(binder->text, value.text);
    else if (!igd_canonical_number(value.text, binder->text))
        igd_value_write(&value, binder->text);
}

static void write_map(json_writer *w, const igd_node *map, igd_kind element, bool top)
{
    igd_buf *text = w->binder->text;
    const igd_member **members = sorted_members(map, w->binder->mem);
    igd_buf_byte(text, '{');
    for (size_t n = 0; n < map->count; n++) {
        if (n > 0)
            igd_buf_byte(text, ',');
        if (top)
            w->place.entry = members[n];
        write_text(w, map, members[n]->key);
        igd_buf_byte(text, ':');
        write_element(w, element, members[n]->value);
    }
    igd_buf_byte(text, '}');
}

static void write_list(json_writer *w, const igd_node *list, igd_kind element, bool top)
{
    igd_buf *text = w->binder->text;
    igd_buf_byte(text, '[');
    for (size_t n = 0; n < list->count; n++) {
        if (n > 0)
            igd_buf_byte(text, ',');
        if (top)
            w->place.item = (ptrdiff_t)n;
        write_element(w, element, list->items[n]);
    }
    igd_buf_byte(text, ']');
}

static void write_any(json_writer *w, const igd_node *given)
{
    igd_node node;
    igd_bind_fault fault;
    if (!igd_bind_resolve(given, w->binder->mem, &node, &fault)) {
        fail(w, given, &fault);
        return;
    }
    switch (node.kind) {
    case IGD_NODE_NULL:
        igd_buf_puts(w->binder->text, "null");
        break;
    case IGD_NODE_BOOL:
        igd_buf_puts(w->binder->text, node.boolean ? "true" : "false");
        break;
    case IGD_NODE_NUMBER:
        write_number(w, &node);
        break;
    case IGD_NODE_DATETIME:
        write_timestamp(w, &node);
        break;
    case IGD_NODE_STRING:
    case IGD_NODE_CELL:
    case IGD_NODE_PLAIN:
        write_text(w, &node, node.text);
        break;
    case IGD_NODE_MAP:
        write_map(w, &node, IGD_JSON, false);
        break;
    case IGD_NODE_LIST:
        write_list(w, &node, IGD_JSON, false);
        break;
    }
}

static bool has_shape(igd_shape shape, const igd_node *node)
{
    return shape == IGD_ANY || (shape == IGD_MAP && node->kind == IGD_NODE_MAP) ||
           (shape == IGD_LIST && node->kind == IGD_NODE_LIST);
}

bool igd_bind_json(const igd_binder *binder, const igd_field *field, const igd_node *node,
                   igd_value *out)
{
    json_writer w = {.binder = binder, .place = {.field = field, .item = -1}};
    igd_buf_clear(binder->text);
    if (!has_shape(field->type.shape, node)) {
        igd_bind_fault fault = {0};
        const char *misread = NULL;
        if (!igd_bind_scalar(IGD_JSON, node, binder->mem, out, &misread, &fault))
            fail(&w, node, &fault);
    } else if (field->type.shape == IGD_MAP)
        write_map(&w, node, field->type.element, true);
    else if (field->type.shape == IGD_LIST)
        write_list(&w, node, field->type.element, true);
    else
        write_any(&w, node);
    if (w.failed)
        return false;
    *out = (igd_value){
        .kind = IGD_JSON,
        .text = igd_arena_str(binder->mem, igd_buf_view(binder->text)),
    };
    return true;
}
