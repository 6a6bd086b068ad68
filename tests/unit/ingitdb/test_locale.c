/*
 * Locale shortcuts (D22): the text of a column may be in the column, in the map beside it, or both.
 */
#include "record_fixture.h"

static fixture titles(bool required)
{
    igd_field fields[] = {make_field("title", "string"), make_field("titles", "map[locale]string")};
    fields[0].locale = IGD_STR("en");
    fields[0].required = required;
    return fixture_new("yaml", IGD_RECORD_SINGLE, fields, 2);
}

static void test_shortcut(void **state)
{
    (void)state;
    static const struct {
        const char *text, *rows, *problems;
    } rows[] = {
        {"title: A\n", "id=k title=A", ""},
        {"titles: {en: A, de: B}\n", "id=k title=A titles={\"de\":\"B\"}", ""},
        /* The map may become empty and stays. */
        {"titles: {en: A}\n", "id=k title=A titles={}", ""},
        {"titles: {de: B, en: A, fr: C}\n", "id=k title=A titles={\"de\":\"B\",\"fr\":\"C\"}", ""},
        {"titles: {de: B}\n", "", "required 1:1 title"},
        {"title: A\ntitles: {en: A}\n", "id=k title=A titles={}", ""},
        {"title: ~\ntitles: {en: A}\n", "id=k title=A titles={}", ""},
        /* The map wins, and that is said. */
        {"title: A\ntitles: {en: B}\n", "id=k title=B titles={}", "?locale 1:8 title"},
        /* A null is no text: it is the map that is wrong. */
        {"title: A\ntitles: {en: ~}\n", "", "type 2:14 titles"},
        {"titles: {en: [A]}\n", "", "type 1:14 title"},
        {"title: A\ntitles: [A]\n", "", "type 2:9 titles"},
        {"titles: {en: 5}\n", "id=k title=5 titles={}", "?unquoted 1:14 title"},
    };
    for (size_t n = 0; n < IGD_COUNT(rows); n++) {
        fixture f = titles(true);
        fixture_map(&f, "id");
        fixture_read(&f, "k", rows[n].text);
        assert_string_equal(fixture_rows(&f), rows[n].rows);
        assert_string_equal(fixture_problems(&f), rows[n].problems);
        fixture_free(&f);
    }
}

/* Only a map of texts whose name has an s more. */
static void test_no_pair(void **state)
{
    (void)state;
    igd_field fields[] = {make_field("title", "string"), make_field("titlex", "map[locale]string"),
                          make_field("name", "string"), make_field("names", "map[string]any")};
    fields[0].locale = fields[2].locale = IGD_STR("en");
    fixture f = fixture_new("yaml", IGD_RECORD_SINGLE, fields, 4);
    fixture_map(&f, "id");
    fixture_read(&f, "k", "titlex: {en: A}\nnames: {en: B}\n");
    assert_string_equal(fixture_rows(&f), "id=k titlex={\"en\":\"A\"} names={\"en\":\"B\"}");
    fixture_free(&f);
}

/* Lengths count what is left. */
static void test_length(void **state)
{
    (void)state;
    fixture f = titles(false);
    f.definition.model.fields[1].max_length = (igd_limit){true, 1};
    fixture_map(&f, "id");
    fixture_read(&f, "k", "titles: {en: A, de: B}\n");
    assert_string_equal(fixture_problems(&f), "");
    fixture_read(&f, "k", "titles: {fr: A, de: B}\n");
    assert_string_equal(fixture_problems(&f), "length 1:9 titles");
    fixture_free(&f);
}

/* In a CSV cell the map is JSON. */
static void test_csv(void **state)
{
    (void)state;
    igd_field fields[] = {make_field("id", "string"), make_field("title", "string"),
                          make_field("titles", "map[locale]string")};
    fields[1].locale = IGD_STR("en");
    fixture f = fixture_new("csv", IGD_RECORD_LIST, fields, 3);
    fixture_map(&f, "id");
    fixture_read(&f, "", "id,title,titles\nk,,\"{\"\"en\"\":\"\"A\"\"}\"\n");
    assert_string_equal(fixture_rows(&f), "id=k title=A titles={}");
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shortcut),
        cmocka_unit_test(test_no_pair),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_csv),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
