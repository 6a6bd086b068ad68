/*
 * What other programs do to the database of a test, in the words of its driver (suite.h).
 */
#include <stdlib.h>

#include "suite.h"

static const char *word_text(const suite_driver *driver, igd_str name)
{
    const suite_word_row *lists[] = {driver->words, driver->more};
    for (size_t n = 0; n < IGD_COUNT(lists); n++)
        for (const suite_word_row *row = lists[n]; row && row->name; row++)
            if (igd_str_is(name, row->name))
                return row->text;
    fail_msg("%s has no word '%.*s'", driver->name, IGD_STR_ARG(name));
    return NULL;
}

static bool of_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* What stands between '(' at `at` and its ')', whose place is returned. */
static size_t argument_end(const char *text, size_t at)
{
    int depth = 0;
    for (size_t n = at; text[n]; n++) {
        depth += text[n] == '(';
        depth -= text[n] == ')';
        if (!depth)
            return n;
    }
    fail_msg("no ) in %s", text);
    return 0;
}

static void expand(suite *s, igd_str text, igd_buf *out);

static void put_word(suite *s, const char *text, igd_str arguments, igd_buf *out)
{
    igd_str parts[2] = {IGD_STR(""), IGD_STR("")};
    for (size_t n = 0; n < 2 && arguments.len; n++)
        igd_str_split(&arguments, ';', &parts[n]);
    for (; *text; text++) {
        if (text[0] == '#' && (text[1] == '1' || text[1] == '2'))
            expand(s, parts[*++text - '1'], out);
        else
            igd_buf_byte(out, *text);
    }
}

static void expand(suite *s, igd_str text, igd_buf *out)
{
    const char *all = igd_arena_str(s->mem, text).ptr;
    for (size_t n = 0; n < text.len; n++) {
        size_t end = n + 1;
        while (all[n] == '$' && of_word(all[end]))
            end++;
        if (end == n + 1) {
            igd_buf_byte(out, all[n]);
            continue;
        }
        const char *word = word_text(s->driver, igd_str_sub(text, n + 1, end - n - 1));
        igd_str arguments = {0};
        n = end - 1;
        if (strstr(word, "#1")) {
            assert_int_equal(all[end], '(');
            n = argument_end(all, end);
            arguments = igd_arena_str(s->mem, igd_str_sub(text, end + 1, n - end - 1));
        }
        put_word(s, word, arguments, out);
    }
}

static const char *expanded(suite *s, const char *text)
{
    igd_buf out = IGD_BUF_INIT;
    expand(s, igd_str_from(text), &out);
    const char *copy = igd_arena_str(s->mem, igd_buf_view(&out)).ptr;
    igd_buf_free(&out);
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
    s->driver->sql(s->url, expanded(s, statements));
}

const char *suite_ask(suite *s, const char *query)
{
    igd_str answer = s->driver->ask(s->url, expanded(s, query), s->mem);
    return answer.ptr ? answer.ptr : "(none)";
}

bool suite_does_all(const suite *s, uint32_t does)
{
    return (s->driver->does & does) == does;
}
