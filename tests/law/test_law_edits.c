/*
 * Hand edits: a small database is synced, edited in the target, and moved on in git, at random. The
 * test's own model knows the base, the target and the goal of every row, hence the cause of every
 * difference. Analyze has to report exactly these, verify exactly the edits, and a full sync has to
 * leave what a fresh one leaves, the objects of others aside.
 *
 *     IGD_RANDOM_SEED=17 IGD_RANDOM_COUNT=1 tests/law_test_law_edits
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmocka.h"
#include "sync/analyze.h"
#include "tests/support/database.h"
#include "tests/support/db_dump.h"
#include "tests/support/repo_builder.h"
#include "tests/support/sync_run.h"
#include "tests/support/temp_dir.h"

#define TABLES 3
#define ROWS   8

/* Values of the columns; 0 is null. A row that is not there has title 0. */
typedef struct cell {
    int title, count, flag;
} cell;

/* One state of the whole database: in git at A, in the target, in git at B. */
typedef struct world {
    cell rows[TABLES][ROWS];
} world;

typedef struct trial {
    unsigned seed, chance;
    repo_builder *repo;
    char *dir, *db;
    world base, target, goal;
    bool extra_column;    /* B has a column more in table 0 */
    bool dropped[TABLES]; /* by hand */
    bool lost[TABLES];    /* a column of ours, by hand */
    const char *items;    /* where git has them */
    bool foreign[TABLES]; /* a column and an index of somebody */
    const char *a, *b;
    igd_arena *mem;
} trial;

/* items is one file with many records, the others have one file for each; parts belong to boxes. */
static const char *const names[TABLES] = {"boxes", "items", "boxes/parts"};
static const char *const tables[TABLES] = {"boxes", "items", "boxes_parts"};

static size_t pick(trial *t, size_t below)
{
    return (size_t)rand_r(&t->chance) % below;
}

/* ---- the model ---- */

static bool is_there(const cell *c)
{
    return c->title != 0;
}

static bool same(const cell *a, const cell *b)
{
    return (!is_there(a) && !is_there(b)) || memcmp(a, b, sizeof(*a)) == 0;
}

static cell random_cell(trial *t)
{
    return (cell){1 + (int)pick(t, 3), (int)pick(t, 3), (int)pick(t, 3)};
}

/* Which box a part is in: its number says. */
static size_t box_of(size_t row)
{
    return row % 4;
}

/* A part needs its box. */
static void settle(world *w)
{
    for (size_t n = 0; n < ROWS; n++)
        if (!is_there(&w->rows[0][box_of(n)]))
            w->rows[2][n] = (cell){0};
}

static void shuffle(trial *t, world *w, size_t changes)
{
    for (size_t n = 0; n < changes; n++) {
        cell *c = &w->rows[pick(t, TABLES)][pick(t, ROWS)];
        *c = is_there(c) && pick(t, 3) == 0 ? (cell){0} : random_cell(t);
    }
}

/* ---- in git ---- */

static const char *columns_of(const cell *c, igd_arena *mem)
{
    igd_str text = igd_arena_printf(mem, "title: T%d\n", c->title);
    if (c->count)
        text = igd_arena_printf(mem, "%.*scount: %d\n", IGD_STR_ARG(text), c->count);
    if (c->flag)
        text = igd_arena_printf(mem, "%.*sflag: %s\n", IGD_STR_ARG(text),
                                c->flag == 1 ? "true" : "false");
    return igd_arena_cstr(mem, text);
}

static void put_or_delete(trial *t, const char *path, const cell *c, const cell *before)
{
    if (is_there(c))
        repo_put(t->repo, path, columns_of(c, t->mem));
    else if (before && is_there(before))
        repo_delete(t->repo, path);
}

static void write_items(trial *t, const world *w)
{
    igd_str text = {0};
    for (size_t n = 0; n < ROWS; n++) {
        const cell *c = &w->rows[1][n];
        if (!is_there(c))
            continue;
        text = igd_arena_printf(t->mem, "%.*sk%zu: {title: T%d", IGD_STR_ARG(text), n, c->title);
        if (c->count)
            text = igd_arena_printf(t->mem, "%.*s, count: %d", IGD_STR_ARG(text), c->count);
        if (c->flag)
            text = igd_arena_printf(t->mem, "%.*s, flag: %s", IGD_STR_ARG(text),
                                    c->flag == 1 ? "true" : "false");
        text = igd_arena_printf(t->mem, "%.*s}\n", IGD_STR_ARG(text));
    }
    repo_put(t->repo, igd_arena_printf(t->mem, "%s.yaml", t->items).ptr,
             text.len ? igd_arena_cstr(t->mem, text) : "{}\n");
}

static void write_rows(trial *t, const world *w, const world *before)
{
    for (size_t n = 0; n < ROWS; n++) {
        const char *box = igd_arena_printf(t->mem, "boxes/$records/k%zu.yaml", n).ptr;
        const char *part =
            igd_arena_printf(t->mem, "boxes/$records/k%zu/parts/$records/k%zu.yaml", box_of(n), n)
                .ptr;
        put_or_delete(t, part, &w->rows[2][n], before ? &before->rows[2][n] : NULL);
        put_or_delete(t, box, &w->rows[0][n], before ? &before->rows[0][n] : NULL);
    }
    write_items(t, w);
}

#define COLUMNS                                           \
    "columns:\n  title: {type: string, required: true}\n" \
    "  count: {type: int}\n  flag: {type: bool}\n"
#define ONE "record_file: {name: '{key}.yaml', type: 'map[string]any', format: yaml}\n"

static void define(trial *t)
{
    repo_put(t->repo, ".ingitdb/root-collections.yaml", "boxes: boxes\nitems: items\n");
    repo_put(t->repo, "boxes/.collection/definition.yaml",
             t->extra_column ? ONE COLUMNS "  more: {type: string}\n" : ONE COLUMNS);
    repo_put(t->repo, "boxes/.collection/subcollections/parts/definition.yaml", ONE COLUMNS);
    repo_put(t->repo, "items/.collection/definition.yaml",
             igd_arena_printf(t->mem,
                              "record_file: {name: %s.yaml, type: "
                              "'map[$record_id]map[$field_name]any', format: yaml}\n" COLUMNS,
                              strchr(t->items, '/') + 1)
                 .ptr);
}

/* ---- in the target ---- */

/* Makes a row of the target what it is to be. */
static void edit_row(trial *t, size_t table, size_t row, const cell *c)
{
    const char *key =
        table == 2
            ? igd_arena_printf(t->mem, "boxes_id = 'k%zu' AND id = 'k%zu'", box_of(row), row).ptr
            : igd_arena_printf(t->mem, "id = 'k%zu'", row).ptr;
    db_exec(t->db,
            igd_arena_printf(t->mem, "$keys_off DELETE FROM %s WHERE %s", tables[table], key).ptr);
    if (!is_there(c))
        return;
    static const char *const flags[] = {"NULL", "TRUE", "FALSE"};
    igd_str parent = table == 2 ? igd_arena_printf(t->mem, "'k%zu', ", box_of(row)) : (igd_str){0};
    db_exec(t->db,
            igd_arena_printf(
                t->mem,
                "$keys_off "
                "INSERT INTO %s (%sid, title, count, flag) "
                "VALUES (%.*s'k%zu', 'T%d', %s, %s)",
                tables[table], table == 2 ? "boxes_id, " : "", IGD_STR_ARG(parent), row, c->title,
                c->count ? igd_arena_printf(t->mem, "%d", c->count).ptr : "NULL", flags[c->flag])
                .ptr);
}

static void edit_schema(trial *t)
{
    for (size_t n = 0; n < TABLES; n++) {
        t->dropped[n] = pick(t, 8) == 0;
        t->foreign[n] = !t->dropped[n] && pick(t, 3) == 0;
        t->lost[n] = !t->dropped[n] && pick(t, 6) == 0;
        if (t->lost[n])
            db_exec(t->db,
                    igd_arena_printf(t->mem, "ALTER TABLE %s DROP COLUMN count", tables[n]).ptr);
        for (size_t row = 0; t->lost[n] && row < ROWS; row++)
            t->target.rows[n][row].count = 0;
        if (t->dropped[n]) {
            db_exec(t->db, igd_arena_printf(t->mem, "$keys_off $drop_table(%s)", tables[n]).ptr);
            memset(t->target.rows[n], 0, sizeof(t->target.rows[n]));
        }
        if (t->foreign[n])
            db_exec(t->db,
                    igd_arena_printf(t->mem,
                                     "ALTER TABLE %s ADD COLUMN mine $text DEFAULT 'x'; "
                                     "CREATE INDEX mine_%zu ON %s (mine$if_text_index(, title))",
                                     tables[n], n, tables[n])
                        .ptr);
    }
}

static void edit(trial *t)
{
    world edited = t->base;
    shuffle(t, &edited, pick(t, 6));
    t->target = edited;
    for (size_t table = 0; table < TABLES; table++)
        for (size_t row = 0; row < ROWS; row++)
            if (!same(&t->base.rows[table][row], &edited.rows[table][row]))
                edit_row(t, table, row, &edited.rows[table][row]);
    edit_schema(t);
}

/* ---- what has to be said ---- */

static const char *expected_of(trial *t, const world *goal)
{
    static const char *const changes[] = {"insert", "update", "delete"};
    igd_str text = {0};
    for (size_t table = 0; table < TABLES; table++)
        for (size_t row = 0; row < ROWS; row++) {
            const cell *base = &t->base.rows[table][row], *old = &t->target.rows[table][row],
                       *now = &goal->rows[table][row];
            if (same(old, now))
                continue;
            igd_cause cause = same(base, old)   ? IGD_CAUSE_PENDING
                              : same(base, now) ? IGD_CAUSE_DRIFT
                                                : IGD_CAUSE_CONFLICT;
            text = igd_arena_printf(t->mem, "%.*s%zu.%zu %s %s\n", IGD_STR_ARG(text), table, row,
                                    changes[!is_there(old)   ? 0
                                            : !is_there(now) ? 2
                                                             : 1],
                                    igd_cause_word(cause));
        }
    return igd_arena_cstr(t->mem, text);
}

static size_t table_number(igd_str collection)
{
    for (size_t n = 0; n < TABLES; n++)
        if (igd_str_is(collection, names[n]))
            return n;
    fail_msg("no collection %.*s", IGD_STR_ARG(collection));
    return 0;
}

static size_t row_number(igd_str key)
{
    return (size_t)(key.ptr[key.len - 1] - '0');
}

/* In the order of the model. */
static const char *reported_of(trial *t, const igd_analysis *analysis)
{
    static const char *const changes[] = {"insert", "update", "delete"};
    const igd_record_difference *found[TABLES][ROWS] = {0};
    igd_str text = {0};
    for (size_t n = 0; n < analysis->table_count; n++) {
        size_t table = table_number(analysis->tables[n].counts.collection);
        for (size_t r = 0; r < analysis->tables[n].records.len; r++) {
            const igd_record_difference *record = &analysis->tables[n].records.items[r];
            if (found[table][row_number(record->key)])
                fail_msg("%.*s is reported twice", IGD_STR_ARG(record->key));
            found[table][row_number(record->key)] = record;
        }
    }
    for (size_t table = 0; table < TABLES; table++)
        for (size_t row = 0; row < ROWS; row++)
            if (found[table][row])
                text = igd_arena_printf(t->mem, "%.*s%zu.%zu %s %s\n", IGD_STR_ARG(text), table,
                                        row, changes[found[table][row]->change],
                                        igd_cause_word(found[table][row]->cause));
    return igd_arena_cstr(t->mem, text);
}

static void explain(const trial *t, const char *what)
{
    fprintf(stderr, "seed %u: %s\n  repository %s\n  database %s\n  %s -> %s\n", t->seed, what,
            repo_path(t->repo), t->db, t->a, t->b);
}

static void need_text(const trial *t, const char *what, const char *got, const char *wanted)
{
    if (strcmp(got, wanted) == 0)
        return;
    explain(t, what);
    fprintf(stderr, "---- got\n%s---- wanted\n%s----\n", got, wanted);
    abort();
}

static void need(const trial *t, bool holds, const char *what)
{
    if (holds)
        return;
    explain(t, what);
    abort();
}

/* ---- runs ---- */

static igd_analysis look(trial *t, const char *ref, int *code)
{
    igd_repo_options at = {.path = repo_path(t->repo)};
    igd_sync_options options = sync_run_options(ref ? ref : "HEAD");
    char *text = database_url(t->db);
    igd_str url = igd_arena_str(t->mem, igd_str_from(text));
    igd_target_config config = {.mode = IGD_OPEN_READ, .run_id = "look"};
    igd_error err = IGD_ERROR_INIT;
    igd_analysis out = {0};
    IGD_CLEANUP_PTR(igd_repo) igd_repo *repo = NULL;
    IGD_CLEANUP_PTR(igd_target) igd_target *target = NULL;
    free(text);
    options.jobs = 1 + pick(t, 2);
    *code = igd_repo_open(&at, &repo, &err);
    if (*code == IGD_OK)
        *code = igd_url_parse(url, t->mem, &config.url, &err);
    if (*code == IGD_OK)
        *code = igd_target_open(&config, &target, &err);
    if (*code == IGD_OK && ref)
        *code = igd_analyze(repo, target, &options, IGD_DETAIL_FIELDS, t->mem, &out, &err);
    else if (*code == IGD_OK)
        *code = igd_verify(repo, target, &options, IGD_DETAIL_FIELDS, t->mem, &out, &err);
    if (*code != IGD_OK && *code != IGD_E_DIFFERS) {
        explain(t, err.message);
        abort();
    }
    return out;
}

static size_t count_of(const bool flags[TABLES])
{
    size_t count = 0;
    for (size_t n = 0; n < TABLES; n++)
        count += flags[n];
    return count;
}

/* Nobody has touched our part of the schema. */
static bool is_whole(const trial *t)
{
    return count_of(t->dropped) + count_of(t->lost) == 0;
}

static void check_foreign(const trial *t, const igd_analysis *analysis)
{
    size_t objects = 0;
    for (size_t n = 0; n < TABLES; n++)
        objects += t->foreign[n] ? 2 : 0;
    need(t, analysis->foreign.len == objects, "foreign objects");
    for (size_t n = 0; n < analysis->foreign.len; n++)
        need(t, strncmp(analysis->foreign.items[n].name.ptr, "mine", 4) == 0, "a foreign name");
}

static void check_schema(const trial *t, const igd_analysis *analysis, bool moved)
{
    bool more = moved && t->extra_column && !t->dropped[0];
    size_t pending = 0, created = 0, found = 0;
    for (size_t n = 0; n < analysis->schema.len; n++) {
        const igd_schema_difference *difference = &analysis->schema.items[n];
        pending += difference->cause == IGD_CAUSE_PENDING;
        created += difference->op->kind == IGD_OP_CREATE_TABLE;
        igd_str column = igd_op_describe(difference->op, t->mem).column;
        found += igd_str_is(column, "count");
        need(t,
             difference->cause ==
                 (igd_str_is(column, "more") ? IGD_CAUSE_PENDING : IGD_CAUSE_DRIFT),
             "the cause of a schema change");
    }
    need(t, found == count_of(t->lost), "columns that were dropped");
    need(t, pending == more, "a column that is pending");
    need(t, created == count_of(t->dropped), "tables that were dropped");
}

static void check_analyze(trial *t)
{
    int code;
    igd_analysis analysis = look(t, t->b, &code);
    const char *wanted = expected_of(t, &t->goal);
    need_text(t, "analyze", reported_of(t, &analysis), wanted);
    check_foreign(t, &analysis);
    check_schema(t, &analysis, true);
    bool level = !*wanted && is_whole(t) && (!t->extra_column || t->dropped[0]);
    need(t, analysis.in_sync == level, "in sync");
}

static void check_verify(trial *t)
{
    int code;
    igd_analysis analysis = look(t, NULL, &code);
    const char *wanted = expected_of(t, &t->base);
    need_text(t, "verify", reported_of(t, &analysis), wanted);
    check_foreign(t, &analysis);
    check_schema(t, &analysis, false);
    need(t, (code == IGD_OK) == (!*wanted && is_whole(t)), "verify's answer");
}

static void check_repaired(trial *t)
{
    igd_sync_options options = sync_run_options(t->b);
    options.mode = IGD_SYNC_FULL;
    options.batch_size = pick(t, 2) ? 1000 : 1 + pick(t, 3);
    sync_run run = sync_run_into(repo_path(t->repo), t->db, &options);
    need(t, run.code == IGD_OK, run.err.message);
    sync_run_free(&run);
    t->base = t->target = t->goal;
    memset(t->dropped, 0, sizeof(t->dropped));
    memset(t->lost, 0, sizeof(t->lost));
    int code;
    igd_analysis analysis = look(t, NULL, &code);
    need(t, code == IGD_OK && analysis.in_sync, "verify after a full sync");
    check_foreign(t, &analysis);
    for (size_t n = 0; n < TABLES; n++)
        if (t->foreign[n])
            db_exec(t->db, igd_arena_printf(t->mem,
                                            "$drop_index(mine_%zu;%s); ALTER TABLE %s "
                                            "DROP COLUMN mine",
                                            n, tables[n], tables[n])
                               .ptr);
    char *fresh = path_join(t->dir, "fresh.db");
    sync_run_ok(repo_path(t->repo), fresh, t->b);
    char *left = db_dump(t->db, 1), *right = db_dump(fresh, 1);
    need_text(t, "a full sync", left, right);
    free(left);
    free(right);
    free(fresh);
}

static void one_trial(unsigned seed)
{
    trial t = {.seed = seed,
               .chance = seed,
               .repo = repo_builder_new(),
               .dir = temp_dir_new(),
               .mem = igd_arena_new(),
               .items = "items/items"};
    t.db = path_join(t.dir, "target.db");
    shuffle(&t, &t.base, 25);
    settle(&t.base);
    define(&t);
    write_rows(&t, &t.base, NULL);
    t.a = repo_commit(t.repo, "A");
    sync_run_ok(repo_path(t.repo), t.db, t.a);
    edit(&t);
    check_verify(&t);
    t.goal = t.base;
    shuffle(&t, &t.goal, pick(&t, 8));
    settle(&t.goal);
    t.extra_column = pick(&t, 3) == 0;
    if (pick(&t, 4) == 0) {
        repo_delete(t.repo, "items/items.yaml");
        t.items = "items/elsewhere";
    }
    define(&t);
    write_rows(&t, &t.goal, &t.base);
    t.b = repo_commit(t.repo, "B");
    check_analyze(&t);
    check_repaired(&t);
    free(t.db);
    igd_arena_free(t.mem);
    temp_dir_free(t.dir);
    repo_builder_free(t.repo);
}

static void random_edits(void **state)
{
    (void)state;
    const char *seed = getenv("IGD_RANDOM_SEED"), *count = getenv("IGD_RANDOM_COUNT");
    unsigned first = seed ? (unsigned)atoi(seed) : 1,
             most = count ? (unsigned)atoi(count) : database_rounds(60);
    for (unsigned n = 0; n < most; n++)
        one_trial(first + n);
}

int main(void)
{
    database_need_engine();
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_edits)};
    return cmocka_run_group_tests_name("hand edits", tests, NULL, NULL);
}
