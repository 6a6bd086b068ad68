/*
 * Reports: the members that every JSON object has, texts for people, where they go, and what is
 * said while a run is under way.
 */
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/cli/cli.h"

/* CONTRACT 5: of every command, also on failure. */
static void need_members(const cJSON *report, const char *command, int status)
{
    static const char *const members[] = {"version",  "command",     "exit",  "code",
                                          "source",   "target",      "from",  "to",
                                          "counts",   "invalid",     "held",  "foreign",
                                          "warnings", "duration_ms", "error", "conflicts"};
    for (size_t n = 0; n < sizeof(members) / sizeof(members[0]); n++)
        if (!json_at(report, members[n]))
            fail_msg("%s: no member %s", command, members[n]);
    static const char *const lists[] = {"invalid", "held", "conflicts", "foreign", "warnings"};
    for (size_t n = 0; n < sizeof(lists) / sizeof(lists[0]); n++)
        assert_true(cJSON_IsArray(json_at(report, lists[n])));
    assert_true(json_number(report, "version") == 1);
    assert_string_equal(json_text(report, "command"), command);
    assert_true(json_number(report, "exit") == status);
    assert_true(json_number(report, "duration_ms") >= 0);
    if (status < 2) {
        assert_true(cJSON_IsNull(json_at(report, "error")));
        return;
    }
    assert_string_equal(json_text(report, "error.code"), json_text(report, "code"));
    assert_true(json_text(report, "error.message")[0] != '(');
    assert_non_null(json_at(report, "error.hint"));
    assert_true(cJSON_IsObject(json_at(report, "error.place")));
}

static const cJSON *report_of(int status, const char *command, const char *const *arguments)
{
    const process_result *got = cli_run(WORDS("INGITDB_FORMAT=json"), arguments);
    need_status(got, status);
    const cJSON *report = need_json(got);
    need_members(report, command, status);
    return report;
}

static void sync_as_json(void **state)
{
    (void)state;
    const char *const *line = WORDS("migrate", "sync", "--target", TARGET);
    const cJSON *report = report_of(0, "sync", line);
    assert_string_equal(json_text(report, "code"), "OK");
    assert_string_equal(json_text(report, "source.name"), "shop");
    assert_string_equal(json_text(report, "source.ref"), "HEAD");
    assert_string_equal(json_text(report, "source.commit"), shop_first_id);
    assert_string_equal(json_text(report, "target.engine"), "sqlite");
    assert_string_equal(json_text(report, "target.database"), TARGET);
    assert_string_equal(json_text(report, "target.synced_commit"), shop_first_id);
    assert_true(json_text(report, "target.server_version")[0] == '3');
    assert_true(cJSON_IsNull(json_at(report, "from")));
    assert_string_equal(json_text(report, "to"), shop_first_id);
    assert_true(json_number(report, "counts.insert") == 3);
    assert_true(json_number(report, "counts.update") == 0);
    assert_true(json_number(report, "counts.delete") == 0);
    assert_string_equal(json_text(report, "schema.changes.0.kind"), "create_table");
    assert_string_equal(json_text(report, "schema.changes.0.risk"), "safe");
    repo_put(shop, "products/$records/rope.yaml", "title: Long rope\nprice: 3\n");
    repo_delete(shop, "products/$records/anvil.yaml");
    const char *second = repo_commit(shop, "second");
    report = report_of(0, "sync", line);
    assert_string_equal(json_text(report, "from"), shop_first_id);
    assert_string_equal(json_text(report, "to"), second);
    assert_true(json_number(report, "counts.update") == 1);
    assert_true(json_number(report, "counts.delete") == 1);
    const cJSON *table;
    double deleted = 0;
    cJSON_ArrayForEach(table,
                       json_at(report, "data.tables")) if (strcmp(json_text(table, "collection"),
                                                                  "products") == 0) deleted =
        json_number(table, "delete");
    assert_true(deleted == 1);
    report = report_of(0, "sync", line);
    assert_true(cJSON_IsTrue(json_at(report, "up_to_date")));
}

static void others_as_json(void **state)
{
    (void)state;
    (void)report_of(4, "status", WORDS("migrate", "status", "--target", TARGET));
    (void)report_of(4, "unlock", WORDS("migrate", "unlock", "--target", TARGET));
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    const cJSON *report = report_of(0, "status", WORDS("migrate", "status", "--target", TARGET));
    assert_string_equal(json_text(report, "from"), shop_first_id);
    assert_string_equal(json_text(report, "status"), "synced");
    assert_true(json_number(report, "counts.commits_behind") == 0);
    assert_true(json_number(report, "counts.records_behind") == 0);
    assert_true(cJSON_IsFalse(json_at(report, "lock.held")));
    repo_put(shop, "brands/$records/best.yaml", "title: Best\n");
    repo_commit(shop, "second");
    report = report_of(1, "status", WORDS("migrate", "status", "--target", TARGET, "--exit-code"));
    assert_true(json_number(report, "counts.commits_behind") == 1);
    assert_true(json_number(report, "counts.records_behind") == 1);
    report = report_of(0, "unlock", WORDS("migrate", "unlock", "--target", TARGET));
    assert_true(cJSON_IsFalse(json_at(report, "unlocked")));
    report = report_of(0, "validate", WORDS("migrate", "validate"));
    assert_true(cJSON_IsNull(json_at(report, "target")));
    (void)report_of(0, "version", WORDS("version"));
    (void)report_of(0, "help", WORDS("help", "sync"));
    (void)report_of(2, "sync", WORDS("migrate", "sync"));
    repo_put(shop, "brands/$records/best.yaml", "title: [\n");
    repo_commit(shop, "third");
    report = report_of(3, "validate", WORDS("migrate", "validate"));
    assert_true(json_number(report, "counts.invalid") == 1);
    assert_string_equal(json_text(report, "invalid.0.path"), "brands/$records/best.yaml");
    (void)report_of(3, "sync", WORDS("migrate", "sync", "--target", TARGET));
}

static void texts_are_readable(void **state)
{
    (void)state;
    const process_result *got = CLI("migrate", "sync", "--target", TARGET);
    need_status(got, 0);
    need_out(got, "2 schema changes\n  create table brands\n  create table products\n");
    need_out(got, "  brands    +1 ~0 -0\n  products  +2 ~0 -0\n");
    need_out(got, cli_text("shop: %.10s: 3 inserted, 0 updated, 0 deleted (", shop_first_id));
    need_silent(got, "\033");
    got = CLI("migrate", "sync", "--target", TARGET);
    assert_string_equal(got->out,
                        cli_text("shop: already at %.10s, nothing to do\n", shop_first_id));
    got = CLI("migrate", "status", "--target", TARGET);
    need_out(got, cli_text("holds       %s", shop_first_id));
    need_out(got, "behind      nothing: up to date\nlock        free\n");
    repo_put(shop, "brands/$records/best.yaml", "title: Best\n");
    const char *second = repo_commit(shop, "second");
    need_out(CLI("migrate", "status", "--target", TARGET), "behind      1 commit, 1 record\n");
    got = CLI("migrate", "sync", "--target", TARGET);
    need_out(got, cli_text("shop: %.10s -> %.10s: 1 inserted, 0 updated, 0 deleted (",
                           shop_first_id, second));
    need_out(CLI("migrate", "validate"), cli_text("%.10s: ", second));
}

static void into_a_file(void **state)
{
    (void)state;
    const char *path = cli_text("%s/report.json", cli_directory);
    const process_result *got =
        CLI("migrate", "sync", "--target", TARGET, "--output", "report.json");
    need_status(got, 0);
    assert_string_equal(got->out, "");
    need_members(json_of(cli_read(path)), "sync", 0);
    /* The format that is given wins over the name, and the old text is gone. */
    got = CLI("migrate", "sync", "--target", TARGET, "--output", "report.json", "--format", "text");
    need_status(got, 0);
    assert_non_null(strstr(cli_read(path), "nothing to do"));
    assert_null(strstr(cli_read(path), "{"));
    need_status(CLI("migrate", "status", "--target", TARGET, "--output", "status.txt"), 0);
    assert_true(strncmp(cli_read(cli_text("%s/status.txt", cli_directory)), "source", 6) == 0);
    /* A failure is reported there, too. */
    got = CLI("migrate", "sync", "--output", "failed.json");
    need_status(got, 2);
    assert_string_equal(got->out, "");
    need_err(got, "error: no target is given");
    need_members(json_of(cli_read(cli_text("%s/failed.json", cli_directory))), "sync", 2);
    got = CLI("migrate", "sync", "--bogus", "--output", "usage.json");
    need_status(got, 2);
    need_members(json_of(cli_read(cli_text("%s/usage.json", cli_directory))), "sync", 2);
}

/* A report that cannot be written is found out before anything is changed. */
static void into_a_file_that_cannot_be(void **state)
{
    (void)state;
    const process_result *got =
        CLI("migrate", "sync", "--target", TARGET, "--output", "nowhere/report.json");
    need_status(got, 2);
    need_err(got, "error: cannot write the report to 'nowhere/report.json'");
    assert_null(strstr(strstr(got->err, "error: ") + 1, "error: "));
    assert_int_not_equal(access(cli_database(), F_OK), 0);
    need_status(CLI("migrate", "validate", "--output", "."), 2);
    /* A disk that is full is found out too late for that: the run stays what it was. */
    got = CLI("migrate", "sync", "--target", TARGET, "--output", "/dev/full");
    need_status(got, 7);
    need_err(got, "cannot write the report");
    need_value("SELECT count(*) FROM products", "2");
}

static void colors(void **state)
{
    (void)state;
    const char *const *line = WORDS("migrate", "sync", "--target", TARGET);
    const char *const *fails = WORDS("migrate", "sync", "--target", "sqlite:no/where.db");
    const process_result *got = cli_on_terminal(NULL, line);
    need_status(got, 0);
    need_out(got, "\033[32m+1");
    remove_tree(cli_database());
    need_out(cli_on_terminal(NULL, fails), "\033[31merror:");
    need_silent(cli_on_terminal(WORDS("NO_COLOR=1"), fails), "\033[3");
    need_silent(cli_on_terminal(WORDS("INGITDB_NO_COLOR=1"), fails), "\033[3");
    got = cli_on_terminal(WORDS("NO_COLOR=1", "INGITDB_PROGRESS=never"), line);
    need_status(got, 0);
    need_silent(got, "\033");
    remove_tree(cli_database());
    /* As no-color.org has it: an empty one says nothing. */
    need_out(cli_on_terminal(WORDS("NO_COLOR="), line), "\033[32m+1");
    remove_tree(cli_database());
    got = cli_on_terminal(NULL, WORDS("migrate", "sync", "--target", TARGET, "--no-color",
                                      "--progress", "never"));
    need_silent(got, "\033");
}

static void progress_on_a_terminal(void **state)
{
    (void)state;
    const char *const *line = WORDS("migrate", "sync", "--target", TARGET);
    shop_grow(20000);
    const process_result *got = cli_on_terminal(NULL, line);
    need_status(got, 0);
    need_out(got, "\r\033[K");
    need_out(got, " records");
    /* It is cleared before the report. */
    const char *last = NULL;
    for (const char *at = got->out; (at = strstr(at, "\r\033[K")); at++)
        last = at;
    assert_true(strncmp(last, "\r\033[K3 schema changes", 20) == 0);
    static const char *const silent[] = {"--quiet", "--progress=never"};
    for (size_t n = 0; n < 2; n++) {
        remove_tree(cli_database());
        got = cli_on_terminal(NULL, WORDS("migrate", "sync", "--target", TARGET, silent[n]));
        need_status(got, 0);
        need_silent(got, "\r\033[K");
        need_silent(got, " records");
    }
}

/* Elsewhere there is a line every ten seconds, so none for most runs. */
static void progress_elsewhere(void **state)
{
    (void)state;
    const char *const line[] = {"migrate", "sync", "--target", TARGET, NULL};
    need_status(cli_run(NULL, line), 0);
    shop_grow(20000);
    process *p = cli_paused_writing(line);
    usleep(10100000);
    process_signal(p, SIGCONT);
    const process_result *slow = cli_wait(p);
    need_status(slow, 0);
    need_err(slow, " records");
    need_silent(slow, "\033");
    size_t lines = 0;
    for (const char *at = slow->err; *at; at++)
        lines += *at == '\n';
    assert_int_equal(lines, 2); /* the target, and one line */
    shop_grow(20000);
    const process_result *fast = cli_run(NULL, line);
    need_status(fast, 0);
    need_silent(fast, " records");
    /* Always is always, and is live. */
    shop_grow(10000);
    fast = CLI("migrate", "sync", "--target", TARGET, "--progress", "always");
    need_status(fast, 0);
    need_err(fast, "\r\033[Kwriting ");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, cli_setup, cli_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sync_as_json),
        TEST(others_as_json),
        TEST(texts_are_readable),
        TEST(into_a_file),
        TEST(into_a_file_that_cannot_be),
        TEST(colors),
        TEST(progress_on_a_terminal),
        TEST(progress_elsewhere),
    };
    return cmocka_run_group_tests_name("reports", tests, NULL, NULL);
}
