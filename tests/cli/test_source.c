/*
 * Where the source is found, what its commits are called, and when two of them are the same.
 */
#include <unistd.h>

#include "tests/cli/cli.h"

/* git itself, for what the repository builder does not do. */
static void git(const char *line)
{
    process_result got = process_run(
        WORDS(
            "/bin/sh", "-c",
            cli_text(
                "cd '%s' && git -c safe.directory='*' -c user.name=T -c user.email=t@example.com %s",
                cli_directory, line)),
        NULL);
    need_status(&got, 0);
    process_result_free(&got);
}

static void need_commit(const process_result *got, const char *commit)
{
    need_status(got, 0);
    need_value("SELECT commit_id FROM ingitdb_sync_state", commit);
}

static void found_by_walking_up(void **state)
{
    (void)state;
    cli_source = cli_text("%s/products/$records", repo_path(shop));
    need_commit(CLI("migrate", "sync", "--target", TARGET), shop_first_id);
    need_value("SELECT count(*) FROM products", "2");
    /* The current directory is the default. */
    cli_source = NULL;
    char *directory = cli_directory;
    cli_directory = strdup(cli_text("%s/brands/.collection", repo_path(shop)));
    const char *target = cli_text("sqlite://%s/shop.db", directory);
    const process_result *got = CLI("migrate", "status", "--target", target);
    free(cli_directory);
    cli_directory = directory;
    need_status(got, 0);
    need_out(got, "up to date");
    /* The line wins over the environment. */
    cli_source = "/nonexistent";
    need_status(CLI("migrate", "status", "--target", TARGET, "--source", repo_path(shop)), 0);
}

static void no_source(void **state)
{
    (void)state;
    cli_source = "/nonexistent/place";
    const process_result *got = CLI("migrate", "sync", "--target", TARGET);
    need_status(got, 4);
    need_err(got, "cannot open the source '/nonexistent/place'");
    need_err(got, "hint: ");
    cli_source = cli_directory;
    got = CLI("migrate", "validate");
    need_status(got, 4);
    need_err(got, "no git repository at");
    need_err(got, "hint: --source takes");
    write_file(cli_text("%s/file", cli_directory), "x");
    need_status(CLI("migrate", "validate", "--source", "file"), 4);
    /* A repository without a database. */
    repo_builder *empty = cli_repository(false);
    repo_put(empty, "README", "nothing\n");
    repo_commit(empty, "first");
    cli_source = repo_path(empty);
    got = CLI("migrate", "validate", "--format", "json");
    assert_true(got->status == 3 || got->status == 4);
    cJSON *report = need_json(got);
    assert_true(json_number(report, "exit") == got->status);
    need_err(got, ".ingitdb");
    need_status(CLI("migrate", "sync", "--target", TARGET), got->status);
}

static void any_name_of_a_commit(void **state)
{
    (void)state;
    repo_put(shop, "brands/$records/best.yaml", "title: Best\n");
    const char *second = repo_commit(shop, "second");
    git(cli_text("--git-dir='%s/.git' tag -a -m note v1 %s", repo_path(shop), shop_first_id));
    git(cli_text("--git-dir='%s/.git' branch old %s", repo_path(shop), shop_first_id));
    const char *const refs[] = {
        "v1", "old", "HEAD~1", "refs/heads/old", "main^", cli_text("%.8s", shop_first_id)};
    for (size_t n = 0; n < sizeof(refs) / sizeof(refs[0]); n++) {
        need_commit(CLI("migrate", "sync", "--target", TARGET, "--ref", refs[n]), shop_first_id);
        need_value("SELECT ref FROM ingitdb_sync_state", refs[n]);
        remove_tree(cli_database());
    }
    need_commit(CLI("migrate", "sync", "--target", TARGET, "--ref", "main"), second);
    const process_result *got = CLI("migrate", "sync", "--target", TARGET, "--ref", "v2");
    need_status(got, 4);
    need_err(got, "v2");
    need_status(CLI("migrate", "sync", "--target", TARGET, "--ref", "HEAD:brands"), 4);
    need_status(CLI("migrate", "validate", "--ref", "v1"), 0);
    need_out(CLI("migrate", "status", "--target", TARGET, "--ref", "v1"), "not a descendant");
}

static void bare_with_a_root(void **state)
{
    (void)state;
    repo_builder *bare = cli_repository(true);
    repo_put(bare, "data/shop/.ingitdb/root-collections.yaml", "brands: brands\n");
    repo_put(bare, "data/shop/.ingitdb/migrate.yaml", "name: bare\n");
    repo_put(bare, "data/shop/brands/.collection/definition.yaml",
             "record_file: {name: \"{key}.yaml\", type: \"map[string]any\", format: yaml}\n"
             "columns:\n  title: {type: string}\n");
    repo_put(bare, "data/shop/brands/$records/acme.yaml", "title: Acme\n");
    const char *commit = repo_commit(bare, "first");
    cli_source = repo_path(bare);
    need_commit(CLI("migrate", "sync", "--target", TARGET, "--root", "data/shop"), commit);
    need_value("SELECT source FROM ingitdb_sync_state", "bare");
    need_value("SELECT root_path FROM ingitdb_sync_state", "data/shop");
    need_value("SELECT title FROM brands", "Acme");
    need_status(CLI_WITH(WORDS("INGITDB_ROOT=data//shop/"), "migrate", "status", "--target", TARGET,
                         "--exit-code"),
                0);
    const process_result *got = CLI("migrate", "validate");
    assert_true(got->status == 3 || got->status == 4);
    need_err(got, ".ingitdb");
    need_status(CLI("migrate", "validate", "--root", "../shop"), 2);
    need_status(CLI("migrate", "validate", "--root", "/data/shop"), 2);
}

static void in_a_sub_directory(void **state)
{
    (void)state;
    repo_builder *mono = cli_repository(false);
    repo_put(mono, "apps/shop/.ingitdb/root-collections.yaml", "brands: brands\n");
    repo_put(mono, "apps/shop/brands/.collection/definition.yaml",
             "record_file: {name: \"{key}.yaml\", type: \"map[string]any\", format: yaml}\n"
             "columns:\n  title: {type: string}\n");
    repo_put(mono, "apps/shop/brands/$records/acme.yaml", "title: Acme\n");
    const char *commit = repo_commit(mono, "first");
    cli_source = cli_text("%s/apps/shop/brands", repo_path(mono));
    need_commit(CLI("migrate", "sync", "--target", TARGET), commit);
    const char *name = strrchr(repo_path(mono), '/') + 1;
    need_value("SELECT source FROM ingitdb_sync_state", cli_text("%s/apps/shop", name));
    /* Uncommitted files elsewhere in the repository are nobody's business. */
    write_file(cli_text("%s/other/loose.txt", repo_path(mono)), "x");
    need_silent(CLI("migrate", "validate"), "uncommitted");
    write_file(cli_text("%s/apps/shop/brands/$records/best.yaml", repo_path(mono)), "title: B\n");
    need_err(CLI("migrate", "validate"), "warning: 1 uncommitted file below the source");
}

static void uncommitted_files_are_counted(void **state)
{
    (void)state;
    need_silent(CLI("migrate", "validate"), "uncommitted");
    write_file(cli_text("%s/brands/$records/acme.yaml", repo_path(shop)), "title: Changed\n");
    write_file(cli_text("%s/brands/$records/new.yaml", repo_path(shop)), "title: New\n");
    const process_result *got = CLI("migrate", "sync", "--target", TARGET, "--format", "json");
    need_status(got, 0);
    need_err(got, "warning: 2 uncommitted files below the source");
    cJSON *report = need_json(got);
    assert_non_null(strstr(json_text(report, "warnings.0.reason"), "2 uncommitted files"));
    need_value("SELECT title FROM brands", "Acme");
    need_value("SELECT count(*) FROM brands", "1");
}

/* Without a name in the configuration: the last part of origin, else the directory's. */
static void the_name(void **state)
{
    (void)state;
    repo_delete(shop, ".ingitdb/migrate.yaml");
    repo_commit(shop, "no name");
    const char *directory = strrchr(repo_path(shop), '/') + 1;
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    need_value("SELECT source FROM ingitdb_sync_state", directory);
    /* A clone is the same source, whatever its directory is called: the first name stays. */
    git(cli_text("clone -q '%s' somewhere-else", repo_path(shop)));
    git("-C somewhere-else remote set-url origin https://example.com/team/warehouse.git");
    cli_source = "somewhere-else";
    const process_result *got = CLI("migrate", "sync", "--target", TARGET);
    need_status(got, 0);
    need_out(got, "already at");
    need_err(got, cli_text("the target knows this source as '%s': that name is kept", directory));
    need_value("SELECT group_concat(source) FROM ingitdb_sync_state", directory);
    need_value("SELECT count(*) FROM ingitdb_sync_state", "1");
    remove_tree(cli_database());
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    need_value("SELECT source FROM ingitdb_sync_state", "warehouse");
}

static void another_repository_of_that_name(void **state)
{
    (void)state;
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    char *before = db_dump(cli_database(), 1);
    repo_builder *other = cli_repository(false);
    repo_put(other, ".ingitdb/root-collections.yaml", "notes: notes\n");
    repo_put(other, ".ingitdb/migrate.yaml", "name: shop\n");
    repo_put(other, "notes/.collection/definition.yaml",
             "record_file: {name: \"{key}.yaml\", type: \"map[string]any\", format: yaml}\n"
             "columns:\n  text: {type: string}\n");
    repo_put(other, "notes/$records/a.yaml", "text: a\n");
    repo_commit(other, "first");
    cli_source = repo_path(other);
    const process_result *got = CLI("migrate", "sync", "--target", TARGET, "--format", "json");
    need_status(got, 5);
    cJSON *report = need_json(got);
    assert_string_equal(json_text(report, "code"), "UNOWNED");
    need_err(got, "the target knows 'shop' as another source");
    need_err(got, "hint: give this source a name of its own");
    char *after = db_dump(cli_database(), 1);
    db_assert_equal(after, before, "a refused sync");
    free(after);
    /* Under a name of its own it lives beside the other. */
    write_file(cli_text("%s/.ingitdb/migrate.yaml", repo_path(other)), "name: notes\n");
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    need_value("SELECT group_concat(source) FROM (SELECT source FROM ingitdb_sync_state ORDER BY "
               "source)",
               "notes,shop");
    need_out(CLI("migrate", "status", "--target", TARGET), "1 other source in this target");
    /* Two sources, one table: refused. */
    repo_put(other, ".ingitdb/root-collections.yaml", "notes: notes\nbrands: notes\n");
    repo_put(other, ".ingitdb/root-collections.yaml", "brands: notes\n");
    repo_commit(other, "brands, too");
    got = CLI("migrate", "sync", "--target", TARGET, "--allow-destructive");
    need_status(got, 5);
    need_err(got, "table 'brands' of collection 'brands' belongs to source 'shop'");
    need_err(got, "hint: ");
    cli_source = repo_path(shop);
    need_out(CLI("migrate", "sync", "--target", TARGET), "nothing to do");
    need_value("SELECT count(*) FROM notes", "1");
    free(before);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, cli_setup, cli_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(found_by_walking_up),
        TEST(no_source),
        TEST(any_name_of_a_commit),
        TEST(bare_with_a_root),
        TEST(in_a_sub_directory),
        TEST(uncommitted_files_are_counted),
        TEST(the_name),
        TEST(another_repository_of_that_name),
    };
    return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
