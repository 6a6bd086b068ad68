/*
 * The law of taking over, on generated histories: a target that has the tables of one commit, some
 * of them nobody's and damaged, is taken over at another one; from then on it follows git like one
 * that was synced from the start, in all that git knows.
 *
 *     IGD_RANDOM_SEED=17 IGD_RANDOM_COUNT=1 tests/law_test_law_adopt
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmocka.h"
#include "targets/sql/dialect.h"
#include "tests/support/database.h"
#include "tests/support/db_dump.h"
#include "tests/support/neutral.h"
#include "tests/support/random_source.h"
#include "tests/support/setting.h"
#include "tests/support/sync_run.h"
#include "tests/support/temp_dir.h"

#define COMMITS 4

typedef struct world {
    random_source *source;
    unsigned seed, chance;
    char *dir, *path, *fresh;
    size_t refused, done; /* how often */
} world;

static int any(world *w, int below)
{
    return rand_r(&w->chance) % below;
}

/* What it failed on stays, to be looked at. */
#define die(...) (fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), abort())

/* ---- somebody else's hands ---- */

/* Whether it was done: what the engine does not allow nobody has done. */
static bool run(const world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool run(const world *w, const char *format, ...)
{
    char *sql = NULL;
    va_list args;
    va_start(args, format);
    assert_true(vasprintf(&sql, format, args) >= 0);
    va_end(args);
    char *wrong = database_try(w->path, sql, false);
    bool done = !wrong;
    free(wrong);
    free(sql);
    return done;
}

#define must_run(...) assert_true(run(__VA_ARGS__))

static char *quoted(const neutral *db, igd_str name)
{
    return engine_quoted(igd_arena_cstr(db->mem, name));
}

static void drop_indexes(world *w, const neutral *db, const igd_table *table)
{
    char *of = quoted(db, table->name);
    for (size_t n = 0; n < table->indexes.len; n++) {
        char *name = quoted(db, table->indexes.items[n].name);
        if (any(w, 2))
            run(w, "$drop_index(%s;%s)", name, of); /* a foreign key may need it */
        free(name);
    }
    free(of);
}

/* Nobody's; without some of its rows, with another value in some. */
static void disown(world *w, const neutral *db, const igd_table *table)
{
    if (any(w, 4) == 0)
        return;
    char *name = quoted(db, table->name);
    igd_buf text = IGD_BUF_INIT;
    igd_sql_quote_text(table->name, &text);
    must_run(w, "DELETE FROM ingitdb_sync_tables WHERE table_name = %s", text.ptr);
    igd_buf_free(&text);
    if (any(w, 2))
        must_run(w, "ALTER TABLE %s ADD COLUMN \"their own\" $text", name);
    if (any(w, 2))
        must_run(w, "$keys_off DELETE FROM %s WHERE $one_in_three", name);
    size_t column = table->key_count + (size_t)any(w, (int)table->column_count + 1);
    if (column < table->column_count && !table->columns[column].not_null) {
        char *of = quoted(db, table->columns[column].name);
        must_run(w, "$keys_off UPDATE %s SET %s = NULL WHERE $one_in_three", name, of);
        free(of);
    }
    free(name);
}

static void damage(world *w)
{
    neutral db = neutral_open(w->path);
    igd_target_close(db.target); /* tables are changed now */
    db.target = NULL;
    for (size_t n = 0; n < db.schema.table_count; n++)
        drop_indexes(w, &db, &db.schema.tables[n]);
    for (size_t n = 0; n < db.schema.table_count; n++)
        disown(w, &db, &db.schema.tables[n]);
    neutral_close(&db);
    if (any(w, 2))
        must_run(w, "DELETE FROM ingitdb_sync_tables; DELETE FROM ingitdb_sync_state");
}

/* ---- syncs ---- */

static void explain(const world *w, const char *what, size_t at, const sync_run *sync)
{
    die("seed %u, commit %zu (%s), %s, %s: %s: %d %s", w->seed, at,
        random_source_log(w->source, at), random_source_repo(w->source), w->path, what, sync->code,
        sync->err.message);
}

/* False: refused, or what others want of the table forbids it; then nothing was changed. */
static bool sync_to(world *w, size_t to, bool adopt)
{
    igd_sync_options options = sync_run_options(random_source_commit(w->source, to));
    options.adopt = adopt;
    options.jobs = 1;
    char *before = database_exists(w->path) ? db_dump(w->path, 0) : strdup("");
    sync_run sync = sync_run_into(random_source_repo(w->source), w->path, &options);
    bool refused =
        sync.code == IGD_E_UNOWNED || sync.code == IGD_E_DESTRUCTIVE || sync.code == IGD_E_TARGET;
    if (sync.code != IGD_OK && !refused)
        explain(w, "it failed", to, &sync);
    /* Where schema changes are committed by themselves, only what is known before is no change. */
    bool whole = database_engine() != &engine_mariadb && database_engine() != &engine_mysql;
    if (refused && (whole || sync.code == IGD_E_DESTRUCTIVE)) {
        char *after = db_dump(w->path, 0);
        db_assert_equal(after, before, "a refused sync");
        free(after);
    }
    free(before);
    sync_run_free(&sync);
    return !refused;
}

static void make_fresh(world *w, size_t to)
{
    database_remove(w->fresh);
    sync_run_ok(random_source_repo(w->source), w->fresh, random_source_commit(w->source, to));
}

/* ---- the laws ---- */

static void keep_row(const igd_table *table, const igd_value *row, void *payload)
{
    igd_map *rows = payload;
    igd_arena *mem = igd_map_get(rows, IGD_STR(""));
    igd_map_put(rows, neutral_row_name(table, row, mem),
                (void *)(uintptr_t)igd_row_json(table, row, mem).ptr);
}

/* In the columns that git knows. */
static void need_same_rows(world *w, const neutral *fresh, const neutral *target,
                           const igd_table *table)
{
    igd_map *wanted = igd_map_new(), *got = igd_map_new();
    igd_map_put(wanted, IGD_STR(""), fresh->mem);
    igd_map_put(got, IGD_STR(""), target->mem);
    neutral_scan(fresh, table, keep_row, wanted);
    neutral_scan(target, table, keep_row, got);
    void *cursor = NULL, *value;
    igd_str key;
    while (igd_map_next(wanted, &cursor, &key, &value)) {
        const char *row = igd_map_get(got, key);
        if (key.len && (!row || strcmp(row, value) != 0))
            die("seed %u, %s, %s: row %.*s is %s, not %s", w->seed, random_source_repo(w->source),
                w->path, IGD_STR_ARG(key), row ? row : "not there", (const char *)value);
    }
    igd_map_free(wanted);
    igd_map_free(got);
}

/* Every row that git knows, and what the bookkeeping says. */
static void need_what_git_knows(world *w, size_t at)
{
    static const char state[] = "$lines(collection || ' ' || row_count || ' ' || digest || ' ' || "
                                "commit_id;ingitdb_sync_tables;collection)";
    make_fresh(w, at);
    neutral fresh = neutral_open(w->fresh), target = neutral_open(w->path);
    for (size_t n = 0; n < fresh.schema.table_count; n++)
        need_same_rows(w, &fresh, &target, &fresh.schema.tables[n]);
    neutral_close(&fresh);
    neutral_close(&target);
    char *ours = db_query(w->fresh, state), *theirs = db_query(w->path, state);
    for (char *rest = ours, *line; (line = strsep(&rest, "\n"));)
        if (!strstr(theirs, line))
            die("seed %u, %s: the state is another: %s", w->seed, w->path, line);
    free(ours);
    free(theirs);
}

/* At the commit that the tables are of, nothing foreign is in them: all of it comes right again. */
static void same_commit(world *w)
{
    size_t at = (size_t)any(w, COMMITS), next = (size_t)any(w, COMMITS);
    database_remove(w->path);
    assert_true(sync_to(w, at, false));
    damage(w);
    if (!sync_to(w, at, true)) {
        w->refused++;
        return;
    }
    need_what_git_knows(w, at);
    if (sync_to(w, next, false))
        need_what_git_knows(w, next);
    w->done++;
}

/* At another one, what it does not have is foreign and stays, and later commits may want it. */
static void another_commit(world *w)
{
    size_t at = (size_t)any(w, COMMITS);
    database_remove(w->path);
    assert_true(sync_to(w, at, false));
    damage(w);
    at = (size_t)any(w, COMMITS);
    if (!sync_to(w, at, true)) {
        w->refused++;
        return;
    }
    need_what_git_knows(w, at);
    at = (size_t)any(w, COMMITS);
    if (sync_to(w, at, false))
        need_what_git_knows(w, at);
    w->done++;
}

static void random_targets(void **state)
{
    (void)state;
    unsigned seed = (unsigned)test_setting("IGD_RANDOM_SEED", 1);
    size_t count = test_setting("IGD_RANDOM_COUNT", database_rounds(40)), refused = 0, done = 0;
    for (size_t n = 0; n < count; n++) {
        world w = {.source = random_source_new(seed + n, COMMITS),
                   .seed = seed + (unsigned)n,
                   .chance = seed + (unsigned)n,
                   .dir = temp_dir_new()};
        w.path = path_join(w.dir, "got.db");
        w.fresh = path_join(w.dir, "fresh.db");
        for (int times = 0; times < 3; times++) {
            same_commit(&w);
            another_commit(&w);
        }
        refused += w.refused;
        done += w.done;
        free(w.path);
        free(w.fresh);
        temp_dir_free(w.dir);
        random_source_free(w.source);
    }
    print_message("%zu taken over, %zu refused\n", done, refused);
    assert_true(count < 10 || done > refused);
}

int main(void)
{
    database_need_engine();
    /* What a test writes need not outlive the machine, and waiting for disks takes long. */
    if (!getenv("TMPDIR") && access("/dev/shm", W_OK) == 0)
        setenv("TMPDIR", "/dev/shm", 1);
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_targets)};
    return cmocka_run_group_tests_name("law of taking over", tests, NULL, NULL);
}
