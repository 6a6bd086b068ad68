/*
 * What other programs do to the database of a test, in the words of its driver (suite.h).
 */
#include <stdlib.h>

#include "suite.h"

static const char *expanded(suite *s, const char *text)
{
    const suite_driver *driver = s->driver;
    const engine_word *const lists[] = {driver->words, driver->more, driver->engine->words,
                                        driver->engine->more};
    char *sql = engine_words(text, lists, IGD_COUNT(lists));
    const char *copy = igd_arena_str(s->mem, igd_str_from(sql)).ptr;
    free(sql);
    return copy;
}

const char *suite_word(suite *s, const char *name)
{
    return expanded(s, igd_arena_printf(s->mem, "$%s", name).ptr);
}

void suite_needs_sql(suite *s)
{
    if (!s->driver->sql)
        suite_skip(s, "no SQL to edit by");
}

void suite_sql(suite *s, const char *statements)
{
    s->driver->sql(s->driver->engine, s->url, expanded(s, statements));
}

const char *suite_ask(suite *s, const char *query)
{
    igd_str answer = s->driver->ask(s->driver->engine, s->url, expanded(s, query), s->mem);
    return answer.ptr ? answer.ptr : "(none)";
}

bool suite_does_all(const suite *s, uint32_t does)
{
    return (s->driver->does & does) == does;
}
