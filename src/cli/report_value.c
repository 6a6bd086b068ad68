/*
 * Texts and values for reports.
 */
#include "cli/report_value.h"

#include "base/json_write.h"

/* Length of the character at that place; 0: no UTF-8. */
static size_t character(igd_str text, size_t at)
{
    for (size_t len = 1; len <= 4 && at + len <= text.len; len++)
        if (igd_str_is_utf8(igd_str_sub(text, at, len)))
            return len;
    return 0;
}

/* The C1 controls, too: a terminal may obey them. */
static bool is_control(igd_str one)
{
    unsigned char first = (unsigned char)one.ptr[0];
    return first < 0x20 || first == 0x7f ||
           (one.len == 2 && first == 0xc2 && (unsigned char)one.ptr[1] < 0xa0);
}

static void put_character(igd_buf *out, igd_str one)
{
    if (!is_control(one))
        igd_buf_str(out, one);
    else if (one.ptr[0] == '\n')
        igd_buf_puts(out, "\\n");
    else if (one.ptr[0] == '\t')
        igd_buf_puts(out, "\\t");
    else
        for (size_t n = 0; n < one.len; n++)
            igd_buf_printf(out, "\\x%02x", (unsigned char)one.ptr[n]);
}

void igd_report_clean(igd_buf *out, igd_str text, size_t most)
{
    size_t shown = 0;
    for (size_t at = 0; at < text.len; shown++) {
        if (most > 0 && shown == most) {
            igd_buf_puts(out, "\u2026");
            return;
        }
        size_t len = character(text, at);
        if (len == 0)
            igd_buf_printf(out, "\\x%02x", (unsigned char)text.ptr[at]);
        else
            put_character(out, igd_str_sub(text, at, len));
        at += len ? len : 1;
    }
}

void igd_report_value(igd_buf *out, const igd_value *value)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    bool quoted = value->kind == IGD_STRING;
    if (value->kind == IGD_NULL) {
        igd_buf_puts(out, "null");
        return;
    }
    igd_buf_puts(out, quoted ? "\"" : "");
    igd_report_clean(out, igd_value_text(value, mem), IGD_REPORT_VALUE_CHARS);
    igd_buf_puts(out, quoted ? "\"" : "");
}

void igd_report_text_json(igd_buf *out, igd_str text)
{
    IGD_CLEANUP(igd_buf)
    igd_buf clean = IGD_BUF_INIT;
    igd_buf_utf8(&clean, text);
    igd_json_quote(out, igd_buf_view(&clean));
}

void igd_report_value_json(igd_buf *out, const igd_value *value)
{
    switch (value->kind) {
    case IGD_NULL:
        igd_buf_puts(out, "null");
        break;
    case IGD_INT:
    case IGD_FLOAT:
    case IGD_BOOL:
    case IGD_JSON:
        igd_value_write(value, out);
        break;
    case IGD_STRING:
    case IGD_DATE:
    case IGD_TIME:
    case IGD_DATETIME:
    case IGD_RAW:
        igd_report_text_json(out, value->text);
        break;
    }
}

void igd_report_blame(const igd_commit_note *note, bool or_before, igd_buf *out)
{
    igd_buf_printf(out, "%s%.10s %.*s ", or_before ? "at or before " : "", note->hex,
                   IGD_STR_ARG(igd_str_sub(note->at, 0, 10)));
    igd_report_clean(out, note->author, IGD_REPORT_VALUE_CHARS);
    igd_buf_puts(out, ": ");
    igd_report_clean(out, note->subject, 0);
}
