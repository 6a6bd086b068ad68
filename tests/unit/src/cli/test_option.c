/*
 * The option table: every option has what help and parser need, and says what is wrong with a
 * value and what would be right.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "cli/option.h"
#include "cli/parse.h"
#include "cmocka.h"

static int set(igd_settings *settings, const char *name, const char *value, igd_error *err)
{
    const igd_option *option = igd_option_find(name);
    assert_non_null(option);
    *settings = igd_default_settings();
    *err = IGD_ERROR_INIT;
    return option->set(settings, value, err);
}

static void the_table_is_whole(void **state)
{
    (void)state;
    for (size_t n = 0; n < igd_option_count; n++) {
        const igd_option *option = &igd_options[n];
        assert_ptr_equal(igd_option_find(option->name), option);
        if (option->alias)
            assert_ptr_equal(igd_option_find(option->alias), option);
        assert_int_equal(option->argument != IGD_ARG_NONE, option->metavar != NULL);
        assert_true(option->commands != 0);
        assert_non_null(option->help);
        assert_non_null(option->set);
        /* A default that is shown is one that could be given. */
        igd_settings settings = igd_default_settings();
        igd_error err = IGD_ERROR_INIT;
        if (option->fallback && !strchr(option->fallback, ' '))
            assert_int_equal(option->set(&settings, option->fallback, &err), IGD_OK);
    }
    assert_null(igd_option_find("nothing"));
    assert_null(igd_option_find(""));
}

/* The words that completion takes from the metavar are values that there are. */
static void metavars_name_values(void **state)
{
    (void)state;
    size_t words = 0;
    for (size_t n = 0; n < igd_option_count; n++) {
        const igd_option *option = &igd_options[n];
        if (!option->metavar || option->metavar[0] < 'a' || option->metavar[0] > 'z')
            continue;
        char *line = strdup(option->metavar), *rest = line;
        for (char *word; (word = strsep(&rest, "|,")); words++) {
            igd_settings settings = igd_default_settings();
            igd_error err = IGD_ERROR_INIT;
            assert_int_equal(option->set(&settings, word, &err), IGD_OK);
        }
        free(line);
    }
    assert_true(words > 20);
}

static void bad_values(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
    } cases[] = {
        {"mode", "half"},
        {"mode", ""},
        {"on-invalid", "Fail"},
        {"allow-destructive", "everything"},
        {"allow-destructive", "drop_table,"
                              "everything"},
        {"allow-destructive", ""},
        {"allow-destructive", "drop_table,,narrow"},
        {"key-column", ""},
        {"batch-size", "0"},
        {"batch-size", "1000001"},
        {"jobs", "0"},
        {"jobs", "-1"},
        {"jobs", "257"},
        {"jobs", "2x"},
        {"jobs", ""},
        {"jobs", "99999999999999999999"},
        {"lock-timeout", "soon"},
        {"lock-timeout", "-1s"},
        {"lock-timeout", "5d"},
        {"lock-timeout", "s"},
        {"lock-timeout", ""},
        {"lock-timeout", "1000001"},
        {"format", "xml"},
        {"progress", "yes"},
        {"log-level", "loud"},
        {"log-format", "xml"},
    };
    for (size_t n = 0; n < IGD_COUNT(cases); n++) {
        igd_settings settings;
        igd_error err;
        int code = set(&settings, cases[n].name, cases[n].value, &err);
        if (code != IGD_E_USAGE)
            fail_msg("--%s '%s' is accepted", cases[n].name, cases[n].value);
        assert_non_null(strstr(err.message, cases[n].name));
        if (err.hint[0] == '\0')
            fail_msg("--%s '%s' comes without a hint", cases[n].name, cases[n].value);
    }
}

static void durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {{"0", 0},       {"7", 7000},    {"500ms", 500},
                 {"10s", 10000}, {"2m", 120000}, {"1h", 3600000}};
    for (size_t n = 0; n < IGD_COUNT(cases); n++) {
        igd_settings settings;
        igd_error err;
        assert_int_equal(set(&settings, "lock-timeout", cases[n].text, &err), IGD_OK);
        assert_int_equal(settings.sync.lock_wait_ms, cases[n].ms);
    }
}

static void consent(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t losses;
    } cases[] = {{NULL, IGD_LOSS_ALL},
                 {"drop_table", IGD_LOSS_DROP_TABLE},
                 {"drop_column,narrow", IGD_LOSS_DROP_COLUMN | IGD_LOSS_NARROW},
                 {"narrow,narrow", IGD_LOSS_NARROW}};
    for (size_t n = 0; n < IGD_COUNT(cases); n++) {
        igd_settings settings;
        igd_error err;
        assert_int_equal(set(&settings, "allow-destructive", cases[n].text, &err), IGD_OK);
        assert_int_equal(settings.sync.allow_loss, cases[n].losses);
    }
}

static void what_options_set(void **state)
{
    (void)state;
    igd_settings settings;
    igd_error err;
    assert_int_equal(set(&settings, "jobs", "256", &err), IGD_OK);
    assert_int_equal(settings.sync.jobs, 256);
    assert_int_equal(set(&settings, "mode", "full", &err), IGD_OK);
    assert_int_equal(settings.sync.mode, IGD_SYNC_FULL);
    assert_int_equal(set(&settings, "on-invalid", "skip", &err), IGD_OK);
    assert_int_equal(settings.sync.on_invalid, IGD_INVALID_SKIP);
    assert_int_equal(set(&settings, "database", "sqlite:x.db", &err), IGD_OK);
    assert_string_equal(settings.target, "sqlite:x.db");
    assert_int_equal(set(&settings, "log-level", "debug", &err), IGD_OK);
    assert_int_equal(settings.log_level, IGD_LOG_DEBUG);
    assert_int_equal(set(&settings, "log-format", "json", &err), IGD_OK);
    assert_true(settings.log_json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_whole),
        cmocka_unit_test(metavars_name_values),
        cmocka_unit_test(bad_values),
        cmocka_unit_test(durations),
        cmocka_unit_test(consent),
        cmocka_unit_test(what_options_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
