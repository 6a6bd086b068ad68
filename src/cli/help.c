/*
 * Help from the tables: pages for the terminal, and the reference in Markdown.
 */
#include "cli/command.h"

#define WIDTH 96

static const struct {
    int status;
    const char *meaning;
} exit_codes[] = {
    {0, "done"},
    {1,
     "the answer is no: `--exit-code` found the target behind, degraded or different; `verify` and "
     "`--verify` found differences"},
    {2, "usage or configuration error"},
    {3, "the source is invalid: schema errors, or invalid records under `--on-invalid fail`"},
    {4, "target or repository cannot be reached or opened"},
    {5,
     "refused by policy; the report's `code` says which: DESTRUCTIVE, MASS_DELETE, CONFLICT, UNOWNED, "
     "STALE_BASE, CHECKSUM, REWIND, FORMAT"},
    {6, "another run holds the lock"},
    {7, "the target rejected a statement; what was begun is rolled back"},
    {70, "a bug: please report"},
    {130, "interrupted; what was begun is rolled back"},
    {143, "terminated; likewise"},
};

static void wrap(igd_buf *out, const char *text, size_t indent)
{
    size_t column = indent;
    igd_str rest = igd_str_from(text), word;
    bool first = true;
    while (igd_str_split(&rest, ' ', &word)) {
        if (!first && column + 1 + word.len > WIDTH) {
            igd_buf_printf(out, "\n%*s", (int)indent, "");
            column = indent;
            first = true;
        }
        if (!first) {
            igd_buf_byte(out, ' ');
            column++;
        }
        igd_buf_str(out, word);
        column += word.len;
        first = false;
    }
    igd_buf_byte(out, '\n');
}

static void option_head(const igd_option *option, igd_buf *out)
{
    igd_buf_printf(out, "--%s", option->name);
    if (option->argument == IGD_ARG_REQUIRED)
        igd_buf_printf(out, " %s", option->metavar);
    if (option->argument == IGD_ARG_OPTIONAL)
        igd_buf_printf(out, "[=%s]", option->metavar);
    if (option->alias)
        igd_buf_printf(out, ", --%s", option->alias);
}

static void option_text(const igd_option *option, igd_buf *out)
{
    IGD_CLEANUP(igd_buf)
    igd_buf help = IGD_BUF_INIT;
    igd_buf_puts(out, "  ");
    option_head(option, out);
    igd_buf_puts(out, "\n        ");
    igd_buf_puts(&help, option->help);
    if (option->fallback)
        igd_buf_printf(&help, " (default: %s)", option->fallback);
    wrap(out, help.ptr, 8);
}

static void overview(igd_buf *out)
{
    igd_buf_puts(out, "Keeps a database in step with an inGitDB repository.\n\nusage: ingitdb-go "
                      "migrate COMMAND [OPTION]...\n\ncommands:\n");
    for (size_t n = 0; n < igd_command_count; n++)
        igd_buf_printf(out, "  %s%-*s  %s\n", igd_commands[n].migrate ? "migrate " : "",
                       igd_commands[n].migrate ? 8 : 16, igd_commands[n].name,
                       igd_commands[n].summary);
    igd_buf_puts(out, "\n`ingitdb-migrate` is the same program with the word `migrate` implied.\n"
                      "Options of a command: ingitdb-go help COMMAND\n");
}

void igd_help_text(const igd_command *command, igd_buf *out)
{
    if (!command) {
        overview(out);
        return;
    }
    igd_buf_printf(out, "usage: %s\n\n", command->usage);
    if (*command->text)
        igd_buf_printf(out, "%s\n\n", command->text);
    igd_buf_puts(out, "options:\n");
    for (size_t n = 0; n < igd_option_count; n++)
        if (igd_options[n].commands & command->mask)
            option_text(&igd_options[n], out);
    igd_buf_puts(out, "  --help, -h\n        show this\n\nEvery long option can be given as "
                      "INGITDB_<OPTION> (in capitals, '-' as '_') or in\n.ingitdb/migrate.yaml; "
                      "the command line comes first, then the environment, then the file.\n");
}

static void option_row(const igd_option *option, igd_buf *out)
{
    IGD_CLEANUP(igd_buf)
    igd_buf head = IGD_BUF_INIT;
    option_head(option, &head);
    igd_buf_puts(out, "| `");
    for (size_t n = 0; n < head.len; n++)
        igd_buf_printf(out, head.ptr[n] == '|' ? "\\%c" : "%c", head.ptr[n]);
    igd_buf_printf(out, "` | %s | %s |\n", option->help, option->fallback ? option->fallback : "");
}

void igd_help_markdown(igd_buf *out)
{
    igd_buf_puts(out, "# Commands\n\n<!-- Written by scripts/update-docs from the option table "
                      "(src/cli/option.c): do not edit. -->\n\n");
    for (size_t n = 0; n < igd_command_count; n++) {
        const igd_command *command = &igd_commands[n];
        igd_buf_printf(out, "## %s\n\n    %s\n\n%c%s.\n", command->name, command->usage,
                       command->summary[0] - 'a' + 'A', command->summary + 1);
        if (*command->text)
            igd_buf_printf(out, "\n%s\n", command->text);
        igd_buf_puts(out, "\n| option | meaning | default |\n|---|---|---|\n");
        for (size_t o = 0; o < igd_option_count; o++)
            if (igd_options[o].commands & command->mask)
                option_row(&igd_options[o], out);
        igd_buf_puts(out, "| `--help, -h` | show the command's help |  |\n\n");
    }
    igd_buf_puts(out, "Every long option can be given as `INGITDB_<OPTION>` (in capitals, `-` as "
                      "`_`) or in `.ingitdb/migrate.yaml`;\nthe command line comes first, then "
                      "the environment, then the file.\n\n## Exit codes\n\n| code | meaning "
                      "|\n|---|---|\n");
    for (size_t n = 0; n < IGD_COUNT(exit_codes); n++)
        igd_buf_printf(out, "| %d | %s |\n", exit_codes[n].status, exit_codes[n].meaning);
}
