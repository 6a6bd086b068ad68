/*
 * Headers in requests.
 */
#include "targets/script_wrap.h"

#include "targets/http/http.h"
#include "targets/script_words.h"

#define EVAL      "EVAL \"-- ingitdb migration script "
#define EVAL_END  "return redis.status_reply('a script of ingitdb-go: this line changes nothing')"
#define ARRAY     "[\n"
#define RANGE     ARRAY "{\"compare\":[],\"success\":[{\"request_range\":{\"key\":\""
#define RANGE_END "\"}}],\"failure\":[]},\n"
/* Whoever may read no such key is refused, which changes as little. */
#define CHECK                                                                                    \
    ARRAY                                                                                        \
    "[{\"KV\":{\"Verb\":\"check-not-exists\",\"Key\":\"-- a script of ingitdb-go: this changes " \
    "nothing\",\"Value\":\""
#define CHECK_END "\"}}],\n"

const char *igd_script_extension(igd_script_syntax syntax)
{
    return syntax == IGD_SCRIPT_REDIS ? "redis" : syntax >= IGD_SCRIPT_JSON ? "json" : "sql";
}

void igd_script_wrap(igd_script_syntax syntax, igd_str head, igd_buf *out)
{
    IGD_CLEANUP(igd_buf)
    igd_buf program = IGD_BUF_INIT;
    switch (syntax) {
    case IGD_SCRIPT_REDIS:
        igd_buf_str(&program, head);
        igd_buf_puts(&program, EVAL_END);
        igd_buf_puts(out, "EVAL ");
        igd_words_put(out, igd_buf_view(&program));
        igd_buf_puts(out, " 0\n");
        break;
    case IGD_SCRIPT_JSON:
        igd_buf_puts(out, RANGE);
        igd_base64_put(out, head);
        igd_buf_puts(out, RANGE_END);
        break;
    case IGD_SCRIPT_CONSUL:
        igd_buf_puts(out, CHECK);
        igd_base64_put(out, head);
        igd_buf_puts(out, CHECK_END);
        break;
    case IGD_SCRIPT_SQLITE:
    case IGD_SCRIPT_PSQL:
    case IGD_SCRIPT_MYSQL:
        igd_buf_str(out, head);
        break;
    }
}

igd_str igd_script_opening(igd_script_syntax syntax)
{
    return syntax >= IGD_SCRIPT_JSON ? IGD_STR(ARRAY) : (igd_str){0};
}

static bool take_eval(igd_str line, igd_arena *mem, igd_str *head)
{
    igd_str word, program;
    if (!igd_words_take(&line, mem, &word) || !igd_words_take(&line, mem, &program) ||
        !igd_str_ends(program, IGD_STR(EVAL_END)))
        return false;
    *head = igd_str_sub(program, 0, program.len - strlen(EVAL_END));
    return true;
}

/* Base64 between what begins the line and a quote. */
static bool take_base64(igd_str line, const char *begins, igd_arena *mem, igd_str *head)
{
    igd_str key = igd_str_sub(line, strlen(begins), line.len);
    ptrdiff_t quote = igd_str_find(key, '"');
    return quote >= 0 && igd_base64_get(igd_str_sub(key, 0, (size_t)quote), mem, head);
}

static bool take_head(igd_script_syntax syntax, igd_str line, igd_arena *mem, igd_str *head)
{
    if (syntax == IGD_SCRIPT_REDIS)
        return take_eval(line, mem, head);
    return take_base64(line, syntax == IGD_SCRIPT_JSON ? RANGE : CHECK, mem, head);
}

/* By how it begins; SQLITE: no request. */
static igd_script_syntax syntax_of(igd_str text)
{
    return igd_str_starts(text, IGD_STR(EVAL))    ? IGD_SCRIPT_REDIS
           : igd_str_starts(text, IGD_STR(RANGE)) ? IGD_SCRIPT_JSON
           : igd_str_starts(text, IGD_STR(CHECK)) ? IGD_SCRIPT_CONSUL
                                                  : IGD_SCRIPT_SQLITE;
}

bool igd_script_unwrap(igd_str text, igd_arena *mem, igd_str *head, size_t *end, uint32_t *line)
{
    igd_script_syntax syntax = syntax_of(text);
    if (syntax == IGD_SCRIPT_SQLITE)
        return false;
    size_t from = igd_script_opening(syntax).len;
    ptrdiff_t at = igd_str_find(igd_str_sub(text, from, text.len), '\n');
    if (at < 0)
        return false;
    igd_str found = igd_str_sub(text, 0, from + (size_t)at + 1);
    IGD_CLEANUP(igd_buf)
    igd_buf again = IGD_BUF_INIT;
    if (!take_head(syntax, found, mem, head))
        return false;
    igd_script_wrap(syntax, *head, &again);
    *end = found.len;
    *line = from ? 3 : 2;
    return igd_str_eq(igd_buf_view(&again), found);
}
