/*
 * The walk over a collection's files on two sides at a time.
 *
 * Each step of the layout is taken on both sides together, so that equal trees are left out before
 * they are opened. Entries of one kind (files, or directories) come in the same order on both
 * sides: a merge pairs them by name. An entry of the wrong kind counts as absent, which is what
 * makes a file that became a directory a deleted file.
 */
#include "base/buf.h"
#include "base/json_write.h"
#include "ingitdb/file_layout.h"

enum { OLD, NEW, SIDES };

typedef struct side {
    const igd_database *database; /* NULL: nothing on this side */
    const igd_definition *definition;
    igd_layout layout;
    igd_buf path; /* of the entry that is being visited */
} side;

typedef struct walker {
    const igd_walk *walk;
    side sides[SIDES];
    bool open_equal; /* equal trees and files have to be looked at all the same */
    size_t step_count;
    igd_arena *mem;
    igd_arena *scratch; /* for the name of one lookup */
    igd_str ancestors[IGD_MAX_ANCESTORS];
    size_t ancestor_count;
    igd_str key; /* empty as long as no name told it */
    igd_error *err;
} walker;

typedef struct entry_pair {
    bool present[SIDES];
    igd_entry entry[SIDES];
} entry_pair;

typedef struct tree_pair {
    igd_tree *of[SIDES];
} tree_pair;

static void free_trees(tree_pair *trees)
{
    igd_tree_free(trees->of[OLD]);
    igd_tree_free(trees->of[NEW]);
}

static bool is_equal(const entry_pair *pair)
{
    return pair->present[OLD] && pair->present[NEW] &&
           pair->entry[OLD].kind == pair->entry[NEW].kind &&
           igd_oid_eq(&pair->entry[OLD].id, &pair->entry[NEW].id);
}

static void cut_path(igd_buf *path, size_t len)
{
    if (path->len > len) {
        path->len = len;
        path->ptr[len] = '\0';
    }
}

static void push_path(igd_buf *path, igd_str name)
{
    if (path->len > 0)
        igd_buf_byte(path, '/');
    igd_buf_str(path, name);
}

/* ---- warnings ---- */

static bool is_link(const igd_entry *entry)
{
    return entry->kind == IGD_ENTRY_SYMLINK || entry->kind == IGD_ENTRY_SUBMODULE;
}

/* Ancestors and key for a problem; the JSON only of what can be in it. */
static void describe_key(const walker *w, igd_str key, igd_buf *text, igd_buf *json_text)
{
    for (size_t n = 0; n < w->ancestor_count; n++) {
        igd_buf_str(text, w->ancestors[n]);
        igd_buf_byte(text, '/');
    }
    igd_buf_str(text, key);
    if (!igd_str_is_utf8(igd_buf_view(text)))
        return;
    igd_json json = igd_json_to(json_text);
    igd_json_array(&json);
    for (size_t n = 0; n < w->ancestor_count; n++)
        igd_json_string(&json, w->ancestors[n]);
    igd_json_string(&json, key);
    igd_json_end(&json);
}

/* For an entry of the new side in the directory that is being visited; record_key: of the record
 * whose place it takes, or empty. */
static void warn_link(const walker *w, const igd_entry *entry, igd_str record_key)
{
    igd_problems *problems = w->walk->problems;
    if (!problems)
        return;
    IGD_CLEANUP(igd_buf)
    igd_buf path = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf key = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf key_json = IGD_BUF_INIT;
    igd_buf_str(&path, igd_buf_view(&w->sides[NEW].path));
    push_path(&path, entry->name);
    if (record_key.len > 0)
        describe_key(w, record_key, &key, &key_json);
    bool symlink = entry->kind == IGD_ENTRY_SYMLINK;
    igd_problem problem = {
        .severity = IGD_PROBLEM_WARNING,
        .code = symlink ? "symlink" : "submodule",
        .path = igd_buf_view(&path),
        .collection = w->sides[NEW].definition->model.id,
        .key = igd_buf_view(&key),
        .key_json = igd_buf_view(&key_json),
        .reason = symlink ? IGD_STR("a symbolic link in a record's place is not followed")
                          : IGD_STR("a submodule in a record's place is not read"),
        .hint = symlink ? IGD_STR("commit the file itself instead of a link to it")
                        : IGD_STR("records have to be files of this repository"),
    };
    igd_problem_add(problems, &problem);
}

/* ---- files ---- */

igd_str igd_file_stem(igd_str name)
{
    ptrdiff_t dot = igd_str_rfind(name, '.');
    return dot > 0 ? igd_str_sub(name, 0, (size_t)dot) : name;
}

static igd_file_side file_side(const walker *w, const entry_pair *pair, int n)
{
    if (!pair->present[n])
        return (igd_file_side){0};
    return (igd_file_side){
        .present = true,
        .blob = pair->entry[n].id,
        .path = igd_buf_view(&w->sides[n].path),
    };
}

/* The entries are files, or links that have been taken out; the paths are theirs. */
static int deliver(walker *w, const entry_pair *pair)
{
    const igd_walk *walk = w->walk;
    if (is_equal(pair) && !walk->all)
        return IGD_OK;
    int shown = pair->present[NEW] ? NEW : OLD;
    const igd_definition *definition = w->sides[shown].definition;
    igd_file file = {
        .definition = definition,
        .ancestors = w->ancestors,
        .key = w->key,
        .old_side = file_side(w, pair, OLD),
        .new_side = file_side(w, pair, NEW),
    };
    if (!definition->has_key && definition->model.record_type == IGD_RECORD_SINGLE)
        file.key = igd_file_stem(pair->entry[shown].name);
    return walk->callback(&file, walk->payload, w->err);
}

/* Whether an entry is a file of the side, or a directory where one is expected. */
static bool is_wanted(const walker *w, int n, const igd_entry *entry, bool last)
{
    const igd_definition *definition = w->sides[n].definition;
    if (last && igd_definition_excludes(definition, entry->name))
        return false;
    if (is_link(entry)) {
        if (n == NEW)
            warn_link(w, entry, w->key);
        return false;
    }
    return (entry->kind == IGD_ENTRY_TREE) != last;
}

/* ---- steps ---- */

static int walk_trees(walker *w, size_t step, const entry_pair *directories);

/* Goes on with entries that the step has found. */
static int visit(walker *w, size_t step, const entry_pair *found)
{
    if (is_equal(found) && !w->open_equal)
        return IGD_OK;
    bool last = step + 1 == w->step_count;
    entry_pair pair = *found;
    size_t lengths[SIDES];
    for (int n = OLD; n < SIDES; n++) {
        if (pair.present[n])
            pair.present[n] = is_wanted(w, n, &pair.entry[n], last);
        lengths[n] = w->sides[n].path.len;
    }
    if (!pair.present[OLD] && !pair.present[NEW])
        return IGD_OK;
    for (int n = OLD; n < SIDES; n++) {
        if (pair.present[n])
            push_path(&w->sides[n].path, pair.entry[n].name);
    }
    int code = last ? deliver(w, &pair) : walk_trees(w, step + 1, &pair);
    for (int n = OLD; n < SIDES; n++)
        cut_path(&w->sides[n].path, lengths[n]);
    return code;
}

static const igd_step *step_of(const walker *w, int n, size_t step)
{
    return &w->sides[n].layout.steps.items[step];
}

/* A step whose name is known: no scan of the directory. */
static int take_name(walker *w, size_t step, const tree_pair *trees)
{
    entry_pair pair = {0};
    for (int n = OLD; n < SIDES; n++) {
        if (!trees->of[n])
            continue;
        const igd_step *at = step_of(w, n, step);
        igd_arena_reset(w->scratch);
        igd_str name =
            at->kind == IGD_STEP_NAME ? at->name : igd_template_fill(&at->part, w->key, w->scratch);
        pair.present[n] = igd_tree_find(trees->of[n], name, &pair.entry[n]);
    }
    return visit(w, step, &pair);
}

/* A cursor over the entries of a directory that a step takes. */
typedef struct cursor {
    const igd_tree *tree;
    const igd_step *step;
    bool last;
    bool present; /* it stands on an entry */
    size_t next;
    igd_entry entry;
    igd_str key;
} cursor;

/* A link where a directory is expected. Beside the directories of ancestors there are the parent's
 * own files, about which the walk of the parent tells. */
static void notice_link(const walker *w, const cursor *c)
{
    igd_str key;
    bool of_parent =
        c->step->kind == IGD_STEP_ANCESTOR &&
        (c->step->part.keys == 0 || igd_template_match(&c->step->part, c->entry.name, &key));
    if (!of_parent)
        warn_link(w, &c->entry, c->step->kind == IGD_STEP_PART ? c->key : (igd_str){0});
}

static void advance(const walker *w, int n, cursor *c)
{
    c->present = false;
    size_t count = c->tree ? igd_tree_count(c->tree) : 0;
    while (c->next < count) {
        c->entry = igd_tree_at(c->tree, c->next++);
        bool directory = c->entry.kind == IGD_ENTRY_TREE;
        if (directory == c->last && !is_link(&c->entry))
            continue;
        c->key = c->entry.name;
        if (c->step->kind == IGD_STEP_ANCESTOR
                ? !igd_record_key_ok(c->key)
                : !igd_template_match(&c->step->part, c->entry.name, &c->key))
            continue;
        if (!c->last && !directory) {
            if (n == NEW)
                notice_link(w, c);
            continue;
        }
        c->present = true;
        return;
    }
}

/* What is the same on both sides is passed over where that can be, without a closer look. */
static void advance_both(const walker *w, cursor *at, const bool *due)
{
    if (due[OLD] && due[NEW] && at[OLD].tree && at[NEW].tree && !w->open_equal) {
        size_t same = igd_tree_same(at[OLD].tree, at[OLD].next, at[NEW].tree, at[NEW].next);
        at[OLD].next += same;
        at[NEW].next += same;
    }
    for (int n = OLD; n < SIDES; n++) {
        if (due[n])
            advance(w, n, &at[n]);
    }
}

/* Git's order among entries of one kind: a directory's name sorts as if it ended in '/'. */
static int compare_names(const igd_entry *a, const igd_entry *b)
{
    size_t both = a->name.len < b->name.len ? a->name.len : b->name.len;
    int order = memcmp(a->name.ptr, b->name.ptr, both);
    if (order != 0 || a->name.len == b->name.len)
        return order;
    unsigned char end = a->kind == IGD_ENTRY_TREE ? '/' : 0;
    unsigned char a_next = a->name.len > both ? (unsigned char)a->name.ptr[both] : end;
    unsigned char b_next = b->name.len > both ? (unsigned char)b->name.ptr[both] : end;
    return a_next < b_next ? -1 : 1;
}

static int visit_keyed(walker *w, size_t step, const entry_pair *pair, bool ancestor, igd_str key)
{
    if (ancestor) {
        w->ancestors[w->ancestor_count++] = key;
        int code = visit(w, step, pair);
        w->ancestor_count--;
        return code;
    }
    w->key = key;
    int code = visit(w, step, pair);
    w->key = (igd_str){0};
    return code;
}

/* A step that every matching entry of the directory takes. */
static int take_each(walker *w, size_t step, const tree_pair *trees)
{
    cursor at[SIDES];
    for (int n = OLD; n < SIDES; n++) {
        at[n] = (cursor){.tree = trees->of[n], .last = step + 1 == w->step_count};
        if (trees->of[n])
            at[n].step = step_of(w, n, step);
    }
    advance_both(w, at, (const bool[SIDES]){true, true});
    while (at[OLD].present || at[NEW].present) {
        int order = !at[NEW].present   ? -1
                    : !at[OLD].present ? 1
                                       : compare_names(&at[OLD].entry, &at[NEW].entry);
        int shown = order <= 0 ? OLD : NEW;
        entry_pair pair = {
            .present = {order <= 0, order >= 0},
            .entry = {at[OLD].entry, at[NEW].entry},
        };
        bool ancestor = at[shown].step->kind == IGD_STEP_ANCESTOR;
        int code = visit_keyed(w, step, &pair, ancestor, at[shown].key);
        if (code != IGD_OK)
            return code;
        advance_both(w, at, pair.present);
    }
    return IGD_OK;
}

static int open_tree(walker *w, int n, const igd_entry *entry, igd_tree **out)
{
    int code = igd_repo_tree(w->sides[n].database->repo, &entry->id, out, w->err);
    if (code != IGD_OK) {
        igd_str path =
            igd_str_sub(igd_buf_view(&w->sides[n].path), 0, sizeof(w->err->place.path) - 1);
        memcpy(w->err->place.path, path.ptr, path.len);
        w->err->place.path[path.len] = '\0';
    }
    return code;
}

static int walk_trees(walker *w, size_t step, const entry_pair *directories)
{
    __attribute__((cleanup(free_trees))) tree_pair trees = {{NULL, NULL}};
    for (int n = OLD; n < SIDES; n++) {
        int code = directories->present[n] ? open_tree(w, n, &directories->entry[n], &trees.of[n])
                                           : IGD_OK;
        if (code != IGD_OK)
            return code;
    }
    const igd_step *at = step_of(w, directories->present[NEW] ? NEW : OLD, step);
    bool known = at->kind == IGD_STEP_NAME ||
                 (at->kind == IGD_STEP_PART && (at->part.keys == 0 || w->key.len > 0));
    return known ? take_name(w, step, &trees) : take_each(w, step, &trees);
}

/* ---- the whole walk ---- */

/* The directory of the root collection's data; *found false when there is none. */
static int find_start(walker *w, int n, igd_entry *out, bool *found)
{
    side *s = &w->sides[n];
    igd_buf_puts(&s->path, igd_repo_root(s->database->repo));
    igd_entry at = {.kind = IGD_ENTRY_TREE, .id = s->database->root_tree};
    for (size_t part = 0; part < s->layout.prefix.len; part++) {
        igd_str name = s->layout.prefix.items[part];
        igd_entry next;
        int code = igd_repo_find(s->database->repo, &at.id, name, &next, found, w->err);
        if (code != IGD_OK || !*found)
            return code;
        *found = is_wanted(w, n, &next, false);
        if (!*found)
            return IGD_OK;
        push_path(&s->path, name);
        at = next;
    }
    *out = at;
    *found = true;
    return IGD_OK;
}

static int run(walker *w, igd_layout_rule rule)
{
    entry_pair start = {0};
    for (int n = OLD; n < SIDES; n++) {
        side *s = &w->sides[n];
        if (!s->database)
            continue;
        int code = igd_layout_make(s->definition, rule, w->mem, &s->layout, w->err);
        if (code != IGD_OK)
            return code;
        w->step_count = s->layout.steps.len;
        if ((code = find_start(w, n, &start.entry[n], &start.present[n])) != IGD_OK)
            return code;
    }
    if (w->step_count == 0 || (!start.present[OLD] && !start.present[NEW]) ||
        (is_equal(&start) && !w->open_equal))
        return IGD_OK;
    return walk_trees(w, 0, &start);
}

int igd_files_walk_by(const igd_walk *walk, igd_layout_rule rule, igd_error *err)
{
    walker w = {
        .walk = walk, .err = err, .sides = {{.path = IGD_BUF_INIT}, {.path = IGD_BUF_INIT}}};
    if (walk->old_database && walk->old_definition) {
        w.sides[OLD].database = walk->old_database;
        w.sides[OLD].definition = walk->old_definition;
    }
    if (walk->new_database && walk->new_definition) {
        w.sides[NEW].database = walk->new_database;
        w.sides[NEW].definition = walk->new_definition;
    }
    const igd_definition *before = w.sides[OLD].definition, *after = w.sides[NEW].definition;
    bool two = before && after;
    if (two && !igd_files_pair(before, after))
        return igd_fail(err, IGD_E_BUG, "files of collection '%.*s' cannot be paired",
                        IGD_STR_ARG(after->model.id));
    /* Another exclude_regex can make a record of a file that did not change. */
    w.open_equal =
        walk->all || (two && (before->exclude || after->exclude) &&
                      !igd_digest_eq(before->model.fingerprint, after->model.fingerprint));
    w.mem = igd_arena_new();
    w.scratch = igd_arena_new();
    int code = run(&w, rule);
    for (int n = OLD; n < SIDES; n++)
        igd_buf_free(&w.sides[n].path);
    igd_arena_free(w.scratch);
    igd_arena_free(w.mem);
    return code;
}
