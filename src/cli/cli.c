/*
 * From a command line to an exit status.
 */
#include "cli/cli.h"

#include <errno.h>
#include <unistd.h>

#include "cli/context.h"
#include "cli/logging.h"
#include "cli/signals.h"
#include "ingitdb/reporter.h"

typedef struct program {
    igd_invocation invocation;
    const igd_command *command;
    igd_progress_line progress;
    igd_logging logging;
    FILE *out; /* where the report goes; NULL until it is needed */
} program;

/* ---- which command ---- */

#define MOST_COMMANDS 32

static bool ends_with(const char *text, const char *end)
{
    return igd_str_ends(igd_str_from(text), igd_str_from(end));
}

static int unknown_command(const char *word, igd_error *err)
{
    igd_str names[MOST_COMMANDS] = {IGD_STR("migrate")};
    size_t count = 1;
    for (size_t n = 0; n < igd_command_count && count < MOST_COMMANDS; n++)
        names[count++] = igd_str_from(igd_commands[n].name);
    igd_str meant = igd_similar(igd_str_from(word), names, count);
    (void)igd_fail(err, IGD_E_USAGE, "there is no command '%s'", word);
    if (meant.len > 0)
        return igd_hint(err, "did you mean '%.*s'? see ingitdb-go help", IGD_STR_ARG(meant));
    return igd_hint(err, "see ingitdb-go help");
}

/* Options alone, and --from among them. */
static bool names_from(int argc, char **argv)
{
    bool found = false;
    for (int n = 1; n < argc; n++)
        found |= strcmp(argv[n], "--from") == 0 || strncmp(argv[n], "--from=", 7) == 0;
    return found && argv[1][0] == '-';
}

/* Takes the words in front of the options: [migrate] COMMAND. `--help` and `--version` stand for
 * the commands of that name. */
static int find_command(program *p, int *argc, char ***argv, igd_error *err)
{
    bool migrate = ends_with((*argv)[0], "ingitdb-migrate");
    if (*argc > 1 && strcmp((*argv)[1], "migrate") == 0) {
        migrate = true;
        (*argc)--;
        (*argv)++;
    }
    const char *word = *argc > 1 ? (*argv)[1] : "help";
    /* Another program's way to say it: migrate --from A --to B ... */
    if (migrate && names_from(*argc, *argv)) {
        p->command = igd_command_find("generate");
        return IGD_OK;
    }
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        word = "help";
    if (strcmp(word, "--version") == 0)
        word = "version";
    p->command = igd_command_find(word);
    if (!p->command)
        return unknown_command(word, err);
    if (p->command->migrate && !migrate) {
        (void)igd_fail(err, IGD_E_USAGE, "there is no command '%s'", word);
        return igd_hint(err, "it is: ingitdb-go migrate %s", word);
    }
    if (*argc > 1) {
        (*argc)--;
        (*argv)++;
    }
    return IGD_OK;
}

/* ---- running it ---- */

static int refuse_operands(const program *p, igd_error *err)
{
    bool takes = p->command->mask == IGD_CMD_HELP || p->command->mask == IGD_CMD_COMPLETION;
    if (p->invocation.operand_count == 0 || takes)
        return IGD_OK;
    (void)igd_fail(err, IGD_E_USAGE, "'%s' is one argument too many", p->invocation.operands[0]);
    return igd_hint(err, "see ingitdb-go help %s", p->command->name);
}

static bool writes_scripts(const program *p)
{
    return p->command && p->command->mask == IGD_CMD_GENERATE;
}

/* Before the run, so that a report that cannot be written changes nothing. */
static int open_report(program *p, igd_error *err)
{
    const igd_settings *settings = &p->invocation.settings;
    const char *path = writes_scripts(p) ? NULL : settings->output;
    if (p->out)
        return IGD_OK;
    /* Where the script goes the report does not. */
    bool taken = writes_scripts(p) && !settings->output && !settings->output_dir;
    p->out = path ? fopen(path, "w") : taken ? stderr : stdout;
    if (!p->out)
        return igd_fail_errno(err, IGD_E_CONFIG, "cannot write the report to '%s'", path);
    return IGD_OK;
}

static int refuse_format(const program *p, igd_error *err)
{
    if (p->invocation.settings.format != IGD_FORMAT_MARKDOWN ||
        igd_command_has_markdown(p->command))
        return IGD_OK;
    (void)igd_fail(err, IGD_E_USAGE, "--format cannot be 'markdown' here");
    return igd_hint(err, "it is text or json; markdown is for analyze, verify and help");
}

static int run_command(program *p, igd_given *given, igd_context *context, igd_error *err)
{
    igd_invocation *invocation = &p->invocation;
    int code = igd_apply_options(p->command, given, &invocation->settings, err);
    if (code == IGD_OK)
        code = refuse_operands(p, err);
    if (code == IGD_OK)
        code = refuse_format(p, err);
    igd_logging_start(&p->logging);
    if (code == IGD_OK && p->command->needs != IGD_NEEDS_NOTHING)
        code = igd_context_open(invocation, p->command, given, context, err);
    /* The configuration may have said something about messages, too. */
    igd_logging_start(&p->logging);
    if (code == IGD_OK)
        code = open_report(p, err);
    if (code != IGD_OK)
        return code;
    invocation->context = context;
    igd_progress_begin(&p->progress, invocation->settings.progress);
    if (igd_progress_wanted(&invocation->settings)) {
        invocation->settings.sync.progress = igd_progress_show;
        invocation->settings.sync.progress_payload = &p->progress;
    }
    invocation->settings.sync.stop = &igd_stop_signal;
    code = p->command->run(invocation, err);
    igd_progress_clear(&p->progress);
    return code;
}

/* ---- the report ---- */

static igd_output_format report_format(const program *p)
{
    const igd_settings *settings = &p->invocation.settings;
    igd_output_format format = settings->format;
    if (writes_scripts(p))
        return format;
    if (format == IGD_FORMAT_AUTO && settings->output && ends_with(settings->output, ".json"))
        format = IGD_FORMAT_JSON;
    if (format == IGD_FORMAT_AUTO && settings->output && ends_with(settings->output, ".md"))
        format = IGD_FORMAT_MARKDOWN;
    if (format == IGD_FORMAT_MARKDOWN &&
        (p->invocation.report.text || !p->command || !igd_command_has_markdown(p->command)))
        format = IGD_FORMAT_TEXT;
    return format;
}

static bool wants_color(const igd_settings *settings, FILE *out)
{
    return igd_logging_wants_color(settings) && isatty(fileno(out));
}

static void write_report(const program *p, FILE *out)
{
    const igd_settings *settings = &p->invocation.settings;
    switch (report_format(p)) {
    case IGD_FORMAT_JSON:
        igd_report_json(&p->invocation.report, out);
        break;
    case IGD_FORMAT_MARKDOWN:
        igd_report_markdown(&p->invocation.report, out);
        break;
    case IGD_FORMAT_AUTO:
    case IGD_FORMAT_TEXT:
        igd_report_text(&p->invocation.report, wants_color(settings, out), out);
        break;
    }
}

static int print_report(program *p, igd_error *err)
{
    int code = open_report(p, err);
    if (code != IGD_OK)
        return code;
    write_report(p, p->out);
    bool failed = fflush(p->out) != 0 || ferror(p->out);
    int number = errno;
    if (p->out != stdout && p->out != stderr)
        failed |= fclose(p->out) != 0;
    errno = number;
    return failed ? igd_fail_errno(err, IGD_E_IO, "cannot write the report") : IGD_OK;
}

static int finish(program *p, int code, igd_error *err)
{
    igd_report *report = &p->invocation.report;
    igd_error print_error = IGD_ERROR_INIT;
    report->duration_ms = igd_monotonic_ms() - report->started_ms;
    if (code != IGD_OK) {
        report->exit_status = igd_code_exit_status((igd_code)code);
        report->error = err;
    }
    int printed = print_report(p, &print_error);
    if (code != IGD_OK)
        igd_logging_error(&p->logging, err);
    /* Already said when that was what ended the run. */
    if (printed != IGD_OK && strcmp(print_error.message, err->message) != 0) {
        igd_logging_error(&p->logging, &print_error);
        if (report->exit_status == 0)
            report->exit_status = igd_code_exit_status((igd_code)printed);
    }
    return report->exit_status;
}

/* Reads the line and the environment with a command's options; the report is told how it is wanted
 * also when something is wrong with them. */
static int read_options(program *p, const igd_command *command, int argc, char **argv,
                        igd_given *given, bool *help, igd_error *err)
{
    igd_error in_environment = IGD_ERROR_INIT;
    int code = igd_parse_arguments(command, argc, argv, given, &p->invocation, help, err);
    int other = igd_parse_environment(command, p->invocation.mem, given, &in_environment);
    igd_apply_report_options(given, &p->invocation.settings);
    if (code != IGD_OK || other == IGD_OK || *help)
        return code;
    *err = in_environment;
    return other;
}

static int show_help(program *p)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_help_text(p->command->mask == IGD_CMD_HELP ? NULL : p->command, &text);
    p->invocation.report.text = igd_arena_cstr(p->invocation.mem, igd_buf_view(&text));
    return IGD_OK;
}

static int start(program *p, int argc, char **argv, igd_context *context, igd_error *err)
{
    /* With a word that is no command: the options that any command has. */
    static const igd_command any = {.name = "", .mask = UINT32_MAX};
    igd_given *given = IGD_NEW_ARRAY(p->invocation.mem, igd_given, igd_option_count);
    igd_error in_options = IGD_ERROR_INIT;
    bool help = false;
    int command = find_command(p, &argc, &argv, err);
    int options =
        read_options(p, p->command ? p->command : &any, argc, argv, given, &help, &in_options);
    if (command != IGD_OK)
        return command;
    p->invocation.report.command = p->command->name;
    if (options != IGD_OK) {
        *err = in_options;
        return options;
    }
    return help ? show_help(p) : run_command(p, given, context, err);
}

int igd_cli_main(int argc, char **argv)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_context context = {0};
    igd_error err = IGD_ERROR_INIT;
    program p = {.invocation = {.settings = igd_default_settings(), .mem = mem}};
    p.invocation.report = (igd_report){.command = "", .started_ms = igd_monotonic_ms()};
    p.logging = (igd_logging){.settings = &p.invocation.settings,
                              .progress = &p.progress,
                              .report = &p.invocation.report,
                              .mem = mem};
    igd_signals_catch();
    int code = start(&p, argc, argv, &context, &err);
    int status = finish(&p, code, &err);
    igd_context_free(&context);
    igd_log_set_sink(NULL, NULL, IGD_LOG_ERROR);
    return status;
}
