/*
 * Values from text. The first byte is the digit of the kind, the rest is the text. What is taken
 * must be canonical: its text reads back as an equal value with the same text, and what the strict
 * reader takes the loose one takes alike.
 */
#include <stdlib.h>

#include "schema/canonical.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static igd_str written(const igd_value *value, igd_arena *mem)
{
    IGD_CLEANUP(igd_buf)
    igd_buf out = IGD_BUF_INIT;
    igd_value_write(value, &out);
    expect(igd_str_eq(igd_buf_view(&out), igd_value_text(value, mem)));
    return igd_arena_str(mem, igd_buf_view(&out));
}

static void check(const igd_value *value, igd_arena *mem)
{
    igd_str text = written(value, mem);
    igd_value again;
    expect(igd_value_parse(value->kind, text, mem, &again) == NULL);
    expect(igd_value_eq(value, &again));
    expect(igd_str_eq(text, written(&again, mem)));
    igd_value copy = igd_value_copy(value, mem);
    expect(igd_value_eq(value, &copy));

    IGD_CLEANUP(igd_buf)
    igd_buf scratch = IGD_BUF_INIT;
    igd_digest digest = igd_key_digest(value, 1, &scratch);
    expect(igd_digest_eq(digest, igd_key_digest(&again, 1, &scratch)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    igd_kind kind = (igd_kind)((data[0] + 2u) % 10); /* '0' is 0 */
    igd_str text = {(const char *)data + 1, size - 1};
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_value value, loose;
    const char *why = igd_value_parse(kind, text, mem, &value);
    const char *why_loose = igd_value_parse_loose(kind, text, mem, &loose);
    expect(why || !why_loose);
    if (!why_loose)
        check(&loose, mem);
    if (!why)
        expect(igd_value_eq(&value, &loose));
    return 0;
}
