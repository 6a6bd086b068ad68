/*
 * Commits and blobs: by name, by id.
 */
#include "ingitdb/repo_private.h"

void igd_oid_hex(const igd_oid *id, char out[IGD_OID_HEX])
{
    git_oid git_id = igd_oid_to_git(id);
    git_oid_tostr(out, IGD_OID_HEX, &git_id);
}

bool igd_oid_parse(igd_str hex, igd_oid *out)
{
    git_oid id;
    if (hex.len != IGD_OID_HEX - 1 || git_oid_fromstrn(&id, hex.ptr, hex.len) < 0)
        return false;
    *out = igd_oid_of_git(&id);
    return true;
}

/* Made with --filter: a remote promises what is not there. (libgit2's search by a pattern leaks.)
 */
static bool is_partial(const igd_repo *repo)
{
    git_config *config = NULL;
    git_config_iterator *entries = NULL;
    git_config_entry *entry = NULL;
    bool found = false;
    if (git_repository_config_snapshot(&config, repo->git) == 0 &&
        git_config_iterator_new(&entries, config) == 0)
        while (!found && git_config_next(&entry, entries) == 0)
            found = igd_str_starts(igd_str_from(entry->name), IGD_STR("remote.")) &&
                    igd_str_ends(igd_str_from(entry->name), IGD_STR(".promisor"));
    git_config_iterator_free(entries);
    git_config_free(config);
    return found;
}

int igd_repo_fail_object(const igd_repo *repo, igd_error *err, int code, const char *kind,
                         const igd_oid *id)
{
    char hex[IGD_OID_HEX];
    igd_oid_hex(id, hex);
    if (code == GIT_EMISMATCH) {
        igd_fail(err, IGD_E_REPOSITORY, "the %s %s in '%s' is damaged: %s", kind, hex,
                 repo->git_dir, igd_git_reason());
        return igd_hint(err, "git fsck lists what is damaged; a fresh clone repairs it");
    }
    if (code != GIT_ENOTFOUND) {
        igd_fail(err, IGD_E_REPOSITORY, "cannot read the %s %s in '%s': %s", kind, hex,
                 repo->git_dir, igd_git_reason());
        return igd_hint(err, "git fsck lists what is damaged; a fresh clone repairs it");
    }
    igd_fail(err, IGD_E_REPOSITORY, "the %s %s is not in '%s'", kind, hex, repo->git_dir);
    if (igd_repo_is_shallow(repo))
        return igd_hint(err, "the clone is shallow: git fetch --unshallow");
    if (is_partial(repo))
        return igd_hint(err, "the clone is partial: clone it without --filter");
    return igd_hint(err, "git fsck lists what is missing; a fresh clone repairs it");
}

/* ---- commits ---- */

/* A branch or tag that is there, though its object is not. */
static bool names_object(igd_repo *repo, const char *rev, igd_oid *out)
{
    git_reference *found = NULL, *direct = NULL;
    bool named = git_reference_dwim(&found, repo->git, rev) == 0 &&
                 git_reference_resolve(&direct, found) == 0;
    if (named)
        *out = igd_oid_of_git(git_reference_target(direct));
    git_reference_free(direct);
    git_reference_free(found);
    return named;
}

static int fail_revision(igd_repo *repo, const char *rev, int code, igd_error *err)
{
    igd_oid id;
    if (code == GIT_ENOTFOUND && names_object(repo, rev, &id))
        return igd_repo_fail_object(repo, err, code, "object", &id);
    if (code == GIT_EAMBIGUOUS)
        return igd_fail(err, IGD_E_REPOSITORY, "'%s' is ambiguous in '%s': %s", rev, repo->git_dir,
                        igd_git_reason());
    if (code != GIT_ENOTFOUND && code != GIT_EINVALIDSPEC) {
        igd_fail(err, IGD_E_REPOSITORY, "cannot resolve '%s' in '%s': %s", rev, repo->git_dir,
                 igd_git_reason());
        return igd_hint(err, "git fsck lists what is damaged; a fresh clone repairs it");
    }
    if (git_repository_head_unborn(repo->git) == 1) {
        igd_fail(err, IGD_E_REPOSITORY, "there is no commit '%s' in '%s': %s", rev, repo->git_dir,
                 "its branch has no commits yet");
        return igd_hint(err, "only committed data is read: git commit, or name another --ref");
    }
    igd_fail(err, IGD_E_REPOSITORY, "there is no commit '%s' in '%s'", rev, repo->git_dir);
    if (igd_repo_is_shallow(repo))
        return igd_hint(err, "the clone is shallow: git fetch --unshallow may bring it");
    return igd_hint(err, "--ref takes a branch, a tag or a commit id; git fetch may bring it");
}

int igd_repo_resolve(igd_repo *repo, const char *rev, igd_commit *out, igd_error *err)
{
    git_object *object = NULL, *commit = NULL;
    int code = git_revparse_single(&object, repo->git, rev);
    if (code < 0)
        return fail_revision(repo, rev, code, err);
    code = git_object_peel(&commit, object, GIT_OBJECT_COMMIT);
    const char *type = git_object_type2string(git_object_type(object));
    git_object_free(object);
    if (code == GIT_EINVALIDSPEC || code == GIT_EPEEL)
        return igd_fail(err, IGD_E_REPOSITORY, "'%s' is a %s, not a commit, in '%s'", rev, type,
                        repo->git_dir);
    if (code < 0)
        return fail_revision(repo, rev, code, err);

    const git_commit *found = (const git_commit *)commit;
    out->id = igd_oid_of_git(git_commit_id(found));
    out->tree = igd_oid_of_git(git_commit_tree_id(found));
    out->time = git_commit_time(found);
    igd_oid_hex(&out->id, out->hex);
    git_object_free(commit);
    return IGD_OK;
}

bool igd_repo_has(igd_repo *repo, igd_str hex)
{
    igd_oid id;
    if (!igd_oid_parse(hex, &id))
        return false;
    git_oid git_id = igd_oid_to_git(&id);
    return git_odb_exists(repo->odb, &git_id) == 1;
}

/* ---- blobs ---- */

int igd_repo_blob(igd_repo *repo, const igd_oid *id, igd_blob *out, igd_error *err)
{
    git_oid git_id = igd_oid_to_git(id);
    git_odb_object *object = NULL;
    int code = git_odb_read(&object, repo->odb, &git_id);
    if (code < 0)
        return igd_repo_fail_object(repo, err, code, "blob", id);
    if (git_odb_object_type(object) != GIT_OBJECT_BLOB) {
        char hex[IGD_OID_HEX];
        igd_oid_hex(id, hex);
        igd_fail(err, IGD_E_REPOSITORY, "object %s in '%s' is a %s, not a blob", hex, repo->git_dir,
                 git_object_type2string(git_odb_object_type(object)));
        git_odb_object_free(object);
        return IGD_E_REPOSITORY;
    }
    *out = (igd_blob){
        .bytes = {git_odb_object_data(object), git_odb_object_size(object)},
        .handle = object,
    };
    return IGD_OK;
}

void igd_blob_free(igd_blob *blob)
{
    if (blob->handle)
        git_odb_object_free(blob->handle);
    *blob = (igd_blob){0};
}
