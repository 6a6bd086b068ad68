/*
 * Words in front of the options, help and version, and what is wrong with a command line.
 */
#include <unistd.h>

#include "tests/cli/cli.h"

static void help_is_made_of_the_tables(void **state)
{
    (void)state;
    static const char *const commands[] = {"sync", "status",  "validate",  "unlock",
                                           "help", "version", "completion"};
    cli_source = "/nonexistent";
    const process_result *got = CLI("help");
    need_status(got, 0);
    for (size_t n = 0; n < sizeof(commands) / sizeof(commands[0]); n++) {
        need_out(got, commands[n]);
        const process_result *page = CLI("help", commands[n]), *other;
        need_status(page, 0);
        need_out(page, commands[n]);
        assert_string_equal(page->err, "");
        if (n < 4) {
            other = CLI("migrate", commands[n], "--help");
            need_out(page, "--source");
        } else {
            other = CLI(commands[n], "-h");
        }
        need_status(other, 0);
        if (strcmp(commands[n], "help") != 0)
            assert_string_equal(other->out, page->out);
    }
    static const char *const same[] = {"--help", "-h"};
    for (size_t n = 0; n < 2; n++)
        assert_string_equal(CLI(same[n])->out, got->out);
    assert_string_equal(cli_run(NULL, WORDS(NULL))->out, got->out);
    assert_string_equal(CLI("migrate")->out, got->out);
    assert_string_equal(CLI("migrate", "help")->out, got->out);
}

static void help_has_other_formats(void **state)
{
    (void)state;
    const process_result *got = CLI("help", "--format", "markdown");
    need_status(got, 0);
    need_out(got, "## sync\n");
    need_out(got, "| `--target");
    need_out(got, "| 143 |");
    cJSON *report = need_json(CLI("help", "--format", "json"));
    assert_string_equal(json_text(report, "command"), "help");
    assert_non_null(strstr(json_text(report, "text"), "usage: ingitdb-go"));
    got = CLI("help", "nonsense");
    need_status(got, 2);
    need_err(got, "there is no command 'nonsense'");
    need_err(got, "hint: ");
}

static void version_is_said(void **state)
{
    (void)state;
    const process_result *got = CLI("version");
    need_status(got, 0);
    assert_true(strncmp(got->out, "ingitdb-go migrate ", 19) == 0);
    assert_true(got->out[19] >= '0' && got->out[19] <= '9');
    assert_string_equal(CLI("--version")->out, got->out);
    assert_string_equal(CLI("migrate", "version")->out, got->out);
    cJSON *report = need_json(CLI("version", "--format=json"));
    assert_true(json_number(report, "version") == 1);
    assert_string_equal(json_text(report, "command"), "version");
}

static void another_name_implies_migrate(void **state)
{
    (void)state;
    const char *link = cli_text("%s/ingitdb-migrate", cli_directory);
    assert_int_equal(symlink(cli_program(), link), 0);
    const char *const argv[] = {link, "validate", "--source", repo_path(shop), NULL};
    process_result got = process_run(argv, NULL);
    need_status(&got, 0);
    need_out(&got, "every one is valid");
    process_result_free(&got);
    got = process_run(WORDS(link, "migrate", "validate", "--source", repo_path(shop)), NULL);
    need_status(&got, 0);
    process_result_free(&got);
    /* The build leaves one beside the program. */
    char *slash, *beside = strdup(cli_program());
    assert_non_null(slash = strrchr(beside, '/'));
    slash[1] = '\0';
    const char *installed = cli_text("%singitdb-migrate", beside);
    free(beside);
    if (access(installed, X_OK) != 0)
        fail_msg("there is no %s", installed);
    got = process_run(WORDS(installed, "version"), NULL);
    need_status(&got, 0);
    process_result_free(&got);
}

static void need_usage(const process_result *got, const char *message)
{
    need_status(got, 2);
    need_err(got, "error: ");
    need_err(got, message);
    assert_string_equal(got->out, "");
}

static void unknown_words(void **state)
{
    (void)state;
    const process_result *got = CLI("migrate", "synchronise");
    need_usage(got, "there is no command 'synchronise'");
    need_err(got, "hint: see ingitdb-go help");
    got = CLI("sync");
    need_usage(got, "there is no command 'sync'");
    need_err(got, "hint: it is: ingitdb-go migrate sync");
    got = CLI("migrate", "sync", "--bogus");
    need_usage(got, "sync has no option --bogus");
    need_err(got, "hint: see ingitdb-go help sync");
    got = CLI("migrate", "sync", "--on-invald=skip");
    need_usage(got, "sync has no option --on-invald=skip");
    need_err(got, "hint: did you mean --on-invalid?");
    got = CLI("migrate", "verfy");
    need_usage(got, "there is no command 'verfy'");
    need_err(got, "hint: did you mean 'verify'?");
    /* Not the word in front of it. */
    need_usage(CLI("migrate", "sync", "word", "--bogus"), "sync has no option --bogus");
    need_usage(CLI("migrate", "sync", "-x"), "sync has no option -x");
    need_usage(CLI("migrate", "sync", "word"), "'word' is one argument too many");
    need_usage(CLI("version", "word"), "'word' is one argument too many");
    /* An option of another command. */
    need_usage(CLI("migrate", "status", "--mode", "full"), "status has no option --mode");
    need_usage(CLI("migrate", "validate", "--target", FILE_ONLY),
               "validate has no option --target");
    need_usage(CLI("migrate", "sync", "--force"), "sync has no option --force");
    /* A part of its name that two have. */
    need_usage(CLI("migrate", "sync", "--allow"), "--allow");
}

static void wrong_values(void **state)
{
    (void)state;
    static const struct {
        const char *option, *value, *says;
    } cases[] = {
        {"--mode", "both", "--mode cannot be 'both'"},
        {"--on-invalid", "ask", "--on-invalid cannot be 'ask'"},
        {"--on-conflict", "ours", "--on-conflict cannot be 'ours'"},
        {"--allow-destructive=all", NULL, "--allow-destructive cannot be 'all'"},
        {"--allow-destructive=narrow,bogus", NULL, "--allow-destructive cannot be"},
        {"--key-column", "", "--key-column cannot be ''"},
        {"--batch-size", "0", "--batch-size cannot be '0'"},
        {"--batch-size", "12x", "--batch-size cannot be '12x'"},
        {"--jobs", "-1", "it is a number from 1 to 256"},
        {"--jobs", "257", "it is a number from 1 to 256"},
        {"--jobs", "99999999999999999999", "it is a number from 1 to 256"},
        {"--lock-timeout", "soon", "--lock-timeout cannot be 'soon'"},
        {"--lock-timeout", "-1", "--lock-timeout cannot be '-1'"},
        {"--format", "xml", "--format cannot be 'xml'"},
        {"--format", "markdown", "--format cannot be 'markdown'"},
        {"--progress", "maybe", "--progress cannot be 'maybe'"},
        {"--log-level", "loud", "--log-level cannot be 'loud'"},
        {"--log-format", "xml", "--log-format cannot be 'xml'"},
        {"--strict=yes", NULL, "--strict takes no value"},
        {"--target", NULL, "--target needs a value"},
    };
    for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++)
        need_usage(CLI("migrate", "sync", cases[n].option, cases[n].value), cases[n].says);
    need_usage(CLI("migrate", "sync", "--ref", "a", "--ref", "b"), "--ref is given twice");
    need_usage(CLI("migrate", "sync", "--target", FILE_ONLY, "--database", FILE_ONLY),
               "is given twice");
    need_usage(CLI("migrate", "sync", "--target", FILE_ONLY, "--strict", "--on-invalid", "skip"),
               "contradict each other");
    /* The environment's and the file's are named by where they are. */
    need_usage(CLI_WITH(WORDS("INGITDB_JOBS=many"), "migrate", "sync"), "INGITDB_JOBS");
    need_usage(CLI_WITH(WORDS("INGITDB_STRICT=perhaps"), "migrate", "sync"),
               "INGITDB_STRICT is true or false, not 'perhaps'");
}

static void wrong_targets(void **state)
{
    (void)state;
    const process_result *got = CLI("migrate", "sync");
    need_usage(got, "no target is given");
    need_err(got, "hint: say where to: --target sqlite:FILE.db");
    got = CLI("migrate", "sync", "--target", "shop");
    need_usage(got, "'shop' is neither a url nor a target of the configuration");
    need_err(got, "hint: ");
    got = CLI("migrate", "sync", "--target", "oracle://db/shop");
    need_usage(got, "oracle");
    need_err(got, "hint: ");
    need_err(got, "sqlite:");
    got = CLI("migrate", "sync", "--target", FILE_ONLY "?timeot=3");
    need_usage(got, "unknown parameter 'timeot'");
    need_err(got, "hint: parameters of sqlite URLs: timeout");
    need_usage(CLI("migrate", "sync", "--target", FILE_ONLY "?timeout=x"), "timeout");
    need_usage(CLI("migrate", "sync", "--target", "sqlite:"), "names no file");
    need_usage(CLI("migrate", "sync", "--target", "sqlite::memory:"), "in memory");
    need_usage(CLI("migrate", "sync", "--target", "sqlite://host/x.db"), "has no host");
}

/* A script that asked for JSON gets it, whatever is wrong, and wherever that stands. */
static void failures_are_json_too(void **state)
{
    (void)state;
    const char *const *lines[] = {
        WORDS("migrate", "sync", "--format", "json", "--bogus"),
        WORDS("migrate", "sync", "--bogus", "--format", "json"),
        WORDS("migrate", "sync", "--mode", "x", "--format=json"),
        WORDS("migrate", "sync", "--format", "json", "word"),
        WORDS("migrate", "bogus", "--format", "json"),
        WORDS("sync", "--format", "json"),
        WORDS("migrate", "sync", "--format", "json"),
        WORDS("migrate", "status", "--format", "json", "--target", "bogus"),
        WORDS("help", "bogus", "--format", "json"),
    };
    for (size_t n = 0; n < sizeof(lines) / sizeof(lines[0]); n++) {
        const process_result *got = cli_run(NULL, lines[n]);
        need_status(got, 2);
        cJSON *report = need_json(got);
        assert_true(json_number(report, "exit") == 2);
        assert_true(json_text(report, "error.message")[0] != '\0');
    }
    const process_result *got =
        CLI_WITH(WORDS("INGITDB_FORMAT=json"), "migrate", "sync", "--bogus");
    need_status(got, 2);
    (void)need_json(got);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, cli_setup, cli_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(help_is_made_of_the_tables),
        TEST(help_has_other_formats),
        TEST(version_is_said),
        TEST(another_name_implies_migrate),
        TEST(unknown_words),
        TEST(wrong_values),
        TEST(wrong_targets),
        TEST(failures_are_json_too),
    };
    return cmocka_run_group_tests_name("usage", tests, NULL, NULL);
}
