/*
 * Where statements end, by the rules of each client. Those of SQLite's shell are
 * sqlite3_complete(): at a semicolon outside of strings, names and comments; that of a trigger at
 * one that follows END, which follows a semicolon (so the END of a CASE is none). psql: not between
 * parentheses. Of key-value stores a statement is a line.
 */
#include "targets/script_split.h"

#include "targets/script_token.h"

/* What tokens are to the grammar of SQLite's triggers. */
typedef enum token_kind {
    TOKEN_SEMICOLON,
    TOKEN_SPACE,
    TOKEN_OTHER,
    TOKEN_EXPLAIN,
    TOKEN_CREATE,
    TOKEN_TEMP,
    TOKEN_TRIGGER,
    TOKEN_END,
    TOKEN_KINDS,
} token_kind;

static token_kind word_kind(igd_str word)
{
    static const struct {
        const char *word;
        token_kind kind;
    } words[] = {{"EXPLAIN", TOKEN_EXPLAIN}, {"CREATE", TOKEN_CREATE},   {"TEMP", TOKEN_TEMP},
                 {"TEMPORARY", TOKEN_TEMP},  {"TRIGGER", TOKEN_TRIGGER}, {"END", TOKEN_END}};
    for (size_t n = 0; n < IGD_COUNT(words); n++)
        if (igd_str_eq_nocase(word, igd_str_from(words[n].word)))
            return words[n].kind;
    return TOKEN_OTHER;
}

/* ---- statements ---- */

enum { START, PLAIN, EXPLAINED, CREATED, IN_TRIGGER, BEHIND_SEMICOLON, BEHIND_END };

/* What a token makes of where we are; a semicolon that leads to START ends the statement. */
static const uint8_t steps[][TOKEN_KINDS] = {
    /*                     ;                 space             other       EXPLAIN     CREATE
                           TEMP        TRIGGER     END */
    [START] = {START, START, PLAIN, EXPLAINED, CREATED, PLAIN, PLAIN, PLAIN},
    [PLAIN] = {START, PLAIN, PLAIN, PLAIN, PLAIN, PLAIN, PLAIN, PLAIN},
    [EXPLAINED] = {START, EXPLAINED, EXPLAINED, PLAIN, CREATED, PLAIN, PLAIN, PLAIN},
    [CREATED] = {START, CREATED, PLAIN, PLAIN, PLAIN, CREATED, IN_TRIGGER, PLAIN},
    [IN_TRIGGER] = {BEHIND_SEMICOLON, IN_TRIGGER, IN_TRIGGER, IN_TRIGGER, IN_TRIGGER, IN_TRIGGER,
                    IN_TRIGGER, IN_TRIGGER},
    [BEHIND_SEMICOLON] = {BEHIND_SEMICOLON, BEHIND_SEMICOLON, IN_TRIGGER, IN_TRIGGER, IN_TRIGGER,
                          IN_TRIGGER, IN_TRIGGER, BEHIND_END},
    [BEHIND_END] = {START, BEHIND_END, IN_TRIGGER, IN_TRIGGER, IN_TRIGGER, IN_TRIGGER, IN_TRIGGER,
                    IN_TRIGGER},
};

/* Words mean nothing inside of most statements: most of the text is passed here. */
static bool wants_words(uint8_t grammar)
{
    return grammar != PLAIN && grammar != IN_TRIGGER;
}

static igd_split broken(igd_splitter *s, igd_str text, const char *why, igd_str *piece)
{
    s->why = why;
    *piece = igd_str_sub(text, s->at, 0);
    return IGD_SPLIT_BROKEN;
}

static bool is_rows(igd_str comment)
{
    return igd_str_starts(comment, IGD_STR("-- rows "));
}

/* A token outside of statements. */
static bool skip(igd_splitter *s, igd_str text, igd_token t, igd_str *rows)
{
    igd_str what = igd_str_sub(text, s->at, t.end - s->at);
    bool found = !s->mid_line && is_rows(what);
    if (found)
        *rows = igd_str_sub(what, 8, what.len - 8);
    s->mid_line = what.len == 0 || what.ptr[what.len - 1] != '\n';
    s->at = s->from = t.end;
    return found;
}

static igd_split client_line(igd_splitter *s, igd_str text, bool whole, igd_str *piece)
{
    size_t end = igd_behind(text, s->at, '\n');
    if (end == 0 && !whole)
        return IGD_SPLIT_MORE;
    *piece = igd_str_sub(text, s->at, (end ? end - 1 : text.len) - s->at);
    s->at = s->from = end ? end : text.len;
    return IGD_SPLIT_CLIENT_LINE;
}

static bool step_sqlite(igd_splitter *s, igd_str word, igd_token t)
{
    token_kind kind = t.kind == IGD_TOKEN_SEMICOLON ? TOKEN_SEMICOLON
                      : t.kind == IGD_TOKEN_SPACE   ? TOKEN_SPACE
                                                    : TOKEN_OTHER;
    if (t.kind == IGD_TOKEN_WORD && wants_words(s->grammar))
        kind = word_kind(word);
    s->grammar = steps[s->grammar][kind];
    return s->grammar == START;
}

static bool step_plain(igd_splitter *s, igd_token t)
{
    if (t.kind == IGD_TOKEN_OPEN)
        s->depth++;
    else if (t.kind == IGD_TOKEN_CLOSE && s->depth > 0)
        s->depth--;
    return t.kind == IGD_TOKEN_SEMICOLON && s->depth == 0;
}

/* True when the statement is complete. */
static bool step(igd_splitter *s, igd_str text, igd_token t)
{
    bool done = s->syntax == IGD_SCRIPT_SQLITE
                    ? step_sqlite(s, igd_str_sub(text, s->at, t.end - s->at), t)
                    : step_plain(s, t);
    s->inside = true;
    s->mid_line = true;
    s->at = t.end;
    return done;
}

/* A line that is for the client begins here. */
static bool begins_client_line(const igd_splitter *s, igd_str text, igd_token t)
{
    if (s->syntax == IGD_SCRIPT_SQLITE)
        return !s->inside && !s->mid_line && text.ptr[s->at] == '.';
    return !s->inside && t.kind == IGD_TOKEN_CLIENT;
}

/* ---- a statement is a line ---- */

static bool ends_array(const igd_splitter *s, igd_str line)
{
    return s->syntax >= IGD_SCRIPT_JSON && igd_str_is(line, "]");
}

static igd_split next_line(igd_splitter *s, igd_str text, bool whole, igd_str *piece)
{
    for (;;) {
        size_t end = igd_behind(text, s->at, '\n');
        if (end == 0 && !whole) {
            s->at = text.len;
            return IGD_SPLIT_MORE;
        }
        if (end == 0 && s->from == text.len)
            return IGD_SPLIT_END;
        if (end == 0) {
            s->at = s->from;
            return broken(s, text, "line", piece);
        }
        igd_str line = igd_str_sub(text, s->from, end - 1 - s->from);
        s->from = s->at = end;
        if (line.len == 0 || ends_array(s, line))
            continue;
        if (s->syntax >= IGD_SCRIPT_JSON && igd_str_ends(line, IGD_STR(",")))
            line.len--;
        *piece = line;
        return IGD_SPLIT_STATEMENT;
    }
}

igd_split igd_split_next(igd_splitter *s, igd_str text, bool whole, igd_str *piece)
{
    if (s->syntax >= IGD_SCRIPT_REDIS)
        return next_line(s, text, whole, piece);
    while (s->at < text.len) {
        igd_token t = igd_token_at(s->syntax, text, s->at, whole);
        if (begins_client_line(s, text, t))
            return client_line(s, text, whole, piece);
        /* What reaches the end of a part may go on in the next. */
        if (!whole && (t.why || t.end == text.len))
            return IGD_SPLIT_MORE;
        if (t.why)
            return broken(s, text, t.why, piece);
        if (t.kind == IGD_TOKEN_CLIENT)
            return broken(s, text, "statement with a backslash", piece);
        if (!s->inside && (t.kind == IGD_TOKEN_SPACE || t.kind == IGD_TOKEN_SEMICOLON)) {
            if (skip(s, text, t, piece))
                return IGD_SPLIT_ROWS;
        } else if (step(s, text, t)) {
            *piece = igd_str_sub(text, s->from, s->at - s->from);
            s->from = s->at;
            s->inside = false;
            return IGD_SPLIT_STATEMENT;
        }
    }
    if (!whole)
        return IGD_SPLIT_MORE;
    if (!s->inside)
        return IGD_SPLIT_END;
    s->at = s->from;
    return broken(s, text, "statement", piece);
}

igd_script_role igd_split_role(igd_script_syntax syntax, igd_str statement)
{
    if (syntax >= IGD_SCRIPT_REDIS)
        return IGD_SCRIPT_STATEMENT;
    igd_token t = statement.len ? igd_token_at(syntax, statement, 0, true) : (igd_token){0};
    igd_str first = igd_str_sub(statement, 0, t.end);
    bool starts = syntax != IGD_SCRIPT_SQLITE && igd_str_eq_nocase(first, IGD_STR("START"));
    if (igd_str_eq_nocase(first, IGD_STR("BEGIN")) || starts)
        return IGD_SCRIPT_BEGIN;
    bool ends = syntax != IGD_SCRIPT_MYSQL && igd_str_eq_nocase(first, IGD_STR("END"));
    return igd_str_eq_nocase(first, IGD_STR("COMMIT")) || ends ? IGD_SCRIPT_COMMIT
                                                               : IGD_SCRIPT_STATEMENT;
}
