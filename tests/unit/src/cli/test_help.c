/*
 * Commands and their help: the tables agree, every option of a command is explained.
 */
#include "tests/unit/src/cli/cli_fixture.h"

static void the_command_table(void **state)
{
    (void)state;
    uint32_t seen = 0;
    for (size_t n = 0; n < igd_command_count; n++) {
        const igd_command *command = &igd_commands[n];
        assert_ptr_equal(igd_command_find(command->name), command);
        assert_int_equal(seen & command->mask, 0);
        seen |= command->mask;
        assert_non_null(command->run);
        assert_true(strstr(command->usage, command->name) != NULL);
        /* What opens a target can be told which. */
        const igd_option *target = igd_option_find("target");
        bool opens = command->needs == IGD_NEEDS_READ || command->needs == IGD_NEEDS_WRITE ||
                     command->needs == IGD_NEEDS_LOCK || command->needs == IGD_NEEDS_SCRIPT ||
                     command->needs == IGD_NEEDS_REHEARSAL;
        assert_int_equal(opens, (target->commands & command->mask) != 0);
    }
    for (size_t n = 0; n < igd_option_count; n++)
        assert_int_equal(igd_options[n].commands & ~seen, 0);
    assert_null(igd_command_find("nothing"));
    assert_null(igd_command_find("migrate"));
}

static void pages(void **state)
{
    (void)state;
    for (size_t n = 0; n < igd_command_count; n++) {
        IGD_CLEANUP(igd_buf)
        igd_buf text = IGD_BUF_INIT;
        igd_help_text(&igd_commands[n], &text);
        assert_non_null(strstr(text.ptr, igd_commands[n].usage));
        for (size_t o = 0; o < igd_option_count; o++) {
            igd_buf head = IGD_BUF_INIT;
            igd_buf_printf(&head, "  --%s%s%s", igd_options[o].name,
                           igd_options[o].argument == IGD_ARG_NONE       ? ""
                           : igd_options[o].argument == IGD_ARG_REQUIRED ? " "
                                                                         : "[=",
                           igd_options[o].metavar ? igd_options[o].metavar : "");
            if (igd_options[o].commands & igd_commands[n].mask)
                assert_non_null(strstr(text.ptr, head.ptr));
            igd_buf_free(&head);
        }
        /* Lines fit a terminal. */
        igd_str rest = igd_buf_view(&text), line;
        while (igd_str_split(&rest, '\n', &line))
            assert_true(igd_str_chars(line) <= 100);
    }
}

static void overview_and_reference(void **state)
{
    (void)state;
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf markdown = IGD_BUF_INIT;
    igd_help_text(NULL, &text);
    igd_help_markdown(&markdown);
    for (size_t n = 0; n < igd_command_count; n++) {
        assert_non_null(strstr(text.ptr, igd_commands[n].summary));
        assert_non_null(strstr(markdown.ptr, igd_commands[n].usage));
    }
    /* A bar inside a cell is no border. */
    assert_non_null(strstr(markdown.ptr, "`--mode incremental\\|full`"));
}

static const char *help(cli *c, const char *line)
{
    if (parse(c, line) != IGD_OK || igd_cmd_help(&c->invocation, &c->err) != IGD_OK)
        return c->err.message;
    return c->invocation.report.text;
}

static void help_of_what(void **state)
{
    cli *c = *state;
    assert_non_null(strstr(help(c, "help"), "commands:"));
    assert_non_null(strstr(help(c, "help migrate"), "commands:"));
    assert_non_null(strstr(help(c, "help sync"), "usage: ingitdb-go migrate sync"));
    assert_non_null(strstr(help(c, "help migrate status"), "usage: ingitdb-go migrate status"));
    assert_string_equal(help(c, "help nothing"), "there is no command 'nothing'");
    assert_string_equal(help(c, "help migrate nothing"), "there is no command 'nothing'");
    assert_non_null(strstr(c->err.hint, "ingitdb-go help"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLI_TEST(the_command_table),
        CLI_TEST(pages),
        CLI_TEST(overview_and_reference),
        CLI_TEST(help_of_what),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
