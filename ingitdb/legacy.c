/*
 * Older layouts, and the search for a commit that can be read: HEAD first, then the first parents.
 */
#include "ingitdb/legacy.h"

#include <stdio.h>

#include "ingitdb/definition_tree.h"
#include "ingitdb/paths.h"

/* Commits that are looked at for the hint; beyond that it is not worth the wait. */
#define MOST_COMMITS 1000

static const igd_legacy layouts[] = {
    {".ingitdb.yaml", "the layout of early 2026"},
    {".ingitdb-collection.yaml", "the layout of early 2026"},
    {".ingitdb-collection/collection.yaml", "the layout of early 2026"},
    {".ingitdb/schema.json", "the layout of 2021"},
    {".ingitdb/collections", "the layout of 2021"},
};

int igd_legacy_find(const igd_tree_files *files, const igd_legacy **out, igd_error *err)
{
    for (size_t n = 0; n < IGD_COUNT(layouts); n++) {
        igd_str path = igd_path_join(files->scratch, files->root, igd_str_from(layouts[n].marker));
        igd_seen seen;
        int rc = igd_tree_look(files, path, &seen, err);
        if (rc)
            return rc;
        if (seen.what == IGD_SIGHT_FILE || seen.what == IGD_SIGHT_DIRECTORY) {
            *out = &layouts[n];
            return IGD_OK;
        }
    }
    *out = NULL;
    return IGD_OK;
}

/* ---- commits that can be read ---- */

/* Whether a commit declares a collection that has a definition. Whatever cannot be read is no. */
static bool is_readable(const igd_tree_files *files, const igd_commit *commit)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *scratch = igd_arena_new();
    igd_problems problems = IGD_PROBLEMS_INIT(scratch);
    igd_tree_files other = {files->repo, commit->tree, files->root, scratch, &problems};
    igd_root_config config;
    igd_error err = IGD_ERROR_INIT;
    if (igd_root_config_load(&other, &config, &err))
        return false;
    for (size_t n = 0; n < config.collections.len; n++) {
        const igd_declared *declared = &config.collections.items[n];
        bool exists = false;
        if (declared->is_usable &&
            igd_definition_exists(&other, declared->dir, &exists, &err) == IGD_OK && exists)
            return true;
    }
    return false;
}

static bool find_commit(const igd_tree_files *files, const igd_commit *from, igd_commit *out)
{
    igd_error err = IGD_ERROR_INIT;
    igd_commit commit;
    if (igd_repo_resolve(files->repo, "HEAD", &commit, &err) == IGD_OK &&
        !igd_oid_eq(&commit.id, &from->id) && is_readable(files, &commit)) {
        *out = commit;
        return true;
    }
    commit = *from;
    for (int n = 0; n < MOST_COMMITS; n++) {
        char parent[IGD_OID_HEX + 2];
        snprintf(parent, sizeof(parent), "%s^", commit.hex);
        if (igd_repo_resolve(files->repo, parent, &commit, &err))
            return false;
        if (is_readable(files, &commit)) {
            *out = commit;
            return true;
        }
    }
    return false;
}

/* A directory below the root that has a database of its own, one level deep. */
static bool find_below(const igd_tree_files *files, igd_str *out)
{
    igd_error err = IGD_ERROR_INIT;
    igd_seen seen;
    IGD_CLEANUP_PTR(igd_tree) igd_tree *tree = NULL;
    if (igd_tree_look(files, files->root, &seen, &err) || seen.what != IGD_SIGHT_DIRECTORY ||
        igd_repo_tree(files->repo, &seen.id, &tree, &err))
        return false;
    for (size_t n = 0; n < igd_tree_count(tree); n++) {
        igd_entry entry = igd_tree_at(tree, n);
        if (entry.kind != IGD_ENTRY_TREE)
            continue;
        igd_str dir = igd_path_join(files->scratch, files->root, entry.name);
        igd_str config = igd_path_join(files->scratch, dir, IGD_STR(".ingitdb"));
        if (igd_tree_look(files, config, &seen, &err) == IGD_OK &&
            seen.what == IGD_SIGHT_DIRECTORY) {
            *out = dir;
            return true;
        }
    }
    return false;
}

/* ---- the error ---- */

int igd_legacy_fail(const igd_tree_files *files, const igd_commit *commit, const igd_legacy *legacy,
                    igd_error *err)
{
    igd_commit other;
    igd_str below;
    igd_str looked =
        igd_path_join(files->scratch, files->root, IGD_STR(".ingitdb/root-collections.yaml"));
    if (legacy)
        igd_fail(err, IGD_E_SCHEMA,
                 "commit %.12s has %s ('%s'), which is not read; looked for '%.*s'", commit->hex,
                 legacy->name, legacy->marker, IGD_STR_ARG(looked));
    else
        igd_fail(err, IGD_E_SCHEMA, "commit %.12s has no inGitDB database: looked for '%.*s'",
                 commit->hex, IGD_STR_ARG(looked));
    snprintf(err->place.path, sizeof(err->place.path), "%.*s", IGD_STR_ARG(looked));

    if (find_commit(files, commit, &other))
        return igd_hint(err, "commit %.12s has a layout that can be read: --ref %.12s", other.hex,
                        other.hex);
    if (find_below(files, &below))
        return igd_hint(err,
                        "there is a database in '%.*s': name that directory with --source "
                        "(bare repository: --root)",
                        IGD_STR_ARG(below));
    return igd_hint(err, legacy ? "bring it to today's layout (.ingitdb/root-collections.yaml and "
                                  ".collection/definition.yaml) and commit that"
                                : "name a directory or commit that has a database, or commit "
                                  ".ingitdb/root-collections.yaml");
}
