/*
 * The law of conflicts: somebody edits random rows of the target, then a sync does with each of
 * them what its policy says, and with nobody else's rows anything.
 *
 *     IGD_RANDOM_SEED=17 IGD_RANDOM_COUNT=1 tests/law_test_law_conflicts
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "cmocka.h"
#include "tests/support/database.h"
#include "tests/support/db_dump.h"
#include "tests/support/neutral.h"
#include "tests/support/repo_builder.h"
#include "tests/support/setting.h"
#include "tests/support/sync_run.h"
#include "tests/support/temp_dir.h"

/* ---- a source: brands, products that refer to brands and each other, reviews of products ---- */

#define BRANDS   4
#define PRODUCTS 6
#define REVIEWS  3

typedef struct product {
    bool there;
    int stock, brand, related; /* -1: none */
    int reviews[REVIEWS];      /* -1: none, else the stars */
} product;

typedef struct world {
    repo_builder *b;
    unsigned chance;
    int brands[BRANDS]; /* -1: none, else its title */
    product products[PRODUCTS];
} world;

static int any(world *w, int below)
{
    return rand_r(&w->chance) % below;
}

#define RECORDS \
    "record_file:\n  name: '{key}.yaml'\n  type: map[string]any\n  format: yaml\ncolumns:\n"

static void define(world *w)
{
    repo_put(w->b, ".ingitdb/root-collections.yaml", "brands: brands\nproducts: products\n");
    repo_put(w->b, "brands/.collection/definition.yaml",
             RECORDS "  title: {type: string, required: true}\n");
    repo_put(w->b, "products/.collection/definition.yaml",
             RECORDS "  stock: {type: int, required: true}\n"
                     "  brand: {type: string, foreign_key: brands}\n"
                     "  related: {type: string, foreign_key: products}\n");
    repo_put(w->b, "products/.collection/subcollections/reviews/definition.yaml",
             RECORDS "  stars: {type: int, required: true}\n");
}

static void put_or_delete(world *w, bool there, const char *path, const char *text)
{
    if (there)
        repo_put(w->b, path, text);
    else
        repo_delete(w->b, path);
}

static void write_product(world *w, int n, bool was)
{
    const product *p = &w->products[n];
    char path[128], text[128];
    int len = snprintf(text, sizeof(text), "stock: %d\n", p->stock);
    if (p->brand >= 0)
        len += snprintf(text + len, sizeof(text) - (size_t)len, "brand: b%d\n", p->brand);
    if (p->related >= 0)
        snprintf(text + len, sizeof(text) - (size_t)len, "related: p%d\n", p->related);
    snprintf(path, sizeof(path), "products/$records/p%d.yaml", n);
    if (p->there || was)
        put_or_delete(w, p->there, path, text);
}

/* What is referred to is there. */
static void settle(world *w)
{
    for (int n = 0; n < PRODUCTS; n++) {
        product *p = &w->products[n];
        if (p->brand >= 0 && w->brands[p->brand] < 0)
            p->brand = -1;
        if (p->related >= 0 && !w->products[p->related].there)
            p->related = -1;
        for (int r = 0; r < REVIEWS && !p->there; r++)
            p->reviews[r] = -1;
    }
}

static const char *commit(world *w, bool first)
{
    world old = *w;
    for (int n = 0; n < BRANDS; n++)
        if (first || any(w, 3) == 0)
            w->brands[n] = any(w, 4) ? any(w, 5) : -1;
    for (int n = 0; n < PRODUCTS; n++) {
        product *p = &w->products[n];
        if (!first && any(w, 2))
            continue;
        p->there = any(w, 4) != 0;
        p->stock = any(w, 3);
        p->brand = any(w, BRANDS + 1) - 1;
        p->related = any(w, PRODUCTS + 1) - 1;
        for (int r = 0; r < REVIEWS; r++)
            p->reviews[r] = any(w, 2) ? any(w, 5) : -1;
    }
    settle(w);
    for (int n = 0; n < BRANDS; n++) {
        char path[64], text[64];
        snprintf(path, sizeof(path), "brands/$records/b%d.yaml", n);
        snprintf(text, sizeof(text), "title: t%d\n", w->brands[n]);
        if (w->brands[n] >= 0 || (!first && old.brands[n] >= 0))
            put_or_delete(w, w->brands[n] >= 0, path, text);
    }
    for (int n = 0; n < PRODUCTS; n++) {
        write_product(w, n, !first && old.products[n].there);
        for (int r = 0; r < REVIEWS; r++) {
            char path[96], text[64];
            bool there = w->products[n].reviews[r] >= 0;
            snprintf(path, sizeof(path), "products/$records/p%d/reviews/$records/r%d.yaml", n, r);
            snprintf(text, sizeof(text), "stars: %d\n", w->products[n].reviews[r]);
            if (there || (!first && old.products[n].reviews[r] >= 0))
                put_or_delete(w, there, path, text);
        }
    }
    return repo_commit(w->b, "random");
}

/* ---- what a database holds ---- */

/* "decision old" by "collection|key". */
static igd_map *recorded(const char *path, igd_arena *mem)
{
    igd_map *rows = igd_map_new();
    char *all = db_query(path, "$lines(collection || '|' || \"key\" || ' ~ ' || decision || ' ' || "
                               "coalesce(old, '-');ingitdb_sync_conflicts;collection)");
    for (char *rest = all, *line; (line = strsep(&rest, "\n"));) {
        char *said = strstr(line, " ~ ");
        if (!said)
            continue;
        *said = '\0';
        igd_map_put(rows, igd_str_from(line),
                    (void *)(uintptr_t)igd_arena_str(mem, igd_str_from(said + 3)).ptr);
    }
    free(all);
    return rows;
}

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* ---- edits by hand ---- */

/* What the constraints do not allow nobody can have done. */
static bool try(const char *path, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool try(const char *path, const char *format, ...)
{
    char *sql = NULL;
    va_list args;
    va_start(args, format);
    assert_true(vasprintf(&sql, format, args) >= 0);
    va_end(args);
    char *wrong = database_try(path, sql, true);
    bool done = !wrong;
    free(wrong);
    free(sql);
    return done;
}

static void edit(world *w, const char *path)
{
    for (int n = 1 + any(w, 6); n > 0; n--) {
        int p = any(w, PRODUCTS + 1), b = any(w, BRANDS + 1), r = any(w, REVIEWS + 1);
        switch (any(w, 9)) {
        case 0:
            try(path, "UPDATE brands SET title = 'hand' WHERE id = 'b%d'", b);
            break;
        case 1:
            try(path, "UPDATE products SET stock = %d WHERE id = 'p%d'", any(w, 3), p);
            break;
        case 2:
            try(path, "UPDATE products SET brand = 'b%d' WHERE id = 'p%d'", b, p);
            break;
        case 3:
            try(path, "UPDATE products SET related = 'p%d' WHERE id = 'p%d'", any(w, PRODUCTS), p);
            break;
        case 4:
            try(path, "DELETE FROM products WHERE id = 'p%d'", p);
            break;
        case 5:
            try(path, "DELETE FROM brands WHERE id = 'b%d'", b);
            break;
        case 6:
            try(path, "INSERT INTO products (id, stock) VALUES ('p%d', %d)", p, any(w, 3));
            break;
        case 7:
            try(path, "INSERT INTO brands VALUES ('b%d', 't%d')", b, any(w, 5));
            break;
        default:
            if (!try(path,
                     "INSERT INTO products_reviews (products_id, id, stars) VALUES ('p%d', 'r%d', "
                     "%d)",
                     p, r, any(w, 5)))
                try(path,
                    "UPDATE products_reviews SET stars = 9 WHERE products_id = 'p%d' AND id = "
                    "'r%d'",
                    p, r);
            break;
        }
    }
}

/* ---- one jump ---- */

typedef struct jump {
    world *w;
    char *dir;
    unsigned seed;
    const char *from, *to;
    igd_arena *mem;
    igd_map *fresh_from, *edited, *fresh_to;
    int conflicts; /* rows that both have changed, to different ends */
    igd_on_conflict on;
    igd_sync_mode mode;
} jump;

static void fail_jump(const jump *j, const char *what, const char *row)
{
    fail_msg("seed %u, %.10s -> %.10s, policy %d, mode %d, in %s/edited.db: %s: %s", j->seed,
             j->from, j->to, (int)j->on, (int)j->mode, j->dir, what, row);
}

static igd_map *fresh(jump *j, const char *ref)
{
    char *path = path_join(j->dir, "fresh.db");
    database_remove(path);
    sync_run_ok(repo_path(j->w->b), path, ref);
    igd_map *rows = neutral_rows(path, j->mem);
    free(path);
    return rows;
}

/* Every row that is anywhere. */
static igd_map *all_rows(const jump *j, const igd_map *more)
{
    igd_map *all = igd_map_new();
    const igd_map *maps[] = {j->fresh_from, j->edited, j->fresh_to, more};
    for (size_t n = 0; n < IGD_COUNT(maps); n++) {
        void *cursor = NULL, *value;
        igd_str key;
        while (maps[n] && igd_map_next(maps[n], &cursor, &key, &value))
            igd_map_put(all, key, (void *)(uintptr_t) "");
    }
    return all;
}

static void check_row(const jump *j, igd_on_conflict on, igd_str key, const char *got,
                      const char *said)
{
    const char *base = igd_map_get(j->fresh_from, key), *old = igd_map_get(j->edited, key),
               *now = igd_map_get(j->fresh_to, key);
    const char *name = igd_arena_cstr(j->mem, key);
    bool touched = !same(base, old), changed = !same(base, now);
    if (said && strcmp(strchr(said, ' ') + 1, old ? old : "-") != 0)
        fail_jump(j, "the record has other values", name);
    bool kept = said && strncmp(said, "kept", 4) == 0;
    if (said && kept != (on == IGD_CONFLICT_TARGET))
        fail_jump(j, "another decision", name);
    if (kept ? !same(got, old) : !same(got, now) && !(touched && same(got, old)))
        fail_jump(j, "neither the new row nor the edited one", name);
    if (touched && changed && !same(old, now) && !said)
        fail_jump(j, "a conflict that nobody recorded", name);
    if (on == IGD_CONFLICT_SOURCE && touched && changed && !same(got, now))
        fail_jump(j, "git did not win", name);
    if (on == IGD_CONFLICT_TARGET && touched && !same(got, old))
        fail_jump(j, "the target did not win", name);
    if (!same(got, old) && touched && !said)
        fail_jump(j, "an edited row went away without a word", name);
    if (on == IGD_CONFLICT_SOURCE && !touched && said)
        fail_jump(j, "nobody touched it", name);
}

static void check_rows(const jump *j, igd_on_conflict on, const char *path)
{
    igd_map *got = neutral_rows(path, j->mem), *said = recorded(path, j->mem);
    igd_map *all = all_rows(j, got);
    void *cursor = NULL, *value;
    igd_str key;
    while (igd_map_next(all, &cursor, &key, &value))
        check_row(j, on, key, igd_map_get(got, key), igd_map_get(said, key));
    igd_map_free(got);
    igd_map_free(said);
    igd_map_free(all);
}

static void check_unchanged(const jump *j, const char *path)
{
    igd_map *got = neutral_rows(path, j->mem);
    igd_map *all = all_rows(j, got);
    void *cursor = NULL, *value;
    igd_str key;
    while (igd_map_next(all, &cursor, &key, &value))
        if (!same(igd_map_get(got, key), igd_map_get(j->edited, key)))
            fail_jump(j, "a refused sync wrote", igd_arena_cstr(j->mem, key));
    igd_map_free(got);
    igd_map_free(all);
}

static void count_conflicts(jump *j)
{
    igd_map *all = all_rows(j, NULL);
    void *cursor = NULL, *value;
    igd_str key;
    while (igd_map_next(all, &cursor, &key, &value)) {
        const char *base = igd_map_get(j->fresh_from, key), *old = igd_map_get(j->edited, key),
                   *now = igd_map_get(j->fresh_to, key);
        j->conflicts += !same(base, old) && !same(base, now) && !same(old, now);
    }
    igd_map_free(all);
}

static void sync_edited(jump *j, igd_on_conflict on, igd_sync_mode mode, const char *edited)
{
    char *path = path_join(j->dir, "edited.db");
    j->on = on;
    j->mode = mode;
    database_copy(edited, path);
    igd_sync_options options = sync_run_options(j->to);
    options.on_conflict = on;
    options.mode = mode;
    sync_run run = sync_run_into(repo_path(j->w->b), path, &options);
    if (on == IGD_CONFLICT_FAIL && run.code == IGD_E_CONFLICT) {
        check_unchanged(j, path);
    } else if (run.code != IGD_OK) {
        fail_jump(j, "the sync failed", run.err.message);
    } else if (on == IGD_CONFLICT_FAIL && j->conflicts > 0) {
        fail_jump(j, "conflicts that did not stop the sync", "");
    } else {
        check_rows(j, on, path);
    }
    if (mode == IGD_SYNC_FULL && on == IGD_CONFLICT_SOURCE) {
        igd_map *kept = j->edited;
        j->edited = j->fresh_to; /* nothing of the edits is left */
        check_unchanged(j, path);
        j->edited = kept;
    }
    sync_run_free(&run);
    free(path);
}

static void check_jump(world *w, unsigned seed, const char *dir, const char *from, const char *to)
{
    jump j = {.w = w, .dir = (char *)(uintptr_t)dir, .seed = seed, .from = from, .to = to};
    j.mem = igd_arena_new();
    char *start = path_join(dir, "start.db");
    database_remove(start);
    sync_run_ok(repo_path(w->b), start, from);
    j.fresh_from = neutral_rows(start, j.mem);
    edit(w, start);
    j.edited = neutral_rows(start, j.mem);
    j.fresh_to = fresh(&j, to);
    count_conflicts(&j);
    for (int on = IGD_CONFLICT_SOURCE; on <= IGD_CONFLICT_FAIL; on++) {
        sync_edited(&j, (igd_on_conflict)on, IGD_SYNC_INCREMENTAL, start);
        sync_edited(&j, (igd_on_conflict)on, IGD_SYNC_FULL, start);
    }
    igd_map_free(j.fresh_from);
    igd_map_free(j.edited);
    igd_map_free(j.fresh_to);
    igd_arena_free(j.mem);
    free(start);
}

static void random_edits(void **state)
{
    (void)state;
    unsigned seed = (unsigned)test_setting("IGD_RANDOM_SEED", 1),
             count = (unsigned)test_setting("IGD_RANDOM_COUNT", database_rounds(25));
    for (unsigned n = seed; n < seed + count; n++) {
        world w = {.b = repo_builder_new(), .chance = n};
        char *dir = temp_dir_new();
        define(&w);
        char from[80], to[80];
        snprintf(from, sizeof(from), "%s", commit(&w, true));
        for (int step = 0; step < 3; step++) {
            snprintf(to, sizeof(to), "%s", commit(&w, false));
            check_jump(&w, n, dir, from, to);
            memcpy(from, to, sizeof(from));
        }
        temp_dir_free(dir);
        repo_builder_free(w.b);
    }
}

int main(void)
{
    database_need_engine();
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_edits)};
    return cmocka_run_group_tests_name("law of conflicts", tests, NULL, NULL);
}
