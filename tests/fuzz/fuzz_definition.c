/*
 * Fuzzes definitions: files of an `inherits` chain, separated by a line "%%%". A definition without
 * schema errors is complete, and reading it again gives the same fingerprint; every problem says
 * where it is and what it is.
 */
#include <stdio.h>
#include <stdlib.h>

#include "ingitdb/definition.h"
#include "ingitdb/exclude.h"
#include "ingitdb/fingerprint.h"
#include "ingitdb/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "does not hold: %s\n", what);
        abort();
    }
}

static void check_problems(const igd_problems *problems)
{
    size_t errors = 0;
    for (size_t n = 0; n < problems->len; n++) {
        const igd_problem *problem = &problems->items[n];
        errors += problem->severity == IGD_PROBLEM_SCHEMA;
        require(problem->reason.len > 0, "problems have a reason");
        require(problem->path.len > 0, "problems have a path");
        require(problem->code && problem->code[0], "problems have a code");
        require((problem->line == 0) == (problem->column == 0), "lines have columns");
    }
    require(errors == problems->schema_errors, "errors are counted");
}

static void check_definition(const igd_definition *definition)
{
    const igd_collection *model = &definition->model;
    require(model->field_count > 0, "there are columns");
    require(definition->format && definition->format->stores[model->record_type],
            "the format stores the records");
    require(definition->file_name.len > 0 && definition->file_name.ptr[0] != '/',
            "there is a relative file name");
    require(!definition->has_key || model->record_type == IGD_RECORD_SINGLE,
            "{key} is for single records");
    for (size_t n = 0; n < model->field_count; n++) {
        const igd_field *field = &model->fields[n];
        for (size_t at = 0; at < field->allowed.len; at++)
            require(field->allowed.items[at].kind == field->type.kind, "members have the type");
        for (size_t before = 0; before < n; before++)
            require(!igd_str_eq(field->name, model->fields[before].name), "names are unique");
        if (n < definition->columns_order.len)
            require(igd_str_eq(field->name, definition->columns_order.items[n]),
                    "columns_order comes first");
    }
    for (size_t n = 0; n < model->primary_key.len; n++)
        require(igd_collection_field(model, model->primary_key.items[n]) >= 0, "keys are columns");
    igd_definition_excludes(definition, IGD_STR("README.md"));
}

/* Returns the fingerprint; zero when the definition cannot be used. */
static igd_digest read_once(const igd_definition_input *input, igd_arena *scratch)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_problems problems = IGD_PROBLEMS_INIT(mem);
    igd_reference_list references = {0};
    igd_definition definition;
    igd_digest print = {0};
    igd_definition_read(input, mem, scratch, &problems, &definition, &references);
    check_problems(&problems);
    if (problems.schema_errors == 0) {
        check_definition(&definition);
        for (size_t n = 0; n < references.len; n++)
            require(references.items[n].field < definition.model.field_count,
                    "references are of a field");
        print = igd_definition_fingerprint(&definition);
    }
    igd_exclude_free(definition.exclude);
    return print;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char separator[] = "\n%%%\n";
    IGD_CLEANUP_PTR(igd_arena) igd_arena *scratch = igd_arena_new();
    igd_definition_input input = {.id = IGD_STR("fuzz"), .base_dir = IGD_STR("data")};
    input.layout = size % 2 ? IGD_SCHEMA_SHARED : IGD_SCHEMA_DEDICATED;
    input.default_format = size % 3 ? NULL : &igd_format_json;

    igd_str rest = {(const char *)data, size};
    for (int n = 0; n < 4; n++) {
        const char *end =
            rest.len ? memmem(rest.ptr, rest.len, separator, sizeof(separator) - 1) : NULL;
        igd_str text = igd_str_sub(rest, 0, end ? (size_t)(end - rest.ptr) + 1 : rest.len);
        igd_node *root = NULL;
        igd_error err = IGD_ERROR_INIT;
        if (igd_yaml_parse(text, scratch, &root, &err))
            return 0;
        igd_str path = igd_arena_printf(scratch, "file%d.yaml", n);
        IGD_PUSH(scratch, &input.chain, (igd_definition_file){path, root});
        if (!end)
            break;
        rest = igd_str_sub(rest, text.len + sizeof(separator) - 2, rest.len);
    }
    igd_digest first = read_once(&input, scratch), second = read_once(&input, scratch);
    require(igd_digest_eq(first, second), "reading is repeatable");
    return 0;
}
