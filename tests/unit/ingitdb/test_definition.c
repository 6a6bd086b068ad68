/*
 * One definition as a whole: what it becomes, what several of its parts say together, inherits.
 */
#include "ingitdb/definition.h"
#include "tests/unit/ingitdb/read_definition.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        DEFINITION_TEST(reads_a_definition),
        DEFINITION_TEST(collects_every_error),
        DEFINITION_TEST(refuses_what_is_no_definition),
        DEFINITION_TEST(warns_of_unknown_keys),
        DEFINITION_TEST(reads_primary_keys),
        DEFINITION_TEST(checks_counts),
        DEFINITION_TEST(reads_data_dir),
        DEFINITION_TEST(merges),
        DEFINITION_TEST(blames_the_file_that_says_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
