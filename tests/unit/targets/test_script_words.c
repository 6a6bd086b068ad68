/*
 * Words of redis-cli's lines, and headers in requests.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cmocka.h"
#include "targets/script_words.h"
#include "targets/script_wrap.h"

static igd_arena *mem;

static int setup(void **state IGD_UNUSED)
{
    mem = igd_arena_new();
    return 0;
}

static int teardown(void **state IGD_UNUSED)
{
    igd_arena_free(mem);
    return 0;
}

static igd_str put(igd_str word)
{
    IGD_CLEANUP(igd_buf)
    igd_buf out = IGD_BUF_INIT;
    igd_words_put(&out, word);
    return igd_arena_str(mem, igd_buf_view(&out));
}

static void words_are_written(void **state IGD_UNUSED)
{
    assert_string_equal(put(IGD_STR("plain")).ptr, "\"plain\"");
    assert_string_equal(put(IGD_STR("")).ptr, "\"\"");
    assert_string_equal(put(IGD_STR("a\"b\\c\nd\re\tf")).ptr, "\"a\\\"b\\\\c\\nd\\re\\tf\"");
    assert_string_equal(put((igd_str){"\0\x01\x7f", 3}).ptr, "\"\\x00\\x01\\x7f\"");
    assert_string_equal(put(IGD_STR("gr\xc3\xbc\xc3\x9f")).ptr, "\"gr\xc3\xbc\xc3\x9f\"");
    assert_string_equal(put(IGD_STR("\xff\xc3\xbc")).ptr, "\"\\xff\\xc3\\xbc\"");
}

static void words_come_back(void **state IGD_UNUSED)
{
    char all[256];
    for (int n = 0; n < 256; n++)
        all[n] = (char)n;
    igd_str words[] = {IGD_STR(""), IGD_STR("one"), {all, 256}, {all, 128}, IGD_STR("\\x41 \"")};
    IGD_CLEANUP(igd_buf)
    igd_buf line = IGD_BUF_INIT;
    igd_buf_puts(&line, "EVAL 12");
    for (size_t n = 0; n < IGD_COUNT(words); n++) {
        igd_buf_byte(&line, ' ');
        igd_words_put(&line, words[n]);
    }
    assert_null(memchr(line.ptr, '\n', line.len));
    igd_str rest = igd_buf_view(&line), word;
    assert_true(igd_words_take(&rest, mem, &word) && igd_str_is(word, "EVAL"));
    assert_true(igd_words_take(&rest, mem, &word) && igd_str_is(word, "12"));
    for (size_t n = 0; n < IGD_COUNT(words); n++)
        assert_true(igd_words_take(&rest, mem, &word) && igd_str_eq(word, words[n]));
    assert_int_equal(rest.len, 0);
    assert_false(igd_words_take(&rest, mem, &word));
}

static void what_is_no_word_is_refused(void **state IGD_UNUSED)
{
    static const char *const lines[] = {"\"open",    "\"a\\",   "\"a\\q\"", "\"\\x4\"",
                                        "\"\\x4g\"", "\"a\"b",  "'a'",      " a",
                                        "-",         "\"\\x\"", "\"a\\\"",  "EVAL\tx"};
    for (size_t n = 0; n < IGD_COUNT(lines); n++) {
        igd_str rest = igd_str_from(lines[n]), word;
        if (igd_words_take(&rest, mem, &word))
            fail_msg("%s", lines[n]);
    }
}

/* ---- headers ---- */

static const char head[] = "-- ingitdb migration script 1\n-- source: it's \"q\" \\\\ gr\xc3\xbc\n"
                           "-- body\n";

static igd_str wrapped(igd_script_syntax syntax)
{
    IGD_CLEANUP(igd_buf)
    igd_buf out = IGD_BUF_INIT;
    igd_script_wrap(syntax, igd_str_from(head), &out);
    igd_buf_puts(&out, "the body\n");
    return igd_arena_str(mem, igd_buf_view(&out));
}

static void headers_come_back(void **state IGD_UNUSED)
{
    static const igd_script_syntax kinds[] = {IGD_SCRIPT_REDIS, IGD_SCRIPT_JSON, IGD_SCRIPT_CONSUL};
    for (size_t n = 0; n < IGD_COUNT(kinds); n++) {
        igd_str text = wrapped(kinds[n]), found;
        size_t end = 0;
        uint32_t line = 0;
        assert_true(igd_script_unwrap(text, mem, &found, &end, &line));
        assert_true(igd_str_is(found, head));
        assert_string_equal(text.ptr + end, "the body\n");
        assert_int_equal(line, kinds[n] == IGD_SCRIPT_REDIS ? 2 : 3);
        /* Another byte of it, and it is none. */
        for (size_t at = 0; at + 1 < end; at++) {
            char *copy = igd_arena_cstr(mem, text);
            copy[at] = copy[at] == '#' ? '$' : '#';
            if (igd_script_unwrap((igd_str){copy, text.len}, mem, &found, &end, &line) &&
                igd_str_is(found, head))
                fail_msg("byte %zu of %s", at, text.ptr);
        }
    }
    assert_true(igd_str_starts(wrapped(IGD_SCRIPT_PSQL), igd_str_from(head)));
}

static void names_of_files(void **state IGD_UNUSED)
{
    assert_string_equal(igd_script_extension(IGD_SCRIPT_MYSQL), "sql");
    assert_string_equal(igd_script_extension(IGD_SCRIPT_REDIS), "redis");
    assert_string_equal(igd_script_extension(IGD_SCRIPT_JSON), "json");
    assert_string_equal(igd_script_extension(IGD_SCRIPT_CONSUL), "json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_written),
        cmocka_unit_test(words_come_back),
        cmocka_unit_test(what_is_no_word_is_refused),
        cmocka_unit_test(headers_come_back),
        cmocka_unit_test(names_of_files),
    };
    return cmocka_run_group_tests_name("words of scripts", tests, setup, teardown);
}
