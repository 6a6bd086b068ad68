/*
 * SQLite's rules, which are those of sqlite3_complete() and of its shell: a statement ends at a
 * semicolon outside of strings, names and comments; that of a trigger at one that follows END,
 * which follows a semicolon (so the END of a CASE is none).
 */
#include "targets/script_split.h"

/* ---- tokens ---- */

typedef enum token_kind {
    TOKEN_SEMICOLON,
    TOKEN_SPACE, /* comments, too */
    TOKEN_OTHER,
    TOKEN_EXPLAIN,
    TOKEN_CREATE,
    TOKEN_TEMP,
    TOKEN_TRIGGER,
    TOKEN_END,
    TOKEN_KINDS,
} token_kind;

typedef struct token {
    token_kind kind;
    size_t end;
    const char *why; /* the text ends inside of it */
} token;

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\f' || byte == '\r';
}

static bool is_word(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_' || byte == '$' ||
           (unsigned char)byte >= 0x80;
}

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

/* Behind the next such byte, or 0. */
static size_t behind(igd_str text, size_t at, char byte)
{
    const char *found = memchr(text.ptr + at, byte, text.len - at);
    return found ? (size_t)(found - text.ptr) + 1 : 0;
}

/* Behind the end of a comment, or 0. */
static size_t behind_comment(igd_str text, size_t at)
{
    for (at += 2; (at = behind(text, at, '*')) != 0;)
        if (at < text.len && text.ptr[at] == '/')
            return at + 1;
    return 0;
}

/* A doubled quote ends one string and begins another: for where statements end that is the same. */
static token quoted(igd_str text, size_t at, char end, const char *why)
{
    token t = {TOKEN_OTHER, behind(text, at + 1, end), NULL};
    t.why = t.end ? NULL : why;
    return t;
}

static token line_comment(igd_str text, size_t at, bool whole)
{
    token t = {TOKEN_SPACE, behind(text, at, '\n'), NULL};
    if (t.end == 0 && whole)
        t.end = text.len;
    t.why = t.end ? NULL : "comment";
    return t;
}

static token word(igd_str text, size_t at)
{
    size_t end = at + 1;
    while (end < text.len && is_word(text.ptr[end]))
        end++;
    return (token){TOKEN_OTHER, end, NULL};
}

static token token_at(igd_str text, size_t at, bool whole)
{
    char byte = text.ptr[at], next = at + 1 < text.len ? text.ptr[at + 1] : '\0';
    switch (byte) {
    case ';':
        return (token){TOKEN_SEMICOLON, at + 1, NULL};
    case '\'':
        return quoted(text, at, '\'', "string");
    case '"':
        return quoted(text, at, '"', "quoted name");
    case '`':
        return quoted(text, at, '`', "quoted name");
    case '[':
        return quoted(text, at, ']', "quoted name");
    case '-':
        if (next == '-')
            return line_comment(text, at, whole);
        break;
    case '/':
        if (next == '*') {
            size_t end = behind_comment(text, at);
            return (token){TOKEN_SPACE, end, end ? NULL : "comment"};
        }
        break;
    default:
        if (is_word(byte))
            return word(text, at);
        if (is_space(byte))
            return (token){TOKEN_SPACE, at + 1, NULL};
        break;
    }
    return (token){TOKEN_OTHER, at + 1, NULL};
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
    *piece = igd_str_sub(text, s->at, text.len - s->at);
    return IGD_SPLIT_BROKEN;
}

static bool is_rows(igd_str comment)
{
    return igd_str_starts(comment, IGD_STR("-- rows "));
}

/* A token outside of statements. */
static bool skip(igd_splitter *s, igd_str text, token t, igd_str *rows)
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
    size_t end = behind(text, s->at, '\n');
    if (end == 0 && !whole)
        return IGD_SPLIT_MORE;
    *piece = igd_str_sub(text, s->at, (end ? end - 1 : text.len) - s->at);
    s->at = s->from = end ? end : text.len;
    return IGD_SPLIT_CLIENT_LINE;
}

/* True when the statement is complete. */
static bool step(igd_splitter *s, igd_str text, token t)
{
    token_kind kind = t.kind;
    if (kind == TOKEN_OTHER && wants_words(s->grammar))
        kind = word_kind(igd_str_sub(text, s->at, t.end - s->at));
    s->grammar = steps[s->grammar][kind];
    s->inside = true;
    s->mid_line = true;
    s->at = t.end;
    return s->grammar == START;
}

igd_split igd_split_next(igd_splitter *s, igd_str text, bool whole, igd_str *piece)
{
    while (s->at < text.len) {
        if (!s->inside && !s->mid_line && text.ptr[s->at] == '.')
            return client_line(s, text, whole, piece);
        token t = token_at(text, s->at, whole);
        /* What reaches the end of a part may go on in the next. */
        if (!whole && (t.why || t.end == text.len))
            return IGD_SPLIT_MORE;
        if (t.why)
            return broken(s, text, t.why, piece);
        if (!s->inside && (t.kind == TOKEN_SPACE || t.kind == TOKEN_SEMICOLON)) {
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

igd_script_role igd_split_role(igd_script_syntax syntax IGD_UNUSED, igd_str statement)
{
    token t = statement.len ? token_at(statement, 0, true) : (token){0};
    igd_str first = igd_str_sub(statement, 0, t.end);
    if (igd_str_eq_nocase(first, IGD_STR("BEGIN")))
        return IGD_SCRIPT_BEGIN;
    if (igd_str_eq_nocase(first, IGD_STR("COMMIT")) || igd_str_eq_nocase(first, IGD_STR("END")))
        return IGD_SCRIPT_COMMIT;
    return IGD_SCRIPT_STATEMENT;
}
