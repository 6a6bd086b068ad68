/*
 * root-collections.yaml, imports and settings.yaml, right and wrong.
 */
#include "ingitdb/root_config.h"
#include "tests/unit/ingitdb/loaded.h"

#define LIST     ".ingitdb/root-collections.yaml"
#define SETTINGS ".ingitdb/settings.yaml"

static igd_root_config config;

/* Commits and reads the configuration alone. */
static void read_config(loaded *l)
{
    open_at(l, repo_path(l->builder), repo_commit(l->builder, "state"));
    igd_tree_files files = {l->repo, l->commit.tree, igd_str_from(igd_repo_root(l->repo)), l->mem,
                            &l->problems};
    if (igd_root_config_load(&files, &config, &l->err))
        fail_msg("%s", l->err.message);
}

static void read_list(loaded *l, const char *text)
{
    put(l, LIST, text);
    read_config(l);
}

static void lists_collections(void **state)
{
    loaded *l = *state;
    read_list(l, "shop.tags: data/tags/\nb: ./b//c\n\"9\": .\na_1.x: ''\n");
    need_error(l, "path '' of 'a_1.x' is empty");
    assert_int_equal(l->problems.len, 1);
    assert_int_equal(config.collections.len, 4);
    const char *ids[] = {"9", "a_1.x", "b", "shop.tags"};
    const char *dirs[] = {"", "", "b/c", "data/tags"};
    for (size_t n = 0; n < 4; n++) {
        assert_str(config.collections.items[n].id, ids[n]);
        assert_str(config.collections.items[n].dir, dirs[n]);
        assert_int_equal(config.collections.items[n].is_usable, n != 1);
    }
    assert_int_equal(config.collections.items[3].spot.line, 1);
    assert_str(config.collections.items[3].spot.path, LIST);
    assert_true(config.has_list);
}

static void reads_below_a_root(void **state)
{
    loaded *l = *state;
    put(l, "db/" LIST, "tags: data/tags\n");
    l->root = "db";
    read_config(l);
    need_none(&l->problems);
    assert_str(config.collections.items[0].dir, "db/data/tags");
}

static void may_be_empty(void **state)
{
    loaded *l = *state;
    static const char *texts[] = {"", "# nothing yet\n", "{}\n", "~\n"};
    for (size_t n = 0; n < IGD_COUNT(texts); n++) {
        read_list(l, texts[n]);
        need_none(&l->problems);
        assert_int_equal(config.collections.len, 0);
        assert_true(config.has_list);
    }
    repo_delete(l->builder, LIST);
    put(l, "x", "");
    read_config(l);
    need_none(&l->problems);
    assert_false(config.has_list);
}

static void refuses_files(void **state)
{
    loaded *l = *state;
    read_list(l, "- a\n- b\n");
    assert_str(need_error(l, "is not a mapping but a list")->path, LIST);
    read_list(l, "a: b\n c: d\n");
    assert_true(need_error(l, "")->line > 0);
    read_list(l, "a: b\na: c\n");
    assert_int_equal(need_error(l, "a")->line, 2);
    put(l, LIST "/x", "");
    read_config(l);
    need_error(l, "is a directory");
    repo_delete(l->builder, LIST);
    repo_put_symlink(l->builder, LIST, "../elsewhere.yaml");
    read_config(l);
    need_error(l, "is a symbolic link");
}

static void refuses_ids(void **state)
{
    loaded *l = *state;
    read_list(l, "_a: a\na-b: b\n'': c\na/b: d\nb.: e\n.*: f\na-b.*: g\nä: h\nok: i\n");
    assert_int_equal(need_error(l, "collection id '_a' does not start")->line, 1);
    need_error(l, "collection id 'a-b' holds other characters");
    need_error(l, "collection id '' is empty");
    need_error(l, "collection id 'a/b' holds");
    need_error(l, "collection id 'b.' does not");
    need_error(l, "the prefix of import '.*' is empty");
    need_error(l, "the prefix of import 'a-b.*' holds");
    assert_int_equal(l->problems.schema_errors, 8);
    assert_int_equal(config.collections.len, 1);
}

static void refuses_paths(void **state)
{
    loaded *l = *state;
    read_list(l, "a: ../x\nb: x/../y\nc: /x\nd: ~/x\ne: '~'\nf: ~\ng: [x]\nh: data/*\ni: {}\n"
                 "j.*: ../y\nk.*: ~\nl: ..x\n");
    assert_int_equal(l->problems.schema_errors, 11);
    const igd_problem *problem = need_error(l, "path '../x' of 'a' has a part '..'");
    assert_int_equal(problem->line, 1);
    assert_int_equal(problem->column, 4);
    assert_true(problem->hint.len > 0);
    need_error(l, "path '/x' of 'c' is absolute");
    need_error(l, "path '~/x' of 'd' is in a home directory");
    need_error(l, "path '' of 'f' is empty");
    need_error(l, "the path of 'g' is a list");
    need_error(l, "path 'data/*' of 'h' has a wildcard");
    need_error(l, "path '../y' of 'j.*'");
    assert_int_equal(config.collections.len, 10); /* their ids are known all the same */
}

static void refuses_one_path_twice(void **state)
{
    loaded *l = *state;
    read_list(l, "a: x\nb: y\nc: x\nd: x\ne: ./x\n");
    assert_int_equal(need_error(l, "'a' and 'c' have the same path 'x'")->line, 3);
    need_error(l, "'a' and 'd'");
    assert_int_equal(l->problems.schema_errors, 2); /* as written: ./x is another text */
}

static void imports(void **state)
{
    loaded *l = *state;
    put(l, "modules/geo/" LIST, "countries: c\ncities: ./towns/\n");
    put(l, "modules/geo/" SETTINGS, "default_record_format: nonsense\n"); /* not read */
    read_list(l, "geo.*: modules/geo\nown: x\n");
    need_none(&l->problems);
    assert_int_equal(config.collections.len, 3);
    assert_str(config.collections.items[0].id, "geo.cities");
    assert_str(config.collections.items[0].dir, "modules/geo/towns");
    assert_str(config.collections.items[1].id, "geo.countries");
    assert_str(config.collections.items[1].spot.path, "modules/geo/" LIST);
    assert_null(config.default_format);
}

static void refuses_imports(void **state)
{
    loaded *l = *state;
    put(l, "file", "");
    put(l, "bare/x", "");
    put(l, "empty/" LIST, "# none\n");
    put(l, "broken/" LIST, "a: [\n");
    put(l, "nested/" LIST, "inner.*: x\na: ../../secret\nb_: x\n");
    repo_put_symlink(l->builder, "link", "nested");
    repo_put_submodule(l->builder, "module");
    read_list(l, "a.*: missing\nb.*: file\nc.*: bare\nd.*: empty\ne.*: broken\nf.*: nested\n"
                 "g.*: link\nh.*: module\n");
    assert_int_equal(need_error(l, "no directory 'missing'")->line, 1);
    need_error(l, "no directory 'file'");
    need_error(l, "'bare/" LIST "' is not there");
    need_error(l, "'empty/" LIST "' declares no collections");
    need_error(l, "import 'inner.*' inside an imported file");
    assert_str(need_error(l, "path '../../secret'")->path, "nested/" LIST);
    need_error(l, "collection id 'b_'");
    need_error(l, "'link' is a symbolic link");
    need_error(l, "'module' is a git submodule");
    assert_int_equal(l->problems.schema_errors, 10);
}

static void refuses_an_id_twice(void **state)
{
    loaded *l = *state;
    put(l, "one/" LIST, "a: x\n");
    put(l, "two/" LIST, "a: x\n");
    read_list(l, "m.*: one\nm.a: y\n");
    need_error(l, "collection id 'm.a' is also declared in");
    assert_int_equal(config.collections.len, 1);
}

/* ---- settings ---- */

static void reads_settings(void **state)
{
    loaded *l = *state;
    put(l, SETTINGS,
        "default_namespace: demo\ndefault_record_format: json\n"
        "languages: [{required: en}, {required: de-AT}, {optional: fr}]\n");
    read_list(l, "a: x\n");
    need_none(&l->problems);
    assert_str(config.collections.items[0].id, "a"); /* D2 */
    assert_ptr_equal(config.default_format, &igd_format_json);
    put(l, SETTINGS, "default_namespace: ~\ndefault_record_format:\nlanguages:\n");
    read_config(l);
    need_none(&l->problems);
    assert_null(config.default_format);
}

static void checks_settings(void **state)
{
    loaded *l = *state;
    put(l, SETTINGS,
        "default_namespace: -a\ndefault_record_format: YAML\nrecords_delimiter: 1\n"
        "default_namespce: x\n");
    read_list(l, "a: x\n");
    need_error(l, "default_namespace does not start");
    need_error(l, "default_record_format is not a record format");
    const igd_problem *unknown =
        need_problem(&l->problems, IGD_PROBLEM_WARNING, "unknown key 'default_namespce'");
    assert_str(unknown->hint, "did you mean 'default_namespace'?");
    assert_int_equal(unknown->line, 4);
    need_problem(&l->problems, IGD_PROBLEM_WARNING, "unknown key 'records_delimiter'");
    put(l, SETTINGS, "default_namespace: [a]\ndefault_record_format: {}\n");
    read_config(l);
    need_error(l, "default_namespace is not text");
    need_error(l, "default_record_format is not");
    put(l, SETTINGS, "text\n");
    read_config(l);
    need_error(l, "is not a mapping but a text");
}

static void warns_of_languages(void **state)
{
    loaded *l = *state;
    put(l, SETTINGS,
        "languages: [{optional: fr}, {required: en}, {}, {required: e}, en, "
        "{required: en, optional: en}, {required: e_n}, {required: [en]}, "
        "{required: en, note: x}]\n");
    read_list(l, "a: x\n");
    assert_int_equal(l->problems.schema_errors, 0);
    need_problem(&l->problems, IGD_PROBLEM_WARNING, "entry 2 of languages is required and stands");
    need_problem(&l->problems, IGD_PROBLEM_WARNING, "entry 3 of languages is neither");
    need_problem(&l->problems, IGD_PROBLEM_WARNING, "entry 4 of languages is too short");
    need_problem(&l->problems, IGD_PROBLEM_WARNING, "entry 5 of languages is not a mapping");
    need_problem(&l->problems, IGD_PROBLEM_WARNING, "entry 6 of languages is both");
    need_problem(&l->problems, IGD_PROBLEM_WARNING, "entry 7 of languages holds other");
    need_problem(&l->problems, IGD_PROBLEM_WARNING, "entry 8 of languages is not a language");
    need_problem(&l->problems, IGD_PROBLEM_WARNING, "unknown key 'languages.note'");
    put(l, SETTINGS, "languages: en\n");
    read_config(l);
    need_problem(&l->problems, IGD_PROBLEM_WARNING, "languages is not a list");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOADED_TEST(lists_collections),
        LOADED_TEST(reads_below_a_root),
        LOADED_TEST(may_be_empty),
        LOADED_TEST(refuses_files),
        LOADED_TEST(refuses_ids),
        LOADED_TEST(refuses_paths),
        LOADED_TEST(refuses_one_path_twice),
        LOADED_TEST(imports),
        LOADED_TEST(refuses_imports),
        LOADED_TEST(refuses_an_id_twice),
        LOADED_TEST(reads_settings),
        LOADED_TEST(checks_settings),
        LOADED_TEST(warns_of_languages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
