/*
 * Collecting problems, with a ration for repeated warnings.
 */
#include "sync/notes.h"

typedef struct kind {
    size_t seen;
    igd_problem first;
} kind;

void igd_notes_init(igd_notes *notes, igd_problems *problems, bool strict)
{
    *notes = (igd_notes){.problems = problems, .kinds = igd_map_new(), .strict = strict};
}

void igd_notes_free(igd_notes *notes)
{
    igd_map_free(notes->kinds);
    notes->kinds = NULL;
}

static kind *kind_of(igd_notes *notes, const igd_problem *problem)
{
    IGD_CLEANUP(igd_buf)
    igd_buf name = IGD_BUF_INIT;
    igd_buf_printf(&name, "%s|%.*s|%.*s", problem->code, IGD_STR_ARG(problem->collection),
                   IGD_STR_ARG(problem->field));
    kind *found = igd_map_get(notes->kinds, igd_buf_view(&name));
    if (!found) {
        found = IGD_NEW(notes->problems->mem, kind);
        igd_map_put(notes->kinds, igd_buf_view(&name), found);
    }
    return found;
}

static void add_warning(igd_notes *notes, const igd_problem *problem)
{
    kind *of = kind_of(notes, problem);
    if (++of->seen > IGD_NOTES_EACH) {
        notes->problems->warnings++; /* counted, not kept */
        return;
    }
    igd_problem_add(notes->problems, problem);
    of->first = notes->problems->items[notes->problems->len - 1];
}

void igd_notes_add(igd_notes *notes, const igd_problems *from, bool with_invalid)
{
    for (size_t n = 0; n < from->len; n++) {
        igd_problem problem = from->items[n];
        if (problem.severity == IGD_PROBLEM_WARNING && notes->strict)
            problem.severity = IGD_PROBLEM_INVALID;
        if (problem.severity == IGD_PROBLEM_WARNING)
            add_warning(notes, &problem);
        else if (problem.severity != IGD_PROBLEM_INVALID || with_invalid)
            igd_problem_add(notes->problems, &problem);
    }
}

void igd_notes_finish(igd_notes *notes)
{
    void *cursor = NULL, *value;
    igd_str name;
    while (igd_map_next(notes->kinds, &cursor, &name, &value)) {
        const kind *of = value;
        if (of->seen <= IGD_NOTES_EACH)
            continue;
        igd_problem rest = {.severity = IGD_PROBLEM_WARNING,
                            .code = of->first.code,
                            .collection = of->first.collection,
                            .field = of->first.field};
        rest.reason =
            igd_arena_printf(notes->problems->mem, "%zu more like this", of->seen - IGD_NOTES_EACH);
        igd_problem_add(notes->problems, &rest);
        notes->problems->warnings--; /* the rest has been counted one by one */
    }
}
