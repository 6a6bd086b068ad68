/*
 * Watched paths as a tree of their parts, and two trees compared along it.
 */
#include "ingitdb/history_private.h"

/* ---- what is watched ---- */

void igd_paths_init(igd_paths *paths, igd_arena *mem)
{
    *paths = (igd_paths){.mem = mem};
}

void igd_paths_free(igd_paths *paths)
{
    for (size_t n = 0; n < paths->maps.len; n++)
        igd_map_free(paths->maps.items[n]);
}

static igd_path_node *child_of(igd_paths *paths, igd_path_node *node, igd_str name)
{
    if (!node->children) {
        node->children = igd_map_new();
        IGD_PUSH(paths->mem, &paths->maps, node->children);
    }
    igd_path_node *child = igd_map_get(node->children, name);
    if (child)
        return child;
    child = IGD_NEW(paths->mem, igd_path_node);
    child->parent = node;
    igd_map_put(node->children, name, child);
    return child;
}

void igd_paths_add(igd_paths *paths, igd_seeker *seeker, igd_str path)
{
    igd_path_node *node = &paths->root;
    igd_str part;
    while (igd_str_split(&path, '/', &part))
        node = child_of(paths, node, part);
    seeker->node = node;
    seeker->next_here = node->seekers;
    node->seekers = seeker;
    for (; node; node = node->parent)
        node->live++;
}

/* The node's list keeps it: a seeker that has arrived has no crowd. */
void igd_paths_remove(igd_seeker *seeker)
{
    for (igd_path_node *node = seeker->node; node; node = node->parent)
        node->live--;
}

/* ---- comparing ---- */

typedef struct comparer {
    igd_repo *repo;
    igd_arena *mem;
    igd_path_changes *out;
} comparer;

static void compare_trees(comparer *c, igd_path_node *node, const igd_oid *now, const igd_oid *old);

static void doubt_below(comparer *c, igd_path_node *node)
{
    void *cursor = NULL, *child;
    igd_str name;
    if (node->live == 0)
        return;
    if (node->seekers)
        IGD_PUSH(c->mem, c->out, (igd_path_change){.node = node, .unknown = true});
    while (node->children && igd_map_next(node->children, &cursor, &name, &child))
        doubt_below(c, child);
}

static const igd_oid *id_if(const igd_entry *entry, igd_entry_kind kind)
{
    return entry && entry->kind == kind ? &entry->id : NULL;
}

static bool same_id(const igd_oid *a, const igd_oid *b)
{
    return a == b || (a && b && igd_oid_eq(a, b));
}

/* NULL: no such entry. */
static void compare_entry(comparer *c, igd_path_node *parent, const igd_entry *now,
                          const igd_entry *old)
{
    igd_path_node *node = igd_map_get(parent->children, now ? now->name : old->name);
    if (!node || node->live == 0)
        return;
    const igd_oid *file = id_if(now, IGD_ENTRY_BLOB), *old_file = id_if(old, IGD_ENTRY_BLOB);
    if (node->seekers && !same_id(file, old_file)) {
        igd_path_change change = {.node = node, .in_now = file, .in_old = old_file};
        if (file)
            change.now = *file;
        if (old_file)
            change.old = *old_file;
        IGD_PUSH(c->mem, c->out, change);
    }
    const igd_oid *tree = id_if(now, IGD_ENTRY_TREE), *old_tree = id_if(old, IGD_ENTRY_TREE);
    if (node->children && !same_id(tree, old_tree))
        compare_trees(c, node, tree, old_tree);
}

/* Git's order of entries: a directory's name sorts as if it ended in '/'. */
static int compare_names(const igd_entry *a, const igd_entry *b)
{
    size_t both = a->name.len < b->name.len ? a->name.len : b->name.len;
    int order = memcmp(a->name.ptr, b->name.ptr, both);
    if (order != 0)
        return order;
    unsigned char a_end = a->kind == IGD_ENTRY_TREE ? '/' : 0;
    unsigned char b_end = b->kind == IGD_ENTRY_TREE ? '/' : 0;
    unsigned char a_next = a->name.len > both ? (unsigned char)a->name.ptr[both] : a_end;
    unsigned char b_next = b->name.len > both ? (unsigned char)b->name.ptr[both] : b_end;
    return a_next == b_next && a->name.len == b->name.len ? 0 : a_next < b_next ? -1 : 1;
}

static void compare_entries(comparer *c, igd_path_node *node, const igd_tree *now,
                            const igd_tree *old)
{
    size_t at = 0, at_old = 0;
    size_t count = now ? igd_tree_count(now) : 0, old_count = old ? igd_tree_count(old) : 0;
    while (at < count || at_old < old_count) {
        size_t same = now && old ? igd_tree_same(now, at, old, at_old) : 0;
        at += same;
        at_old += same;
        igd_entry entry, old_entry;
        bool has = at < count, had = at_old < old_count;
        if (has)
            entry = igd_tree_at(now, at);
        if (had)
            old_entry = igd_tree_at(old, at_old);
        if (!has && !had)
            return;
        int order = !has ? 1 : !had ? -1 : compare_names(&entry, &old_entry);
        compare_entry(c, node, order <= 0 ? &entry : NULL, order >= 0 ? &old_entry : NULL);
        at += order <= 0;
        at_old += order >= 0;
    }
}

static void compare_trees(comparer *c, igd_path_node *node, const igd_oid *now, const igd_oid *old)
{
    IGD_CLEANUP_PTR(igd_tree) igd_tree *tree = NULL;
    IGD_CLEANUP_PTR(igd_tree) igd_tree *old_tree = NULL;
    igd_error err = IGD_ERROR_INIT;
    if ((now && igd_repo_tree(c->repo, now, &tree, &err) != IGD_OK) ||
        (old && igd_repo_tree(c->repo, old, &old_tree, &err) != IGD_OK))
        doubt_below(c, node);
    else
        compare_entries(c, node, tree, old_tree);
}

void igd_paths_compare(igd_repo *repo, igd_paths *paths, const igd_oid *now, const igd_oid *old,
                       igd_arena *mem, igd_path_changes *out)
{
    comparer c = {repo, mem, out};
    *out = (igd_path_changes){0};
    if (paths->root.live > 0 && !same_id(now, old))
        compare_trees(&c, &paths->root, now, old);
}
