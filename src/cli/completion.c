/*
 * What can be completed, and the script for bash. zsh's is in completion_zsh.c.
 */
#include "cli/completion.h"

#include "targets/target.h"

/* ---- what the tables say ---- */

igd_value_kind igd_option_value_kind(const igd_option *option)
{
    static const struct {
        const char *metavar;
        igd_value_kind kind;
    } names[] = {{"FILE", IGD_VALUE_FILE},
                 {"PATH", IGD_VALUE_DIRECTORY},
                 {"DIR", IGD_VALUE_DIRECTORY},
                 {"URL|NAME", IGD_VALUE_TARGET}};
    if (option->argument == IGD_ARG_NONE)
        return IGD_VALUE_ANY;
    for (size_t n = 0; n < IGD_COUNT(names); n++)
        if (strcmp(option->metavar, names[n].metavar) == 0)
            return names[n].kind;
    if (option->metavar[0] < 'a' || option->metavar[0] > 'z')
        return IGD_VALUE_ANY;
    return strchr(option->metavar, ',') ? IGD_VALUE_LIST : IGD_VALUE_WORDS;
}

void igd_option_words(const igd_option *option, const igd_command *command, igd_buf *out)
{
    igd_str rest = igd_str_from(option->metavar), word;
    char separator = igd_option_value_kind(option) == IGD_VALUE_LIST ? ',' : '|';
    bool markdown = strcmp(option->name, "format") != 0 || igd_command_has_markdown(command);
    const char *blank = "";
    while (igd_str_split(&rest, separator, &word)) {
        if (!markdown && igd_str_is(word, "markdown"))
            continue;
        igd_buf_printf(out, "%s%.*s", blank, IGD_STR_ARG(word));
        blank = " ";
    }
}

void igd_target_schemes(bool files, const char *separator, igd_buf *out)
{
    const char *between = "";
    for (size_t n = 0; igd_target_drivers[n]; n++) {
        const igd_target_driver *driver = igd_target_drivers[n];
        for (size_t s = 0; driver->schemes[s]; s++) {
            if ((strstr(driver->url_help, "FILE") != NULL) != files)
                continue;
            igd_buf_printf(out, "%s%s%s", between, driver->schemes[s], files ? ":" : "://");
            between = separator;
        }
    }
}

/* ---- bash ---- */

static const char bash_head[] =
    "# Completion of ingitdb-go and ingitdb-migrate for bash, by `ingitdb-go completion bash`.\n"
    "# To have it in every shell, put into ~/.bashrc:\n"
    "#     source <(ingitdb-go completion bash)\n"
    "# shellcheck disable=SC2046,SC2086 # lists of words\n";

static const char bash_functions[] =
    "\n"
    "# Adds the words that go on from value ($1); all of them stand behind $2 on the line.\n"
    "_ingitdb_go_words() { # VALUE HEAD WORD...\n"
    "    local value=$1 head=$2 word\n"
    "    shift 2\n"
    "    for word in \"$@\"; do\n"
    "        [[ $word != \"$value\"* ]] || _ingitdb_go_add \"$head$word\"\n"
    "    done\n"
    "}\n"
    "\n"
    "# Bash replaces only what stands behind the last '=' or ':', so the rest is cut off.\n"
    "_ingitdb_go_add() { # WHOLE-WORD\n"
    "    COMPREPLY[${#COMPREPLY[@]}]=${1:keep}\n"
    "}\n"
    "\n"
    "_ingitdb_go_paths() { # -f|-d VALUE HEAD\n"
    "    local path value=${2#[\\\"\\']}\n"
    "    value=${value//\\\\/}\n"
    "    while IFS= read -r path; do\n"
    "        _ingitdb_go_add \"$3$path\"\n"
    "    done < <(compgen \"$1\" -- \"$value\")\n"
    "    compopt -o filenames 2>/dev/null\n"
    "}\n"
    "\n"
    "_ingitdb_go_target() { # VALUE HEAD\n"
    "    local scheme\n"
    "    for scheme in $(_ingitdb_go_schemes files); do\n"
    "        if [[ $1 == \"$scheme\"* ]]; then\n"
    "            _ingitdb_go_paths -f \"${1#\"$scheme\"}\" \"$2$scheme\"\n"
    "            return\n"
    "        fi\n"
    "    done\n"
    "    _ingitdb_go_words \"$1\" \"$2\" $(_ingitdb_go_schemes files) $(_ingitdb_go_schemes others)\n"
    "    compopt -o nospace 2>/dev/null\n"
    "}\n"
    "\n"
    "_ingitdb_go_complete_value() { # COMMAND OPTION VALUE HEAD\n"
    "    local kind words done=''\n"
    "    read -r kind words <<<\"$(_ingitdb_go_value \"$1\" \"$2\")\"\n"
    "    case $kind in\n"
    "    words) _ingitdb_go_words \"$3\" \"$4\" $words ;;\n"
    "    list)\n"
    "        [[ $3 != *,* ]] || done=${3%,*},\n"
    "        _ingitdb_go_words \"${3##*,}\" \"$4$done\" $words\n"
    "        ;;\n"
    "    file) _ingitdb_go_paths -f \"$3\" \"$4\" ;;\n"
    "    directory) _ingitdb_go_paths -d \"$3\" \"$4\" ;;\n"
    "    target) _ingitdb_go_target \"$3\" \"$4\" ;;\n"
    "    esac\n"
    "}\n"
    "\n"
    "_ingitdb_go_argument() { # COMMAND PREVIOUS-WORD WORD\n"
    "    if [[ $3 == --*=* ]]; then\n"
    "        _ingitdb_go_complete_value \"$1\" \"${3%%=*}\" \"${3#*=}\" \"${3%%=*}=\"\n"
    "    elif [[ \" $(_ingitdb_go_needs_value) \" == *\" $2 \"* ]]; then\n"
    "        _ingitdb_go_complete_value \"$1\" \"$2\" \"$3\" ''\n"
    "    elif [[ $3 != -* && -n $(_ingitdb_go_operands \"$1\") ]]; then\n"
    "        _ingitdb_go_words \"$3\" '' $(_ingitdb_go_operands \"$1\")\n"
    "    else\n"
    "        _ingitdb_go_words \"$3\" '' $(_ingitdb_go_options \"$1\")\n"
    "        [[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null\n"
    "    fi\n"
    "}\n"
    "\n"
    "_ingitdb_go() {\n"
    "    local IFS=$' \\t\\n' words=() word last='' place=${COMP_WORDS[0]##*/} keep count=0 at\n"
    "    COMPREPLY=()\n"
    "    # '=' and ':' are words of their own, unless COMP_WORDBREAKS was changed.\n"
    "    for ((at = 1; at <= COMP_CWORD; at++)); do\n"
    "        word=${COMP_WORDS[at]}\n"
    "        if [[ $count -gt 0 && ($word == [=:] || $last == [=:]) ]]; then\n"
    "            words[count - 1]+=$word\n"
    "        else\n"
    "            words[count++]=$word\n"
    "        fi\n"
    "        last=$word\n"
    "    done\n"
    "    [[ $count -gt 0 ]] || return\n"
    "    [[ $last != [=:] ]] || last=''\n"
    "    word=${words[count - 1]}\n"
    "    keep=$((${#word} - ${#last}))\n"
    "    at=0\n"
    "    if [[ ${words[0]} == migrate && $count -gt 1 ]]; then\n"
    "        place=migrate\n"
    "        at=1\n"
    "    fi\n"
    "    if [[ $at -eq $((count - 1)) ]]; then\n"
    "        _ingitdb_go_words \"$word\" '' $(_ingitdb_go_commands \"$place\")\n"
    "    else\n"
    "        _ingitdb_go_argument \"${words[at]}\" \"${words[count - 2]}\" \"$word\"\n"
    "    fi\n"
    "}\n"
    "\n"
    "complete -F _ingitdb_go ingitdb-go ingitdb-migrate\n";

static void bash_commands(igd_buf *out)
{
    IGD_CLEANUP(igd_buf)
    igd_buf below = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf beside = IGD_BUF_INIT;
    for (size_t n = 0; n < igd_command_count; n++)
        igd_buf_printf(igd_commands[n].migrate ? &below : &beside, " %s", igd_commands[n].name);
    igd_buf_printf(out,
                   "\n_ingitdb_go_commands() { # ingitdb-go|ingitdb-migrate|migrate\n"
                   "    case $1 in\n"
                   "    migrate) echo \"%s\" ;;\n"
                   "    ingitdb-migrate) echo \"%s%s\" ;;\n"
                   "    *) echo \"migrate%s\" ;;\n"
                   "    esac\n}\n",
                   below.ptr + 1, below.ptr + 1, beside.ptr, beside.ptr);
    igd_buf_printf(out,
                   "\n_ingitdb_go_operands() { # COMMAND\n"
                   "    case $1 in\n"
                   "    help) echo \"%s%s\" ;;\n"
                   "    completion) echo \"bash zsh\" ;;\n"
                   "    esac\n}\n",
                   below.ptr + 1, beside.ptr);
}

static void bash_option_names(const igd_option *option, igd_buf *out)
{
    const char *names[] = {option->name, option->alias};
    for (size_t n = 0; n < IGD_COUNT(names) && names[n]; n++) {
        igd_buf_printf(out, "--%s ", names[n]);
        if (option->argument == IGD_ARG_OPTIONAL)
            igd_buf_printf(out, "--%s= ", names[n]);
    }
}

static void bash_options(igd_buf *out)
{
    igd_buf_puts(out, "\n_ingitdb_go_options() { # COMMAND\n    case $1 in\n");
    for (size_t n = 0; n < igd_command_count; n++) {
        igd_buf_printf(out, "    %s) echo \"", igd_commands[n].name);
        for (size_t o = 0; o < igd_option_count; o++)
            if (igd_options[o].commands & igd_commands[n].mask)
                bash_option_names(&igd_options[o], out);
        igd_buf_puts(out, "--help\" ;;\n");
    }
    igd_buf_puts(out, "    esac\n}\n\n_ingitdb_go_needs_value() {\n    echo \"");
    const char *blank = "";
    for (size_t o = 0; o < igd_option_count; o++) {
        if (igd_options[o].argument != IGD_ARG_REQUIRED)
            continue;
        igd_buf_printf(out, "%s--%s", blank, igd_options[o].name);
        if (igd_options[o].alias)
            igd_buf_printf(out, " --%s", igd_options[o].alias);
        blank = " ";
    }
    igd_buf_puts(out, "\"\n}\n");
}

static void bash_value(const char *command, const igd_option *option, const char *kind,
                       const igd_buf *words, igd_buf *out)
{
    igd_buf_printf(out, "    %s:--%s", command, option->name);
    if (option->alias)
        igd_buf_printf(out, " | %s:--%s", command, option->alias);
    igd_buf_printf(out, ") echo \"%s%s%s\" ;;\n", kind, words->len ? " " : "", words->ptr);
}

/* A line for each option, and for each command that takes fewer words than the table has. */
static void bash_values(igd_buf *out)
{
    static const char *const kinds[] = {[IGD_VALUE_WORDS] = "words",
                                        [IGD_VALUE_LIST] = "list",
                                        [IGD_VALUE_FILE] = "file",
                                        [IGD_VALUE_DIRECTORY] = "directory",
                                        [IGD_VALUE_TARGET] = "target"};
    static const igd_command any = {.name = "*", .mask = IGD_CMD_HELP};
    igd_buf_puts(out, "\n_ingitdb_go_value() { # COMMAND OPTION\n    case $1:$2 in\n");
    for (size_t o = 0; o < igd_option_count; o++) {
        IGD_CLEANUP(igd_buf)
        igd_buf all = IGD_BUF_INIT;
        const igd_option *option = &igd_options[o];
        igd_value_kind kind = igd_option_value_kind(option);
        bool worded = kind == IGD_VALUE_WORDS || kind == IGD_VALUE_LIST;
        if (kind == IGD_VALUE_ANY)
            continue;
        if (worded)
            igd_option_words(option, &any, &all);
        for (size_t n = 0; worded && n < igd_command_count; n++) {
            IGD_CLEANUP(igd_buf)
            igd_buf some = IGD_BUF_INIT;
            igd_option_words(option, &igd_commands[n], &some);
            if ((option->commands & igd_commands[n].mask) && some.len != all.len)
                bash_value(igd_commands[n].name, option, kinds[kind], &some, out);
        }
        bash_value("*", option, kinds[kind], &all, out);
    }
    igd_buf_puts(out, "    esac\n}\n");
}

void igd_completion_bash(igd_buf *out)
{
    igd_buf_puts(out, bash_head);
    bash_commands(out);
    bash_options(out);
    bash_values(out);
    igd_buf_puts(out,
                 "\n_ingitdb_go_schemes() { # files|others\n    case $1 in\n    files) echo \"");
    igd_target_schemes(true, " ", out);
    igd_buf_puts(out, "\" ;;\n    others) echo \"");
    igd_target_schemes(false, " ", out);
    igd_buf_puts(out, "\" ;;\n    esac\n}\n");
    igd_buf_puts(out, bash_functions);
}

void (*igd_completion_find(const char *shell))(igd_buf *out)
{
    return strcmp(shell, "bash") == 0  ? igd_completion_bash
           : strcmp(shell, "zsh") == 0 ? igd_completion_zsh
                                       : NULL;
}
