/*
 * Problems of one record. Nothing here is on the path of a record that is as it should be: the
 * key's texts are made when the first problem needs them.
 */
#include "ingitdb/record_scope.h"

#include <stdio.h>

enum { EXCERPT_MOST = 60 };

void igd_record_scope_start(igd_record_scope *scope, uint32_t line, uint32_t column)
{
    scope->row = NULL;
    scope->key_known = false;
    scope->invalid = false;
    scope->key_text = scope->key_json = (igd_str){0};
    scope->line = line;
    scope->column = column;
}

void igd_record_scope_set_key(igd_record_scope *scope, const igd_value *row)
{
    scope->row = row;
    scope->key_known = true;
    scope->key_text = scope->key_json = (igd_str){0};
}

/* What to do about it, where nothing better is known. */
static igd_str usual_hint(const igd_record_issue *issue)
{
    static const struct {
        const char *code, *hint;
    } hints[] = {
        {"parse", "correct the file at this place; until then nothing of it can be read"},
        {"type", "correct the value, or the column's type in the definition"},
        {"required", "add it, or take 'required' out of the definition"},
        {"bounds", "correct the value, or the limit in the definition"},
        {"length", "correct the value, or the limit in the definition"},
        {"key", "give the record a key of its own"},
        {"nul", "remove it: no target can hold it"},
        {"unsupported", "change the value, or go on without the record by --on-invalid skip"},
    };
    for (size_t n = 0; n < IGD_COUNT(hints); n++)
        if (strcmp(hints[n].code, issue->code) == 0)
            return igd_str_from(hints[n].hint);
    return (igd_str){0};
}

/* Which records a file may have held that cannot be told apart. */
static igd_str parent_json(const igd_record_scope *scope)
{
    size_t depth = scope->table->key_count - 1;
    if (scope->key_known || depth == 0 || !scope->ancestors)
        return (igd_str){0};
    igd_value *keys = IGD_NEW_ARRAY(scope->mem, igd_value, depth);
    for (size_t n = 0; n < depth; n++)
        keys[n] = igd_value_string(scope->ancestors[n]);
    return igd_keys_json(keys, depth, scope->mem);
}

static void report(igd_record_scope *scope, igd_severity severity, const igd_record_issue *issue,
                   igd_str reason)
{
    if (scope->key_known && scope->key_json.len == 0) {
        scope->key_text = igd_row_key_text(scope->table, scope->row, scope->mem);
        scope->key_json = igd_row_key_json(scope->table, scope->row, scope->mem);
    }
    bool silent = issue->hint.len == 0 && severity == IGD_PROBLEM_INVALID;
    igd_str hint = silent ? usual_hint(issue) : issue->hint;
    igd_problem_add(scope->problems, &(igd_problem){
                                         .severity = severity,
                                         .code = issue->code,
                                         .path = scope->path,
                                         .line = issue->line ? issue->line : scope->line,
                                         .column = issue->line ? issue->column : scope->column,
                                         .collection = scope->table->collection,
                                         .key = scope->key_text,
                                         .key_json = scope->key_json,
                                         .parent_json = parent_json(scope),
                                         .field = issue->field,
                                         .reason = reason,
                                         .hint = hint,
                                     });
}

static IGD_PRINTF(2, 0) igd_str format_text(igd_arena *mem, const char *format, va_list args)
{
    char text[1024];
    int length = vsnprintf(text, sizeof(text), format, args);
    size_t len = length < 0 ? 0 : (size_t)length;
    if (len >= sizeof(text)) {
        len = sizeof(text) - 1;
        while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
            len--; /* no half of a character */
    }
    return igd_arena_str(mem, (igd_str){text, len});
}

void igd_record_invalid(igd_record_scope *scope, const igd_record_issue *issue, const char *format,
                        ...)
{
    va_list args;
    va_start(args, format);
    igd_str reason = format_text(scope->mem, format, args);
    va_end(args);
    scope->invalid = true;
    report(scope, IGD_PROBLEM_INVALID, issue, reason);
}

void igd_record_warn(igd_record_scope *scope, const igd_record_issue *issue, const char *format,
                     ...)
{
    va_list args;
    va_start(args, format);
    igd_str reason = format_text(scope->mem, format, args);
    va_end(args);
    report(scope, IGD_PROBLEM_WARNING, issue, reason);
}

igd_str igd_record_excerpt(igd_str text, igd_arena *mem)
{
    size_t len = text.len;
    if (len > EXCERPT_MOST) {
        len = EXCERPT_MOST;
        while (len > 0 && ((unsigned char)text.ptr[len] & 0xC0) == 0x80)
            len--;
    }
    char *copy = igd_arena_alloc(mem, len + sizeof("..."));
    for (size_t n = 0; n < len; n++)
        copy[n] = (unsigned char)text.ptr[n] < 0x20 || text.ptr[n] == 0x7F ? ' ' : text.ptr[n];
    if (len == text.len)
        return (igd_str){copy, len};
    memcpy(copy + len, "...", 3);
    return (igd_str){copy, len + 3};
}
