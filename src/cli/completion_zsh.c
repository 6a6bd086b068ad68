/*
 * The completion script for zsh: the tables as arguments of its own _arguments.
 */
#include "cli/completion.h"

/* Inside of '[...]': neither the quote nor the bracket may end it. */
static void put_quoted(const char *text, igd_buf *out)
{
    for (; *text; text++) {
        if (*text == '\'')
            igd_buf_puts(out, "'\\''");
        else if (strchr("[]:\\", *text))
            igd_buf_printf(out, "\\%c", *text);
        else
            igd_buf_byte(out, *text);
    }
}

/* ":what:how" */
static void put_action(const igd_option *option, const igd_command *command, igd_buf *out)
{
    igd_buf_puts(out, option->argument == IGD_ARG_OPTIONAL ? "::" : ":");
    put_quoted(option->metavar, out);
    igd_buf_byte(out, ':');
    switch (igd_option_value_kind(option)) {
    case IGD_VALUE_ANY:
        igd_buf_byte(out, ' ');
        break;
    case IGD_VALUE_WORDS:
        igd_buf_byte(out, '(');
        igd_option_words(option, command, out);
        igd_buf_byte(out, ')');
        break;
    case IGD_VALUE_LIST:
        igd_buf_puts(out, "_values -s , value ");
        igd_option_words(option, command, out);
        break;
    case IGD_VALUE_FILE:
        igd_buf_puts(out, "_files");
        break;
    case IGD_VALUE_DIRECTORY:
        igd_buf_puts(out, "_files -/");
        break;
    case IGD_VALUE_TARGET:
        igd_buf_puts(out, "_ingitdb_go_target");
        break;
    }
}

static void put_option(const igd_option *option, const igd_command *command, igd_buf *out)
{
    static const char *const marks[] = {
        [IGD_ARG_NONE] = "", [IGD_ARG_REQUIRED] = "=", [IGD_ARG_OPTIONAL] = "=-"};
    const char *names[] = {option->name, option->alias};
    for (size_t n = 0; n < IGD_COUNT(names) && names[n]; n++) {
        igd_buf_puts(out, "            '");
        if (option->alias)
            igd_buf_printf(out, "(--%s --%s)", option->name, option->alias);
        igd_buf_printf(out, "--%s%s[", names[n], marks[option->argument]);
        put_quoted(option->help, out);
        igd_buf_byte(out, ']');
        if (option->argument != IGD_ARG_NONE)
            put_action(option, command, out);
        igd_buf_puts(out, "' \\\n");
    }
}

static void put_command(const igd_command *command, igd_buf *out)
{
    igd_buf_printf(out, "    %s)\n        _arguments \\\n", command->name);
    for (size_t o = 0; o < igd_option_count; o++)
        if (igd_options[o].commands & command->mask)
            put_option(&igd_options[o], command, out);
    if (command->mask == IGD_CMD_HELP) {
        igd_buf_puts(out, "            '1:command:(");
        for (size_t n = 0; n < igd_command_count; n++)
            igd_buf_printf(out, "%s%s", n ? " " : "", igd_commands[n].name);
        igd_buf_puts(out, ")' \\\n");
    }
    if (command->mask == IGD_CMD_COMPLETION)
        igd_buf_puts(out, "            '1:shell:(bash zsh)' \\\n");
    igd_buf_puts(out, "            '(- *)'{-h,--help}'[show this]'\n        ;;\n");
}

static void put_commands(bool migrate, igd_buf *out)
{
    for (size_t n = 0; n < igd_command_count; n++) {
        if (igd_commands[n].migrate != migrate)
            continue;
        igd_buf_printf(out, "        '%s:", igd_commands[n].name);
        put_quoted(igd_commands[n].summary, out);
        igd_buf_puts(out, "'\n");
    }
}

static void put_target(igd_buf *out)
{
    igd_buf_puts(out, "\n_ingitdb_go_target() {\n    if compset -P '(");
    igd_target_schemes(true, "|", out);
    igd_buf_puts(out, ")'; then\n        _files\n    else\n        compadd -S '' -- ");
    igd_target_schemes(true, " ", out);
    igd_buf_byte(out, ' ');
    igd_target_schemes(false, " ", out);
    igd_buf_puts(out, "\n    fi\n}\n");
}

void igd_completion_zsh(igd_buf *out)
{
    igd_buf_puts(out,
                 "#compdef ingitdb-go ingitdb-migrate\n"
                 "# Completion for zsh, by `ingitdb-go completion zsh`. To have it in every "
                 "shell: put this\n"
                 "# script as _ingitdb-go into a directory of $fpath, or into ~/.zshrc, behind "
                 "compinit:\n"
                 "#     source <(ingitdb-go completion zsh)\n");
    put_target(out);
    igd_buf_puts(out, "\n_ingitdb_go_commands() {\n    local -a below beside\n    below=(\n");
    put_commands(true, out);
    igd_buf_puts(out, "    )\n    beside=(\n");
    put_commands(false, out);
    igd_buf_puts(out, "    )\n"
                      "    case $1 in\n"
                      "    migrate) _describe command below ;;\n"
                      "    ingitdb-migrate) _describe command below -- beside ;;\n"
                      "    *) beside+=('migrate:keep a database in step with a repository')\n"
                      "        _describe command beside ;;\n"
                      "    esac\n}\n"
                      "\n_ingitdb_go() {\n"
                      "    local place=${words[1]:t}\n"
                      "    if (( CURRENT > 2 )) && [[ $words[2] == migrate ]]; then\n"
                      "        place=migrate\n"
                      "        shift words\n"
                      "        (( CURRENT-- ))\n"
                      "    fi\n"
                      "    if (( CURRENT == 2 )); then\n"
                      "        _ingitdb_go_commands $place\n"
                      "        return\n"
                      "    fi\n"
                      "    shift words\n"
                      "    (( CURRENT-- ))\n"
                      "    case $words[1] in\n");
    for (size_t n = 0; n < igd_command_count; n++)
        put_command(&igd_commands[n], out);
    igd_buf_puts(out, "    esac\n}\n\n"
                      "if [[ $funcstack[1] == _ingitdb-go ]]; then\n"
                      "    _ingitdb_go \"$@\"\n"
                      "else\n"
                      "    compdef _ingitdb_go ingitdb-go ingitdb-migrate\n"
                      "fi\n");
}
