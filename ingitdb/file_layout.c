/*
 * From definitions to the steps that lead to their files.
 */
#include "ingitdb/file_layout.h"

static void add_name(igd_layout *layout, igd_arena *mem, igd_str name)
{
    IGD_PUSH(mem, &layout->steps, (igd_step){.kind = IGD_STEP_NAME, .name = name});
}

static int add_ancestor(igd_layout *layout, const igd_definition *parent, igd_layout_rule rule,
                        igd_arena *mem, igd_error *err)
{
    if (parent->has_key && rule == IGD_LAYOUT_OURS)
        add_name(layout, mem, IGD_STR(IGD_RECORDS_DIR));
    igd_template template;
    int code = igd_template_parse(parent->file_name, &template, err);
    if (code != IGD_OK)
        return code;
    size_t first = template.count > 0 && igd_str_is(template.parts[0].text, IGD_RECORDS_DIR);
    igd_step step = {.kind = IGD_STEP_ANCESTOR};
    if (template.count > first)
        step.part = template.parts[first];
    IGD_PUSH(mem, &layout->steps, step);
    return IGD_OK;
}

static int add_files(igd_layout *layout, const igd_definition *definition, igd_arena *mem,
                     igd_error *err)
{
    igd_template template;
    int code = igd_template_parse(definition->file_name, &template, err);
    if (code != IGD_OK)
        return code;
    bool named = template.count > 0 && igd_str_is(template.parts[0].text, IGD_RECORDS_DIR);
    if (definition->has_key && !named)
        add_name(layout, mem, IGD_STR(IGD_RECORDS_DIR));
    for (size_t n = 0; n < template.count; n++) {
        igd_step step = {.kind = IGD_STEP_PART, .part = template.parts[n]};
        IGD_PUSH(mem, &layout->steps, step);
    }
    return IGD_OK;
}

int igd_layout_make(const igd_definition *definition, igd_layout_rule rule, igd_arena *mem,
                    igd_layout *out, igd_error *err)
{
    const igd_definition *chain[IGD_MAX_ANCESTORS + 1]; /* from the collection up */
    size_t depth = 0;
    for (const igd_definition *at = definition; at; at = at->parent) {
        if (depth == IGD_COUNT(chain)) {
            igd_fail(err, IGD_E_SCHEMA, "collection '%.*s' has more than %d ancestors",
                     IGD_STR_ARG(definition->model.id), IGD_MAX_ANCESTORS);
            return igd_hint(err, "nest its subcollections less deeply");
        }
        chain[depth++] = at;
    }

    igd_layout layout = {0};
    igd_str rest = chain[depth - 1]->data_dir, part;
    while (igd_str_split(&rest, '/', &part)) {
        if (part.len > 0 && !igd_str_is(part, "."))
            IGD_PUSH(mem, &layout.prefix, part);
    }
    int code = IGD_OK;
    for (size_t n = depth - 1; n > 0 && code == IGD_OK; n--) {
        code = add_ancestor(&layout, chain[n], rule, mem, err);
        add_name(&layout, mem, chain[n - 1]->model.name);
    }
    if (code == IGD_OK)
        code = add_files(&layout, definition, mem, err);
    if (code == IGD_OK)
        *out = layout;
    return code;
}
