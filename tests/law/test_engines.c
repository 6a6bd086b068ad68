/*
 * The same commits in SQLite and on every server that there is hold the same values: compared by
 * what the driver contract tells of the tables, which has nothing of an engine in it; counts and
 * digests of the bookkeeping included.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka.h"
#include "tests/support/database.h"
#include "tests/support/db_dump.h"
#include "tests/support/demo_commerce.h"
#include "tests/support/neutral.h"
#include "tests/support/random_source.h"
#include "tests/support/repo_builder.h"
#include "tests/support/sync_run.h"
#include "tests/support/temp_dir.h"

static size_t compared; /* rows */

static const char *const engines[] = {"postgres", "mariadb", "mysql"};

/* What a sync of commits, one after the other, leaves on an engine; NULL: there is none. */
static char *export_of(const char *name, const char *repo, const char *const *commits, size_t count)
{
    database_use(name);
    if (!database_is_file()) {
        char *url = engine_url(database_engine(), "none");
        free(url);
        if (!url)
            return NULL;
    }
    char *dir = temp_dir_new(), *path = path_join(dir, "same.db");
    for (size_t n = 0; n < count; n++) {
        igd_sync_options options = sync_run_options(commits[n]);
        options.on_invalid = IGD_INVALID_SKIP;
        sync_run run = sync_run_into(repo, path, &options);
        if (run.code != IGD_OK)
            fail_msg("%s, commit %s: %s", name, commits[n], run.err.message);
        sync_run_free(&run);
    }
    char *text = neutral_export(path);
    free(path);
    temp_dir_free(dir);
    return text;
}

static void need_same(const char *repo, const char *const *commits, size_t count, const char *what)
{
    char *wanted = export_of("sqlite", repo, commits, count);
    for (const char *at = wanted; *at; at++)
        compared += at[0] == '{' && at > wanted && at[-1] == ' ';
    for (size_t n = 0; n < sizeof(engines) / sizeof(engines[0]); n++) {
        char *got = export_of(engines[n], repo, commits, count), text[128];
        snprintf(text, sizeof(text), "%s: %s", engines[n], what);
        if (got)
            db_assert_equal(got, wanted, text);
        free(got);
    }
    free(wanted);
}

static void demo_commerce_is_the_same(void **state)
{
    (void)state;
    demo_commerce *demo = demo_commerce_new();
    if (!demo)
        skip();
    for (size_t n = 0; n < DEMO_COMMITS; n++) {
        const char *commit = demo->commits[n];
        need_same(demo->path, &commit, 1, commit);
    }
    demo_commerce_free(demo);
}

static void random_histories_are_the_same(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 6; seed++) {
        random_source *source = random_source_new(seed, 4);
        const char *commits[4];
        for (size_t n = 0; n < 4; n++)
            commits[n] = random_source_commit(source, n);
        need_same(random_source_repo(source), commits, 4, random_source_repo(source));
        random_source_free(source);
    }
    assert_true(compared > 100);
}

/* ---- values at the ends of what the types hold ---- */

static const char *const texts[] = {
    "\"\"",
    "\" \"",
    "\"a \"",
    "\"'; DROP TABLE items; --\"",
    "\"\\\\\"",
    "\"\\\"$$\\\"\"",
    "\"/* x */ -- y\"",
    "\"\\u00bf\\u005c\\u0027\"",
    "\"\\ud83d\\ude00\"",
    "\"e\\u0301\"",
    "\"\\u00e9\"",
    "\"NULL\"",
    "\"\\\\N\"",
    "\"line\\nline\\ttab\\r\"",
    "\"%s%n\"",
    "\"\\u0001\"",
};
static const char *const ints[] = {"9223372036854775807", "-9223372036854775808", "0", "-1"};
static const char *const floats[] = {
    "1.7976931348623157e308", "5e-324", "-2.2250738585072014e-308", "0.1",  "1e21",
    "123456789012345680",     "-0.0",   "0.30000000000000004",      "1e-7", "100"};
static const char *const dates[] = {"0001-01-01", "9999-12-31", "2024-02-29", "1970-01-01"};
static const char *const times[] = {"00:00:00", "23:59:59.999999", "12:00:00.5"};
static const char *const moments[] = {"0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z",
                                      "2024-03-31T01:30:00+02:00", "1969-12-31T23:59:59.000001Z"};
static const char *const documents[] = {"{}",
                                        "[]",
                                        "[null,1.5,\"\\u00e9\",{\"b\":[],\"a\":{\"x\":null}}]",
                                        "\"text\"",
                                        "true",
                                        "{\"big\":9007199254740993,\"neg\":-9223372036854775808}",
                                        "[1e300,1e-300,0.1]",
                                        "{\"\":\"empty\",\"A\":1,\"a\":2,\"\\u00e9\":3}",
                                        "12345678901234567890"};

#define PICK(list, n) ((list)[(n) % (sizeof(list) / sizeof((list)[0]))])

static void put_ends(repo_builder *b, int shift)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    for (int n = 0; n < 48; n++) {
        size_t at = (size_t)(n + shift);
        fprintf(out,
                "{\"$ID\": \"k%c%d%s\", \"s\": %s, \"i\": %s, \"f\": %s, \"b\": %s, \"d\": \"%s\", "
                "\"t\": \"%s\", \"m\": \"%s\", \"j\": %s}\n",
                n % 2 ? 'A' : 'a', n / 2, n % 3 ? "" : " ", PICK(texts, at), PICK(ints, at),
                PICK(floats, at), at % 2 ? "true" : "false", PICK(dates, at), PICK(times, at),
                PICK(moments, at), PICK(documents, at));
    }
    for (size_t n = 0; n < sizeof(texts) / sizeof(texts[0]); n++)
        if (strcmp(texts[n], "\"\"") != 0 && strcmp(texts[n], "\" \"") != 0)
            fprintf(out, "{\"$ID\": %s, \"s\": null}\n", texts[n]);
    fprintf(out, "{\"$ID\": \"long\", \"s\": \"%01000000d\"}\n", shift);
    fclose(out);
    repo_put(b, "ends/ends.jsonl", text);
    free(text);
}

static void values_at_the_ends_are_the_same(void **state)
{
    (void)state;
    repo_builder *b = repo_builder_new();
    const char *commits[2];
    repo_put(b, ".ingitdb/root-collections.yaml", "ends: ends\n");
    repo_put(b, "ends/.collection/definition.yaml",
             "record_file: {name: ends.jsonl, type: '[]map[string]any', format: jsonl}\n"
             "columns:\n  $ID: {type: string, required: true}\n  s: {type: string}\n"
             "  i: {type: int}\n  f: {type: float}\n  b: {type: bool}\n  d: {type: date}\n"
             "  t: {type: time}\n  m: {type: datetime}\n  j: {type: any}\n");
    put_ends(b, 0);
    commits[0] = repo_commit(b, "first");
    need_same(repo_path(b), commits, 1, "inserted");
    put_ends(b, 1);
    commits[1] = repo_commit(b, "second");
    need_same(repo_path(b), commits, 2, "updated");
    repo_builder_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_at_the_ends_are_the_same),
        cmocka_unit_test(random_histories_are_the_same),
        cmocka_unit_test(demo_commerce_is_the_same),
    };
    int there = 0;
    for (size_t n = 0; n < sizeof(engines) / sizeof(engines[0]); n++) {
        const char *url = getenv(engine_named(engines[n])->variable);
        there += url && *url;
        if (!url || !*url)
            fprintf(stderr, "SKIPPED: not compared with %s: no server\n", engines[n]);
    }
    if (!there)
        return 77;
    return cmocka_run_group_tests_name("engines", tests, NULL, NULL);
}
