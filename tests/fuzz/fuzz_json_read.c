/*
 * Fuzzes the JSON reader. What it accepts is written by the JSON writer and has to be accepted
 * again, with the same events and texts, and be written the same way; what it refuses has an error
 * inside the input; and allowing text behind the value changes nothing about the value.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/json_read.h"
#include "base/json_write.h"

enum { DEPTH = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "does not hold: %s\n", what);
        abort();
    }
}

/* Writes what the event says. */
static void copy_event(igd_json *to, const igd_json_reader *from)
{
    switch (from->event) {
    case IGD_JSON_NULL:
        igd_json_null(to);
        break;
    case IGD_JSON_TRUE:
    case IGD_JSON_FALSE:
        igd_json_bool(to, from->event == IGD_JSON_TRUE);
        break;
    case IGD_JSON_NUMBER:
        igd_json_raw(to, from->text);
        break;
    case IGD_JSON_STRING:
        igd_json_string(to, from->text);
        break;
    case IGD_JSON_KEY:
        igd_json_key(to, from->text);
        break;
    case IGD_JSON_OBJECT_START:
        igd_json_object(to);
        break;
    case IGD_JSON_ARRAY_START:
        igd_json_array(to);
        break;
    case IGD_JSON_OBJECT_END:
    case IGD_JSON_ARRAY_END:
        igd_json_end(to);
        break;
    case IGD_JSON_END:
    case IGD_JSON_ERROR:
        break;
    }
}

/* Reads to the end or an error, and writes along. */
static igd_json_event read_all(igd_json_reader *reader, igd_str text, igd_buf *out)
{
    igd_json json = igd_json_to(out);
    while (igd_json_next(reader) != IGD_JSON_END && reader->event != IGD_JSON_ERROR) {
        require(reader->line >= 1 && reader->column >= 1, "events have a place");
        require(igd_str_is_utf8(reader->text), "texts are UTF-8");
        copy_event(&json, reader);
    }
    igd_str rest = igd_json_rest(reader);
    require(rest.len <= text.len, "reading stops inside the input");
    require(text.len == 0 || rest.ptr + rest.len == text.ptr + text.len, "the rest is the end");
    return reader->event;
}

static void check_accepted(igd_arena *mem, igd_str text)
{
    IGD_CLEANUP(igd_buf)
    igd_buf first = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf second = IGD_BUF_INIT;
    igd_json_reader reader;
    igd_json_reader_init(&reader, text, mem, DEPTH);
    if (read_all(&reader, text, &first) == IGD_JSON_ERROR) {
        require(reader.error && reader.error[0], "errors say why");
        require(igd_json_next(&reader) == IGD_JSON_ERROR, "errors stay");
        return;
    }
    require(igd_str_is_utf8(text), "only UTF-8 is accepted");
    require(igd_json_next(&reader) == IGD_JSON_END, "the end stays");

    igd_json_reader again;
    igd_json_reader_init(&again, igd_buf_view(&first), mem, DEPTH);
    require(read_all(&again, igd_buf_view(&first), &second) == IGD_JSON_END,
            "what was written is accepted");
    require(igd_str_eq(igd_buf_view(&first), igd_buf_view(&second)), "it is written the same way");

    igd_json_reader other;
    igd_json_reader_init(&reader, text, mem, DEPTH);
    igd_json_reader_init(&other, igd_buf_view(&first), mem, DEPTH);
    do {
        require(igd_json_next(&reader) == igd_json_next(&other), "the events are the same");
        require(reader.event == IGD_JSON_END || igd_str_eq(reader.text, other.text),
                "the texts are the same");
    } while (reader.event != IGD_JSON_END);
}

/* A value that is accepted in front of other text is accepted alone. */
static void check_rest(igd_arena *mem, igd_str text)
{
    IGD_CLEANUP(igd_buf)
    igd_buf first = IGD_BUF_INIT;
    IGD_CLEANUP(igd_buf)
    igd_buf second = IGD_BUF_INIT;
    igd_json_reader reader;
    igd_json_reader_init(&reader, text, mem, DEPTH);
    igd_json_allow_rest(&reader);
    if (read_all(&reader, text, &first) != IGD_JSON_END)
        return;
    igd_str value = {text.ptr, text.len - igd_json_rest(&reader).len};
    igd_json_reader_init(&reader, value, mem, DEPTH);
    require(read_all(&reader, value, &second) == IGD_JSON_END, "the value is accepted alone");
    require(igd_str_eq(igd_buf_view(&first), igd_buf_view(&second)), "it is the same value");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_str text = {(const char *)data, size};
    check_accepted(mem, text);
    check_rest(mem, text);
    return 0;
}
