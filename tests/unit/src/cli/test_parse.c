/*
 * Parsing: command lines, the environment, what comes first, and what is wrong with them.
 */
#include "tests/unit/src/cli/cli_fixture.h"

static void command_lines(void **state)
{
    cli *c = *state;
    assert_int_equal(settle_settings(c, "sync --ref main --jobs=3 --strict --target a one two", ""),
                     IGD_OK);
    assert_string_equal(c->settings.ref, "main");
    assert_int_equal(c->settings.sync.jobs, 3);
    assert_true(c->settings.sync.strict);
    assert_string_equal(c->settings.target, "a");
    assert_string_equal(c->settings.target_origin, "--target");
    assert_int_equal(c->invocation.operand_count, 2);
    assert_string_equal(c->invocation.operands[1], "two");
    /* Operands in between, an alias, a short form, and what follows -- is no option. */
    assert_int_equal(settle_settings(c, "sync one --database b --allow-dest two -- --ref", ""),
                     IGD_OK);
    assert_string_equal(c->settings.target, "b");
    assert_int_equal(c->settings.sync.allow_loss, IGD_LOSS_ALL);
    assert_int_equal(c->invocation.operand_count, 3);
    assert_string_equal(c->invocation.operands[2], "--ref");
    assert_false(c->help);
    assert_int_equal(settle_settings(c, "status -h", ""), IGD_OK);
    assert_true(c->help);
}

static void optional_values_need_the_sign(void **state)
{
    cli *c = *state;
    assert_int_equal(settle_settings(c, "sync --allow-destructive narrow", ""), IGD_OK);
    assert_int_equal(c->settings.sync.allow_loss, IGD_LOSS_ALL);
    assert_int_equal(c->invocation.operand_count, 1);
    assert_int_equal(settle_settings(c, "sync --allow-destructive=narrow", ""), IGD_OK);
    assert_int_equal(c->settings.sync.allow_loss, IGD_LOSS_NARROW);
}

static void wrong_command_lines(void **state)
{
    cli *c = *state;
    static const struct {
        const char *line, *message;
    } cases[] = {
        {"sync --nothing", "sync has no option --nothing"},
        {"sync operand --nothing", "sync has no option --nothing"},
        {"sync --ref main --nothing=1 operand", "sync has no option --nothing=1"},
        {"sync -x", "sync has no option -x"},
        {"sync operand -x", "sync has no option -x"},
        {"sync -xh", "sync has no option -x"},
        {"sync --ref", "--ref needs a value"},
        {"sync operand --ref", "--ref needs a value"},
        {"sync --strict=1", "--strict takes no value"},
        {"sync operand --strict=1", "--strict takes no value"},
        {"sync --ref a --ref b", "--ref is given twice"},
        {"sync --target a --database b", "--target is given twice"},
        {"validate --target a", "validate has no option --target"}, /* of other commands */
        {"unlock --jobs 2", "unlock has no option --jobs"},
    };
    for (size_t n = 0; n < IGD_COUNT(cases); n++) {
        int code = settle_settings(c, cases[n].line, "");
        assert_int_equal(code, IGD_E_USAGE);
        assert_string_equal(c->err.message, cases[n].message);
        if (!strstr(c->err.hint, "ingitdb-go help "))
            fail_msg("'%s': hint '%s'", cases[n].line, c->err.hint);
    }
}

static void the_command_line_comes_first(void **state)
{
    cli *c = *state;
    static const char file[] = "jobs: 4\nkey-column: file\nlock-timeout: 4s\n";
    setenv("INGITDB_JOBS", "3", 1);
    setenv("INGITDB_KEY_COLUMN", "environment", 1);
    assert_int_equal(settle_settings(c, "sync --jobs 2", file), IGD_OK);
    assert_int_equal(c->settings.sync.jobs, 2);
    assert_str(c->settings.sync.mapping.key_column, "environment");
    assert_int_equal(c->settings.sync.lock_wait_ms, 4000);
    unsetenv("INGITDB_JOBS");
    assert_int_equal(settle_settings(c, "sync", file), IGD_OK);
    assert_int_equal(c->settings.sync.jobs, 4);
}

static void flags_as_words(void **state)
{
    cli *c = *state;
    static const char *const yes[] = {"1", "true", "YES", "On"};
    static const char *const no[] = {"0", "False", "no", "off"};
    for (size_t n = 0; n < IGD_COUNT(yes); n++) {
        setenv("INGITDB_STRICT", yes[n], 1);
        assert_int_equal(settle_settings(c, "sync", "strict: false\n"), IGD_OK);
        assert_true(c->settings.sync.strict);
    }
    /* No is an answer, too: the file is not asked any more. */
    for (size_t n = 0; n < IGD_COUNT(no); n++) {
        setenv("INGITDB_STRICT", no[n], 1);
        assert_int_equal(settle_settings(c, "sync", "strict: true\n"), IGD_OK);
        assert_false(c->settings.sync.strict);
        assert_int_equal(settle_settings(c, "sync --strict", "strict: true\n"), IGD_OK);
        assert_true(c->settings.sync.strict);
    }
    /* Nothing is no answer. */
    setenv("INGITDB_STRICT", "", 1);
    assert_int_equal(settle_settings(c, "sync", "strict: true\n"), IGD_OK);
    assert_true(c->settings.sync.strict);
    setenv("INGITDB_STRICT", "perhaps", 1);
    assert_int_equal(settle_settings(c, "sync", ""), IGD_E_USAGE);
    assert_string_equal(c->err.message, "INGITDB_STRICT is true or false, not 'perhaps'");
}

static void optional_values_as_words(void **state)
{
    cli *c = *state;
    setenv("INGITDB_ALLOW_DESTRUCTIVE", "false", 1);
    assert_int_equal(settle_settings(c, "sync", "allow-destructive: true\n"), IGD_OK);
    assert_int_equal(c->settings.sync.allow_loss, 0);
    setenv("INGITDB_ALLOW_DESTRUCTIVE", "true", 1);
    assert_int_equal(settle_settings(c, "sync", ""), IGD_OK);
    assert_int_equal(c->settings.sync.allow_loss, IGD_LOSS_ALL);
    setenv("INGITDB_ALLOW_DESTRUCTIVE", "narrow", 1);
    assert_int_equal(settle_settings(c, "sync", ""), IGD_OK);
    assert_int_equal(c->settings.sync.allow_loss, IGD_LOSS_NARROW);
}

/* The alias is the same option everywhere. */
static void aliases(void **state)
{
    cli *c = *state;
    setenv("INGITDB_DATABASE", "sqlite:environment.db", 1);
    assert_int_equal(settle_settings(c, "sync", ""), IGD_OK);
    assert_string_equal(c->settings.target, "sqlite:environment.db");
    assert_string_equal(c->settings.target_origin, "INGITDB_DATABASE");
    setenv("INGITDB_TARGET", "sqlite:first.db", 1);
    assert_int_equal(settle_settings(c, "sync", ""), IGD_OK);
    assert_string_equal(c->settings.target, "sqlite:first.db");
}

/* Messages say where a bad value stood. */
static void origins(void **state)
{
    cli *c = *state;
    setenv("INGITDB_JOBS", "none", 1);
    assert_int_equal(settle_settings(c, "sync", ""), IGD_E_USAGE);
    assert_true(strncmp(c->err.message, "INGITDB_JOBS: ", 14) == 0);
    unsetenv("INGITDB_JOBS");
    assert_int_equal(settle_settings(c, "sync", "name: x\njobs: none\n"), IGD_E_USAGE);
    assert_true(strncmp(c->err.message, "migrate.yaml:2: jobs: ", 22) == 0);
    assert_int_equal(settle_settings(c, "sync --jobs none", ""), IGD_E_USAGE);
    assert_string_equal(c->err.message, "--jobs cannot be 'none'");
}

/* The report of a failure is in the format that was asked for, wherever that stands. */
static void formats_are_known_before_errors(void **state)
{
    cli *c = *state;
    assert_int_equal(settle_settings(c, "sync --jobs none --what --format json", ""), IGD_E_USAGE);
    assert_string_equal(c->err.message, "sync has no option --what");
    c->settings = igd_default_settings();
    igd_apply_report_options(c->given, &c->settings);
    assert_int_equal(c->settings.format, IGD_FORMAT_JSON);
    assert_true(c->settings.sync.jobs > 0);
}

/* What another command would not understand is not looked at. */
static void variables_of_other_commands(void **state)
{
    cli *c = *state;
    setenv("INGITDB_MODE", "half", 1);
    assert_int_equal(settle_settings(c, "status", "mode: half\n"), IGD_OK);
    assert_int_equal(settle_settings(c, "sync", ""), IGD_E_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLI_TEST(command_lines),
        CLI_TEST(optional_values_need_the_sign),
        CLI_TEST(wrong_command_lines),
        CLI_TEST(the_command_line_comes_first),
        CLI_TEST(flags_as_words),
        CLI_TEST(optional_values_as_words),
        CLI_TEST(aliases),
        CLI_TEST(origins),
        CLI_TEST(formats_are_known_before_errors),
        CLI_TEST(variables_of_other_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
