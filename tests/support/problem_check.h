/*
 * Looking for problems in tests. Only inline: the support library links no room.
 */
#ifndef IGD_TESTS_PROBLEM_CHECK_H
#define IGD_TESTS_PROBLEM_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "cmocka.h"
#include "schema/problem.h"

/* The first problem whose reason has this text in it, or NULL. */
IGD_UNUSED static const igd_problem *problem_with(const igd_problems *problems, const char *text)
{
    for (size_t n = 0; n < problems->len; n++)
        if (memmem(problems->items[n].reason.ptr, problems->items[n].reason.len, text,
                   strlen(text)))
            return &problems->items[n];
    return NULL;
}

IGD_UNUSED static void print_problems(const igd_problems *problems)
{
    for (size_t n = 0; n < problems->len; n++) {
        const igd_problem *p = &problems->items[n];
        print_message("  %s %.*s:%u:%u: %.*s [%s] (%.*s)\n",
                      p->severity == IGD_PROBLEM_WARNING ? "warning" : "error",
                      IGD_STR_ARG(p->path), p->line, p->column, IGD_STR_ARG(p->reason), p->code,
                      IGD_STR_ARG(p->hint));
    }
}

/* Fails the test unless there is such a problem; returns it. */
IGD_UNUSED static const igd_problem *need_problem(const igd_problems *problems,
                                                  igd_severity severity, const char *text)
{
    const igd_problem *found = problem_with(problems, text);
    if (!found || found->severity != severity) {
        print_problems(problems);
        fail_msg("no such problem: %s", text);
    }
    return found;
}

IGD_UNUSED static void need_none(const igd_problems *problems)
{
    if (problems->len > 0) {
        print_problems(problems);
        fail_msg("%zu problems where none was expected", problems->len);
    }
}

#define assert_str(view, text)                                         \
    do {                                                               \
        igd_str got_ = (view);                                         \
        if (!igd_str_is(got_, (text)))                                 \
            fail_msg("'%.*s' is not '%s'", IGD_STR_ARG(got_), (text)); \
    } while (0)

#endif
