/*
 * Trees, out of their bytes: an index of where the entries begin, and entries made when they are
 * asked for. A sync looks at every entry of the directories that changed, and at few of them
 * closely.
 */
#include <stdlib.h>

#include "ingitdb/repo_private.h"

#define RAW_OID 20

struct igd_tree {
    git_odb_object *object;
    const char *bytes;
    size_t count;
    uint32_t starts[]; /* of each entry: "mode name\0id"; and the end of the last one */
};

/* ---- reading ---- */

/* The entry at `at`: *name and where it ends, or NULL when it is no entry. */
static const char *scan_entry(const char *at, const char *end, igd_str *name, unsigned *mode)
{
    *mode = 0;
    while (at < end && *at >= '0' && *at <= '7' && *mode < 01000000)
        *mode = *mode * 8 + (unsigned)(*at++ - '0');
    if (at == end || *at++ != ' ')
        return NULL;
    const char *nul = memchr(at, '\0', (size_t)(end - at));
    if (!nul || nul == at || end - nul <= RAW_OID)
        return NULL;
    *name = (igd_str){at, (size_t)(nul - at)};
    return nul + 1 + RAW_OID;
}

static bool index_entries(igd_tree *tree, size_t len, size_t most)
{
    const char *at = tree->bytes, *end = at + len;
    igd_str name;
    unsigned mode;
    while (at < end && tree->count < most) {
        tree->starts[tree->count++] = (uint32_t)(at - tree->bytes);
        at = scan_entry(at, end, &name, &mode);
        if (!at)
            return false;
    }
    tree->starts[tree->count] = (uint32_t)len;
    return at == end;
}

static int fail_damaged(const igd_repo *repo, const igd_oid *id, igd_error *err)
{
    char hex[IGD_OID_HEX];
    igd_oid_hex(id, hex);
    igd_fail(err, IGD_E_REPOSITORY, "the tree %s in '%s' is damaged", hex, repo->git_dir);
    return igd_hint(err, "git fsck lists what is damaged; a fresh clone repairs it");
}

int igd_repo_tree(igd_repo *repo, const igd_oid *id, igd_tree **out, igd_error *err)
{
    git_oid git_id = igd_oid_to_git(id);
    git_odb_object *object = NULL;
    int code = git_odb_read(&object, repo->odb, &git_id);
    if (code < 0)
        return igd_repo_fail_object(repo, err, code, "tree", id);
    if (git_odb_object_type(object) != GIT_OBJECT_TREE) {
        git_odb_object_free(object);
        return igd_repo_fail_object(repo, err, GIT_ENOTFOUND, "tree", id);
    }
    size_t len = git_odb_object_size(object);
    /* No entry is shorter than "1 a\0" and its id. */
    size_t most = len / (4 + RAW_OID);
    igd_tree *tree =
        len > UINT32_MAX ? NULL : igd_xmalloc(sizeof(*tree) + (most + 1) * sizeof(uint32_t));
    if (tree)
        *tree = (igd_tree){.object = object, .bytes = git_odb_object_data(object)};
    if (!tree || !index_entries(tree, len, most)) {
        free(tree);
        git_odb_object_free(object);
        return fail_damaged(repo, id, err);
    }
    *out = tree;
    return IGD_OK;
}

void igd_tree_free(igd_tree *tree)
{
    if (!tree)
        return;
    git_odb_object_free(tree->object);
    free(tree);
}

size_t igd_tree_count(const igd_tree *tree)
{
    return tree->count;
}

static igd_entry_kind kind_of(unsigned mode)
{
    switch (mode & 0170000) {
    case 0040000:
        return IGD_ENTRY_TREE;
    case 0120000:
        return IGD_ENTRY_SYMLINK;
    case 0160000:
        return IGD_ENTRY_SUBMODULE;
    default:
        return IGD_ENTRY_BLOB;
    }
}

igd_entry igd_tree_at(const igd_tree *tree, size_t index)
{
    igd_entry entry;
    unsigned mode;
    const char *end = tree->bytes + tree->starts[index + 1];
    (void)scan_entry(tree->bytes + tree->starts[index], end, &entry.name, &mode);
    entry.kind = kind_of(mode);
    memcpy(entry.id.id, end - RAW_OID, RAW_OID);
    return entry;
}

size_t igd_tree_same(const igd_tree *a, size_t from_a, const igd_tree *b, size_t from_b)
{
    size_t most_a = a->count - from_a, most_b = b->count - from_b, n = 0;
    size_t most = most_a < most_b ? most_a : most_b;
    for (; n < most; n++) {
        size_t len = a->starts[from_a + n + 1] - a->starts[from_a + n];
        if (len != b->starts[from_b + n + 1] - b->starts[from_b + n] ||
            memcmp(a->bytes + a->starts[from_a + n], b->bytes + b->starts[from_b + n], len) != 0)
            break;
    }
    return n;
}

/* ---- looking up ---- */

/* In git's order: a directory's name sorts as if it ended in '/', which is then `end`. */
static int compare_to(const igd_entry *entry, igd_str name, unsigned char end)
{
    size_t both = entry->name.len < name.len ? entry->name.len : name.len;
    int order = memcmp(entry->name.ptr, name.ptr, both);
    if (order != 0)
        return order;
    unsigned char entry_end = entry->kind == IGD_ENTRY_TREE ? '/' : 0;
    if (entry->name.len == name.len)
        return entry_end - end;
    return entry->name.len > both ? (unsigned char)entry->name.ptr[both] - end
                                  : entry_end - (unsigned char)name.ptr[both];
}

static bool find_as(const igd_tree *tree, igd_str name, unsigned char end, igd_entry *out)
{
    size_t low = 0, high = tree->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        igd_entry entry = igd_tree_at(tree, middle);
        int order = compare_to(&entry, name, end);
        if (order == 0 && entry.name.len == name.len) {
            *out = entry;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

bool igd_tree_find(const igd_tree *tree, igd_str name, igd_entry *out)
{
    if (name.len == 0)
        return false;
    return find_as(tree, name, '\0', out) || find_as(tree, name, '/', out);
}

/* The tree, which stays the repository's; the last ones that were asked for are kept open, the
 * latest in front. */
static int recent_tree(igd_repo *repo, const igd_oid *id, const igd_tree **out, igd_error *err)
{
    igd_recent_tree found = {.id = *id};
    size_t at = 0;
    while (at < IGD_RECENT_TREES - 1 && repo->recent[at].tree &&
           !igd_oid_eq(&repo->recent[at].id, id))
        at++;
    if (repo->recent[at].tree && igd_oid_eq(&repo->recent[at].id, id)) {
        found.tree = repo->recent[at].tree;
    } else {
        int code = igd_repo_tree(repo, id, &found.tree, err);
        if (code != IGD_OK)
            return code;
        igd_tree_free(repo->recent[at].tree);
    }
    memmove(&repo->recent[1], &repo->recent[0], at * sizeof(repo->recent[0]));
    repo->recent[0] = found;
    *out = found.tree;
    return IGD_OK;
}

int igd_repo_find(igd_repo *repo, const igd_oid *tree, igd_str path, igd_entry *out, bool *found,
                  igd_error *err)
{
    if (path.len == 0)
        return igd_fail(err, IGD_E_BUG, "an empty path was looked up in a tree");
    igd_entry at = {.kind = IGD_ENTRY_TREE, .id = *tree};
    igd_str rest = path, part;
    while (igd_str_split(&rest, '/', &part)) {
        *found = false;
        if (at.kind != IGD_ENTRY_TREE)
            return IGD_OK;
        const igd_tree *opened;
        int code = recent_tree(repo, &at.id, &opened, err);
        if (code != IGD_OK)
            return code;
        if (!igd_tree_find(opened, part, &at))
            return IGD_OK;
        /* The name is a view of the tree, which may go; the caller has it in the path. */
        at.name = part;
    }
    *out = at;
    *found = true;
    return IGD_OK;
}
