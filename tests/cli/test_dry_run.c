/*
 * Dry runs: the answer of the real run, and nothing written.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "tests/cli/cli.h"
#include "tests/support/db_dump.h"

static const char *const forms[] = {"--dry-run", "--dry-run=plan", "--dry-run=execute"};

/* Every byte of the database's file; free() it. */
static char *file_bytes(size_t *len)
{
    FILE *file = fopen(cli_database(), "rb");
    assert_non_null(file);
    struct stat info;
    assert_int_equal(fstat(fileno(file), &info), 0);
    *len = (size_t)info.st_size;
    char *bytes = malloc(*len + 1);
    assert_int_equal(fread(bytes, 1, *len, file), *len);
    fclose(file);
    return bytes;
}

/* The run ends like this, in every form, and leaves the file as it is. */
static void need_dry(const char *extra, int status, const char *says)
{
    size_t before_len, after_len;
    char *before = file_bytes(&before_len);
    for (size_t n = 0; n < 3; n++) {
        const process_result *got =
            CLI("migrate", "sync", "--target", TARGET, forms[n], extra ? extra : "--quiet");
        need_status(got, status);
        if (status == 0)
            need_out(got, says);
        else
            need_err(got, says);
        char *after = file_bytes(&after_len);
        assert_int_equal(after_len, before_len);
        assert_memory_equal(after, before, before_len);
        free(after);
    }
    free(before);
}

static void synced(void)
{
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    /* Out of the log, so that the bytes of the file say all. */
    db_exec(cli_database(), "PRAGMA wal_checkpoint(TRUNCATE)");
}

static void an_absent_file(void **state)
{
    (void)state;
    for (size_t n = 0; n < 3; n++) {
        const process_result *got = CLI("migrate", "sync", "--target", TARGET, forms[n]);
        need_status(got, 0);
        need_out(got, "create table products");
        need_out(got, "a dry run");
        need_out(got, "inserted, 0 updated, 0 deleted");
        assert_int_not_equal(access(cli_database(), F_OK), 0);
    }
}

static void a_change(void **state)
{
    (void)state;
    synced();
    repo_put(shop, "brands/$records/best.yaml", "title: Best\n");
    repo_put(shop, "products/$records/rope.yaml", "title: Longer rope\n");
    repo_commit(shop, "second");
    need_dry(NULL, 0, "1 inserted, 1 updated, 0 deleted");
    need_dry("--mode=full", 0, "1 inserted, 1 updated, 0 deleted");
    cJSON *report = need_json(
        CLI("migrate", "sync", "--target", TARGET, "--dry-run=execute", "--format", "json"));
    assert_string_equal(json_text(report, "dry_run"), "execute");
    const process_result *got = CLI("migrate", "sync", "--target", TARGET);
    need_status(got, 0);
    need_out(got, "1 inserted, 1 updated, 0 deleted");
}

static void refusals(void **state)
{
    (void)state;
    synced();
    repo_put(shop, "products/$records/rope.yaml", "title: [\n");
    repo_commit(shop, "broken");
    need_dry(NULL, 3, "invalid");
    repo_move(shop, "products/$records", "products/records");
    repo_commit(shop, "tidied up");
    need_dry(NULL, 5, "--allow-destructive=mass_delete");
    repo_put(shop, ".ingitdb/root-collections.yaml", "brands: brands\n");
    repo_commit(shop, "no products");
    need_dry(NULL, 5, "--allow-destructive=drop_table");
}

static void tables_of_others(void **state)
{
    (void)state;
    db_exec(cli_database(), "CREATE TABLE products (id TEXT PRIMARY KEY)");
    need_dry(NULL, 5, "table 'products'");
}

/* Only the write itself notices what others have changed. */
static void edits_of_others(void **state)
{
    (void)state;
    synced();
    repo_put(shop, "products/$records/rope.yaml", "title: Longer rope\n");
    repo_commit(shop, "second");
    db_exec(cli_database(), "UPDATE products SET title = 'Mine' WHERE id = 'rope';"
                            "PRAGMA wal_checkpoint(TRUNCATE)");
    size_t len;
    free(file_bytes(&len));
    need_status(CLI("migrate", "sync", "--target", TARGET, "--dry-run=execute", "--on-conflict",
                    "fail"),
                5);
    need_value("SELECT title FROM products WHERE id = 'rope'", "Mine");
    need_value("SELECT count(*) FROM ingitdb_sync_conflicts", "0");
}

static void proof_needs_writing(void **state)
{
    (void)state;
    synced();
    repo_put(shop, "brands/$records/best.yaml", "title: Best\n");
    repo_commit(shop, "second");
    need_status(CLI("migrate", "sync", "--target", TARGET, "--dry-run", "--verify"), 2);
    need_status(CLI("migrate", "sync", "--target", TARGET, "--dry-run=execute", "--verify"), 0);
    need_value("SELECT count(*) FROM brands WHERE id = 'best'", "0");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, cli_setup, cli_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_absent_file),   TEST(a_change),        TEST(refusals),
        TEST(tables_of_others), TEST(edits_of_others), TEST(proof_needs_writing),
    };
    return cmocka_run_group_tests_name("dry run", tests, NULL, NULL);
}
