/*
 * What was probably meant, and lists of words in messages.
 */
#include "ingitdb/reporter.h"
#include "tests/support/problem_check.h"

static const igd_str words[] = {IGD_WORD("columns"), IGD_WORD("columns_order"),
                                IGD_WORD("data_dir"), IGD_WORD("id"), IGD_WORD("")};

static igd_str similar(const char *word)
{
    return igd_similar(igd_str_from(word), words, IGD_COUNT(words));
}

static void finds_what_was_meant(void **state)
{
    (void)state;
    assert_str(similar("colums"), "columns");
    assert_str(similar("Columns"), "columns");
    assert_str(similar("column_order"), "columns_order");
    assert_str(similar("datadir"), "data_dir");
    assert_str(similar("ix"), ""); /* half of so short a word is not alike */
    assert_str(similar("rows"), "");
    assert_str(similar(""), "");
    assert_str(igd_similar(IGD_STR("x"), NULL, 0), "");
    char longer[200];
    memset(longer, 'c', sizeof(longer));
    assert_str(igd_similar((igd_str){longer, sizeof(longer)}, words, IGD_COUNT(words)), "");
    igd_str long_word = {longer, sizeof(longer)};
    assert_str(igd_similar(IGD_STR("ccc"), &long_word, 1), "");
}

static void lists_words(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_str many[12];
    for (size_t n = 0; n < IGD_COUNT(many); n++)
        many[n] = IGD_STR("w");
    assert_str(igd_quoted_list(mem, words, 0), "");
    assert_str(igd_quoted_list(mem, words, 2), "'columns', 'columns_order'");
    igd_str list = igd_quoted_list(mem, many, IGD_COUNT(many));
    assert_true(igd_str_ends(list, IGD_STR("'w' and 2 more")));
    assert_str(igd_similar_hint(mem, IGD_STR("colums"), words, 4, IGD_STR("no")),
               "did you mean 'columns'?");
    assert_str(igd_similar_hint(mem, IGD_STR("rows"), words, 4, IGD_STR("no")), "no");
}

static void cuts_long_reasons(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_problems problems = IGD_PROBLEMS_INIT(mem);
    igd_reporter reporter = {&problems, mem, IGD_STR("c")};
    char *big = igd_arena_zero(mem, 5001);
    memset(big, 'x', 5000);
    igd_report_error(&reporter, (igd_spot){.path = IGD_STR("p")}, "code", IGD_STR("h"), "%s", big);
    igd_report_warning(&reporter, (igd_spot){.path = IGD_STR("p")}, "code", IGD_STR(""), "w");
    assert_int_equal(problems.schema_errors, 1);
    assert_int_equal(problems.warnings, 1);
    assert_true(problems.items[0].reason.len < 1100);
    assert_str(problems.items[0].collection, "c");

    for (size_t shift = 0; shift < 4; shift++) { /* wherever the end falls in a character */
        for (size_t n = shift; n + 4 < 5000; n += 4)
            memcpy(big + n, "\xf0\x9f\x98\x80", 4);
        igd_report_warning(&reporter, (igd_spot){.path = IGD_STR("p")}, "code", IGD_STR(""), "%s",
                           big);
        assert_true(igd_str_is_utf8(problems.items[problems.len - 1].reason));
        big[shift] = 'x';
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_was_meant),
        cmocka_unit_test(lists_words),
        cmocka_unit_test(cuts_long_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
