/*
 * Finding definitions: two layouts, chains of `inherits`, and subcollections in directories.
 */
#include "ingitdb/definition_tree.h"

#include "ingitdb/exclude.h"
#include "ingitdb/files.h"
#include "ingitdb/paths.h"
#include "ingitdb/scalars.h"

#define FILE_NAME     "definition.yaml"
#define DEDICATED_DIR ".collection"
#define SHARED_DIR    ".collections"
#define LONGEST_CHAIN 32

/* A place where a definition is. */
typedef struct location {
    igd_str schema_dir; /* the directory of the file */
    igd_str path;
    igd_oid id;
    igd_layout layout;
} location;

static igd_reporter reporter_for(const igd_definition_tree *tree, igd_str collection)
{
    return (igd_reporter){tree->files.problems, tree->files.scratch, collection};
}

/* ---- inherits ---- */

static bool is_in_chain(const igd_definition_chain *chain, igd_str path)
{
    for (size_t n = 0; n < chain->len; n++)
        if (igd_str_eq(chain->items[n].path, path))
            return true;
    return false;
}

/* Where `inherits` of the last file of the chain leads to. False: nowhere (*ok), or to a place that
 * is reported (!*ok). */
static bool next_path(const igd_reporter *reporter, const igd_definition_chain *chain, igd_str *out,
                      igd_spot *spot, bool *ok)
{
    const igd_definition_file *file = &chain->items[chain->len - 1];
    const igd_node *node = file->root && file->root->kind == IGD_NODE_MAP
                               ? igd_node_get(file->root, IGD_STR("inherits"))
                               : NULL;
    igd_str text;
    *spot = igd_spot_of((igd_spot){.path = file->path}, node);
    if (!igd_node_scalar(node, &text)) {
        *ok = false;
        igd_report_error(reporter, *spot, "inherits", IGD_STR("write the path of one file"),
                         "inherits is not text");
        return false;
    }
    if (text.len == 0)
        return false;
    const char *refusal = igd_path_refusal(text);
    if (!refusal && !igd_path_resolve(reporter->scratch, igd_path_parent(file->path), text, 0, out))
        refusal = "leads out of the repository";
    if (!refusal && is_in_chain(chain, *out))
        refusal = "leads back to a file that inherits it";
    if (!refusal && chain->len == LONGEST_CHAIN)
        refusal = "is one too many: a definition has more than 32 files";
    *ok = !refusal;
    if (refusal)
        igd_report_error(reporter, *spot, "inherits",
                         IGD_STR("write a path relative to the directory of this file"),
                         "inherits '%.*s' %s", IGD_STR_ARG(text), refusal);
    return !refusal;
}

/* Looks up a file that is inherited. */
static int find_base(const igd_definition_tree *tree, const igd_reporter *reporter, igd_spot spot,
                     igd_str path, igd_oid *id, bool *ok, igd_error *err)
{
    igd_seen seen;
    int rc = igd_tree_look(&tree->files, path, &seen, err);
    if (rc)
        return rc;
    *ok = seen.what == IGD_SIGHT_FILE;
    *id = seen.id;
    if (!*ok && !igd_report_link(reporter, spot, &seen))
        igd_report_error(reporter, spot, "inherits",
                         IGD_STR("commit the file, or correct the path; it is relative to the "
                                 "directory of this file"),
                         "inherits: there is no file '%.*s'", IGD_STR_ARG(path));
    return IGD_OK;
}

static int read_chain(const igd_definition_tree *tree, const igd_reporter *reporter,
                      const location *place, igd_definition_chain *chain, bool *ok, igd_error *err)
{
    igd_str path = place->path;
    igd_oid id = place->id;
    igd_spot spot;
    do {
        igd_node *root = NULL;
        int rc = igd_tree_yaml(&tree->files, &id, path, reporter->collection, &root, ok, err);
        if (rc || !*ok)
            return rc;
        if (igd_node_is_null(root)) /* `~` or `null`: as good as empty */
            root = NULL;
        IGD_PUSH(tree->files.scratch, chain, (igd_definition_file){path, root});
        if (!next_path(reporter, chain, &path, &spot, ok))
            return IGD_OK;
        rc = find_base(tree, reporter, spot, path, &id, ok, err);
        if (rc)
            return rc;
    } while (*ok);
    return IGD_OK;
}

/* ---- one definition ---- */

/* Below the database's root, where data is by default. */
static igd_str base_dir(const igd_definition_tree *tree, igd_str dir, igd_layout layout)
{
    size_t root = tree->files.root.len;
    igd_str below = igd_str_sub(dir, root && dir.len > root ? root + 1 : root, dir.len);
    if (layout == IGD_LAYOUT_DEDICATED)
        return below;
    igd_str above = igd_path_parent(below);
    return below.len && igd_str_is(igd_path_base(above), SHARED_DIR) ? igd_path_parent(above)
                                                                     : below;
}

/* Reads the file at a place into a new entry of tree->loaded. */
static int read_one(igd_definition_tree *tree, igd_definition_input *input, const location *place,
                    igd_loaded *parent, igd_loaded **out, igd_error *err)
{
    igd_arena *scratch = tree->files.scratch;
    igd_reporter reporter = reporter_for(tree, input->id);
    size_t errors = tree->files.problems->schema_errors;
    bool ok = true;
    int rc = read_chain(tree, &reporter, place, &input->chain, &ok, err);
    if (rc)
        return rc;

    igd_loaded *loaded = IGD_NEW(scratch, igd_loaded);
    loaded->definition = IGD_NEW(tree->mem, igd_definition);
    loaded->parent = parent;
    IGD_PUSH(scratch, &tree->loaded, loaded);
    input->parent = parent ? parent->definition : NULL;
    input->layout = place->layout;
    input->default_format = tree->default_format;
    if (ok)
        igd_definition_read(input, tree->mem, scratch, tree->files.problems, loaded->definition,
                            &loaded->references);
    else /* without its base it would only be blamed for what is there */
        *loaded->definition = (igd_definition){.parent = input->parent,
                                               .model.id = igd_arena_str(tree->mem, input->id)};
    loaded->usable = tree->files.problems->schema_errors == errors;
    *out = loaded;
    return IGD_OK;
}

/* ---- subcollections ---- */

static int add_sub(igd_definition_tree *tree, igd_str parent_id, igd_loaded *parent, size_t depth,
                   const location *place, igd_error *err);

/* Whether the name of a directory can be the id of a subcollection. */
static bool check_name(const igd_reporter *reporter, igd_str path, igd_str name, size_t depth)
{
    igd_spot spot = {.path = path};
    if (!igd_str_is_utf8(name)) {
        igd_report_error(reporter, spot, "id", IGD_STR("rename the directory"),
                         "the name of a subcollection is not UTF-8");
        return false;
    }
    if (depth > IGD_MAX_ANCESTORS) {
        igd_report_error(reporter, spot, "id", IGD_STR("move it up"),
                         "subcollections are nested deeper than %d", IGD_MAX_ANCESTORS);
        return false;
    }
    return true;
}

/* Sees the definition in a directory, from there: a shared definition may lie among the directories
 * of a hundred thousand records. */
static int look_in_entry(const igd_definition_tree *tree, const igd_entry *entry, igd_str path,
                         igd_seen *out, igd_error *err)
{
    igd_tree_files files = tree->files;
    if (entry->kind != IGD_ENTRY_TREE)
        return igd_tree_look(&files, path, out, err);
    files.tree = entry->id;
    int rc = igd_tree_look(&files, IGD_STR(FILE_NAME), out, err);
    if (!rc)
        out->path = path;
    return rc;
}

/* Looks at one entry of the directory where subcollections are; what is none is passed over. */
static int visit_entry(igd_definition_tree *tree, igd_str dir, igd_layout layout,
                       const igd_entry *entry, igd_str parent_id, igd_loaded *parent, size_t depth,
                       igd_error *err)
{
    igd_arena *scratch = tree->files.scratch;
    igd_reporter reporter = reporter_for(tree, parent_id);
    bool shared = layout == IGD_LAYOUT_SHARED;
    if (entry->kind == IGD_ENTRY_BLOB || (shared && igd_str_starts(entry->name, IGD_STR("$"))))
        return IGD_OK;
    location place = {.layout = layout};
    place.schema_dir = igd_path_join(scratch, dir, entry->name);
    place.path = igd_path_join(scratch, place.schema_dir, IGD_STR(FILE_NAME));
    if (entry->kind != IGD_ENTRY_TREE && shared)
        return IGD_OK; /* anything may lie beside a shared definition */

    igd_seen seen;
    int rc = look_in_entry(tree, entry, place.path, &seen, err);
    if (rc || igd_report_link(&reporter, (igd_spot){.path = place.path}, &seen))
        return rc;
    if (seen.what != IGD_SIGHT_FILE) {
        if (!shared)
            igd_report_error(&reporter, (igd_spot){.path = place.path}, "layout",
                             IGD_STR("add the definition, or remove the directory"),
                             "subcollection '%.*s' has no " FILE_NAME, IGD_STR_ARG(entry->name));
        return IGD_OK;
    }
    if (!check_name(&reporter, place.path, entry->name, depth))
        return IGD_OK;
    place.id = seen.id;
    return add_sub(tree, parent_id, parent, depth, &place, err);
}

static int add_subs(igd_definition_tree *tree, const location *above, igd_str parent_id,
                    igd_loaded *parent, size_t depth, igd_error *err)
{
    igd_str dir =
        above->layout == IGD_LAYOUT_SHARED
            ? above->schema_dir
            : igd_path_join(tree->files.scratch, above->schema_dir, IGD_STR("subcollections"));
    igd_reporter reporter = reporter_for(tree, parent_id);
    igd_seen seen;
    int rc = igd_tree_look(&tree->files, dir, &seen, err);
    if (rc || igd_report_link(&reporter, (igd_spot){.path = dir}, &seen) ||
        seen.what != IGD_SIGHT_DIRECTORY)
        return rc;

    IGD_CLEANUP_PTR(igd_tree) igd_tree *entries = NULL;
    rc = igd_repo_tree(tree->files.repo, &seen.id, &entries, err);
    for (size_t n = 0; !rc && n < igd_tree_count(entries); n++) {
        igd_entry entry = igd_tree_at(entries, n);
        rc = visit_entry(tree, dir, above->layout, &entry, parent_id, parent, depth, err);
    }
    return rc;
}

static int add_sub(igd_definition_tree *tree, igd_str parent_id, igd_loaded *parent, size_t depth,
                   const location *place, igd_error *err)
{
    igd_definition_input input = {
        .id = igd_path_join(tree->files.scratch, parent_id, igd_path_base(place->schema_dir))};
    igd_loaded *loaded;
    int rc = read_one(tree, &input, place, parent, &loaded, err);
    return rc ? rc : add_subs(tree, place, input.id, loaded, depth + 1, err);
}

/* ---- root collections ---- */

/* Sees the file of both layouts. */
static int look_both(const igd_tree_files *files, igd_str dir, location places[2], igd_seen seen[2],
                     igd_error *err)
{
    static const igd_layout layouts[2] = {IGD_LAYOUT_DEDICATED, IGD_LAYOUT_SHARED};
    igd_str dirs[2] = {igd_path_join(files->scratch, dir, IGD_STR(DEDICATED_DIR)), dir};
    int rc = IGD_OK;
    for (size_t n = 0; n < 2 && !rc; n++) {
        places[n] = (location){.schema_dir = dirs[n], .layout = layouts[n]};
        places[n].path = igd_path_join(files->scratch, dirs[n], IGD_STR(FILE_NAME));
        rc = igd_tree_look(files, places[n].path, &seen[n], err);
        places[n].id = rc ? places[n].id : seen[n].id;
    }
    return rc;
}

int igd_definition_exists(const igd_tree_files *files, igd_str dir, bool *out, igd_error *err)
{
    location places[2];
    igd_seen seen[2];
    int rc = look_both(files, dir, places, seen, err);
    if (!rc)
        *out = seen[0].what == IGD_SIGHT_FILE || seen[1].what == IGD_SIGHT_FILE;
    return rc;
}

static int report_missing(const igd_tree_files *files, const igd_reporter *reporter,
                          const igd_declared *declared, const location places[2], igd_error *err)
{
    igd_seen directory, old;
    igd_str old_path =
        igd_path_join(files->scratch, declared->dir, IGD_STR(".ingitdb-collection.yaml"));
    int rc = igd_tree_look(files, declared->dir, &directory, err);
    if (!rc)
        rc = igd_tree_look(files, old_path, &old, err);
    if (rc)
        return rc;
    igd_spot spot = declared->spot;
    if (directory.what != IGD_SIGHT_DIRECTORY)
        igd_report_error(reporter, spot, "layout",
                         IGD_STR("commit the directory, or remove the collection"),
                         "there is no directory '%.*s' for collection '%.*s'",
                         IGD_STR_ARG(declared->dir), IGD_STR_ARG(declared->id));
    else if (old.what == IGD_SIGHT_FILE)
        igd_report_error(reporter, spot, "layout",
                         IGD_STR("move it to " DEDICATED_DIR "/" FILE_NAME " in today's form"),
                         "collection '%.*s' has the layout of 2026-01: '%.*s'",
                         IGD_STR_ARG(declared->id), IGD_STR_ARG(old_path));
    else
        igd_report_error(reporter, spot, "layout", IGD_STR("add one of them"),
                         "collection '%.*s' has no definition: neither '%.*s' nor '%.*s' is there",
                         IGD_STR_ARG(declared->id), IGD_STR_ARG(places[0].path),
                         IGD_STR_ARG(places[1].path));
    return IGD_OK;
}

int igd_definition_tree_add(igd_definition_tree *tree, const igd_declared *declared, igd_error *err)
{
    igd_reporter reporter = reporter_for(tree, declared->id);
    location places[2];
    igd_seen seen[2];
    if (!declared->is_usable)
        return IGD_OK;
    int rc = look_both(&tree->files, declared->dir, places, seen, err);
    if (rc)
        return rc;
    for (size_t n = 0; n < 2; n++)
        if (igd_report_link(&reporter, (igd_spot){.path = places[n].path}, &seen[n]))
            return IGD_OK;
    bool dedicated = seen[0].what == IGD_SIGHT_FILE, shared = seen[1].what == IGD_SIGHT_FILE;
    if (!dedicated && !shared)
        return report_missing(&tree->files, &reporter, declared, places, err);
    if (dedicated && shared) {
        igd_report_error(&reporter, (igd_spot){.path = places[1].path}, "layout",
                         IGD_STR("remove one of them"),
                         "collection '%.*s' has two definitions: '%.*s' and '%.*s'",
                         IGD_STR_ARG(declared->id), IGD_STR_ARG(places[0].path),
                         IGD_STR_ARG(places[1].path));
        return IGD_OK;
    }
    const location *place = &places[dedicated ? 0 : 1];
    igd_definition_input input = {.id = declared->id,
                                  .base_dir = base_dir(tree, declared->dir, place->layout)};
    igd_loaded *loaded;
    rc = read_one(tree, &input, place, NULL, &loaded, err);
    return rc ? rc : add_subs(tree, place, declared->id, loaded, 1, err);
}

void igd_definition_tree_free(igd_definition_tree *tree)
{
    for (size_t n = 0; n < tree->loaded.len; n++) {
        igd_definition *definition = tree->loaded.items[n]->definition;
        igd_exclude_free(definition->exclude);
        definition->exclude = NULL;
    }
    tree->loaded.len = 0;
}
