/*
 * For the tests of reports: problems are made here, and what is printed is a text.
 */
#ifndef IGD_TESTS_REPORT_FIXTURE_H
#define IGD_TESTS_REPORT_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>

#include "cli/report.h"
#include "tests/support/problem_check.h"

typedef struct printed {
    char *text;
    size_t len;
    FILE *out;
} printed;

IGD_UNUSED static FILE *print_to(printed *p)
{
    *p = (printed){0};
    p->out = open_memstream(&p->text, &p->len);
    assert_non_null(p->out);
    return p->out;
}

/* Closes; the text lives until free(p->text). */
IGD_UNUSED static const char *printed_text(printed *p)
{
    assert_int_equal(fclose(p->out), 0);
    return p->text;
}

IGD_UNUSED static void add_problem(igd_problems *problems, igd_severity severity, const char *path,
                                   uint32_t line, const char *collection, const char *key,
                                   const char *reason, const char *caused_by)
{
    igd_problem problem = {.severity = severity,
                           .code = "test",
                           .path = igd_str_from(path),
                           .line = line,
                           .collection = igd_str_from(collection),
                           .key = igd_str_from(key),
                           .reason = igd_str_from(reason),
                           .caused_by = igd_str_from(caused_by)};
    igd_problem_add(problems, &problem);
}

#endif
