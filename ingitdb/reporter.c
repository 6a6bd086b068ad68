/*
 * Problems of definitions: formatting, and the search for what was probably meant.
 */
#include "ingitdb/reporter.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"

IGD_PRINTF(6, 0)
static void report(const igd_reporter *reporter, igd_spot spot, igd_severity severity,
                   const char *code, igd_str hint, const char *format, va_list args)
{
    char reason[1024];
    vsnprintf(reason, sizeof(reason), format, args);
    igd_str text = igd_str_from(reason);
    /* What is cut must not end inside a character: reports are UTF-8. */
    for (int n = 0; n < 3 && text.len == sizeof(reason) - 1 - (size_t)n && !igd_str_is_utf8(text);
         n++)
        text.len--;
    igd_problem problem = {
        .severity = severity,
        .code = code,
        .path = spot.path,
        .line = spot.line,
        .column = spot.column,
        .collection = reporter->collection,
        .field = spot.field,
        .reason = text,
        .hint = hint,
    };
    igd_problem_add(reporter->problems, &problem);
}

void igd_report_error(const igd_reporter *reporter, igd_spot spot, const char *code, igd_str hint,
                      const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(reporter, spot, IGD_PROBLEM_SCHEMA, code, hint, format, args);
    va_end(args);
}

void igd_report_warning(const igd_reporter *reporter, igd_spot spot, const char *code, igd_str hint,
                        const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(reporter, spot, IGD_PROBLEM_WARNING, code, hint, format, args);
    va_end(args);
}

/* ---- what was meant ---- */

#define LONGEST_WORD 64

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte + ('a' - 'A')) : byte;
}

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Levenshtein's distance without regard to case; words are not longer than LONGEST_WORD. */
static size_t distance(igd_str a, igd_str b)
{
    size_t row[LONGEST_WORD + 1];
    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t above = row[j];
            size_t other = lower(a.ptr[i - 1]) == lower(b.ptr[j - 1]) ? 0 : 1;
            row[j] = least(above + 1, row[j - 1] + 1, diagonal + other);
            diagonal = above;
        }
    }
    return row[b.len];
}

igd_str igd_similar(igd_str word, const igd_str *candidates, size_t count)
{
    igd_str best = {0};
    /* A third of the letters may differ: "colour" finds "color", "id" does not find "as". */
    size_t most = word.len / 3;
    if (word.len == 0 || word.len > LONGEST_WORD)
        return best;
    for (size_t n = 0; n < count; n++) {
        if (candidates[n].len > LONGEST_WORD)
            continue;
        size_t away = distance(word, candidates[n]);
        if (away <= most && (best.len == 0 || away < most)) {
            best = candidates[n];
            most = away;
        }
    }
    return best;
}

igd_str igd_similar_hint(igd_arena *mem, igd_str word, const igd_str *candidates, size_t count,
                         igd_str otherwise)
{
    igd_str meant = igd_similar(word, candidates, count);
    if (meant.len == 0)
        return otherwise;
    return igd_arena_printf(mem, "did you mean '%.*s'?", IGD_STR_ARG(meant));
}

igd_str igd_quoted_list(igd_arena *mem, const igd_str *words, size_t count)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    for (size_t n = 0; n < count && n < 10; n++)
        igd_buf_printf(&text, "%s'%.*s'", n ? ", " : "", IGD_STR_ARG(words[n]));
    if (count > 10)
        igd_buf_printf(&text, " and %zu more", count - 10);
    return igd_arena_str(mem, igd_buf_view(&text));
}

static bool is_known(igd_str word, const igd_str *known, size_t count)
{
    for (size_t n = 0; n < count; n++)
        if (igd_str_eq(word, known[n]))
            return true;
    return false;
}

void igd_report_unknown_keys(const igd_reporter *reporter, igd_spot file, const igd_node *map,
                             igd_str where, const igd_str *known, size_t count)
{
    if (!map || map->kind != IGD_NODE_MAP)
        return;
    for (size_t n = 0; n < map->count; n++) {
        const igd_member *member = &map->members[n];
        if (is_known(member->key, known, count))
            continue;
        igd_str hint = igd_similar_hint(reporter->scratch, member->key, known, count,
                                        IGD_STR("it has no effect: remove it"));
        igd_report_warning(reporter, igd_spot_of_key(file, member), "unknown_key", hint,
                           "unknown key '%.*s%s%.*s'", IGD_STR_ARG(where), where.len ? "." : "",
                           IGD_STR_ARG(member->key));
    }
}
