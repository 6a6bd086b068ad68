/*
 * Problems for people, grouped by cause.
 */
#include "base/map.h"
#include "cli/report.h"

static igd_str record_name(const igd_problem *problem, igd_arena *mem)
{
    return problem->key.len ? igd_arena_printf(mem, "%.*s/%.*s", IGD_STR_ARG(problem->collection),
                                               IGD_STR_ARG(problem->key))
                            : igd_arena_printf(mem, "%.*s", IGD_STR_ARG(problem->path));
}

typedef enum group { GROUP_SCHEMA, GROUP_CAUSE, GROUP_CAUSED, GROUP_WARNING, GROUP_COUNT } group;

static group group_of(const igd_problem *problem, igd_arena *mem)
{
    switch (problem->severity) {
    case IGD_PROBLEM_SCHEMA:
        return GROUP_SCHEMA;
    case IGD_PROBLEM_WARNING:
        return GROUP_WARNING;
    case IGD_PROBLEM_INVALID:
        break;
    }
    if (problem->caused_by.len == 0 || igd_str_eq(problem->caused_by, record_name(problem, mem)))
        return GROUP_CAUSE;
    return GROUP_CAUSED;
}

static void print_problem(const igd_problem *problem, FILE *out)
{
    fputs("  ", out);
    if (problem->path.len > 0) {
        fprintf(out, "%.*s:", IGD_STR_ARG(problem->path));
        if (problem->line > 0)
            fprintf(out, "%u:%u:", problem->line, problem->column ? problem->column : 1);
        fputc(' ', out);
    }
    fprintf(out, "%.*s", IGD_STR_ARG(problem->reason));
    if (problem->key.len > 0)
        fprintf(out, " (%.*s/%.*s)", IGD_STR_ARG(problem->collection), IGD_STR_ARG(problem->key));
    fputc('\n', out);
    if (problem->hint.len > 0)
        fprintf(out, "    hint: %.*s\n", IGD_STR_ARG(problem->hint));
}

/* Distinct records of a group. */
static size_t count_group(const igd_problems *problems, group wanted, igd_arena *mem)
{
    IGD_CLEANUP_PTR(igd_map) igd_map *seen = igd_map_new();
    for (size_t n = 0; n < problems->len; n++)
        if (group_of(&problems->items[n], mem) == wanted)
            igd_map_put(seen, record_name(&problems->items[n], mem), seen);
    return igd_map_count(seen);
}

static void print_heading(group which, size_t count, const igd_problems *problems, bool color,
                          FILE *out)
{
    const char *bold = color ? "\033[1m" : "", *plain = color ? "\033[0m" : "";
    const char *s = count == 1 ? "" : "s";
    switch (which) {
    case GROUP_SCHEMA:
        fprintf(out, "%s%zu schema error%s%s\n", bold, problems->schema_errors,
                problems->schema_errors == 1 ? "" : "s", plain);
        break;
    case GROUP_CAUSE:
        fprintf(out, "%s%zu invalid record%s%s\n", bold, count, s, plain);
        break;
    case GROUP_CAUSED:
        fprintf(out, "%s%zu more refer%s to them%s\n", bold, count, count == 1 ? "s" : "", plain);
        break;
    case GROUP_WARNING:
        fprintf(out, "%s%zu warning%s%s\n", bold, problems->warnings,
                problems->warnings == 1 ? "" : "s", plain);
        break;
    case GROUP_COUNT:
        break;
    }
}

void igd_report_problems(const igd_problems *problems, bool color, FILE *out)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    for (group which = 0; which < GROUP_COUNT; which++) {
        size_t count = count_group(problems, which, mem);
        if (count == 0)
            continue;
        print_heading(which, count, problems, color, out);
        for (size_t n = 0; n < problems->len; n++)
            if (group_of(&problems->items[n], mem) == which)
                print_problem(&problems->items[n], out);
    }
}
