/*
 * Repositories with something missing or damaged, and definitions that git does not hold: said in
 * one sentence with what to do, and never waited for.
 */
#include "tests/cli/cli.h"
#include "tests/support/git_damage.h"

/* What libgit2 itself leaks when a pack cannot be read is not the question here. */
#define NO_LEAKS WORDS("ASAN_OPTIONS=detect_leaks=0")

static char *before;

static char *shell(const char *line)
{
    process_result got = process_run(
        WORDS("/bin/sh", "-ec",
              cli_text("cd '%s'; git() { command git -c safe.directory='*' -c user.name=T "
                       "-c user.email=t@example.com -c protocol.file.allow=always \"$@\"; }; %s",
                       repo_path(shop), line)),
        NULL);
    need_status(&got, 0);
    char *out = strdup(got.out);
    out[strcspn(out, "\n")] = '\0';
    process_result_free(&got);
    return out;
}

static void synced(void)
{
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    free(before);
    before = db_dump(cli_database(), 1);
}

static const process_result *need_unreadable(const char *says, const char *todo)
{
    const process_result *got = CLI_WITH(NO_LEAKS, "migrate", "sync", "--target", TARGET);
    need_status(got, 4);
    need_err(got, says);
    need_err(got, "hint: ");
    need_err(got, todo);
    char *after = db_dump(cli_database(), 1);
    db_assert_equal(after, before, says);
    free(after);
    return got;
}

static void objects_cut_short(void **state)
{
    (void)state;
    synced();
    repo_put(shop, "products/$records/saw.yaml", "title: A saw with a long name\n");
    repo_commit(shop, "second");
    static const char *const names[] = {"HEAD:products/$records/saw.yaml", "HEAD:products/$records",
                                        "HEAD^{tree}", "HEAD"};
    static const char *const says[] = {"products/$records/saw.yaml", "products/$records",
                                       "the tree ", "'HEAD'"};
    for (size_t n = 0; n < 4; n++) {
        char *hex = shell(cli_text("git rev-parse '%s'", names[n]));
        const char *file = cli_text("%s/.git/objects/%.2s/%s", repo_path(shop), hex, hex + 2);
        const char *copy = cli_text("%s/copy", cli_directory);
        cli_copy(file, copy);
        cut_object(shop, hex, object_file_size(shop, hex) / 2);
        const process_result *got = need_unreadable("is cut short", "git fsck");
        need_err(got, says[n]);
        cli_copy(copy, file);
        free(hex);
    }
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
}

static void packs_that_are_damaged(void **state)
{
    (void)state;
    synced();
    repo_put(shop, "products/$records/saw.yaml", "title: Saw\n");
    repo_commit(shop, "second");
    free(shell("git repack -adq; cp -r .git/objects/pack .git/saved"));
    static const char *const harm[] = {
        "for f in .git/objects/pack/*.pack; do chmod u+w $f; truncate -s 60 $f; done",
        "for f in .git/objects/pack/*.idx; do chmod u+w $f; truncate -s 200 $f; done",
        "rm -f .git/objects/pack/*",
        "for f in .git/objects/pack/*.pack; do chmod u+w $f; s=$(wc -c <$f); "
        "head -c $((s - 32)) /dev/zero | dd of=$f bs=1 seek=12 conv=notrunc 2>/dev/null; done",
    };
    for (size_t n = 0; n < sizeof(harm) / sizeof(harm[0]); n++) {
        free(shell(harm[n]));
        (void)need_unreadable("error: ", "git fsck");
        free(shell("rm -rf .git/objects/pack; cp -r .git/saved .git/objects/pack"));
    }
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
}

/* Only the file of the record is missing: it has a name. */
static void clones_with_less(void **state)
{
    (void)state;
    synced();
    repo_put(shop, "products/$records/saw.yaml", "title: Saw\n");
    repo_commit(shop, "second");
    char *hex = shell("git rev-parse 'HEAD:products/$records/saw.yaml'");
    lose_object(shop, hex);
    const process_result *got = need_unreadable(hex, "git fsck lists what is missing");
    need_err(got, "reading products/$records/saw.yaml");
    free(shell("git config remote.origin.promisor true"));
    (void)need_unreadable(hex, "clone it without --filter");
    free(hex);
    hex = shell("git rev-parse 'HEAD:products/.collection/definition.yaml'");
    lose_object(shop, hex);
    got = need_unreadable(hex, "clone it without --filter");
    need_err(got, "reading products/.collection/definition.yaml");
    free(hex);
}

/* A shallow clone beyond whose boundary the last synced commit is: all of it is compared. */
static void a_shallow_clone(void **state)
{
    (void)state;
    synced();
    for (int n = 0; n < 2; n++) {
        repo_put(shop, "products/$records/saw.yaml", cli_text("title: Saw %d\n", n));
        repo_commit(shop, "more");
    }
    free(shell(cli_text("git clone -q --depth 1 \"file://$PWD\" '%s/shallow'", cli_directory)));
    free(shell(
        cli_text("git -C '%s/shallow' remote set-url origin \"file://$PWD\"", cli_directory)));
    free(shell("git remote add origin \"file://$PWD\""));
    cli_source = cli_text("%s/shallow", cli_directory);
    need_status(CLI("migrate", "status", "--target", "sqlite:none.db"), 4);
    const process_result *got = CLI("migrate", "sync", "--target", "sqlite:other.db");
    need_status(got, 0);
    got = CLI("migrate", "sync", "--target", "sqlite:other.db", "--ref", shop_first_id);
    need_status(got, 4);
    need_err(got, "the clone is shallow: git fetch --unshallow");
    cli_source = repo_path(shop);
    need_status(CLI("migrate", "sync", "--target", "sqlite:deep.db", "--ref", shop_first_id), 0);
    cli_source = cli_text("%s/shallow", cli_directory);
    got = CLI("migrate", "sync", "--target", "sqlite:deep.db");
    need_status(got, 0);
    need_err(got, "which is not in this repository: all of the target is compared");
    char *title = db_query(cli_text("%s/deep.db", cli_directory),
                           "SELECT title FROM products WHERE id = 'saw'");
    assert_non_null(strstr(title, "Saw 1"));
    free(title);
}

/* Definitions that are links, submodules, pointers, or not there. */
static void definitions_elsewhere(void **state)
{
    (void)state;
    synced();
    repo_put(shop, ".ingitdb/root-collections.yaml",
             "brands: brands\nproducts: products\ngone: gone\nlink: link\nsub: sub\nlfs: lfs\n");
    repo_put_symlink(shop, "link", "brands");
    repo_put_submodule(shop, "sub");
    repo_put(shop, "lfs/.collection/definition.yaml",
             "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
    repo_commit(shop, "elsewhere");
    const process_result *got = CLI("migrate", "sync", "--target", TARGET);
    need_status(got, 3);
    need_out(got, "4 schema errors\n");
    need_out(got, "there is no directory 'gone' for collection 'gone'\n    hint: ");
    need_out(got, "'link' is a symbolic link, which is not followed\n    hint: ");
    need_out(got, "'sub' is a git submodule, whose files are not in this repository\n    hint: ");
    need_out(got, "lfs/.collection/definition.yaml:1:1: the file is a Git LFS pointer\n    hint: ");
    char *after = db_dump(cli_database(), 1);
    db_assert_equal(after, before, "after definitions elsewhere");
    free(after);
}

/* Links in a record's place: to a file, to nothing, out of the repository; and of a directory. */
static void links_among_records(void **state)
{
    (void)state;
    repo_put_symlink(shop, "brands/$records/in.yaml", "acme.yaml");
    repo_put_symlink(shop, "brands/$records/out.yaml", "/etc/passwd");
    repo_put_symlink(shop, "brands/$records/gone.yaml", "nothing.yaml");
    repo_put_submodule(shop, "brands/$records/sub.yaml");
    repo_commit(shop, "links");
    const process_result *got = CLI("migrate", "sync", "--target", TARGET);
    need_status(got, 0);
    need_out(got, "4 warnings\n");
    static const char *const names[] = {"in", "out", "gone", "sub"};
    for (size_t n = 0; n < 4; n++)
        need_out(got, cli_text("brands/$records/%s.yaml: a s", names[n]));
    need_value("SELECT group_concat(id) FROM brands", "acme");
    got = CLI("migrate", "sync", "--target", "sqlite:strict.db", "--strict");
    need_status(got, 3);
    need_out(got, "4 invalid records\n");
}

static int teardown(void **state)
{
    free(before);
    before = NULL;
    return cli_teardown(state);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, cli_setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(objects_cut_short), TEST(packs_that_are_damaged), TEST(clones_with_less),
        TEST(a_shallow_clone),   TEST(definitions_elsewhere),  TEST(links_among_records),
    };
    return cmocka_run_group_tests_name("damaged repositories", tests, NULL, NULL);
}
