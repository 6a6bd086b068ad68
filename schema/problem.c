/*
 * Collecting problems.
 */
#include "schema/problem.h"

#include "base/buf.h"
#include "base/map.h"

static size_t *counter(igd_problems *problems, igd_severity severity)
{
    switch (severity) {
    case IGD_PROBLEM_SCHEMA:
        return &problems->schema_errors;
    case IGD_PROBLEM_INVALID:
        return &problems->invalid;
    case IGD_PROBLEM_WARNING:
        break;
    }
    return &problems->warnings;
}

static igd_str copy_text(igd_arena *mem, igd_str text)
{
    return text.len > 0 ? igd_arena_str(mem, text) : IGD_STR("");
}

void igd_problem_add(igd_problems *problems, const igd_problem *problem)
{
    igd_arena *mem = problems->mem;
    igd_problem copy = *problem;
    copy.path = copy_text(mem, problem->path);
    copy.collection = copy_text(mem, problem->collection);
    copy.key = copy_text(mem, problem->key);
    copy.key_json = copy_text(mem, problem->key_json);
    copy.parent_json = copy_text(mem, problem->parent_json);
    copy.field = copy_text(mem, problem->field);
    copy.reason = copy_text(mem, problem->reason);
    copy.hint = copy_text(mem, problem->hint);
    copy.caused_by = copy_text(mem, problem->caused_by);
    IGD_PUSH(mem, problems, copy);
    ++*counter(problems, problem->severity);
}

void igd_problems_append(igd_problems *to, const igd_problems *from)
{
    for (size_t n = 0; n < from->len; n++)
        igd_problem_add(to, &from->items[n]);
}

void igd_problems_make_strict(igd_problems *problems, size_t from)
{
    for (size_t n = from; n < problems->len; n++) {
        igd_problem *problem = &problems->items[n];
        if (problem->severity != IGD_PROBLEM_WARNING)
            continue;
        --problems->warnings;
        problem->severity = problem->key.len > 0 ? IGD_PROBLEM_INVALID : IGD_PROBLEM_SCHEMA;
        ++*counter(problems, problem->severity);
    }
}

size_t igd_problems_records(const igd_problems *problems)
{
    IGD_CLEANUP_PTR(igd_map) igd_map *seen = igd_map_new();
    IGD_CLEANUP(igd_buf)
    igd_buf name = IGD_BUF_INIT;
    for (size_t n = 0; n < problems->len; n++) {
        igd_problem *problem = &problems->items[n];
        if (problem->severity != IGD_PROBLEM_INVALID)
            continue;
        igd_buf_clear(&name);
        igd_buf_printf(&name, "%.*s/%.*s", IGD_STR_ARG(problem->collection),
                       IGD_STR_ARG(problem->key.len ? problem->key : problem->path));
        igd_map_put(seen, igd_buf_view(&name), problem);
    }
    return igd_map_count(seen);
}
