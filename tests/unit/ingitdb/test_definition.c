/*
 * One definition: what it becomes, and every way in which it can be wrong.
 */
#include "ingitdb/definition.h"
#include "ingitdb/exclude.h"
#include "ingitdb/fingerprint.h"
#include "ingitdb/yaml.h"
#include "tests/support/problem_check.h"

#define RECORDS "record_file: {name: '{key}.yaml', type: 'map[string]any', format: yaml}\n"
#define LISTS   "record_file: {name: rows.json, type: '[]map[string]any', format: json}\n"

static igd_arena *mem, *scratch;
static igd_problems problems;
static igd_reference_list references;
static igd_definition definition;
static igd_definition_input input;

static int setup(void **state)
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

static int teardown(void **state)
{
    (void)state;
    igd_exclude_free(definition.exclude);
    igd_arena_free(scratch);
    igd_arena_free(mem);
    return 0;
}

static igd_node *parse(const char *text)
{
    igd_node *root = NULL;
    igd_error err = IGD_ERROR_INIT;
    if (igd_yaml_parse(igd_str_from(text), scratch, &root, &err))
        fail_msg("%s in:\n%s", err.message, text);
    return root;
}

static void add_file(const char *path, const char *text)
{
    IGD_PUSH(scratch, &input.chain, (igd_definition_file){igd_str_from(path), parse(text)});
}

/* Reads the files that were added, forgetting what was read before. */
static void read_again(void)
{
    igd_exclude_free(definition.exclude);
    problems = IGD_PROBLEMS_INIT(mem);
    references = (igd_reference_list){0};
    igd_definition_read(&input, mem, scratch, &problems, &definition, &references);
}

static void read_text(const char *text)
{
    input.chain = (igd_definition_chain){0};
    add_file("t/.collection/definition.yaml", text);
    read_again();
}

static const igd_field *field(const char *name)
{
    for (size_t n = 0; n < definition.model.field_count; n++)
        if (igd_str_is(definition.model.fields[n].name, name))
            return &definition.model.fields[n];
    fail_msg("no field %s", name);
    return NULL;
}

static const igd_problem *need_error(const char *text)
{
    return need_problem(&problems, IGD_PROBLEM_SCHEMA, text);
}

static const igd_problem *need_warning(const char *text)
{
    return need_problem(&problems, IGD_PROBLEM_WARNING, text);
}

/* Reads a definition with one column, given as a flow mapping. */
static void read_column(const char *column)
{
    read_text(igd_arena_printf(scratch, RECORDS "columns:\n  c: %s\n", column).ptr);
}

/* ---- the whole ---- */

static void reads_a_definition(void **state)
{
    (void)state;
    read_text("titles: {en: Tags}\n" RECORDS "columns:\n"
              "  zeta: {type: int, min_value: 0x10, max_value: 99}\n"
              "  alpha: {type: string, required: yes, max_length: 0}\n"
              "  title: {type: string, locale: en, title: Title, format: markdown}\n"
              "  titles: {type: 'map[locale]string'}\n"
              "  owners: {type: '[]string', foreign_key: people, min_length: 1}\n"
              "columns_order: [titles, title]\n"
              "min_records_count: 0\nmax_records_count: 10\n"
              "conflict_resolution: {record_merge: {enabled: true}}\n"
              "default_view: {top: 3, order_by: title}\n"
              "readme: {hide_columns: true, data_preview: {template: md-table}}\n");
    need_none(&problems);
    assert_str(definition.model.id, "shop.tags");
    assert_str(definition.model.name, "shop.tags");
    assert_str(definition.model.path, "t/.collection/definition.yaml");
    assert_str(definition.data_dir, "data/tags");
    assert_str(definition.file_name, "{key}.yaml");
    assert_true(definition.has_key);
    assert_ptr_equal(definition.format, &igd_format_yaml);
    const char *order[] = {"titles", "title", "alpha", "owners", "zeta"};
    assert_int_equal(definition.model.field_count, 5);
    for (size_t n = 0; n < 5; n++)
        assert_str(definition.model.fields[n].name, order[n]);
    assert_true(field("alpha")->required);
    assert_true(field("alpha")->max_length.set); /* zero counts */
    assert_int_equal(field("alpha")->line, 5);
    assert_str(field("zeta")->min_value, "16");
    assert_str(field("title")->locale, "en");
    assert_int_equal(definition.model.min_records.set, true);
    assert_int_equal(definition.model.max_records.value, 10);
    assert_int_equal(references.len, 1);
    assert_int_equal(references.items[0].field, 3);
    assert_str(references.items[0].target, "people");
    assert_int_equal(references.items[0].spot.line, 8);
}

static void collects_every_error(void **state)
{
    (void)state;
    read_text("record_file: {name: '../{id}', type: 'map[id]any', format: YAML}\n"
              "columns:\n"
              "  a: {type: strin}\n"
              "  b: {type: int, enum: [x]}\n"
              "  c: {required: perhaps}\n"
              "columns_order: [a, a, d]\n"
              "min_records_count: -1\n");
    assert_str(need_error("format 'YAML'")->hint, "write 'yaml' in lower case");
    need_error("record type 'map[id]any' is unknown");
    need_error("'../{id}' has a part");
    assert_str(need_error("placeholder '{id}'")->hint, "write {key}");
    const igd_problem *type = need_error("type 'strin'");
    assert_str(type->hint, "did you mean 'string'?");
    assert_str(type->field, "a");
    assert_str(type->collection, "shop.tags");
    assert_int_equal(type->line, 3);
    assert_int_equal(type->column, 13);
    need_error("member 'x'");
    need_error("column 'c' has no type");
    need_error("required of column 'c'");
    need_error("columns_order names column 'a' twice");
    need_error("column 'd', which is not declared");
    need_error("min_records_count is negative");
    assert_int_equal(problems.schema_errors, 11);
}

static void refuses_what_is_no_definition(void **state)
{
    (void)state;
    read_text("");
    need_error("no record_file");
    need_error("no columns");
    read_text("[a]");
    need_error("not a mapping but a list");
    assert_int_equal(problems.len, 1);
    read_text("text");
    need_error("not a mapping");
    read_text(RECORDS "columns: {}\n");
    need_error("has no columns");
    read_text(RECORDS "columns: [a]\n");
    need_error("columns is not a mapping");
    assert_int_equal(problems.len, 1);
    read_text("record_file: x\ncolumns: {a: {type: int}}\n");
    need_error("record_file is not a mapping");
}

static void warns_of_unknown_keys(void **state)
{
    (void)state;
    read_text("colums: {}\nunique: [a]\nrecord_file: {name: a.json, type: '[]map[string]any', "
              "format: json, nmae: x}\n"
              "columns:\n  a: {type: string, regex: x, requird: true}\n"
              "default_view: {tpo: 1}\nreadme: {hide: 1, data_preview: {x: 1}}\n"
              "conflict_resolution: {record_merge: {y: 1}, z: 1}\n");
    assert_int_equal(problems.schema_errors, 0);
    assert_int_equal(problems.warnings, 10);
    assert_str(need_warning("'colums'")->hint, "did you mean 'columns'?");
    assert_int_equal(need_warning("'unique'")->line, 2);
    need_warning("'record_file.nmae'");
    const igd_problem *regex = need_warning("'columns.a.regex'");
    assert_int_equal(regex->line, 5);
    assert_int_equal(regex->column, 21);
    assert_str(regex->field, "a");
    assert_str(need_warning("'columns.a.requird'")->hint, "did you mean 'required'?");
    need_warning("'default_view.tpo'");
    need_warning("'readme.hide'");
    need_warning("'readme.data_preview.x'");
    need_warning("'conflict_resolution.record_merge.y'");
    need_warning("'conflict_resolution.z'");
}

/* ---- record_file ---- */

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

/* ---- columns ---- */

static void knows_aliases_of_types(void **state)
{
    (void)state;
    read_column("{type: number}");
    assert_int_equal(problems.schema_errors, 0);
    assert_str(need_warning("type 'number'")->hint, "write 'float'");
    assert_int_equal(field("c")->type.kind, IGD_FLOAT);
    read_column("{type: 'map[i18n]string'}");
    assert_str(need_warning("not its usual name")->hint, "write 'map[locale]string'");
    read_column("{type: text}");
    need_error("type 'text' of column 'c' is unknown");
    read_column("{type: '[]map[string]any'}");
    need_error("is unknown");
    read_column("{type: [string]}");
    need_error("type of column 'c' is a list, not text");
    read_column("~");
    need_error("column 'c' has no type");
    read_column("string");
    need_error("column 'c' is not a mapping");
    read_text(RECORDS "columns: {'': {type: int}}\n");
    need_error("empty name");
}

static void reads_required(void **state)
{
    (void)state;
    static const char *yes[] = {"yes", "on", "y", "true", "TRUE"};
    static const char *no[] = {"no", "off", "false", "~", "N"};
    for (size_t n = 0; n < IGD_COUNT(yes); n++) {
        read_column(igd_arena_printf(scratch, "{type: int, required: %s}", yes[n]).ptr);
        need_none(&problems);
        assert_true(field("c")->required);
        read_column(igd_arena_printf(scratch, "{type: int, required: %s}", no[n]).ptr);
        need_none(&problems);
        assert_false(field("c")->required);
    }
    read_column("{type: int, required: 1}");
    need_error("not true or false");
}

static void warns_of_expressions(void **state)
{
    (void)state;
    read_column("{type: int, formula: 'a + b', required_when: 'x > 1'}");
    assert_int_equal(problems.schema_errors, 0);
    need_warning("formula of column 'c'");
    need_warning("required_when of column 'c'");
    assert_true(field("c")->computed);
    assert_false(field("c")->required);
}

static void checks_lengths(void **state)
{
    (void)state;
    read_column("{type: string, min_length: 5, max_length: 3}");
    need_warning("no value of column 'c'");
    assert_int_equal(field("c")->min_length.value, 5);
    read_column("{type: string, length: 2, min_length: 3}");
    need_warning("no value of column 'c'");
    read_column("{type: bool, max_length: 3, length: 1}");
    need_warning("max_length of column 'c' has no effect on type 'bool'");
    assert_false(field("c")->max_length.set);
    assert_false(field("c")->length.set);
    read_column("{type: any, max_length: 3}");
    need_none(&problems);
    read_column("{type: string, min_length: -1}");
    need_warning("negative and has no effect");
    read_column("{type: string, max_length: -1}");
    need_error("max_length of column 'c' is negative");
    read_column("{type: string, max_length: 5.0}");
    need_none(&problems);
    assert_int_equal(field("c")->max_length.value, 5);
    read_column("{type: string, max_length: '5'}");
    need_error("not an integer");
    read_column("{type: string, max_length: 5.5}");
    need_error("not an integer");
    read_column("{type: string, max_length: 99999999999999999999}");
    need_error("not an integer");
    read_column("{type: string, max_length: [1]}");
    need_error("not an integer");
}

static void checks_bounds(void **state)
{
    (void)state;
    read_column("{type: float, min_value: 5, max_value: 3.5}");
    need_warning("above its max_value");
    read_column("{type: int, min_value: 0.5}");
    need_warning("has a fraction");
    assert_str(field("c")->min_value, "0.5");
    read_column("{type: int, min_value: 1e3}");
    need_none(&problems);
    read_column("{type: string, min_value: 1}");
    need_warning("no effect on type 'string'");
    assert_int_equal(field("c")->min_value.len, 0);
    read_column("{type: any, min_value: 1}");
    need_none(&problems);
    assert_str(field("c")->min_value, "1");
    read_column("{type: '[]int', min_value: 1}");
    need_warning("no effect");
    read_column("{type: float, max_value: .inf}");
    need_warning("not finite");
    assert_int_equal(field("c")->max_value.len, 0);
    read_column("{type: float, max_value: '3'}");
    need_error("not a number");
    read_column("{type: float, max_value: {}}");
    need_error("not a number");
}

static void check_allowed(const char *column, const char *expected)
{
    read_column(column);
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    for (size_t n = 0; n < field("c")->allowed.len; n++) {
        const igd_value *value = &field("c")->allowed.items[n];
        assert_int_equal(value->kind, field("c")->type.kind);
        igd_buf_puts(&text, n ? "|" : "");
        igd_value_write(value, &text);
    }
    assert_string_equal(text.ptr, expected);
}

static void reads_enums(void **state)
{
    (void)state;
    check_allowed("{type: string, enum: [a, 'b', no]}", "a|b|no");
    need_none(&problems);
    check_allowed("{type: string, enum: [01, true, a, 2024-01-01]}", "01|true|a|2024-01-01");
    assert_int_equal(problems.warnings, 3);
    need_warning("member '01' in enum of string column 'c' is taken as text");
    check_allowed("{type: int, enum: [1, 0x10, 5.0, -0, 1_000]}", "1|16|5|0|1000");
    need_none(&problems);
    check_allowed("{type: float, enum: [1, 1.50, 1.5, -0.0]}", "1|1.5|0");
    need_warning("there twice");
    check_allowed("{type: bool, enum: [true, FALSE]}", "true|false");
    check_allowed("{type: date, enum: [2024-01-31, '2024-02-01']}", "2024-01-31|2024-02-01");
    check_allowed("{type: datetime, enum: [2024-01-31T10:00:00+02:00]}", "2024-01-31T08:00:00Z");
    check_allowed("{type: time, enum: ['12:30:00']}", "12:30:00");
    check_allowed("{type: any, enum: [1, '1', true, a, [1, b], {k: 1.50}]}",
                  "1|\"1\"|true|\"a\"|[1,\"b\"]|{\"k\":1.5}");
    need_none(&problems);
    check_allowed("{type: '[]string', enum: [[a, b], []]}", "[\"a\",\"b\"]|[]");
    need_none(&problems);
    check_allowed("{type: string, enum: [a, ~]}", "a");
    need_warning("a null in enum");
    check_allowed("{type: string, enum: []}", "");
    need_warning("is empty and has no effect");
}

static void refuses_members_of_other_types(void **state)
{
    (void)state;
    static const char *bad[] = {
        "{type: int, enum: [x]}",        "{type: int, enum: ['1']}",
        "{type: int, enum: [1.5]}",      "{type: int, enum: [9223372036854775808]}",
        "{type: int, enum: [.inf]}",     "{type: float, enum: [.nan]}",
        "{type: bool, enum: ['true']}",  "{type: bool, enum: [yes]}",
        "{type: date, enum: [banana]}",  "{type: date, enum: [2024-02-30]}",
        "{type: string, enum: [[a]]}",   "{type: string, enum: [{a: b}]}",
        "{type: '[]string', enum: [a]}", "{type: 'map[string]any', enum: [[a]]}",
        "{type: any, enum: [.inf]}",     "{type: string, enum: a}",
        "{type: string, enum: {a: b}}",
    };
    for (size_t n = 0; n < IGD_COUNT(bad); n++) {
        read_column(bad[n]);
        if (problems.schema_errors != 1)
            fail_msg("%s: %zu errors", bad[n], problems.schema_errors);
        need_error("enum of column 'c'");
    }
    read_column("{type: int, enum: [1, x, 2, y]}");
    assert_int_equal(problems.schema_errors, 2);
}

static void checks_locales(void **state)
{
    (void)state;
    read_text(RECORDS "columns: {name: {type: string, locale: en}}\n");
    need_warning("without a column 'names'");
    read_text(RECORDS "columns: {name: {type: string, locale: en}, names: {type: string}}\n");
    need_warning("without a column 'names'");
}

/* ---- keys, counts, directories ---- */

static void reads_primary_keys(void **state)
{
    (void)state;
    read_text(LISTS "columns: {a: {type: int}, b: {type: int}}\nprimary_key: [b, a]\n");
    need_none(&problems);
    assert_int_equal(definition.model.primary_key.len, 2);
    assert_str(definition.model.primary_key.items[0], "b");
    read_text(LISTS "columns: {user_id: {type: int}}\nprimary_key: [userid, user_id, user_id]\n");
    assert_str(need_error("primary_key names column 'userid'")->hint, "did you mean 'user_id'?");
    need_error("primary_key names column 'user_id' twice");
    read_text(LISTS "columns: {a: {type: int}}\nprimary_key: a\n");
    need_error("primary_key is not a list");
    read_text(LISTS "columns: {a: {type: int}}\nprimary_key: [[a]]\n");
    need_error("is a list, not a name");
    read_text(LISTS "columns: {a: {type: int, formula: x}}\nprimary_key: [a]\n");
    need_error("computed column 'a'");
    read_text(RECORDS "columns: {a: {type: int}}\nprimary_key: [a]\n");
    need_warning("primary_key has no effect");
    assert_int_equal(problems.schema_errors, 0);
    assert_int_equal(definition.model.primary_key.len, 0);
}

static void checks_counts(void **state)
{
    (void)state;
    read_text(RECORDS "columns: {a: {type: int}}\nmin_records_count: 3\nmax_records_count: 2\n");
    need_error("min_records_count 3 is above max_records_count 2");
    read_text(RECORDS "columns: {a: {type: int}}\nmin_records_count: many\n");
    need_error("min_records_count is not an integer");
}

static void reads_data_dir(void **state)
{
    (void)state;
    const char *text = RECORDS "columns: {a: {type: int}}\ndata_dir: ../other/./x\n";
    read_text(text);
    need_warning("data_dir is ignored");
    assert_str(definition.data_dir, "data/tags");

    input.layout = IGD_SCHEMA_SHARED;
    read_text(text);
    need_none(&problems);
    assert_str(definition.data_dir, "data/other/x");
    read_text(RECORDS "columns: {a: {type: int}}\ndata_dir: ../../../x\n");
    need_error("leads out of the database");
    read_text(RECORDS "columns: {a: {type: int}}\ndata_dir: /x\n");
    need_error("data_dir '/x' is absolute");
    read_text(RECORDS "columns: {a: {type: int}}\ndata_dir: {}\n");
    need_error("data_dir is not text");

    igd_definition parent = {.model.id = IGD_STR("shop.tags")};
    input.parent = &parent;
    input.id = IGD_STR("shop.tags/words");
    read_text(text);
    need_warning("below its parent's records");
    assert_str(definition.data_dir, "");
    assert_str(definition.model.name, "words");
    assert_ptr_equal(definition.model.parent, &parent.model);
}

/* ---- inherits ---- */

static void merges(void **state)
{
    (void)state;
    input.chain = (igd_definition_chain){0};
    add_file("child.yaml", "inherits: base.yaml\ncolumns:\n  a: {type: int}\n  b: ~\n"
                           "columns_order: []\nprimary_key: [k]\n");
    add_file("base.yaml", LISTS "columns:\n  a: {type: string, max_length: 3}\n"
                                "  k: {type: string, foreign_key: x}\ncolumns_order: [k]\n"
                                "primary_key: [a]\nmin_records_count: 5\n");
    add_file("far.yaml", "record_file: {}\ncolumns:\n  k: {type: nonsense}\n  z: {type: date}\n"
                         "  b: {type: int}\nunknown: 1\n");
    read_again();
    need_error("column 'b' has no type"); /* the child's entry counts, as a whole */
    assert_str(need_warning("unknown key 'unknown'")->path, "far.yaml");
    assert_int_equal(problems.len, 2);
    assert_int_equal(definition.model.record_type, IGD_RECORD_LIST);
    assert_int_equal(field("a")->type.kind, IGD_INT);
    assert_false(field("a")->max_length.set);
    assert_int_equal(field("a")->line, 3);
    assert_int_equal(field("z")->line, 0); /* of another file */
    assert_str(definition.model.fields[0].name, "k");
    assert_str(definition.model.primary_key.items[0], "k");
    assert_false(definition.model.min_records.set);
    assert_str(references.items[0].spot.path, "base.yaml");
    assert_str(definition.model.path, "child.yaml");
}

static void blames_the_file_that_says_it(void **state)
{
    (void)state;
    input.chain = (igd_definition_chain){0};
    add_file("child.yaml", "columns: {a: {type: int}}\n");
    add_file("base.yaml", "record_file: {name: x.csv, type: '[]map[string]any', format: csv}\n"
                          "columns:\n  b: {type: nope}\ncolumns_order: [c]\n");
    read_again();
    assert_str(need_error("'nope'")->path, "base.yaml");
    assert_int_equal(need_error("'nope'")->line, 3);
    assert_str(need_error("names column 'c'")->path, "base.yaml");
    add_file("list.yaml", "- a\n");
    read_again();
    assert_str(need_error("not a mapping")->path, "list.yaml");
}

/* ---- fingerprint ---- */

static igd_digest print_of(const char *text)
{
    read_text(text);
    assert_int_equal(problems.schema_errors, 0);
    return igd_definition_fingerprint(&definition);
}

static void fingerprints_what_decides(void **state)
{
    (void)state;
    igd_digest same = print_of(RECORDS "columns: {a: {type: float, max_value: 3}, b: {type: int}}");
    static const char *alike[] = {
        RECORDS "columns: {b: {type: int}, a: {max_value: 3, type: number, title: A}}\n"
                "columns_order: [b]\ntitles: {en: x}\nmax_records_count: 3\nreadme: {}\n",
        RECORDS "columns: {b: {type: int, required: no}, a: {max_value: 3, type: float}}\n"
                "conflict_resolution: {}\ndefault_view: {}\n",
    };
    for (size_t n = 0; n < IGD_COUNT(alike); n++)
        assert_true(igd_digest_eq(same, print_of(alike[n])));
    input.base_dir = IGD_STR("moved");
    assert_true(igd_digest_eq(same, print_of(alike[0])));

    static const char *other[] = {
        RECORDS "columns: {a: {type: float, max_value: 4}, b: {type: int}}",
        RECORDS "columns: {a: {type: float, min_value: 3}, b: {type: int}}",
        RECORDS "columns: {a: {type: float, max_value: 3}, b: {type: any}}",
        RECORDS "columns: {a: {type: float, max_value: 3}, b: {type: int, required: yes}}",
        RECORDS "columns: {a: {type: float, max_value: 3}, b: {type: int, enum: [1]}}",
        RECORDS "columns: {a: {type: float, max_value: 3}, b: {type: int, formula: x}}",
        RECORDS "columns: {a: {type: float, max_value: 3}, c: {type: int}}",
        RECORDS "columns: {a: {type: float, max_value: 3}}",
        "record_file: {name: '{key}.yml', type: 'map[string]any', format: yaml}\n"
        "columns: {a: {type: float, max_value: 3}, b: {type: int}}",
        "record_file: {name: '{key}.yaml', type: 'map[string]any', format: json}\n"
        "columns: {a: {type: float, max_value: 3}, b: {type: int}}",
        "record_file: {name: '{key}.yaml', type: 'map[string]any', format: yaml, "
        "exclude_regex: x}\ncolumns: {a: {type: float, max_value: 3}, b: {type: int}}",
        LISTS "columns: {a: {type: float, max_value: 3}, b: {type: int}}",
        LISTS "columns: {a: {type: float, max_value: 3}, b: {type: int}}\nprimary_key: [a]\n",
    };
    igd_digest seen[IGD_COUNT(other) + 1] = {same};
    for (size_t n = 0; n < IGD_COUNT(other); n++) {
        seen[n + 1] = print_of(other[n]);
        for (size_t before = 0; before <= n; before++)
            if (igd_digest_eq(seen[before], seen[n + 1]))
                fail_msg("%zu and %zu have one fingerprint", before, n + 1);
    }
}

static void csv_counts_its_order(void **state)
{
    (void)state;
    const char *head = "record_file: {name: a.csv, type: '[]map[string]any', format: csv}\n"
                       "columns: {a: {type: int}, b: {type: int}}\ncolumns_order: ";
    igd_digest one = print_of(igd_arena_printf(scratch, "%s[a, b]\n", head).ptr);
    igd_digest two = print_of(igd_arena_printf(scratch, "%s[b, a]\n", head).ptr);
    assert_false(igd_digest_eq(one, two));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(reads_a_definition),
        TEST(collects_every_error),
        TEST(refuses_what_is_no_definition),
        TEST(warns_of_unknown_keys),
        TEST(checks_type_and_format),
        TEST(accepts_the_alias_of_maps),
        TEST(needs_every_part_of_record_file),
        TEST(takes_the_default_format),
        TEST(refuses_templates),
        TEST(does_not_double_records),
        TEST(reads_content_field),
        TEST(reads_exclude_regex),
        TEST(csv_needs_its_header),
        TEST(knows_aliases_of_types),
        TEST(reads_required),
        TEST(warns_of_expressions),
        TEST(checks_lengths),
        TEST(checks_bounds),
        TEST(reads_enums),
        TEST(refuses_members_of_other_types),
        TEST(checks_locales),
        TEST(reads_primary_keys),
        TEST(checks_counts),
        TEST(reads_data_dir),
        TEST(merges),
        TEST(blames_the_file_that_says_it),
        TEST(fingerprints_what_decides),
        TEST(csv_counts_its_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
