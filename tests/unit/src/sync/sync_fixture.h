/*
 * For the tests of src/sync: a real repository with its commits, sides loaded from them, and runs
 * of the spine between two of them.
 */
#ifndef IGD_TESTS_SYNC_FIXTURE_H
#define IGD_TESTS_SYNC_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>

#include "schema/canonical.h"
#include "sync/spine.h"
#include "tests/support/db_dump.h"
#include "tests/support/problem_check.h"
#include "tests/support/repo_builder.h"
#include "tests/support/sync_run.h"
#include "tests/support/temp_dir.h"

#define ONE_RECORD "record_file: {name: '{key}.yaml', type: 'map[string]any', format: yaml}\n"
#define MAP_FILE(f) \
    "record_file: {name: " f ", type: 'map[$record_id]map[$field_name]any', format: yaml}\n"

#define MOST_SIDES 64

typedef struct shop {
    repo_builder *b;
    igd_repo *repo;
    igd_arena *mem;
    char *dir, *db;
    igd_side sides[MOST_SIDES];
    size_t side_count;
    igd_problems problems; /* of the last run */
    igd_error err;
} shop;

IGD_UNUSED static int shop_setup(void **state)
{
    shop *s = test_calloc(1, sizeof(*s));
    s->b = repo_builder_new();
    s->mem = igd_arena_new();
    s->problems = IGD_PROBLEMS_INIT(s->mem);
    s->dir = temp_dir_new();
    s->db = path_join(s->dir, "shop.db");
    *state = s;
    return 0;
}

IGD_UNUSED static int shop_teardown(void **state)
{
    shop *s = *state;
    for (size_t n = 0; n < s->side_count; n++)
        igd_side_free(&s->sides[n]);
    igd_repo_free(s->repo);
    igd_arena_free(s->mem);
    repo_builder_free(s->b);
    free(s->db);
    temp_dir_free(s->dir);
    test_free(s);
    return 0;
}

#define SHOP_TEST(name) cmocka_unit_test_setup_teardown(name, shop_setup, shop_teardown)

/* ---- the repository ---- */

IGD_UNUSED static void put(shop *s, const char *path, const char *text)
{
    repo_put(s->b, path, text);
}

/* A collection in a directory of its name. */
IGD_UNUSED static void define(shop *s, const char *collection, const char *definition)
{
    put(s, igd_arena_printf(s->mem, "%s/.collection/definition.yaml", collection).ptr, definition);
}

IGD_UNUSED static void define_below(shop *s, const char *parent, const char *name,
                                    const char *definition)
{
    put(s,
        igd_arena_printf(s->mem, "%s/.collection/subcollections/%s/definition.yaml", parent, name)
            .ptr,
        definition);
}

/* people and labels refer to each other and themselves; labels share one file; orders have lines
 * (one file for each order) and taxes (one file for each). */
IGD_UNUSED static void define_shop(shop *s)
{
    put(s, ".ingitdb/root-collections.yaml", "people: people\nlabels: labels\norders: orders\n");
    define(s, "people",
           ONE_RECORD "columns:\n  name: {type: string}\n  age: {type: int}\n"
                      "  friend: {type: string, foreign_key: people}\n"
                      "  tags: {type: '[]string', foreign_key: labels}\n");
    define(s, "labels",
           MAP_FILE("labels.yaml") "columns:\n  title: {type: string}\n"
                                   "  above: {type: string, foreign_key: labels}\n");
    define(s, "orders",
           ONE_RECORD "columns:\n  owner: {type: string, foreign_key: people, required: true}\n");
    define_below(s, "orders", "lines",
                 MAP_FILE("lines.yaml") "columns:\n  count: {type: int}\n"
                                        "  label: {type: string, foreign_key: labels}\n");
    define_below(s, "orders", "taxes", ONE_RECORD "columns:\n  rate: {type: float}\n");
}

IGD_UNUSED static igd_repo *shop_repo(shop *s)
{
    igd_repo_options options = {.path = repo_path(s->b)};
    if (!s->repo && igd_repo_open(&options, &s->repo, &s->err) != IGD_OK)
        fail_msg("%s", s->err.message);
    return s->repo;
}

IGD_UNUSED static const char *commit(shop *s)
{
    return repo_commit(s->b, "state");
}

IGD_UNUSED static const igd_side *side_at(shop *s, const char *hex)
{
    igd_mapping mapping = {.key_column = IGD_STR("id")};
    igd_commit at;
    igd_problems said = IGD_PROBLEMS_INIT(s->mem);
    assert_true(s->side_count < MOST_SIDES);
    igd_side *side = &s->sides[s->side_count];
    if (igd_repo_resolve(shop_repo(s), hex, &at, &s->err) != IGD_OK ||
        igd_side_load(s->repo, &at, &mapping, false, s->mem, &said, side, &s->err) != IGD_OK) {
        print_problems(&said);
        fail_msg("%s", s->err.message);
    }
    s->side_count++;
    return side;
}

IGD_UNUSED static size_t slot_of(const igd_side *side, const char *collection)
{
    ptrdiff_t slot = igd_side_slot(side, igd_str_from(collection));
    if (slot < 0)
        fail_msg("no collection %s", collection);
    return (size_t)slot;
}

IGD_UNUSED static igd_digest key_digest(const char *one, const char *two)
{
    IGD_CLEANUP(igd_buf)
    igd_buf scratch = IGD_BUF_INIT;
    igd_value keys[2] = {igd_value_string(igd_str_from(one)), igd_value_string(igd_str_from(two))};
    return igd_key_digest(keys, two ? 2 : 1, &scratch);
}

/* ---- runs of the spine ---- */

/* A consumer that writes down what it gets. */
typedef struct recorder {
    igd_consumer consumer; /* first */
    igd_buf text;
} recorder;

IGD_UNUSED static int record_part(igd_consumer *consumer IGD_UNUSED, igd_error *err IGD_UNUSED)
{
    return IGD_OK;
}

IGD_UNUSED static void record_row(igd_buf *out, const igd_table *table, const igd_value *row)
{
    for (size_t n = table->key_count; n < table->column_count; n++)
        if (row[n].kind != IGD_NULL) {
            igd_buf_printf(out, " %.*s=", IGD_STR_ARG(table->columns[n].name));
            igd_value_write(&row[n], out);
        }
}

/* "~people/bob name=Bob (name=Rob)": the kind, the key, the row, its base; '?' for a base that is
 * not known. */
IGD_UNUSED static int record_changes(igd_consumer *consumer, const igd_table_plan *table IGD_UNUSED,
                                     const igd_change *changes, size_t count,
                                     igd_error *err IGD_UNUSED)
{
    static const char signs[] = {[IGD_INSERT] = '+', [IGD_UPDATE] = '~', [IGD_DELETE] = '-'};
    igd_buf *out = &((recorder *)consumer)->text;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    for (size_t n = 0; n < count; n++) {
        const igd_change *c = &changes[n];
        const igd_table *laid_out = c->now ? c->table : c->base_table;
        igd_buf_printf(out, "%c%.*s/%.*s", c->base_known ? signs[c->kind] : '?',
                       IGD_STR_ARG(c->table->collection),
                       IGD_STR_ARG(igd_row_key_text(laid_out, igd_change_key(c), mem)));
        if (c->kind == IGD_DELETE && !c->base_known)
            igd_buf_puts(out, " gone");
        if (c->now)
            record_row(out, c->table, c->now);
        if (c->base && c->now) {
            igd_buf_puts(out, " (");
            record_row(out, c->base_table, c->base);
            igd_buf_puts(out, " )");
        }
        igd_buf_byte(out, '\n');
    }
    return IGD_OK;
}

typedef struct spine_run {
    int code;
    const char *changes;
    igd_spine spine;
} spine_run;

typedef struct spine_options {
    const igd_keyset *absent, *rejected;
    bool check;
    size_t jobs;
} spine_options;

/* Runs the spine from one side (NULL: from nothing) to another. */
/* Everything was synced to one commit. */
IGD_UNUSED static igd_origin *origins_of(shop *s, const igd_side *from, const igd_side *to)
{
    igd_origin *origins = IGD_NEW_ARRAY(s->mem, igd_origin, to->slot_count);
    for (size_t n = 0; n < to->slot_count; n++)
        origins[n].side = from;
    return origins;
}

IGD_UNUSED static spine_run run_spine(shop *s, const igd_side *from, const igd_side *to,
                                      const spine_options *options)
{
    static const igd_schema nothing;
    igd_plan *plan = IGD_NEW(s->mem, igd_plan);
    igd_meter meter = {0};
    IGD_CLEANUP(igd_notes)
    igd_notes notes = {0};
    recorder r = {.consumer = {record_part, record_changes, record_part}, .text = IGD_BUF_INIT};
    s->problems = IGD_PROBLEMS_INIT(s->mem);
    igd_plan_make(from ? &from->schema : &nothing, &to->schema, 0, s->mem, plan);
    igd_notes_init(&notes, &s->problems, false);
    spine_run run = {.spine = {.repo = shop_repo(s),
                               .new_side = to,
                               .origins = from ? origins_of(s, from, to) : NULL,
                               .plan = plan,
                               .absent = options->absent,
                               .rejected = options->rejected,
                               .consumer = &r.consumer,
                               .notes = &notes,
                               .meter = &meter,
                               .jobs = options->jobs ? options->jobs : 2,
                               .check = options->check}};
    igd_spine_init(&run.spine, s->mem);
    run.code = igd_spine_run(&run.spine, &s->err);
    run.changes = igd_arena_cstr(s->mem, igd_buf_view(&r.text));
    igd_buf_free(&r.text);
    return run;
}

/* The changes between two commits, nothing checked. */
IGD_UNUSED static const char *changes(shop *s, const char *from, const char *to)
{
    spine_run run =
        run_spine(s, from ? side_at(s, from) : NULL, side_at(s, to), &(spine_options){0});
    if (run.code != IGD_OK)
        fail_msg("%s", s->err.message);
    return run.changes;
}

#endif
