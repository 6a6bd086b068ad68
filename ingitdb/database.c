/*
 * Loading a database: configuration, definitions, references, fingerprints, in that order.
 */
#include "ingitdb/database.h"

#include <stdlib.h>

#include "ingitdb/definition_tree.h"
#include "ingitdb/exclude.h"
#include "ingitdb/fingerprint.h"
#include "ingitdb/legacy.h"
#include "ingitdb/paths.h"
#include "ingitdb/references.h"

IGD_DEFINE_CLEANUP(igd_definition_tree, igd_definition_tree_free)

/* ---- what there is at all ---- */

/* The tree of the database's root. */
static int find_root(const igd_tree_files *files, const igd_commit *commit, igd_oid *out,
                     igd_error *err)
{
    igd_seen seen;
    int rc = igd_tree_look(files, files->root, &seen, err);
    if (rc)
        return rc;
    if (seen.what == IGD_SIGHT_DIRECTORY) {
        *out = seen.id;
        return IGD_OK;
    }
    const char *what = seen.what == IGD_SIGHT_NOTHING ? "is not there" : "is not a directory";
    igd_fail(err, IGD_E_SCHEMA, "the database's directory '%.*s' %s in commit %.12s",
             IGD_STR_ARG(files->root), what, commit->hex);
    return igd_hint(err, "name another directory, or a commit that has it");
}

/* D1, D24: `.ingitdb/` decides whether there is a database. */
static int check_config_dir(const igd_tree_files *files, const igd_commit *commit, igd_error *err)
{
    igd_str path = igd_path_join(files->scratch, files->root, IGD_STR(".ingitdb"));
    igd_seen seen;
    int rc = igd_tree_look(files, path, &seen, err);
    if (rc || seen.what == IGD_SIGHT_DIRECTORY)
        return rc;
    if (seen.what != IGD_SIGHT_NOTHING) {
        igd_fail(err, IGD_E_SCHEMA, "'%.*s' is not a directory in commit %.12s", IGD_STR_ARG(path),
                 commit->hex);
        return igd_hint(err, "links are not followed: commit the directory itself");
    }
    const igd_legacy *legacy;
    rc = igd_legacy_find(files, &legacy, err);
    return rc ? rc : igd_legacy_fail(files, commit, legacy, err);
}

static int load_config(const igd_tree_files *files, const igd_commit *commit, igd_root_config *out,
                       igd_error *err)
{
    size_t errors = files->problems->schema_errors;
    int rc = igd_root_config_load(files, out, err);
    if (rc || out->collections.len > 0 || files->problems->schema_errors > errors)
        return rc;
    /* Nothing declared is fine, unless something older is what the database consists of. */
    const igd_legacy *legacy;
    rc = igd_legacy_find(files, &legacy, err);
    return rc || !legacy ? rc : igd_legacy_fail(files, commit, legacy, err);
}

/* ---- the result ---- */

static int by_id(const void *a, const void *b)
{
    return igd_str_cmp((*(igd_definition *const *)a)->model.id,
                       (*(igd_definition *const *)b)->model.id);
}

/* Moves the usable definitions to the database, ordered by id: a prefix comes first, and so a
 * parent before its subcollections. */
static void collect(igd_definition_tree *tree, igd_database *out)
{
    out->collections = IGD_NEW_ARRAY(tree->mem, igd_definition *, tree->loaded.len);
    size_t left = 0;
    for (size_t n = 0; n < tree->loaded.len; n++) {
        igd_loaded *loaded = tree->loaded.items[n];
        if (loaded->parent && !loaded->parent->usable)
            loaded->usable = false;
        if (!loaded->usable) {
            tree->loaded.items[left++] = loaded;
            continue;
        }
        loaded->definition->model.fingerprint = igd_definition_fingerprint(loaded->definition);
        out->collections[out->count++] = loaded->definition;
    }
    tree->loaded.len = left; /* what is freed with the tree */
    if (out->count > 0)
        qsort(out->collections, out->count, sizeof(igd_definition *), by_id);
}

int igd_database_load(igd_repo *repo, const igd_commit *commit, igd_arena *mem,
                      igd_problems *problems, igd_database **out, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *scratch = igd_arena_new();
    IGD_CLEANUP(igd_definition_tree)
    igd_definition_tree tree = {
        .files = {repo, commit->tree, igd_str_from(igd_repo_root(repo)), scratch, problems},
        .mem = mem,
    };
    igd_database *database = IGD_NEW(mem, igd_database);
    igd_root_config config;
    database->repo = repo;
    database->commit = *commit;

    int rc = find_root(&tree.files, commit, &database->root_tree, err);
    if (!rc)
        rc = check_config_dir(&tree.files, commit, err);
    if (!rc)
        rc = load_config(&tree.files, commit, &config, err);
    if (rc)
        return rc;
    tree.default_format = config.default_format;
    for (size_t n = 0; n < config.collections.len && !rc; n++)
        rc = igd_definition_tree_add(&tree, &config.collections.items[n], err);
    if (rc)
        return rc;
    igd_references_resolve(&tree, &config.collections);
    collect(&tree, database);
    *out = database;
    return IGD_OK;
}

void igd_database_free(igd_database *database)
{
    for (size_t n = 0; database && n < database->count; n++) {
        igd_exclude_free(database->collections[n]->exclude);
        database->collections[n]->exclude = NULL;
    }
}

const igd_definition *igd_database_find(const igd_database *database, igd_str id)
{
    size_t low = 0, high = database->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = igd_str_cmp(database->collections[middle]->model.id, id);
        if (order == 0)
            return database->collections[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

bool igd_definition_excludes(const igd_definition *definition, igd_str base_name)
{
    return definition->exclude && igd_exclude_matches(definition->exclude, base_name);
}

int igd_database_config(igd_repo *repo, const igd_commit *commit, igd_blob *out, bool *found,
                        igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *scratch = igd_arena_new();
    igd_tree_files files = {.repo = repo,
                            .tree = commit->tree,
                            .root = igd_str_from(igd_repo_root(repo)),
                            .scratch = scratch};
    igd_str path = igd_path_join(scratch, files.root, IGD_STR(".ingitdb/migrate.yaml"));
    igd_seen seen;
    int rc = igd_tree_look(&files, path, &seen, err);
    if (rc)
        return rc;
    if (seen.what == IGD_SIGHT_NOTHING) {
        *found = false;
        return IGD_OK;
    }
    if (seen.what != IGD_SIGHT_FILE) {
        igd_fail(err, IGD_E_CONFIG, "'%.*s' is not a file in commit %.12s", IGD_STR_ARG(path),
                 commit->hex);
        return igd_hint(err, "links are not followed: commit the file itself");
    }
    rc = igd_repo_blob(repo, &seen.id, out, err);
    if (!rc)
        *found = true;
    return rc;
}
