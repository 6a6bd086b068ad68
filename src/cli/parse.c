/*
 * Parsing by the option table.
 */
#include "cli/parse.h"

#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <unistd.h>

#include "ingitdb/reporter.h"

#define FIRST_LONG 1000 /* getopt's value of the first option of the table */

static const int argument_kind[] = {[IGD_ARG_NONE] = no_argument,
                                    [IGD_ARG_REQUIRED] = required_argument,
                                    [IGD_ARG_OPTIONAL] = optional_argument};

igd_settings igd_default_settings(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return (igd_settings){.source = ".",
                          .ref = "HEAD",
                          .log_level = IGD_LOG_WARNING,
                          .sync = {.mapping = {.key_column = IGD_STR("id")},
                                   .batch_size = 1000,
                                   .jobs = processors < 1   ? 1
                                           : processors > 4 ? 4
                                                            : (size_t)processors}};
}

static size_t add_long(struct option *list, size_t count, const char *name, size_t index)
{
    list[count] = (struct option){.name = name,
                                  .has_arg = argument_kind[igd_options[index].argument],
                                  .val = (int)(FIRST_LONG + index)};
    return count + 1;
}

static struct option *long_options(const igd_command *command, igd_arena *mem)
{
    struct option *list = IGD_NEW_ARRAY(mem, struct option, 2 * igd_option_count + 2);
    size_t count = 0;
    for (size_t n = 0; n < igd_option_count; n++) {
        if (!(igd_options[n].commands & command->mask))
            continue;
        count = add_long(list, count, igd_options[n].name, n);
        if (igd_options[n].alias)
            count = add_long(list, count, igd_options[n].alias, n);
    }
    list[count] = (struct option){.name = "help", .val = 'h'};
    return list;
}

/* "--name" or "--name=value" was probably meant to be another one. */
static int hint_option(const igd_command *command, const char *word, igd_error *err)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_str_list names = {0};
    for (size_t n = 0; n < igd_option_count; n++)
        if (igd_options[n].commands & command->mask)
            IGD_PUSH(mem, &names, igd_str_from(igd_options[n].name));
    igd_str name = {word, strcspn(word, "=")};
    name = igd_str_sub(name, strspn(word, "-"), name.len);
    igd_str meant = igd_similar(name, names.items, names.len);
    if (meant.len > 0)
        return igd_hint(err, "did you mean --%.*s? see ingitdb-go help %s", IGD_STR_ARG(meant),
                        command->name);
    return igd_hint(err, "see ingitdb-go help %s", command->name);
}

/* What getopt_long did not like. It leaves the number of an option that it knows in optopt, the
 * letter of a short one, and 0 for a long one that it does not know. */
static int bad_option(const igd_command *command, char **argv, bool missing, igd_error *err)
{
    if (optopt >= FIRST_LONG)
        (void)igd_fail(err, IGD_E_USAGE, missing ? "--%s needs a value" : "--%s takes no value",
                       igd_options[optopt - FIRST_LONG].name);
    else if (optopt == 'h')
        (void)igd_fail(err, IGD_E_USAGE, "--help takes no value");
    else if (optopt)
        (void)igd_fail(err, IGD_E_USAGE, "%s has no option -%c", command->name, optopt);
    else
        (void)igd_fail(err, IGD_E_USAGE, "%s has no option %s", command->name, argv[optind - 1]);
    return hint_option(command, optopt ? "" : argv[optind - 1], err);
}

static int take_option(const igd_command *command, size_t index, igd_given *given, igd_arena *mem,
                       igd_error *err)
{
    if (given[index].origin) {
        (void)igd_fail(err, IGD_E_USAGE, "--%s is given twice", igd_options[index].name);
        return igd_hint(err, "see ingitdb-go help %s", command->name);
    }
    given[index] = (igd_given){.origin = igd_arena_printf(mem, "--%s", igd_options[index].name).ptr,
                               .value = optarg};
    return IGD_OK;
}

int igd_parse_arguments(const igd_command *command, int argc, char **argv, igd_given *given,
                        igd_invocation *invocation, bool *help, igd_error *err)
{
    const struct option *longs = long_options(command, invocation->mem);
    int first = IGD_OK;
    optind = 0; /* glibc: start over */
    for (int got; (got = getopt_long(argc, argv, ":h", longs, NULL)) != -1;) {
        igd_error problem = IGD_ERROR_INIT;
        int code = IGD_OK;
        if (got == 'h')
            *help = true;
        else if (got == '?' || got == ':')
            code = bad_option(command, argv, got == ':', &problem);
        else
            code =
                take_option(command, (size_t)(got - FIRST_LONG), given, invocation->mem, &problem);
        if (code != IGD_OK && first == IGD_OK) {
            *err = problem;
            first = code;
        }
    }
    invocation->operands = argv + optind;
    invocation->operand_count = (size_t)(argc - optind);
    return first;
}

/* Flags in the environment and in the file are words. */
static int flag_value(const char *origin, const char *text, bool *on, igd_error *err)
{
    static const char *const yes[] = {"1", "true", "yes", "on"};
    static const char *const no[] = {"0", "false", "no", "off"};
    for (size_t n = 0; n < IGD_COUNT(yes); n++)
        if (strcasecmp(text, yes[n]) == 0) {
            *on = true;
            return IGD_OK;
        }
    for (size_t n = 0; n < IGD_COUNT(no); n++)
        if (strcasecmp(text, no[n]) == 0) {
            *on = false;
            return IGD_OK;
        }
    return igd_fail(err, IGD_E_USAGE, "%s is true or false, not '%s'", origin, text);
}

int igd_given_from_text(const igd_option *option, const char *origin, const char *text,
                        igd_given *given, igd_error *err)
{
    if (option->argument == IGD_ARG_REQUIRED) {
        *given = (igd_given){.origin = origin, .value = text};
        return IGD_OK;
    }
    bool on = false;
    igd_error not_a_flag = IGD_ERROR_INIT;
    int code = flag_value(origin, text, &on, &not_a_flag);
    if (code != IGD_OK && option->argument == IGD_ARG_OPTIONAL) {
        *given = (igd_given){.origin = origin, .value = text};
        return IGD_OK;
    }
    if (code != IGD_OK) {
        *err = not_a_flag;
        return code;
    }
    *given = (igd_given){.origin = origin, .off = !on};
    return IGD_OK;
}

static const char *variable_name(const char *option, igd_arena *mem)
{
    char *name = igd_arena_cstr(mem, igd_arena_printf(mem, "INGITDB_%s", option));
    for (char *at = name; *at; at++)
        *at = *at == '-' ? '_' : (char)toupper((unsigned char)*at);
    return name;
}

int igd_parse_environment(const igd_command *command, igd_arena *mem, igd_given *given,
                          igd_error *err)
{
    int first = IGD_OK;
    for (size_t n = 0; n < igd_option_count; n++) {
        const igd_option *option = &igd_options[n];
        igd_error problem = IGD_ERROR_INIT;
        if (!(option->commands & command->mask) || given[n].origin)
            continue;
        const char *name = variable_name(option->name, mem), *text = getenv(name);
        if ((!text || !*text) && option->alias) {
            name = variable_name(option->alias, mem);
            text = getenv(name);
        }
        int code =
            text && *text ? igd_given_from_text(option, name, text, &given[n], &problem) : IGD_OK;
        if (code != IGD_OK && first == IGD_OK) {
            *err = problem;
            first = code;
        }
    }
    return first;
}

int igd_apply_options(const igd_command *command, const igd_given *given, igd_settings *settings,
                      igd_error *err)
{
    for (size_t n = 0; n < igd_option_count; n++) {
        if (!(igd_options[n].commands & command->mask) || !given[n].origin || given[n].off)
            continue;
        int code = igd_options[n].set(settings, given[n].value, err);
        if (code != IGD_OK) {
            /* The setters name the option; say so when it came from elsewhere. */
            if (strncmp(given[n].origin, "--", 2) != 0)
                (void)igd_error_prefix(err, "%s", given[n].origin);
            return code;
        }
        if (strcmp(igd_options[n].name, "target") == 0)
            settings->target_origin = given[n].origin;
    }
    return IGD_OK;
}

void igd_apply_report_options(const igd_given *given, igd_settings *settings)
{
    static const char *const names[] = {"format", "output", "quiet", "log-format", "no-color"};
    igd_error ignored = IGD_ERROR_INIT;
    for (size_t n = 0; n < igd_option_count; n++)
        for (size_t i = 0; given[n].origin && !given[n].off && i < IGD_COUNT(names); i++)
            if (strcmp(igd_options[n].name, names[i]) == 0)
                (void)igd_options[n].set(settings, given[n].value, &ignored);
}
