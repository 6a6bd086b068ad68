/*
 * Problems: texts that outlive where they came from, counts, --strict.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cmocka.h"
#include "schema/problem.h"

static void texts_are_copied(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_problems problems = IGD_PROBLEMS_INIT(mem);
    char text[] = "text";
    igd_str view = {text, 4};
    igd_problem problem = {
        .severity = IGD_PROBLEM_INVALID,
        .code = "type",
        .path = view,
        .line = 3,
        .column = 7,
        .collection = view,
        .key = view,
        .key_json = view,
        .field = view,
        .reason = view,
        .hint = view,
        .caused_by = view,
    };
    igd_problem_add(&problems, &problem);
    memset(text, 'x', sizeof(text) - 1);
    const igd_problem *kept = &problems.items[0];
    assert_int_equal(kept->severity, IGD_PROBLEM_INVALID);
    assert_string_equal(kept->code, "type");
    assert_int_equal(kept->line, 3);
    assert_int_equal(kept->column, 7);
    const igd_str texts[] = {kept->path,  kept->collection, kept->key,  kept->key_json,
                             kept->field, kept->reason,     kept->hint, kept->caused_by};
    for (size_t n = 0; n < IGD_COUNT(texts); n++)
        assert_true(igd_str_is(texts[n], "text"));
}

static void add(igd_problems *problems, igd_severity severity, const char *key)
{
    igd_problem_add(problems,
                    &(igd_problem){.severity = severity, .code = "x", .key = igd_str_from(key)});
}

static void counts_follow(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_problems all = IGD_PROBLEMS_INIT(mem);
    igd_arena *batch = igd_arena_new();
    igd_problems part = IGD_PROBLEMS_INIT(batch);
    for (int n = 0; n < 100; n++) {
        add(&part, IGD_PROBLEM_INVALID, "k");
        add(&part, IGD_PROBLEM_WARNING, "");
    }
    add(&part, IGD_PROBLEM_SCHEMA, "");
    add(&all, IGD_PROBLEM_WARNING, "first");
    igd_problems_append(&all, &part);
    igd_arena_free(batch);
    assert_int_equal(all.len, 202);
    assert_int_equal(all.schema_errors, 1);
    assert_int_equal(all.invalid, 100);
    assert_int_equal(all.warnings, 101);
    assert_true(igd_str_is(all.items[0].key, "first"));
    assert_true(igd_str_is(all.items[1].key, "k"));
    assert_int_equal(all.items[201].severity, IGD_PROBLEM_SCHEMA);
}

static void strict_makes_errors_of_warnings(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_problems problems = IGD_PROBLEMS_INIT(mem);
    add(&problems, IGD_PROBLEM_WARNING, "");
    add(&problems, IGD_PROBLEM_WARNING, "");
    add(&problems, IGD_PROBLEM_WARNING, "k");
    add(&problems, IGD_PROBLEM_INVALID, "");
    igd_problems_make_strict(&problems, 1);
    assert_int_equal(problems.items[0].severity, IGD_PROBLEM_WARNING);
    assert_int_equal(problems.items[1].severity, IGD_PROBLEM_SCHEMA);
    assert_int_equal(problems.items[2].severity, IGD_PROBLEM_INVALID);
    assert_int_equal(problems.items[3].severity, IGD_PROBLEM_INVALID);
    assert_int_equal(problems.warnings, 1);
    assert_int_equal(problems.schema_errors, 1);
    assert_int_equal(problems.invalid, 2);
    igd_problems_make_strict(&problems, problems.len);
    assert_int_equal(problems.warnings, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_copied),
        cmocka_unit_test(counts_follow),
        cmocka_unit_test(strict_makes_errors_of_warnings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
