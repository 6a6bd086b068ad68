/*
 * Foreign keys: the module rule. In "commerce.orders/order_details" the module is "commerce", and
 * `products` is first "commerce.products", then "products"; a value with a '.' is taken as it is.
 */
#include "ingitdb/references.h"

#include "base/map.h"

typedef struct resolver {
    igd_arena *mem; /* of the definitions */
    igd_reporter reporter;
    igd_map *ids;
    igd_str_list all;
} resolver;

static bool resolve(const resolver *r, igd_str from, igd_str target, igd_str *out)
{
    ptrdiff_t dot = igd_str_find(from, '.');
    if (igd_str_find(target, '.') < 0 && dot >= 0) {
        igd_str inside = igd_arena_printf(r->reporter.scratch, "%.*s.%.*s", (int)dot, from.ptr,
                                          IGD_STR_ARG(target));
        if (igd_map_get(r->ids, inside)) {
            *out = inside;
            return true;
        }
    }
    *out = target;
    return igd_map_get(r->ids, target);
}

/* Ids that end in the same name, else the one that is spelled alike, else all. */
static igd_str hint_for(const resolver *r, igd_str target)
{
    igd_arena *scratch = r->reporter.scratch;
    igd_str_list same = {0};
    igd_str tail = igd_str_sub(target, (size_t)(igd_str_rfind(target, '.') + 1), target.len);
    igd_str ending = igd_arena_printf(scratch, ".%.*s", IGD_STR_ARG(tail));
    for (size_t n = 0; n < r->all.len; n++)
        if (igd_str_eq(r->all.items[n], tail) || igd_str_ends(r->all.items[n], ending))
            IGD_PUSH(scratch, &same, r->all.items[n]);
    igd_str meant = igd_similar(target, r->all.items, r->all.len);
    if (same.len == 0 && meant.len)
        IGD_PUSH(scratch, &same, meant);
    if (same.len) {
        igd_str list = igd_quoted_list(scratch, same.items, same.len);
        return igd_arena_printf(scratch, "did you mean %.*s?", IGD_STR_ARG(list));
    }
    if (igd_str_find(target, '/') >= 0)
        return IGD_STR("only root collections can be referred to");
    igd_str list = igd_quoted_list(scratch, r->all.items, r->all.len);
    return igd_arena_printf(scratch, "root collections: %.*s", IGD_STR_ARG(list));
}

static void resolve_all(resolver *r, igd_loaded *loaded)
{
    igd_collection *model = &loaded->definition->model;
    r->reporter.collection = model->id;
    for (size_t n = 0; n < loaded->references.len; n++) {
        const igd_reference *reference = &loaded->references.items[n];
        igd_str id;
        if (resolve(r, model->id, reference->target, &id)) {
            model->fields[reference->field].foreign_key = igd_arena_str(r->mem, id);
            continue;
        }
        loaded->usable = false;
        igd_report_error(&r->reporter, reference->spot, "reference", hint_for(r, reference->target),
                         "foreign_key '%.*s' of column '%.*s' is no root collection",
                         IGD_STR_ARG(reference->target), IGD_STR_ARG(reference->name));
    }
}

void igd_references_resolve(const igd_definition_tree *tree, const igd_declared_list *declared)
{
    IGD_CLEANUP_PTR(igd_map) igd_map *ids = igd_map_new();
    resolver r = {
        .mem = tree->mem,
        .reporter = {.problems = tree->files.problems, .scratch = tree->files.scratch},
        .ids = ids,
    };
    for (size_t n = 0; n < declared->len; n++) {
        igd_map_put(ids, declared->items[n].id, &declared->items[n]);
        IGD_PUSH(tree->files.scratch, &r.all, declared->items[n].id);
    }
    for (size_t n = 0; n < tree->loaded.len; n++)
        resolve_all(&r, tree->loaded.items[n]);
}
