/*
 * For the tests of src/cli: a command line, the environment and a configuration, turned into
 * settings.
 */
#ifndef IGD_TESTS_CLI_FIXTURE_H
#define IGD_TESTS_CLI_FIXTURE_H

#include <stdlib.h>
#include <unistd.h>

#include "cli/config.h"
#include "tests/support/problem_check.h"

extern char **environ;

typedef struct cli {
    igd_arena *mem;
    igd_given *given;
    igd_invocation invocation;
    igd_config config;
    igd_settings settings;
    bool help;
    igd_error err;
} cli;

/* The machine's own variables do not count. */
IGD_UNUSED static void clear_environment(void)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_str_list names = {0};
    for (char **at = environ; *at; at++)
        if (strncmp(*at, "INGITDB_", 8) == 0)
            IGD_PUSH(mem, &names, igd_arena_str(mem, (igd_str){*at, strcspn(*at, "=")}));
    for (size_t n = 0; n < names.len; n++)
        unsetenv(names.items[n].ptr);
}

IGD_UNUSED static int cli_setup(void **state)
{
    cli *c = test_calloc(1, sizeof(*c));
    c->mem = igd_arena_new();
    c->given = IGD_NEW_ARRAY(c->mem, igd_given, igd_option_count);
    c->invocation.mem = c->mem;
    c->settings = igd_default_settings();
    clear_environment();
    *state = c;
    return 0;
}

IGD_UNUSED static int cli_teardown(void **state)
{
    cli *c = *state;
    clear_environment();
    igd_arena_free(c->mem);
    test_free(c);
    return 0;
}

#define CLI_TEST(name) cmocka_unit_test_setup_teardown(name, cli_setup, cli_teardown)

/* Words separated by single spaces, the command's name in front. */
IGD_UNUSED static int parse(cli *c, const char *line)
{
    char **argv = IGD_NEW_ARRAY(c->mem, char *, 32);
    int argc = 0;
    igd_str rest = igd_str_from(line), word;
    while (igd_str_split(&rest, ' ', &word) && argc < 31)
        argv[argc++] = igd_arena_cstr(c->mem, word);
    const igd_command *command = igd_command_find(argv[0]);
    assert_non_null(command);
    return igd_parse_arguments(command, argc, argv, c->given, &c->invocation, &c->help, &c->err);
}

IGD_UNUSED static int configure(cli *c, const char *text)
{
    return igd_config_parse(igd_str_from(text), "migrate.yaml", c->mem, &c->config, &c->err);
}

/* Command line, environment, file: in the order of a run. */
IGD_UNUSED static int settle_settings(cli *c, const char *line, const char *file)
{
    memset(c->given, 0, sizeof(*c->given) * igd_option_count);
    c->settings = igd_default_settings();
    c->config = (igd_config){0};
    int code = parse(c, line);
    const igd_command *command =
        igd_command_find(igd_arena_cstr(c->mem, (igd_str){line, strcspn(line, " ")}));
    if (code == IGD_OK)
        code = igd_parse_environment(command, c->mem, c->given, &c->err);
    if (code == IGD_OK)
        code = configure(c, file);
    if (code == IGD_OK)
        code = igd_config_options(&c->config, command, c->mem, c->given, &c->err);
    if (code == IGD_OK)
        code = igd_apply_options(command, c->given, &c->settings, &c->err);
    return code;
}

#endif
