/*
 * Reading definitions from texts: for the tests of what they consist of.
 */
#ifndef IGD_TESTS_READ_DEFINITION_H
#define IGD_TESTS_READ_DEFINITION_H

#include "ingitdb/definition.h"
#include "ingitdb/exclude.h"
#include "ingitdb/yaml.h"
#include "tests/support/problem_check.h"

#define RECORDS "record_file: {name: '{key}.yaml', type: 'map[string]any', format: yaml}\n"
#define LISTS   "record_file: {name: rows.json, type: '[]map[string]any', format: json}\n"

static igd_arena *mem, *scratch;
static igd_problems problems;
static igd_reference_list references;
static igd_definition definition;
static igd_definition_input input;

IGD_UNUSED static int setup(void **state)
{
    (void)state;
    mem = igd_arena_new();
    scratch = igd_arena_new();
    problems = IGD_PROBLEMS_INIT(mem);
    references = (igd_reference_list){0};
    definition = (igd_definition){0};
    input = (igd_definition_input){.id = IGD_STR("shop.tags"), .base_dir = IGD_STR("data/tags")};
    return 0;
}

IGD_UNUSED static int teardown(void **state)
{
    (void)state;
    igd_exclude_free(definition.exclude);
    igd_arena_free(scratch);
    igd_arena_free(mem);
    return 0;
}

IGD_UNUSED static igd_node *parse(const char *text)
{
    igd_node *root = NULL;
    igd_error err = IGD_ERROR_INIT;
    if (igd_yaml_parse(igd_str_from(text), scratch, &root, &err))
        fail_msg("%s in:\n%s", err.message, text);
    return root;
}

IGD_UNUSED static void add_file(const char *path, const char *text)
{
    IGD_PUSH(scratch, &input.chain, (igd_definition_file){igd_str_from(path), parse(text)});
}

/* Reads the files that were added, forgetting what was read before. */
IGD_UNUSED static void read_again(void)
{
    igd_exclude_free(definition.exclude);
    problems = IGD_PROBLEMS_INIT(mem);
    references = (igd_reference_list){0};
    igd_definition_read(&input, mem, scratch, &problems, &definition, &references);
}

IGD_UNUSED static void read_text(const char *text)
{
    input.chain = (igd_definition_chain){0};
    add_file("t/.collection/definition.yaml", text);
    read_again();
}

IGD_UNUSED static const igd_field *field(const char *name)
{
    for (size_t n = 0; n < definition.model.field_count; n++)
        if (igd_str_is(definition.model.fields[n].name, name))
            return &definition.model.fields[n];
    fail_msg("no field %s", name);
    return NULL;
}

IGD_UNUSED static const igd_problem *need_error(const char *text)
{
    return need_problem(&problems, IGD_PROBLEM_SCHEMA, text);
}

IGD_UNUSED static const igd_problem *need_warning(const char *text)
{
    return need_problem(&problems, IGD_PROBLEM_WARNING, text);
}

/* Reads a definition with one column, given as a flow mapping. */
IGD_UNUSED static void read_column(const char *column)
{
    read_text(igd_arena_printf(scratch, RECORDS "columns:\n  c: %s\n", column).ptr);
}

#define DEFINITION_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
