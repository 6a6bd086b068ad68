/*
 * Commits by name; blobs and trees by id and path; objects that are missing or damaged.
 */
#include <git2.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include "cmocka.h"
#include "ingitdb/repo.h"
#include "tests/support/git_damage.h"
#include "tests/support/repo_builder.h"

typedef struct fixture {
    repo_builder *b;
    igd_repo *repo;
    const char *first;
    const char *second;
    igd_commit head;
} fixture;

static igd_repo *open_repo(const repo_builder *b, bool verify)
{
    igd_repo *repo = NULL;
    igd_error err = IGD_ERROR_INIT;
    igd_repo_options options = {.path = repo_path(b), .verify_objects = verify};
    if (igd_repo_open(&options, &repo, &err) != IGD_OK)
        fail_msg("%s", err.message);
    return repo;
}

static igd_commit resolve(igd_repo *repo, const char *rev)
{
    igd_commit commit;
    igd_error err = IGD_ERROR_INIT;
    if (igd_repo_resolve(repo, rev, &commit, &err) != IGD_OK)
        fail_msg("%s", err.message);
    return commit;
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof(*f));
    f->b = repo_builder_new();
    repo_put(f->b, "a.b", "dot");
    repo_put(f->b, "a/x/deep.txt", "deep");
    repo_put(f->b, "a/y", "");
    repo_put_bytes(f->b, "bin", "a\0b", 3);
    repo_put_symlink(f->b, "link", "a/y");
    repo_put_submodule(f->b, "sub");
    f->first = repo_commit(f->b, "first");
    repo_put(f->b, "later", "1");
    f->second = repo_commit(f->b, "second");
    f->repo = open_repo(f->b, false);
    f->head = resolve(f->repo, "HEAD");
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    igd_repo_free(f->repo);
    repo_builder_free(f->b);
    free(f);
    return 0;
}

static igd_entry find(const fixture *f, const char *path)
{
    igd_entry entry;
    bool found = false;
    igd_error err = IGD_ERROR_INIT;
    assert_int_equal(
        igd_repo_find(f->repo, &f->head.tree, igd_str_from(path), &entry, &found, &err), IGD_OK);
    if (!found)
        fail_msg("'%s' not found", path);
    return entry;
}

static void ids_as_text(void **state)
{
    (void)state;
    igd_oid id, same;
    char hex[IGD_OID_HEX];
    assert_true(igd_oid_parse(IGD_STR("00ff456789abcdef0123456789abcdef01234567"), &id));
    assert_int_equal(id.id[1], 0xff);
    igd_oid_hex(&id, hex);
    assert_string_equal(hex, "00ff456789abcdef0123456789abcdef01234567");
    assert_true(igd_oid_parse(IGD_STR("00FF456789ABCDEF0123456789abcdef01234567"), &same));
    assert_true(igd_oid_eq(&id, &same));
    same.id[19] ^= 1;
    assert_false(igd_oid_eq(&id, &same));
    assert_false(igd_oid_parse((igd_str){0}, &id));
    assert_false(igd_oid_parse(IGD_STR("00ff"), &id));
    assert_false(igd_oid_parse(IGD_STR("00ff456789abcdef0123456789abcdef0123456g"), &id));
    assert_false(igd_oid_parse(IGD_STR("00ff456789abcdef0123456789abcdef012345678"), &id));
}

static void commits_are_resolved(void **state)
{
    fixture *f = *state;
    assert_string_equal(f->head.hex, f->second);
    assert_int_equal(f->head.time, 1700000060);
    assert_string_equal(resolve(f->repo, "main").hex, f->second);
    assert_string_equal(resolve(f->repo, "HEAD~1").hex, f->first);
    assert_string_equal(resolve(f->repo, f->first).hex, f->first);
    char prefix[9] = "";
    memcpy(prefix, f->first, 8);
    assert_string_equal(resolve(f->repo, prefix).hex, f->first);
    assert_string_equal(resolve(f->repo, "HEAD^{commit}").hex, f->second);
}

static void annotated_tags_are_peeled(void **state)
{
    fixture *f = *state;
    git_repository *git = NULL;
    git_object *target = NULL;
    git_signature *who = NULL;
    git_oid id;
    assert_int_equal(git_repository_open(&git, repo_path(f->b)), 0);
    assert_int_equal(git_revparse_single(&target, git, "HEAD~1"), 0);
    assert_int_equal(git_signature_new(&who, "T", "t@example.com", 1700000000, 0), 0);
    assert_int_equal(git_tag_create(&id, git, "v1", target, who, "one", 0), 0);
    git_signature_free(who);
    git_object_free(target);
    git_repository_free(git);
    assert_string_equal(resolve(f->repo, "v1").hex, f->first);
}

static void what_is_not_a_commit(void **state)
{
    fixture *f = *state;
    static const char *const names[] = {
        "nonsense",     "HEAD~2",   "",
        "HEAD:a",       "HEAD:bin", "0123456789012345678901234567890123456789",
        "main..HEAD~1", "refs/..",  "^",
    };
    for (size_t n = 0; n < IGD_COUNT(names); n++) {
        igd_commit commit = {.time = 42};
        igd_error err = IGD_ERROR_INIT;
        assert_int_equal(igd_repo_resolve(f->repo, names[n], &commit, &err), IGD_E_REPOSITORY);
        assert_int_equal(commit.time, 42);
        assert_non_null(strstr(err.message, names[n]));
        assert_non_null(strstr(err.message, repo_path(f->b)));
    }
    igd_commit commit;
    igd_error err = IGD_ERROR_INIT;
    assert_int_not_equal(igd_repo_resolve(f->repo, "HEAD:a", &commit, &err), IGD_OK);
    assert_non_null(strstr(err.message, "is a tree"));
}

static void a_branch_without_commits(void **state)
{
    (void)state;
    repo_builder *b = repo_builder_new();
    IGD_CLEANUP_PTR(igd_repo) igd_repo *repo = open_repo(b, false);
    igd_commit commit;
    igd_error err = IGD_ERROR_INIT;
    assert_int_equal(igd_repo_resolve(repo, "HEAD", &commit, &err), IGD_E_REPOSITORY);
    assert_non_null(strstr(err.message, "no commits yet"));
    assert_non_null(strstr(err.hint, "git commit"));
    repo_builder_free(b);
}

static void objects_are_known_by_full_id(void **state)
{
    fixture *f = *state;
    char hex[IGD_OID_HEX];
    assert_true(igd_repo_has(f->repo, igd_str_from(f->first)));
    igd_oid_hex(&f->head.tree, hex);
    assert_true(igd_repo_has(f->repo, igd_str_from(hex)));
    assert_false(igd_repo_has(f->repo, igd_str_sub(igd_str_from(f->first), 0, 8)));
    assert_false(igd_repo_has(f->repo, IGD_STR("0123456789012345678901234567890123456789")));
    assert_false(igd_repo_has(f->repo, (igd_str){0}));
    /* Objects that came after the repository was opened. */
    repo_put(f->b, "more", "x");
    const char *third = repo_commit(f->b, "third");
    assert_true(igd_repo_has(f->repo, igd_str_from(third)));
    assert_string_equal(resolve(f->repo, "HEAD").hex, third);
}

static void paths_are_followed(void **state)
{
    fixture *f = *state;
    assert_int_equal(find(f, "a").kind, IGD_ENTRY_TREE);
    assert_int_equal(find(f, "a.b").kind, IGD_ENTRY_BLOB);
    assert_int_equal(find(f, "link").kind, IGD_ENTRY_SYMLINK);
    assert_int_equal(find(f, "sub").kind, IGD_ENTRY_SUBMODULE);
    igd_entry deep = find(f, "a/x/deep.txt");
    assert_int_equal(deep.kind, IGD_ENTRY_BLOB);
    assert_true(igd_str_is(deep.name, "deep.txt"));

    static const char *const missing[] = {"b",      "a/z",   "a/x/deep.txt/more", "a//x", "/a",
                                          "link/x", "sub/x", "a/x/deep",          "A",    "."};
    for (size_t n = 0; n < IGD_COUNT(missing); n++) {
        igd_entry entry = {.kind = IGD_ENTRY_SYMLINK};
        bool found = true;
        igd_error err = IGD_ERROR_INIT;
        assert_int_equal(igd_repo_find(f->repo, &f->head.tree, igd_str_from(missing[n]), &entry,
                                       &found, &err),
                         IGD_OK);
        assert_false(found);
        assert_int_equal(entry.kind, IGD_ENTRY_SYMLINK);
    }
    igd_entry entry;
    bool found;
    igd_error err = IGD_ERROR_INIT;
    assert_int_equal(igd_repo_find(f->repo, &f->head.tree, (igd_str){0}, &entry, &found, &err),
                     IGD_E_BUG);
}

static void trees_are_in_git_order(void **state)
{
    fixture *f = *state;
    igd_error err = IGD_ERROR_INIT;
    IGD_CLEANUP_PTR(igd_tree) igd_tree *tree = NULL;
    assert_int_equal(igd_repo_tree(f->repo, &f->head.tree, &tree, &err), IGD_OK);
    static const char *const names[] = {"a.b", "a", "bin", "later", "link", "sub"};
    assert_int_equal(igd_tree_count(tree), IGD_COUNT(names));
    for (size_t n = 0; n < IGD_COUNT(names); n++)
        assert_true(igd_str_is(igd_tree_at(tree, n).name, names[n]));

    igd_entry entry;
    assert_true(igd_tree_find(tree, IGD_STR("later"), &entry));
    assert_true(igd_tree_find(tree, (igd_str){"latermore", 5}, &entry)); /* a view, not a string */
    assert_false(igd_tree_find(tree, IGD_STR("late"), &entry));
    assert_false(igd_tree_find(tree, (igd_str){"a\0", 2}, &entry));
    assert_false(igd_tree_find(tree, (igd_str){0}, &entry));
    static char huge[70000];
    memset(huge, 'x', sizeof(huge));
    assert_false(igd_tree_find(tree, (igd_str){huge, sizeof(huge)}, &entry));
    assert_false(igd_tree_find(tree, (igd_str){huge, 300}, &entry));
    igd_tree_free(NULL);
}

static void blobs_are_bytes(void **state)
{
    fixture *f = *state;
    igd_error err = IGD_ERROR_INIT;
    igd_entry entry = find(f, "bin");
    IGD_CLEANUP(igd_blob)
    igd_blob blob = {0};
    assert_int_equal(igd_repo_blob(f->repo, &entry.id, &blob, &err), IGD_OK);
    assert_true(igd_str_eq(blob.bytes, (igd_str){"a\0b", 3}));
    igd_blob_free(&blob);
    assert_null(blob.handle);
    igd_blob_free(&blob);

    entry = find(f, "a/y");
    assert_int_equal(igd_repo_blob(f->repo, &entry.id, &blob, &err), IGD_OK);
    assert_int_equal(blob.bytes.len, 0);
    igd_blob_free(&blob);

    assert_int_equal(igd_repo_blob(f->repo, &f->head.tree, &blob, &err), IGD_E_REPOSITORY);
    assert_non_null(strstr(err.message, "is a tree, not a blob"));
    IGD_CLEANUP_PTR(igd_tree) igd_tree *tree = NULL;
    entry = find(f, "bin");
    assert_int_equal(igd_repo_tree(f->repo, &entry.id, &tree, &err), IGD_E_REPOSITORY);
    assert_null(tree);
}

static void *free_blob(void *blob)
{
    igd_blob_free(blob);
    return NULL;
}

static void blobs_are_freed_elsewhere(void **state)
{
    fixture *f = *state;
    igd_error err = IGD_ERROR_INIT;
    igd_entry entry = find(f, "bin");
    igd_blob blob = {0};
    assert_int_equal(igd_repo_blob(f->repo, &entry.id, &blob, &err), IGD_OK);
    igd_repo_free(f->repo);
    f->repo = NULL;
    assert_int_equal(blob.bytes.len, 3);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, free_blob, &blob), 0);
    pthread_join(thread, NULL);
    assert_null(blob.handle);
}

static void missing_objects_are_named(void **state)
{
    fixture *f = *state;
    igd_error err = IGD_ERROR_INIT;
    char hex[IGD_OID_HEX];
    igd_entry entry = find(f, "bin");
    igd_oid_hex(&entry.id, hex);
    lose_object(f->b, hex);
    igd_blob blob = {0};
    assert_int_equal(igd_repo_blob(f->repo, &entry.id, &blob, &err), IGD_E_REPOSITORY);
    assert_null(blob.handle);
    assert_non_null(strstr(err.message, hex));
    assert_non_null(strstr(err.hint, "fsck"));

    igd_entry directory = find(f, "a/x");
    igd_oid_hex(&directory.id, hex);
    lose_object(f->b, hex);
    bool found = true;
    assert_int_equal(igd_repo_find(f->repo, &f->head.tree, IGD_STR("a/x/deep.txt"), &entry, &found,
                                   &err),
                     IGD_E_REPOSITORY);
    assert_non_null(strstr(err.message, hex));

    make_shallow(f->b, f->second, f->first);
    assert_int_equal(igd_repo_find(f->repo, &f->head.tree, IGD_STR("a/x/deep.txt"), &entry, &found,
                                   &err),
                     IGD_E_REPOSITORY);
    assert_non_null(strstr(err.hint, "--unshallow"));
    igd_commit commit;
    assert_int_equal(igd_repo_resolve(f->repo, "HEAD~1", &commit, &err), IGD_E_REPOSITORY);
    assert_non_null(strstr(err.hint, "--unshallow"));
}

static void damage_is_found(void **state)
{
    fixture *f = *state;
    igd_error err = IGD_ERROR_INIT;
    char bin[IGD_OID_HEX], later[IGD_OID_HEX];
    igd_entry entry = find(f, "bin"), other = find(f, "later");
    igd_oid_hex(&entry.id, bin);
    igd_oid_hex(&other.id, later);
    forge_object(f->b, bin, later);

    /* As git itself: an object that can be read is believed, unless it was asked for. */
    igd_blob blob = {0};
    assert_int_equal(igd_repo_blob(f->repo, &entry.id, &blob, &err), IGD_OK);
    igd_blob_free(&blob);
    IGD_CLEANUP_PTR(igd_repo) igd_repo *strict = open_repo(f->b, true);
    assert_int_equal(igd_repo_blob(strict, &entry.id, &blob, &err), IGD_E_REPOSITORY);
    assert_non_null(strstr(err.message, "damaged"));
    assert_non_null(strstr(err.message, bin));
    assert_int_equal(igd_repo_blob(strict, &other.id, &blob, &err), IGD_OK);
    igd_blob_free(&blob);

    cut_object(f->b, later, 0);
    IGD_CLEANUP_PTR(igd_repo) igd_repo *fresh = open_repo(f->b, false);
    assert_int_equal(igd_repo_blob(fresh, &other.id, &blob, &err), IGD_E_REPOSITORY);
    assert_non_null(strstr(err.message, later));
    assert_null(blob.handle);
}

/* libgit2 1.5 by itself does not stop reading such files. */
static void files_cut_short(void **state)
{
    fixture *f = *state;
    igd_error err = IGD_ERROR_INIT;
    char hex[IGD_OID_HEX];
    igd_commit commit;
    igd_blob blob = {0};
    igd_entry entry = find(f, "bin"), found;
    bool there = true;
    igd_oid_hex(&entry.id, hex);
    for (size_t len = object_file_size(f->b, hex); len-- > 0;) {
        cut_object(f->b, hex, len);
        err = IGD_ERROR_INIT;
        assert_int_equal(igd_repo_blob(f->repo, &entry.id, &blob, &err), IGD_E_REPOSITORY);
        assert_null(blob.handle);
        assert_non_null(strstr(err.message, hex));
        assert_non_null(strstr(err.message, len > 0 ? "cut short" : "empty"));
        assert_non_null(strstr(err.hint, "fsck"));
    }
    entry = find(f, "a/x");
    igd_oid_hex(&entry.id, hex);
    cut_object(f->b, hex, object_file_size(f->b, hex) / 2);
    IGD_CLEANUP_PTR(igd_repo) igd_repo *fresh = open_repo(f->b, false);
    assert_int_equal(igd_repo_find(fresh, &f->head.tree, IGD_STR("a/x/deep.txt"), &found, &there,
                                   &err),
                     IGD_E_REPOSITORY);
    assert_non_null(strstr(err.message, "cut short"));
    cut_object(f->b, f->first, object_file_size(f->b, f->first) - 1);
    char brief[9] = "";
    strncat(brief, f->first, 8);
    const char *const names[] = {f->first, brief, "HEAD~1"};
    for (size_t n = 0; n < IGD_COUNT(names); n++) {
        err = IGD_ERROR_INIT;
        assert_int_equal(igd_repo_resolve(fresh, names[n], &commit, &err), IGD_E_REPOSITORY);
        assert_non_null(strstr(err.message, "cut short"));
        assert_non_null(strstr(err.hint, "fsck"));
    }
}

/* What is stored uncompressed, compressed well, or is empty, is what was put in. */
static void sizes_of_objects(void **state)
{
    fixture *f = *state;
    igd_error err = IGD_ERROR_INIT;
    igd_blob blob = {0};
    static const size_t sizes[] = {0, 1, 50, 55, 56, 57, 58, 63, 64, 65, 4096, 5000000};
    for (size_t n = 0; n < IGD_COUNT(sizes); n++) {
        char *bytes = malloc(sizes[n] + 1);
        memset(bytes, 'x', sizes[n]);
        repo_put_bytes(f->b, "sized", bytes, sizes[n]);
        const char *commit = repo_commit(f->b, "sized");
        f->head = resolve(f->repo, commit);
        igd_entry entry = find(f, "sized");
        assert_int_equal(igd_repo_blob(f->repo, &entry.id, &blob, &err), IGD_OK);
        assert_int_equal(blob.bytes.len, sizes[n]);
        assert_memory_equal(blob.bytes.ptr, bytes, sizes[n]);
        igd_blob_free(&blob);
        free(bytes);
    }
}

#define WITH_REPO(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_as_text),
        WITH_REPO(commits_are_resolved),
        WITH_REPO(annotated_tags_are_peeled),
        WITH_REPO(what_is_not_a_commit),
        cmocka_unit_test(a_branch_without_commits),
        WITH_REPO(objects_are_known_by_full_id),
        WITH_REPO(paths_are_followed),
        WITH_REPO(trees_are_in_git_order),
        WITH_REPO(blobs_are_bytes),
        WITH_REPO(blobs_are_freed_elsewhere),
        WITH_REPO(missing_objects_are_named),
        WITH_REPO(damage_is_found),
        WITH_REPO(files_cut_short),
        WITH_REPO(sizes_of_objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
