/*
 * Notes: every invalid record is kept, warnings are rationed by kind, --strict knows no warnings.
 */
#include "sync/notes.h"
#include "tests/support/problem_check.h"

typedef struct fixture {
    igd_arena *mem;
    igd_problems from, to;
    igd_notes notes;
} fixture;

static void begin(fixture *f, bool strict)
{
    f->mem = igd_arena_new();
    f->from = IGD_PROBLEMS_INIT(f->mem);
    f->to = IGD_PROBLEMS_INIT(f->mem);
    igd_notes_init(&f->notes, &f->to, strict);
}

static void end(fixture *f)
{
    igd_notes_free(&f->notes);
    igd_arena_free(f->mem);
}

static void put(fixture *f, igd_severity severity, const char *collection, const char *field)
{
    igd_problem problem = {.severity = severity,
                           .code = "unquoted",
                           .path = IGD_STR("a/b.yaml"),
                           .collection = igd_str_from(collection),
                           .field = igd_str_from(field),
                           .key = IGD_STR("k"),
                           .reason = IGD_STR("something is odd"),
                           .hint = IGD_STR("put it into quotes")};
    igd_problem_add(&f->from, &problem);
}

static void invalid_records_are_all_kept(void **state)
{
    (void)state;
    fixture f;
    begin(&f, false);
    for (int n = 0; n < 50; n++)
        put(&f, IGD_PROBLEM_INVALID, "tags", "name");
    igd_notes_add(&f.notes, &f.from, true);
    igd_notes_finish(&f.notes);
    assert_int_equal(f.to.len, 50);
    assert_int_equal(f.to.invalid, 50);
    end(&f);
}

static void invalid_records_on_demand(void **state)
{
    (void)state;
    fixture f;
    begin(&f, false);
    put(&f, IGD_PROBLEM_INVALID, "tags", "name");
    put(&f, IGD_PROBLEM_WARNING, "tags", "name");
    put(&f, IGD_PROBLEM_SCHEMA, "tags", "name");
    igd_notes_add(&f.notes, &f.from, false);
    assert_int_equal(f.to.invalid, 0);
    assert_int_equal(f.to.warnings, 1);
    assert_int_equal(f.to.schema_errors, 1);
    end(&f);
}

/* Kinds are code, collection and field; what comes in several batches is one kind. */
static void warnings_are_rationed_by_kind(void **state)
{
    (void)state;
    fixture f;
    begin(&f, false);
    for (int n = 0; n < 4; n++) {
        f.from = IGD_PROBLEMS_INIT(f.mem);
        for (int w = 0; w < 3; w++)
            put(&f, IGD_PROBLEM_WARNING, "tags", "name");
        put(&f, IGD_PROBLEM_WARNING, "tags", "other");
        put(&f, IGD_PROBLEM_WARNING, "labels", "name");
        igd_notes_add(&f.notes, &f.from, true);
    }
    assert_int_equal(f.to.warnings, 20);
    igd_notes_finish(&f.notes);
    assert_int_equal(f.to.warnings, 20); /* each counted once */
    assert_int_equal(f.to.len, IGD_NOTES_EACH + 4 + 4 + 1);
    const igd_problem *rest = need_problem(&f.to, IGD_PROBLEM_WARNING, "7 more like this");
    assert_str(rest->collection, "tags");
    assert_str(rest->field, "name");
    assert_str(rest->hint, ""); /* the first one's names its own value */
    end(&f);
}

static void exactly_the_ration(void **state)
{
    (void)state;
    fixture f;
    begin(&f, false);
    for (int n = 0; n < IGD_NOTES_EACH; n++)
        put(&f, IGD_PROBLEM_WARNING, "tags", "name");
    igd_notes_add(&f.notes, &f.from, true);
    igd_notes_finish(&f.notes);
    assert_int_equal(f.to.len, IGD_NOTES_EACH);
    assert_null(problem_with(&f.to, "more like this"));
    end(&f);
}

static void strict_knows_no_warnings(void **state)
{
    (void)state;
    fixture f;
    begin(&f, true);
    for (int n = 0; n < 20; n++)
        put(&f, IGD_PROBLEM_WARNING, "tags", "name");
    igd_notes_add(&f.notes, &f.from, true);
    igd_notes_finish(&f.notes);
    assert_int_equal(f.to.invalid, 20);
    assert_int_equal(f.to.warnings, 0);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(invalid_records_are_all_kept),
        cmocka_unit_test(invalid_records_on_demand),
        cmocka_unit_test(warnings_are_rationed_by_kind),
        cmocka_unit_test(exactly_the_ration),
        cmocka_unit_test(strict_knows_no_warnings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
