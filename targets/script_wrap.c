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

const char *igd_script_extension(igd_script_syntax syntax)
{
    return syntax == IGD_SCRIPT_REDIS ? "redis" : syntax == IGD_SCRIPT_JSON ? "json" : "sql";
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
    case IGD_SCRIPT_SQLITE:
    case IGD_SCRIPT_PSQL:
    case IGD_SCRIPT_MYSQL:
        igd_buf_str(out, head);
        break;
    }
}

igd_str igd_script_opening(igd_script_syntax syntax)
{
    return syntax == IGD_SCRIPT_JSON ? IGD_STR(ARRAY) : (igd_str){0};
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

static bool take_range(igd_str line, igd_arena *mem, igd_str *head)
{
    igd_str key = igd_str_sub(line, strlen(RANGE), line.len);
    ptrdiff_t quote = igd_str_find(key, '"');
    return quote >= 0 && igd_base64_get(igd_str_sub(key, 0, (size_t)quote), mem, head);
}

bool igd_script_unwrap(igd_str text, igd_arena *mem, igd_str *head, size_t *end, uint32_t *line)
{
    bool eval = igd_str_starts(text, IGD_STR(EVAL));
    bool array = igd_str_starts(text, IGD_STR(RANGE));
    if (!eval && !array)
        return false;
    size_t from = array ? strlen(ARRAY) : 0;
    ptrdiff_t at = igd_str_find(igd_str_sub(text, from, text.len), '\n');
    if (at < 0)
        return false;
    igd_str found = igd_str_sub(text, 0, from + (size_t)at + 1);
    IGD_CLEANUP(igd_buf)
    igd_buf again = IGD_BUF_INIT;
    if (!(eval ? take_eval(found, mem, head) : take_range(found, mem, head)))
        return false;
    igd_script_wrap(eval ? IGD_SCRIPT_REDIS : IGD_SCRIPT_JSON, *head, &again);
    *end = found.len;
    *line = array ? 3 : 2;
    return igd_str_eq(igd_buf_view(&again), found);
}
