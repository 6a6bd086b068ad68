/*
 * exclude_regex: what RE2 accepts and people write, and what is refused by name.
 */
#include "ingitdb/exclude.h"
#include "tests/support/problem_check.h"

static igd_arena *mem;

static int setup(void **state)
{
    (void)state;
    mem = igd_arena_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    igd_arena_free(mem);
    return 0;
}

/* 1 and 0: found or not; -1: the pattern cannot be used. */
static int found(const char *pattern, const char *name)
{
    igd_str why = {0};
    igd_exclude *exclude = igd_exclude_compile(igd_str_from(pattern), mem, &why);
    if (!exclude) {
        assert_true(why.len > 0);
        return -1;
    }
    /* Names are views: what follows must not be looked at. */
    igd_str longer = igd_arena_printf(mem, "%sREADME.md", name);
    bool result = igd_exclude_matches(exclude, igd_str_sub(longer, 0, strlen(name)));
    assert_str(igd_exclude_pattern(exclude), pattern);
    igd_exclude_free(exclude);
    return result;
}

static void finds_anywhere(void **state)
{
    (void)state;
    assert_int_equal(found("^README\\.md$", "README.md"), 1);
    assert_int_equal(found("^README\\.md$", "README_md"), 0);
    assert_int_equal(found("^README\\.md$", "README.mdx"), 0);
    assert_int_equal(found("DRAFT", "my-DRAFT-1.yaml"), 1);
    assert_int_equal(found("^(README|index)\\.md$", "index.md"), 1);
    assert_int_equal(found("a{2,3}$", "baa"), 1);
    assert_int_equal(found("^a{2}$", "aaa"), 0);
    assert_int_equal(found("x", ""), 0);
    assert_int_equal(found("^$", ""), 1);
}

static void translates(void **state)
{
    (void)state;
    assert_int_equal(found("^\\d+\\.md$", "12.md"), 1);
    assert_int_equal(found("^\\d+\\.md$", "d.md"), 0);
    assert_int_equal(found("^\\D+$", "12"), 0);
    assert_int_equal(found("^[\\w.-]+$", "a_B-1.x"), 1);
    assert_int_equal(found("^[\\w-.]+$", "a-."), 1);
    assert_int_equal(found("^[\\w-.]+$", "a/"), 0);
    assert_int_equal(found("^[^\\s]+$", "a b"), 0);
    assert_int_equal(found("^\\S+$", "ab"), 1);
    assert_int_equal(found("^(?:a|b)c$", "bc"), 1);
    assert_int_equal(found("(?i)^readme", "README.md"), 1);
    assert_int_equal(found("^a.*?b$", "axxb"), 1);
    assert_int_equal(found("\\Aab\\z", "ab"), 1);
    assert_int_equal(found("\\Aab\\z", "abc"), 0);
    assert_int_equal(found("^a\\tb$", "a\tb"), 1);
}

static void reads_sets(void **state)
{
    (void)state;
    assert_int_equal(found("^[\\]a]+$", "a]"), 1);
    assert_int_equal(found("^[]a]+$", "]"), 1);
    assert_int_equal(found("^[\\^a]+$", "^a"), 1);
    assert_int_equal(found("^[\\^]$", "^"), 1);
    assert_int_equal(found("^[\\^-]+$", "-^"), 1);
    assert_int_equal(found("^[\\^]$", "a"), 0);
    assert_int_equal(found("^[^\\^]$", "^"), 0);
    assert_int_equal(found("^[^\\^]$", "a"), 1);
    assert_int_equal(found("^[-a]+$", "-a"), 1);
    assert_int_equal(found("^[a-]+$", "-a"), 1);
    assert_int_equal(found("^[\\-a]+$", "-"), 1);
    assert_int_equal(found("^[[.]$", "["), 1);
    assert_int_equal(found("^[[.]$", "."), 1);
    assert_int_equal(found("^[\\\\]$", "\\"), 1);
    assert_int_equal(found("^[[:alpha:]-]+$", "ab-c"), 1);
    assert_int_equal(found("^[[:alpha:]]+$", "a1"), 0);
    assert_int_equal(found("^[a-c]+$", "b"), 1);
}

static void takes_braces_as_text(void **state)
{
    (void)state;
    assert_int_equal(found("^{key}$", "{key}"), 1);
    assert_int_equal(found("^a{}$", "a{}"), 1);
    assert_int_equal(found("^a{,3}$", "a{,3}"), 1);
    assert_int_equal(found("^a\\{2\\}$", "a{2}"), 1);
}

static void refuses(void **state)
{
    (void)state;
    assert_int_equal(found("(", "x"), -1);
    assert_int_equal(found("[a", "x"), -1);
    assert_int_equal(found("[", "x"), -1);
    assert_int_equal(found("[[:alpha", "x"), -1);
    assert_int_equal(found("[[:none:]]", "x"), -1);
    assert_int_equal(found("*.md", "x"), -1);
    assert_int_equal(found("a|+", "x"), -1);
    assert_int_equal(found("({2})", "x"), -1);
    assert_int_equal(found("a\\", "x"), -1);
    assert_int_equal(found("[a\\", "x"), -1);
    assert_int_equal(found("\\bword", "x"), -1);
    assert_int_equal(found("[\\b]", "x"), -1);
    assert_int_equal(found("(a)\\1", "x"), -1);
    assert_int_equal(found("\\p{Greek}", "x"), -1);
    assert_int_equal(found("(?P<n>a)", "x"), -1);
    assert_int_equal(found("a(?i)b", "x"), -1);
    /* Whatever would need much memory to compile. */
    assert_int_equal(found("a{1001}", "x"), -1);
    assert_int_equal(found("a{99999999999999999999}", "x"), -1);
    assert_int_equal(found("((a{100}){100}){100}", "x"), -1);
    assert_int_equal(found("((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+)+", "x"), -1);
    assert_int_equal(found("a**", "x"), -1);
    assert_int_equal(found("a???", "x"), -1);
    assert_int_equal(found("a{2}+", "x"), -1);
    assert_int_equal(found("^a+?b{1,2}?c??$", "aabb"), 1);
    assert_int_equal(found("((^|$)*){600}", "x"), -1);
    assert_int_equal(found("(a(b$)?)+", "x"), -1);
    assert_int_equal(found("(^|-)a(b|$)?", "c-a"), 1);
    assert_int_equal(found("a)", "x"), -1);
    assert_int_equal(found(")(", "x"), -1);
    assert_int_equal(found("^[a-z]+-[a-z]+-[a-z]+-[a-z]+-[a-z]+-[a-z]+-[a-z]+$", "a-b-c-d-e-f-g"),
                     1);
    assert_int_equal(found("a{2}b{3}", "aabbb"), 1);
}

static void names_the_escape(void **state)
{
    (void)state;
    igd_str why;
    assert_null(igd_exclude_compile(IGD_STR("^\\pN"), mem, &why));
    assert_str(why, "its escape '\\p' is not supported");
    assert_null(igd_exclude_compile(IGD_STR("a\0b"), mem, &why));
    assert_str(why, "it holds a NUL byte");
    char *big = igd_arena_alloc(mem, 2000);
    memset(big, 'a', 2000);
    assert_null(igd_exclude_compile((igd_str){big, 2000}, mem, &why));
    igd_exclude *exclude = igd_exclude_compile(IGD_STR("a$"), mem, &why);
    assert_true(igd_exclude_matches(exclude, (igd_str){big, 2000}));
    big[1999] = 'b';
    assert_false(igd_exclude_matches(exclude, (igd_str){big, 2000}));
    igd_exclude_free(exclude);
    igd_exclude_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_anywhere, setup, teardown),
        cmocka_unit_test_setup_teardown(translates, setup, teardown),
        cmocka_unit_test_setup_teardown(reads_sets, setup, teardown),
        cmocka_unit_test_setup_teardown(takes_braces_as_text, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses, setup, teardown),
        cmocka_unit_test_setup_teardown(names_the_escape, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
