/*
 * Errors: what is set and what is cleared, cutting long messages, and the table of codes.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include "base/error.h"
#include "cmocka.h"

static void fail_sets_all_fields(void **state)
{
    (void)state;
    igd_error err = IGD_ERROR_INIT;
    err.native = 9;
    err.place.line = 7;
    strcpy(err.hint, "old");
    assert_int_equal(igd_fail(&err, IGD_E_SCHEMA, "column '%s' has no type", "x"), IGD_E_SCHEMA);
    assert_int_equal(err.code, IGD_E_SCHEMA);
    assert_string_equal(err.message, "column 'x' has no type");
    assert_string_equal(err.hint, "");
    assert_int_equal(err.native, 0);
    assert_int_equal(err.place.line, 0);
}

static void fail_may_quote_the_old_message(void **state)
{
    (void)state;
    igd_error err = IGD_ERROR_INIT;
    igd_fail(&err, IGD_E_IO, "inner");
    igd_fail(&err, IGD_E_TARGET, "outer (%s)", err.message);
    assert_string_equal(err.message, "outer (inner)");
    igd_hint(&err, "see %s", "there");
    igd_hint(&err, "%s and here", err.hint);
    assert_string_equal(err.hint, "see there and here");
}

static void errno_is_appended_and_kept(void **state)
{
    (void)state;
    igd_error err = IGD_ERROR_INIT;
    errno = ENOENT;
    assert_int_equal(igd_fail_errno(&err, IGD_E_IO, "cannot open '%s'", "f"), IGD_E_IO);
    assert_string_equal(err.message, "cannot open 'f': No such file or directory");
    assert_int_equal(err.native, ENOENT);
    assert_int_equal(errno, ENOENT);
}

static void prefix_goes_in_front(void **state)
{
    (void)state;
    igd_error err = IGD_ERROR_INIT;
    igd_fail(&err, IGD_E_CONFLICT, "row differs");
    err.place.line = 3;
    igd_hint(&err, "try again");
    assert_int_equal(igd_error_prefix(&err, "while writing '%s'", "t"), IGD_E_CONFLICT);
    assert_string_equal(err.message, "while writing 't': row differs");
    assert_string_equal(err.hint, "try again");
    assert_int_equal(err.place.line, 3);
}

static void long_messages_are_cut(void **state)
{
    (void)state;
    igd_error err = IGD_ERROR_INIT;
    char text[4000];
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    igd_fail(&err, IGD_E_BUG, "%s", text);
    assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
    igd_hint(&err, "%s", text);
    assert_int_equal(strlen(err.hint), sizeof(err.hint) - 1);

    errno = EIO;
    igd_fail_errno(&err, IGD_E_IO, "%s", text);
    assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
    igd_error_prefix(&err, "%s", text);
    assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
}

static void cutting_keeps_characters_whole(void **state)
{
    (void)state;
    static const char *const characters[] = {"\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
    for (size_t n = 0; n < IGD_COUNT(characters); n++) {
        for (size_t ascii = 0; ascii < 5; ascii++) {
            char text[2000];
            size_t len = 0;
            for (; len < ascii; len++)
                text[len] = 'x';
            size_t width = strlen(characters[n]);
            for (; len + width < sizeof(text); len += width)
                memcpy(text + len, characters[n], width);
            text[len] = '\0';
            igd_error err = IGD_ERROR_INIT;
            igd_fail(&err, IGD_E_INVALID, "%s", text);
            igd_str got = igd_str_from(err.message);
            assert_true(igd_str_is_utf8(got));
            assert_true(got.len + width > sizeof(err.message) - 1);
            assert_int_equal((got.len - ascii) % width, 0);
        }
    }
}

static void codes_have_words_and_statuses(void **state)
{
    (void)state;
    assert_int_equal(IGD_E_OK, IGD_OK);
    assert_int_equal(igd_code_exit_status(IGD_E_OK), 0);
    assert_int_equal(igd_code_exit_status(IGD_E_MASS_DELETE), 5);
    assert_int_equal(igd_code_exit_status(IGD_E_TERMINATED), 143);
    assert_string_equal(igd_code_word(IGD_E_STALE_BASE), "STALE_BASE");
    assert_true(igd_code_retryable(IGD_E_LOCKED));
    assert_false(igd_code_retryable(IGD_E_TARGET));
    assert_string_equal(igd_code_word((igd_code)4000), "BUG");
    assert_int_equal(igd_code_exit_status((igd_code)-1), 70);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fail_sets_all_fields),
        cmocka_unit_test(fail_may_quote_the_old_message),
        cmocka_unit_test(errno_is_appended_and_kept),
        cmocka_unit_test(prefix_goes_in_front),
        cmocka_unit_test(long_messages_are_cut),
        cmocka_unit_test(cutting_keeps_characters_whole),
        cmocka_unit_test(codes_have_words_and_statuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
