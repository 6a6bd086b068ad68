/*
 * Parser and editor of CREATE TABLE texts. SQLite has accepted the text, so it is only taken apart
 * as far as needed: columns, their clauses, and the table's.
 */
#include "targets/sqlite/definition.h"

#include <ctype.h>

#include "targets/sqlite/sqlite.h"

typedef enum token_type {
    TOKEN_END,
    TOKEN_WORD,   /* a name, a keyword or a number */
    TOKEN_NAME,   /* a quoted name */
    TOKEN_STRING, /* '...' or x'...' */
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_COMMA,
    TOKEN_OTHER,
} token_type;

typedef struct lexer {
    const char *at, *end;
    token_type type;
    igd_str text;       /* of the current token */
    const char *behind; /* end of the token before it */
    igd_arena *mem;
} lexer;

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static void skip_space(lexer *lex)
{
    while (lex->at < lex->end) {
        size_t left = (size_t)(lex->end - lex->at);
        if (isspace((unsigned char)*lex->at)) {
            lex->at++;
        } else if (left >= 2 && memcmp(lex->at, "--", 2) == 0) {
            const char *line = memchr(lex->at, '\n', left);
            lex->at = line ? line + 1 : lex->end;
        } else if (left >= 2 && memcmp(lex->at, "/*", 2) == 0) {
            const char *close = memmem(lex->at + 2, left - 2, "*/", 2);
            lex->at = close ? close + 2 : lex->end;
        } else {
            break;
        }
    }
}

/* Behind the closing quote; a doubled one is a character of the text. */
static const char *skip_quoted(const char *at, const char *end, char quote)
{
    for (at++; at < end; at++) {
        if (*at != quote)
            continue;
        if (quote == ']' || at + 1 == end || at[1] != quote)
            return at + 1;
        at++;
    }
    return end;
}

static void next(lexer *lex)
{
    lex->behind = lex->at;
    skip_space(lex);
    const char *start = lex->at;
    if (start == lex->end) {
        lex->type = TOKEN_END;
        lex->text = (igd_str){start, 0};
        return;
    }
    bool blob = (*start == 'x' || *start == 'X') && start + 1 < lex->end && start[1] == '\'';
    if (*start == '\'' || blob) {
        lex->type = TOKEN_STRING;
        lex->at = skip_quoted(start + blob, lex->end, '\'');
    } else if (*start == '"' || *start == '`' || *start == '[') {
        lex->type = TOKEN_NAME;
        lex->at = skip_quoted(start, lex->end, *start == '[' ? ']' : *start);
    } else if (isdigit((unsigned char)*start) || *start == '.') {
        lex->type = TOKEN_WORD;
        while (lex->at < lex->end &&
               (is_word(*lex->at) || *lex->at == '.' ||
                ((*lex->at == '-' || *lex->at == '+') && tolower(lex->at[-1]) == 'e' &&
                 !(start[0] == '0' && tolower(start[1]) == 'x'))))
            lex->at++;
    } else if (is_word(*start)) {
        lex->type = TOKEN_WORD;
        while (lex->at < lex->end && is_word(*lex->at))
            lex->at++;
    } else {
        lex->at++;
        lex->type = *start == '('   ? TOKEN_OPEN
                    : *start == ')' ? TOKEN_CLOSE
                    : *start == ',' ? TOKEN_COMMA
                                    : TOKEN_OTHER;
    }
    lex->text = (igd_str){start, (size_t)(lex->at - start)};
}

static bool is(const lexer *lex, const char *keyword)
{
    return lex->type == TOKEN_WORD && igd_str_eq_nocase(lex->text, igd_str_from(keyword));
}

static bool accept(lexer *lex, const char *keyword)
{
    if (!is(lex, keyword))
        return false;
    next(lex);
    return true;
}

static bool is_name(const lexer *lex)
{
    return lex->type == TOKEN_WORD || lex->type == TOKEN_NAME || lex->type == TOKEN_STRING;
}

/* A name without its quotes. */
static igd_str unquoted(lexer *lex)
{
    igd_str text = lex->text;
    if (lex->type == TOKEN_WORD || text.len < 2)
        return text;
    char quote = text.ptr[0] == '[' ? ']' : text.ptr[0];
    char *bytes = igd_arena_alloc(lex->mem, text.len);
    size_t len = 0;
    for (size_t n = 1; n + 1 < text.len; n++) {
        bytes[len++] = text.ptr[n];
        if (quote != ']' && text.ptr[n] == quote)
            n++;
    }
    return (igd_str){bytes, len};
}

/* From '(' to behind its ')'. */
static bool group(lexer *lex)
{
    if (lex->type != TOKEN_OPEN)
        return false;
    size_t depth = 0;
    do {
        depth += lex->type == TOKEN_OPEN;
        depth -= lex->type == TOKEN_CLOSE;
        if (lex->type == TOKEN_END)
            return false;
        next(lex);
    } while (depth);
    return true;
}

static bool any_word(lexer *lex)
{
    if (!is_name(lex))
        return false;
    next(lex);
    return true;
}

static bool on_conflict(lexer *lex)
{
    return !accept(lex, "ON") || (accept(lex, "CONFLICT") && any_word(lex));
}

static bool references(lexer *lex)
{
    if (!any_word(lex) || (lex->type == TOKEN_OPEN && !group(lex)))
        return false;
    for (;;) {
        if (accept(lex, "ON")) {
            /* SET NULL, NO ACTION: two words. */
            bool two = (any_word(lex), is(lex, "SET") || is(lex, "NO"));
            if (!any_word(lex) || (two && !any_word(lex)))
                return false;
        } else if (accept(lex, "MATCH")) {
            if (!any_word(lex))
                return false;
        } else if (is(lex, "NOT")) {
            lexer ahead = *lex;
            next(&ahead);
            if (!is(&ahead, "DEFERRABLE"))
                return true; /* NOT NULL is the next clause */
            next(lex);
        } else if (accept(lex, "DEFERRABLE")) {
            if (accept(lex, "INITIALLY") && !any_word(lex))
                return false;
        } else {
            return true;
        }
    }
}

static bool default_value(lexer *lex)
{
    if (lex->type == TOKEN_OPEN)
        return group(lex);
    if (lex->type == TOKEN_OTHER)
        next(lex);
    return any_word(lex);
}

static bool check_body(lexer *lex, igd_clause *clause)
{
    const char *start = lex->text.ptr;
    if (!group(lex))
        return false;
    clause->body = (igd_str){start, (size_t)(lex->behind - start)};
    return on_conflict(lex);
}

static bool clause_rest(lexer *lex, igd_clause *clause)
{
    if (accept(lex, "PRIMARY")) {
        clause->kind = IGD_CLAUSE_PRIMARY_KEY;
        if (!accept(lex, "KEY") || (lex->type == TOKEN_OPEN && !group(lex)))
            return false;
        if (!accept(lex, "ASC"))
            accept(lex, "DESC");
        return on_conflict(lex) && (accept(lex, "AUTOINCREMENT"), true);
    }
    if (accept(lex, "NOT")) {
        clause->kind = IGD_CLAUSE_NOT_NULL;
        return accept(lex, "NULL") && on_conflict(lex);
    }
    if (accept(lex, "NULL")) {
        clause->kind = IGD_CLAUSE_NULL;
        return on_conflict(lex);
    }
    if (accept(lex, "UNIQUE")) {
        clause->kind = IGD_CLAUSE_UNIQUE;
        return (lex->type != TOKEN_OPEN || group(lex)) && on_conflict(lex);
    }
    if (accept(lex, "CHECK")) {
        clause->kind = IGD_CLAUSE_CHECK;
        return check_body(lex, clause);
    }
    if (accept(lex, "DEFAULT")) {
        clause->kind = IGD_CLAUSE_DEFAULT;
        return default_value(lex);
    }
    if (accept(lex, "COLLATE")) {
        clause->kind = IGD_CLAUSE_COLLATE;
        return any_word(lex);
    }
    if (accept(lex, "FOREIGN")) {
        clause->kind = IGD_CLAUSE_REFERENCES;
        return accept(lex, "KEY") && group(lex) && accept(lex, "REFERENCES") && references(lex);
    }
    if (accept(lex, "REFERENCES")) {
        clause->kind = IGD_CLAUSE_REFERENCES;
        return references(lex);
    }
    if (is(lex, "GENERATED") || is(lex, "AS")) {
        clause->kind = IGD_CLAUSE_GENERATED;
        if (accept(lex, "GENERATED") && !accept(lex, "ALWAYS"))
            return false;
        if (!accept(lex, "AS") || !group(lex))
            return false;
        if (!accept(lex, "STORED"))
            accept(lex, "VIRTUAL");
        return true;
    }
    clause->kind = IGD_CLAUSE_OTHER;
    return clause->name.ptr != NULL; /* CONSTRAINT name and nothing behind it */
}

static bool parse_clause(lexer *lex, igd_clause_list *out)
{
    igd_clause clause = {0};
    const char *start = lex->text.ptr;
    if (accept(lex, "CONSTRAINT")) {
        if (!is_name(lex))
            return false;
        clause.name = unquoted(lex);
        next(lex);
    }
    if (!clause_rest(lex, &clause))
        return false;
    clause.text = (igd_str){start, (size_t)(lex->behind - start)};
    IGD_PUSH(lex->mem, out, clause);
    return true;
}

static bool starts_clause(const lexer *lex)
{
    static const char *const words[] = {"CONSTRAINT", "PRIMARY",   "NOT",     "NULL",
                                        "UNIQUE",     "CHECK",     "DEFAULT", "COLLATE",
                                        "REFERENCES", "GENERATED", "AS"};
    for (size_t n = 0; n < IGD_COUNT(words); n++)
        if (is(lex, words[n]))
            return true;
    return false;
}

static bool parse_column(lexer *lex, igd_definition *out)
{
    igd_column_text column = {0};
    if (!is_name(lex))
        return false;
    column.name = unquoted(lex);
    next(lex);
    const char *start = lex->text.ptr;
    while (is_name(lex) && !starts_clause(lex))
        next(lex);
    if (lex->text.ptr != start && lex->type == TOKEN_OPEN && !group(lex))
        return false;
    column.type = (igd_str){start, lex->text.ptr == start ? 0 : (size_t)(lex->behind - start)};
    while (lex->type != TOKEN_COMMA && lex->type != TOKEN_CLOSE)
        if (!parse_clause(lex, &column.clauses))
            return false;
    IGD_PUSH(lex->mem, &out->columns, column);
    return true;
}

static bool starts_table_clause(const lexer *lex)
{
    return is(lex, "CONSTRAINT") || is(lex, "PRIMARY") || is(lex, "UNIQUE") || is(lex, "CHECK") ||
           is(lex, "FOREIGN");
}

const char *igd_definition_parse(igd_str sql, igd_arena *mem, igd_definition *out)
{
    igd_definition found = {0};
    lexer lex = {.at = sql.ptr, .end = sql.ptr + sql.len, .mem = mem};
    for (next(&lex); lex.type != TOKEN_OPEN; next(&lex)) {
        if (lex.type == TOKEN_END)
            return "it has no columns";
        if (is(&lex, "VIRTUAL"))
            return "it is a virtual table";
    }
    next(&lex);
    while (lex.type != TOKEN_CLOSE) {
        bool ok = starts_table_clause(&lex) ? parse_clause(&lex, &found.clauses)
                                            : parse_column(&lex, &found);
        if (!ok || lex.type == TOKEN_END)
            return "its CREATE TABLE cannot be understood";
        /* SQLite lets the comma between two constraints of a table be left out. */
        if (lex.type == TOKEN_COMMA)
            next(&lex);
    }
    found.options = igd_str_trim((igd_str){lex.at, (size_t)(lex.end - lex.at)});
    *out = found;
    return NULL;
}

void igd_definition_write(const igd_definition *definition, igd_str name, igd_buf *sql)
{
    igd_buf_puts(sql, "CREATE TABLE ");
    igd_sqlite_name(name, sql);
    for (size_t n = 0; n < definition->columns.len; n++) {
        const igd_column_text *column = &definition->columns.items[n];
        igd_buf_puts(sql, n ? ",\n  " : " (\n  ");
        igd_sqlite_name(column->name, sql);
        if (column->type.len)
            igd_buf_byte(sql, ' ');
        igd_buf_str(sql, column->type);
        for (size_t c = 0; c < column->clauses.len; c++) {
            igd_buf_byte(sql, ' ');
            igd_buf_str(sql, column->clauses.items[c].text);
        }
    }
    for (size_t c = 0; c < definition->clauses.len; c++) {
        igd_buf_puts(sql, ",\n  ");
        igd_buf_str(sql, definition->clauses.items[c].text);
    }
    igd_buf_puts(sql, "\n)");
    if (definition->options.len)
        igd_buf_byte(sql, ' ');
    igd_buf_str(sql, definition->options);
}

ptrdiff_t igd_definition_column(const igd_definition *definition, igd_str name)
{
    for (size_t n = 0; n < definition->columns.len; n++)
        if (igd_str_eq_nocase(definition->columns.items[n].name, name))
            return (ptrdiff_t)n;
    return -1;
}

bool igd_definition_is_generated(const igd_column_text *column)
{
    for (size_t n = 0; n < column->clauses.len; n++)
        if (column->clauses.items[n].kind == IGD_CLAUSE_GENERATED)
            return true;
    return false;
}
