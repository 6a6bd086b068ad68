/*
 * Files of a commit: looking them up part by part, so that a link on the way is told apart from
 * nothing at all.
 */
#include "ingitdb/tree_files.h"

#include "ingitdb/format.h"
#include "ingitdb/yaml.h"

static igd_sight sight_of(igd_entry_kind kind)
{
    switch (kind) {
    case IGD_ENTRY_TREE:
        return IGD_SIGHT_DIRECTORY;
    case IGD_ENTRY_SYMLINK:
        return IGD_SIGHT_LINK;
    case IGD_ENTRY_SUBMODULE:
        return IGD_SIGHT_SUBMODULE;
    case IGD_ENTRY_BLOB:
        break;
    }
    return IGD_SIGHT_FILE;
}

/* Looks for the shortest beginning of a path that is a link: the path itself was not found. */
static int look_for_link(const igd_tree_files *files, igd_str path, igd_seen *out, igd_error *err)
{
    for (size_t len = 0; len < path.len; len++) {
        if (len == 0 || path.ptr[len] != '/')
            continue;
        igd_entry entry;
        bool found = false;
        igd_str prefix = igd_str_sub(path, 0, len);
        int rc = igd_repo_find(files->repo, &files->tree, prefix, &entry, &found, err);
        if (rc)
            return rc;
        if (!found)
            return IGD_OK;
        igd_sight what = sight_of(entry.kind);
        if (what == IGD_SIGHT_LINK || what == IGD_SIGHT_SUBMODULE) {
            *out = (igd_seen){.what = what, .path = prefix};
            return IGD_OK;
        }
    }
    return IGD_OK;
}

int igd_tree_look(const igd_tree_files *files, igd_str path, igd_seen *out, igd_error *err)
{
    if (path.len == 0) {
        *out = (igd_seen){.what = IGD_SIGHT_DIRECTORY, .id = files->tree};
        return IGD_OK;
    }
    igd_entry entry;
    bool found = false;
    int rc = igd_repo_find(files->repo, &files->tree, path, &entry, &found, err);
    if (rc)
        return rc;
    *out = (igd_seen){.what = IGD_SIGHT_NOTHING};
    if (!found)
        return look_for_link(files, path, out, err);
    out->what = sight_of(entry.kind);
    out->id = entry.id;
    out->path = path;
    return IGD_OK;
}

int igd_tree_read(const igd_tree_files *files, const igd_oid *id, igd_str *out, igd_error *err)
{
    IGD_CLEANUP(igd_blob)
    igd_blob blob = {0};
    int rc = igd_repo_blob(files->repo, id, &blob, err);
    if (rc)
        return rc;
    *out = igd_arena_str(files->scratch, blob.bytes);
    return IGD_OK;
}

int igd_tree_yaml(const igd_tree_files *files, const igd_oid *id, igd_str path, igd_str collection,
                  igd_node **out, bool *ok, igd_error *err)
{
    igd_str text;
    int rc = igd_tree_read(files, id, &text, err);
    if (rc)
        return igd_error_prefix(err, "reading %.*s", IGD_STR_ARG(path));

    igd_reporter reporter = {files->problems, files->scratch, collection};
    *ok = false;
    if (igd_is_lfs_pointer(text)) {
        igd_report_error(&reporter, (igd_spot){.path = path, .line = 1, .column = 1}, "parse",
                         igd_lfs_hint, "the file is a Git LFS pointer");
        return IGD_OK;
    }
    igd_error parse = IGD_ERROR_INIT;
    if (igd_yaml_parse(text, files->scratch, out, &parse) == IGD_OK) {
        *ok = true;
        return IGD_OK;
    }
    igd_spot spot = {.path = path, .line = parse.place.line, .column = parse.place.column};
    igd_report_error(&reporter, spot, "parse", igd_str_from(parse.hint), "%s", parse.message);
    return IGD_OK;
}

bool igd_report_link(const igd_reporter *reporter, igd_spot spot, const igd_seen *seen)
{
    if (seen->what == IGD_SIGHT_LINK)
        igd_report_error(reporter, spot, "symlink",
                         IGD_STR("put the file itself in its place and commit it"),
                         "'%.*s' is a symbolic link, which is not followed",
                         IGD_STR_ARG(seen->path));
    else if (seen->what == IGD_SIGHT_SUBMODULE)
        igd_report_error(reporter, spot, "submodule",
                         IGD_STR("sync the submodule's repository by itself, or copy its files"),
                         "'%.*s' is a git submodule, whose files are not in this repository",
                         IGD_STR_ARG(seen->path));
    else
        return false;
    return true;
}
