/*
 * Files of a collection: which definitions pair, the file of one key, and the walk with what it has
 * to say about files in other places.
 */
#include "ingitdb/files.h"

#include "base/buf.h"
#include "ingitdb/file_layout.h"

static bool one_record_a_file(const igd_definition *definition)
{
    return definition->model.record_type == IGD_RECORD_SINGLE;
}

bool igd_files_pair(const igd_definition *old_definition, const igd_definition *new_definition)
{
    if (!old_definition || !new_definition)
        return false;
    if (old_definition->has_key != new_definition->has_key ||
        !igd_str_eq(old_definition->file_name, new_definition->file_name) ||
        one_record_a_file(old_definition) != one_record_a_file(new_definition))
        return false;
    /* Of the ancestors, $records or not is all that decides where the files are. */
    const igd_definition *old_parent = old_definition->parent;
    const igd_definition *new_parent = new_definition->parent;
    for (; old_parent && new_parent;
         old_parent = old_parent->parent, new_parent = new_parent->parent) {
        if (old_parent->has_key != new_parent->has_key)
            return false;
    }
    return !old_parent && !new_parent;
}

/* The path of a key's file below the database's root; false when a key is one that no record has.
 */
static bool write_path(const igd_layout *layout, const igd_str *ancestors, igd_str key,
                       igd_arena *mem, igd_buf *path, igd_str *base_name)
{
    igd_str name = {0};
    size_t used = 0;
    if (!igd_record_key_ok(key))
        return false;
    for (size_t n = 0; n < layout->prefix.len; n++) {
        igd_buf_str(path, layout->prefix.items[n]);
        igd_buf_byte(path, '/');
    }
    for (size_t n = 0; n < layout->steps.len; n++) {
        const igd_step *step = &layout->steps.items[n];
        name = step->kind == IGD_STEP_NAME       ? step->name
               : step->kind == IGD_STEP_ANCESTOR ? ancestors[used++]
                                                 : igd_template_fill(&step->part, key, mem);
        if (step->kind == IGD_STEP_ANCESTOR && !igd_record_key_ok(name))
            return false;
        if (n > 0)
            igd_buf_byte(path, '/');
        igd_buf_str(path, name);
    }
    *base_name = name;
    return true;
}

int igd_files_lookup(const igd_database *database, const igd_definition *definition,
                     const igd_str *ancestors, igd_str key, igd_file_side *out, igd_arena *mem,
                     igd_error *err)
{
    if (!definition->has_key)
        return igd_fail(err, IGD_E_BUG, "collection '%.*s' has no file of one key",
                        IGD_STR_ARG(definition->model.id));
    IGD_CLEANUP_PTR(igd_arena) igd_arena *scratch = igd_arena_new();
    igd_layout layout;
    int code = igd_layout_make(definition, IGD_LAYOUT_OURS, scratch, &layout, err);
    if (code != IGD_OK)
        return code;
    IGD_CLEANUP(igd_buf)
    igd_buf path = IGD_BUF_INIT;
    igd_str base_name;
    igd_entry entry;
    bool found = false;
    if (write_path(&layout, ancestors, key, scratch, &path, &base_name) &&
        !igd_definition_excludes(definition, base_name))
        code = igd_repo_find(database->repo, &database->root_tree, igd_buf_view(&path), &entry,
                             &found, err);
    if (code != IGD_OK)
        return code;

    *out = (igd_file_side){0};
    if (!found || entry.kind != IGD_ENTRY_BLOB)
        return IGD_OK;
    const char *root = igd_repo_root(database->repo);
    out->present = true;
    out->blob = entry.id;
    out->path = igd_arena_printf(mem, "%s%s%s", root, root[0] ? "/" : "", path.ptr);
    return IGD_OK;
}

int igd_files_path(const igd_repo *repo, const igd_definition *definition, const igd_str *ancestors,
                   igd_str key, igd_arena *mem, igd_str *out, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *scratch = igd_arena_new();
    IGD_CLEANUP(igd_buf)
    igd_buf path = IGD_BUF_INIT;
    igd_layout layout;
    igd_str base_name;
    int code = igd_layout_make(definition, IGD_LAYOUT_OURS, scratch, &layout, err);
    if (code != IGD_OK)
        return code;
    bool single = definition->model.record_type == IGD_RECORD_SINGLE;
    /* In a file of several records any key will do. */
    igd_str named = definition->has_key || single ? key : IGD_STR("any");
    *out = (igd_str){0};
    if (!write_path(&layout, ancestors, named, scratch, &path, &base_name) ||
        (single && !definition->has_key && !igd_str_eq(igd_file_stem(base_name), key)))
        return IGD_OK;
    const char *root = igd_repo_root(repo);
    *out = igd_arena_printf(mem, "%s%s%s", root, root[0] ? "/" : "", path.ptr);
    return IGD_OK;
}

/* ---- files that other clients put elsewhere (D10) ---- */

typedef struct misplaced {
    size_t count;
    igd_buf first;
} misplaced;

static int count_misplaced(const igd_file *file, void *payload, igd_error *err)
{
    (void)err;
    misplaced *found = payload;
    if (found->count++ == 0)
        igd_buf_str(&found->first, file->new_side.path);
    return IGD_OK;
}

static int warn_misplaced(const igd_walk *walk, igd_error *err)
{
    const igd_definition *definition = walk->new_definition;
    bool differs = false; /* from our own rule */
    for (const igd_definition *at = definition->parent; at; at = at->parent)
        differs = differs || at->has_key;
    if (!differs)
        return IGD_OK;

    misplaced found = {0, IGD_BUF_INIT};
    igd_walk other = {
        .new_database = walk->new_database,
        .new_definition = definition,
        .all = true,
        .callback = count_misplaced,
        .payload = &found,
    };
    int code = igd_files_walk_by(&other, IGD_LAYOUT_DALGO, err);
    if (code == IGD_OK && found.count > 0) {
        IGD_CLEANUP(igd_buf)
        igd_buf reason = IGD_BUF_INIT;
        igd_buf_printf(&reason,
                       "%zu file%s, this one the first, %s not below the '" IGD_RECORDS_DIR
                       "' of the parent's records and %s not read",
                       found.count, found.count == 1 ? "" : "s", found.count == 1 ? "is" : "are",
                       found.count == 1 ? "is" : "are");
        igd_problem problem = {
            .severity = IGD_PROBLEM_WARNING,
            .code = "misplaced",
            .path = igd_buf_view(&found.first),
            .collection = definition->model.id,
            .reason = igd_buf_view(&reason),
            .hint = IGD_STR("move the directory of each parent record into '" IGD_RECORDS_DIR "'"),
        };
        igd_problem_add(walk->problems, &problem);
    }
    igd_buf_free(&found.first);
    return code;
}

int igd_files_walk(const igd_walk *walk, igd_error *err)
{
    int code = igd_files_walk_by(walk, IGD_LAYOUT_OURS, err);
    if (code != IGD_OK)
        return code;
    bool look_elsewhere = walk->all && walk->problems && walk->new_database && walk->new_definition;
    return look_elsewhere ? warn_misplaced(walk, err) : IGD_OK;
}
