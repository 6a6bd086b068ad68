/*
 * record_file: types, formats, templates, and every way in which they can be wrong.
 */
#include "ingitdb/fingerprint.h"
#include "ingitdb/record_file.h"
#include "tests/unit/ingitdb/read_definition.h"

static void read_record_file(const char *record_file)
{
    read_text(igd_arena_printf(scratch,
                               "record_file: %s\ncolumns: {a: {type: string}}\n"
                               "columns_order: [a]\n",
                               record_file)
                  .ptr);
}

static void checks_type_and_format(void **state)
{
    (void)state;
    static const struct {
        const char *format, *single, *list, *map; /* "+" accepted */
    } table[] = {
        {"yaml", "+", "+", "+"}, {"yml", "+", "+", "+"},      {"json", "+", "+", "+"},
        {"toml", "+", "+", "+"}, {"markdown", "+", "-", "-"}, {"ingr", "-", "+", "+"},
        {"csv", "-", "+", "-"},  {"jsonl", "-", "+", "-"},
    };
    static const char *types[] = {"map[string]any", "[]map[string]any",
                                  "map[$record_id]map[$field_name]any"};
    for (size_t n = 0; n < IGD_COUNT(table); n++) {
        const char *accepted[] = {table[n].single, table[n].list, table[n].map};
        for (size_t type = 0; type < 3; type++) {
            read_record_file(igd_arena_printf(scratch, "{name: f, type: '%s', format: %s}",
                                              types[type], table[n].format)
                                 .ptr);
            if (*accepted[type] == '+')
                need_none(&problems);
            else
                need_error("cannot store records of type");
            assert_int_equal(definition.model.record_type, type);
        }
    }
    assert_str(need_error("format 'jsonl'")->hint, "jsonl stores '[]map[string]any'");
}

static void accepts_the_alias_of_maps(void **state)
{
    (void)state;
    read_record_file("{name: f.json, type: 'map[string]map[string]any', format: json}");
    assert_int_equal(problems.schema_errors, 0);
    assert_str(need_warning("not its usual name")->hint,
               "write 'map[$record_id]map[$field_name]any'");
    assert_int_equal(definition.model.record_type, IGD_RECORD_MAP);
}

static void needs_every_part_of_record_file(void **state)
{
    (void)state;
    read_record_file("{}");
    need_error("has no name");
    need_error("has no type");
    need_error("has no format");
    read_record_file("{name: [a], type: {}, format: []}");
    need_error("record_file.name is a list");
    need_error("record_file.type is a map");
    need_error("record_file.format is a list");
    assert_int_equal(problems.schema_errors, 3);
}

static void takes_the_default_format(void **state)
{
    (void)state;
    input.default_format = &igd_format_json;
    read_record_file("{name: '{key}.json', type: 'map[string]any'}");
    assert_int_equal(problems.schema_errors, 0);
    need_warning("default_record_format 'json'");
    assert_ptr_equal(definition.format, &igd_format_json);
}

static void refuses_templates(void **state)
{
    (void)state;
    static const char *bad[] = {"/a.yaml",
                                "~/a",
                                "a/../{key}",
                                "./{key}",
                                "a//{key}",
                                "a/",
                                "..",
                                "\"a\\0b\"",
                                "''",
                                "{name}.yaml",
                                "{$id}",
                                "a/{x"
                                "}/{key}"};
    for (size_t n = 0; n < IGD_COUNT(bad); n++) {
        bool quoted = bad[n][0] == '"' || bad[n][0] == '\'';
        read_record_file(igd_arena_printf(scratch,
                                          "{name: %s%s%s, type: 'map[string]any', "
                                          "format: yaml}",
                                          quoted ? "" : "'", bad[n], quoted ? "" : "'")
                             .ptr);
        if (problems.schema_errors != 1)
            fail_msg("'%s': %zu errors", bad[n], problems.schema_errors);
    }
    /* Not placeholders. */
    read_record_file("{name: '{}{key}}.yaml', type: 'map[string]any', format: yaml}");
    need_none(&problems);
    assert_str(definition.file_name, "{}{key}}.yaml");

    read_record_file("{name: '{key}.json', type: '[]map[string]any', format: json}");
    need_error("keeps all records in one file");
}

static void does_not_double_records(void **state)
{
    (void)state;
    read_record_file("{name: '$records/{key}.yaml', type: 'map[string]any', format: yaml}");
    need_none(&problems);
    assert_str(definition.file_name, "{key}.yaml");
    igd_digest doubled = igd_definition_fingerprint(&definition);
    read_record_file("{name: '{key}.yaml', type: 'map[string]any', format: yaml}");
    assert_true(igd_digest_eq(doubled, igd_definition_fingerprint(&definition)));
    read_record_file("{name: '$records/all.yaml', type: 'map[string]any', format: yaml}");
    assert_str(definition.file_name, "$records/all.yaml");
}

static void reads_content_field(void **state)
{
    (void)state;
    read_record_file("{name: '{key}.md', type: 'map[string]any', format: markdown}");
    need_none(&problems);
    assert_str(definition.content_field, "$content");
    read_record_file("{name: '{key}.md', type: 'map[string]any', format: markdown, "
                     "content_field: a}");
    need_none(&problems);
    assert_str(definition.content_field, "a");
    read_record_file("{name: '{key}.md', type: 'map[string]any', format: markdown, "
                     "content_field: body}");
    need_warning("content_field 'body' is not a declared column");
    read_record_file("{name: '{key}.yaml', type: 'map[string]any', format: yaml, "
                     "content_field: a}");
    need_error("content_field is for markdown");
}

static void reads_exclude_regex(void **state)
{
    (void)state;
    read_record_file("{name: '{key}.md', type: 'map[string]any', format: markdown, "
                     "exclude_regex: '^README\\.md$'}");
    need_none(&problems);
    assert_true(igd_definition_excludes(&definition, IGD_STR("README.md")));
    assert_false(igd_definition_excludes(&definition, IGD_STR("README_md")));
    read_record_file("{name: '{key}.md', type: 'map[string]any', format: markdown, "
                     "exclude_regex: '\\p{L}'}");
    need_error("its escape '\\p' is not supported");
    assert_null(definition.exclude);
    assert_false(igd_definition_excludes(&definition, IGD_STR("x")));
}

static void csv_needs_its_header(void **state)
{
    (void)state;
    read_text("record_file: {name: a.csv, type: '[]map[string]any', format: csv}\n"
              "columns: {a: {type: string}}\n");
    need_error("format csv needs columns_order");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DEFINITION_TEST(checks_type_and_format),
        DEFINITION_TEST(accepts_the_alias_of_maps),
        DEFINITION_TEST(needs_every_part_of_record_file),
        DEFINITION_TEST(takes_the_default_format),
        DEFINITION_TEST(refuses_templates),
        DEFINITION_TEST(does_not_double_records),
        DEFINITION_TEST(reads_content_field),
        DEFINITION_TEST(reads_exclude_regex),
        DEFINITION_TEST(csv_needs_its_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
