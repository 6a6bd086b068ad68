/*
 * The law between any two schema changes: a sync with operations of every kind dies right before
 * and right after each CREATE, ALTER, DROP, TRUNCATE or RENAME that it sends to a server. Where
 * such a statement commits by itself, nothing but the next sync can finish or undo it: that one
 * ends in the right schema and rows, with the same goal or back at the commit before, and takes
 * nothing that was left behind for an edit.
 *
 *     IGD_LAW_TARGET=mysql tests/servers/run tests/law_test_law_ddl_kill
 */
#include <dlfcn.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmocka.h"
#include "tests/support/database.h"
#include "tests/support/db_dump.h"
#include "tests/support/repo_builder.h"
#include "tests/support/server_dump.h"
#include "tests/support/sync_run.h"
#include "tests/support/temp_dir.h"

#define COMMITS 2
#define ROWS    12
#define BATCH   5

static repo_builder *builder;
static char *directory, *database;
static const char *commits[COMMITS];
static char *fresh[COMMITS], *fresh_path[COMMITS], *definitions[COMMITS];

/* ---- dying ---- */

#define CHANGES 200

static unsigned sent; /* schema changes */
static char *texts[CHANGES];
static struct {
    bool armed;
    unsigned at; /* 0: never */
    bool before;
} death;

static bool changes_schema(const char *sql)
{
    static const char *const words[] = {"CREATE ", "ALTER ", "DROP ", "TRUNCATE ", "RENAME "};
    for (size_t n = 0; n < IGD_COUNT(words); n++)
        if (strncmp(sql, words[n], strlen(words[n])) == 0)
            return strncmp(sql + strlen(words[n]), "TEMP", 4) != 0;
    return false;
}

static void note(const char *sql)
{
    if (sent < CHANGES) {
        free(texts[sent]);
        texts[sent] = strdup(sql);
    }
    sent++;
}

static void die_if_it_is_time(bool before)
{
    if (death.at == sent && death.before == before)
        kill(getpid(), SIGKILL);
}

/* What the drivers send statements by: the client libraries' own do it. */
int mysql_real_query(void *db, const char *sql, unsigned long len);
void *PQexec(void *db, const char *sql);

int mysql_real_query(void *db, const char *sql, unsigned long len)
{
    typeof(mysql_real_query) *real = NULL;
    *(void **)&real = dlsym(RTLD_NEXT, "mysql_real_query");
    if (!death.armed || !changes_schema(sql))
        return real(db, sql, len);
    note(sql);
    die_if_it_is_time(true);
    int rc = real(db, sql, len);
    die_if_it_is_time(false);
    return rc;
}

void *PQexec(void *db, const char *sql)
{
    typeof(PQexec) *real = NULL;
    *(void **)&real = dlsym(RTLD_NEXT, "PQexec");
    if (!death.armed || !changes_schema(sql))
        return real(db, sql);
    note(sql);
    die_if_it_is_time(true);
    void *result = real(db, sql);
    die_if_it_is_time(false);
    return result;
}

/* ---- the history ---- */

#define LIST(file) \
    "record_file: {name: " file ".jsonl, type: '[]map[string]any', format: jsonl}\ncolumns:\n"
#define ID_COLUMN "  $ID: {type: string, required: true}\n"

static const char *const items_definition[COMMITS] = {
    LIST("items") ID_COLUMN "  title: {type: string}\n"
                            "  maker: {type: string, foreign_key: makers}\n"
                            "  price: {type: float}\n  note: {type: string}\n"
                            "  code: {type: string, max_length: 10}\n"
                            "  rank: {type: int, min_value: 0}\n"
                            "  live: {type: bool}\n  sold: {type: bool}\n  label: {type: string}\n",
    LIST("items") ID_COLUMN "  title: {type: string, required: true, max_length: 40}\n"
                            "  maker: {type: string}\n  price: {type: int}\n"
                            "  code: {type: string, max_length: 30}\n"
                            "  rank: {type: int}\n  stock: {type: int, required: true}\n"
                            "  active: {type: bool, required: true}\n  sold: {type: int}\n"
                            "  caption: {type: string}\n",
};

static void put_items(int commit)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    for (int n = commit; n < ROWS + commit; n++) {
        fprintf(out, "{\"$ID\": \"i%d\", \"title\": \"Item %d.%d\", \"maker\": \"m%d\", ", n, n,
                commit * (n % 2), n % 4);
        fprintf(out, "\"code\": \"c%d\", \"rank\": %d, ", n, n + commit);
        if (commit == 0)
            fprintf(out,
                    "\"price\": %d.5, \"note\": \"n%d\", \"live\": %s, \"sold\": true, "
                    "\"label\": \"l%d\"}\n",
                    n, n, n % 2 ? "true" : "false", n);
        else
            fprintf(out,
                    "\"price\": %d, \"stock\": %d, \"active\": %s, \"sold\": %d, "
                    "\"caption\": \"l%d\"}\n",
                    n, n % 3, n % 2 ? "true" : "false", n, n);
    }
    fclose(out);
    repo_put(builder, "items/items.jsonl", text);
    free(text);
}

/* printf's arguments: the number of the row. */
static void put_list(const char *path, const char *line)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    for (int n = 0; n < ROWS; n++)
        fprintf(out, line, n, n, n);
#pragma GCC diagnostic pop
    fclose(out);
    repo_put(builder, path, text);
    free(text);
}

/* Codes get another key, and what refers to them another value; shelves are called racks; tags go
 * and notes come. */
static void put_rest(int commit)
{
    repo_put(builder, "items/.collection/definition.yaml", items_definition[commit]);
    put_list("makers/makers.jsonl", "{\"$ID\": \"m%d\", \"title\": \"Maker %d\"}\n");
    put_list("codes/codes.jsonl",
             "{\"code\": \"c%d\", \"isbn\": \"i%d\", \"means\": \"meaning %d\"}\n");
    put_list("uses/uses.jsonl", commit ? "{\"$ID\": \"u%d\", \"code\": \"i%d\"}\n"
                                       : "{\"$ID\": \"u%d\", \"code\": \"c%d\"}\n");
    put_list("shelves/shelves.jsonl",
             "{\"$ID\": \"s%d\", \"place\": \"place %d\", \"high\": %d}\n");
    put_list(commit ? "notes/notes.jsonl" : "tags/tags.jsonl",
             "{\"$ID\": \"t%d\", \"item\": \"i1\", \"word\": \"word %d\"}\n");
    repo_put(builder, "codes/.collection/definition.yaml",
             commit ? "primary_key: [isbn]\n" LIST("codes") "  code: {type: string}\n"
                                                            "  isbn: {type: string, required: "
                                                            "true}\n  means: {type: string}\n"
                    : "primary_key: [code]\n" LIST("codes") "  code: {type: string, required: "
                                                            "true}\n  isbn: {type: string}\n"
                                                            "  means: {type: string}\n");
    repo_put(builder, ".ingitdb/root-collections.yaml",
             commit ? "makers: makers\nitems: items\ncodes: codes\nuses: uses\nracks: shelves\n"
                      "notes: notes\n"
                    : "makers: makers\nitems: items\ncodes: codes\nuses: uses\nshelves: shelves\n"
                      "tags: tags\n");
}

static void put_definitions(void)
{
    repo_put(builder, "makers/.collection/definition.yaml",
             LIST("makers") ID_COLUMN "  title: {type: string}\n");
    repo_put(builder, "uses/.collection/definition.yaml",
             LIST("uses") ID_COLUMN "  code: {type: string, foreign_key: codes}\n");
    static const char *const names[] = {"shelves", "tags", "notes"};
    for (size_t n = 0; n < IGD_COUNT(names); n++) {
        char path[64], text[512];
        snprintf(path, sizeof(path), "%s/.collection/definition.yaml", names[n]);
        snprintf(text, sizeof(text),
                 "record_file: {name: %s.jsonl, type: '[]map[string]any', format: jsonl}\n"
                 "columns:\n" ID_COLUMN "%s",
                 names[n],
                 n == 0 ? "  place: {type: string}\n  high: {type: int}\n"
                        : "  item: {type: string, foreign_key: items}\n  word: {type: string}\n");
        repo_put(builder, path, text);
    }
}

static char *definitions_of(const char *path)
{
    char *text = NULL, *url = database_url(path);
    char *wrong = server_dump(database_engine(), url, DUMP_TABLES, &text);
    if (wrong)
        fail_msg("%s", wrong);
    free(url);
    return text;
}

static int setup(void **state)
{
    (void)state;
    builder = repo_builder_new();
    directory = temp_dir_new();
    database = path_join(directory, "target.db");
    put_definitions();
    for (int n = 0; n < COMMITS; n++) {
        put_items(n);
        put_rest(n);
        commits[n] = repo_commit(builder, "next");
    }
    for (int n = 0; n < COMMITS; n++) {
        fresh_path[n] = path_join(directory, n ? "fresh1.db" : "fresh0.db");
        sync_run_ok(repo_path(builder), fresh_path[n], commits[n]);
        fresh[n] = db_dump(fresh_path[n], 1);
        definitions[n] = definitions_of(fresh_path[n]);
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (int n = 0; n < CHANGES; n++)
        free(texts[n]);
    for (int n = 0; n < COMMITS; n++) {
        free(fresh[n]);
        free(fresh_path[n]);
        free(definitions[n]);
    }
    free(database);
    temp_dir_free(directory);
    repo_builder_free(builder);
    return 0;
}

/* ---- runs ---- */

typedef struct test_case {
    int from, to; /* from -1: an empty database */
    unsigned at;
    bool before;
} test_case;

static sync_run sync_to(int commit)
{
    igd_sync_options options = sync_run_options(commits[commit]);
    options.batch_size = BATCH;
    return sync_run_into(repo_path(builder), database, &options);
}

static void prepare(int from)
{
    database_remove(database);
    if (from >= 0)
        database_copy(fresh_path[from], database);
    else
        free(database_url(database));
}

static void fail_case(const test_case *c, int goal, const char *what, const char *more)
{
    const char *change = c->at && c->at <= CHANGES ? texts[c->at - 1] : "";
    fail_msg("from %d to %d, died %s schema change %u (%s), then to %d: %s: %s", c->from, c->to,
             c->before ? "before" : "after", c->at, change, goal, what, more);
}

static void need_answer(const test_case *c, int goal, const char *sql, const char *wanted)
{
    char *found = db_query(database, sql);
    if (strcmp(found, wanted) != 0)
        fail_case(c, goal, sql, found);
    free(found);
}

static void need_same(const test_case *c, int goal, char *got, const char *wanted, const char *what)
{
    if (strcmp(got, wanted) != 0) {
        size_t at = 0, line = 0;
        for (; got[at] && got[at] == wanted[at]; at++)
            line = got[at] == '\n' ? at + 1 : line;
        char more[1000];
        snprintf(more, sizeof(more), "%.*s, wanted %.*s", (int)strcspn(got + line, "\n"),
                 got + line, (int)strcspn(wanted + line, "\n"), wanted + line);
        fail_case(c, goal, what, more);
    }
    free(got);
}

static void check_end(const test_case *c, int goal)
{
    need_same(c, goal, db_dump(database, 1), fresh[goal], "tables and state");
    need_same(c, goal, definitions_of(database), definitions[goal], "definitions");
    need_answer(c, goal,
                "$lines(collection || ' ' || \"key\" || coalesce(base, ' -') || coalesce(old, "
                "' -');ingitdb_sync_conflicts;\"key\")",
                "");
    need_answer(c, goal,
                "SELECT status || coalesce(goal_commit_id, '') || coalesce(base_commit_ids, '') || "
                "coalesce(journal, '') || coalesce(last_error, '') FROM ingitdb_sync_state",
                "synced");
}

/* In a process of its own; false: it ended before its time. */
static bool dies(const test_case *c)
{
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        death.armed = true;
        death.at = c->at;
        death.before = c->before;
        _exit(sync_to(c->to).code ? 1 : 0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
        fail_case(c, c->to, "the sync", "failed");
    return WIFSIGNALED(status);
}

static void finish(const test_case *c, int goal)
{
    sync_run run = sync_to(goal);
    if (run.code != IGD_OK)
        fail_case(c, goal, "the sync after it", run.err.message);
    sync_run_free(&run);
    check_end(c, goal);
}

/* ---- cases ---- */

/* How many schema changes the run has; and its operations. */
static unsigned count_changes(const test_case *c, unsigned seen[IGD_OP_COUNT])
{
    prepare(c->from);
    death.armed = true;
    sent = 0;
    sync_run run = sync_to(c->to);
    death.armed = false;
    unsigned count = sent;
    sent = 0;
    if (run.code != IGD_OK)
        fail_case(c, c->to, "a whole sync", run.err.message);
    for (size_t n = 0; n < run.result.plan.expand.len; n++)
        seen[run.result.plan.expand.items[n].kind]++;
    for (size_t n = 0; n < run.result.plan.contract.len; n++)
        seen[run.result.plan.contract.items[n].kind]++;
    sync_run_free(&run);
    check_end(c, c->to);
    return count;
}

/* All that there are take minutes on each engine. */
#define USUAL_STEP 9

static unsigned step(void)
{
    return getenv("IGD_LAW_FULL") ? 1 : USUAL_STEP;
}

/* The next sync has the same goal, or every other time the commit before. */
static unsigned die_at_each(test_case c, unsigned count)
{
    unsigned died = 0, turn = 0;
    for (c.at = 1; c.at <= count; c.at++)
        for (int side = 0; side < 2; side++) {
            if (turn++ % step() != 0)
                continue;
            c.before = side == 0;
            prepare(c.from);
            if (!dies(&c))
                fail_case(&c, c.to, "the sync", "did not come that far");
            died++;
            bool back = (c.at + (unsigned)side) % 2 && c.from >= 0;
            finish(&c, back ? c.from : c.to);
        }
    return died;
}

static void between_any_two_schema_changes(void **state)
{
    (void)state;
    static const int ways[][2] = {{-1, 0}, {0, 1}, {1, 0}};
    unsigned seen[IGD_OP_COUNT] = {0}, died = 0;
    for (size_t n = 0; n < IGD_COUNT(ways); n++) {
        test_case c = {.from = ways[n][0], .to = ways[n][1]};
        died += die_at_each(c, count_changes(&c, seen));
    }
    for (int kind = 0; kind < IGD_OP_COUNT; kind++)
        if (!seen[kind])
            fail_msg("no operation %s in any of the runs", igd_op_word((igd_op_kind)kind));
    fprintf(stderr, "died %u times\n", died);
    assert_true(died > 100 / step());
}

int main(void)
{
    database_need_engine();
    if (database_is_file()) {
        fprintf(stderr, "SKIPPED: a file has no server that schema changes are sent to\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(between_any_two_schema_changes),
    };
    return cmocka_run_group_tests_name("law between schema changes", tests, setup, teardown);
}
