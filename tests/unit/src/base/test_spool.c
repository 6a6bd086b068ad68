/*
 * Spools: what was added comes back from either end, in memory and from the file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/spool.h"
#include "cmocka.h"

typedef struct walk {
    size_t at, count;
    bool backward;
    int stop; /* returned at the third text */
} walk;

static igd_str text_of(size_t n, char *out)
{
    /* Some empty, some longer than what is kept in memory. */
    size_t len = n % 7 == 0 ? 0 : n % 1000 == 3 ? 300000 : n % 50;
    memset(out, 'a' + (int)(n % 26), len);
    return (igd_str){out, len};
}

static int check(igd_str text, void *payload, igd_error *err)
{
    walk *w = payload;
    char *wanted = malloc(300001);
    size_t n = w->backward ? w->count - 1 - w->at : w->at;
    assert_true(igd_str_eq(text, text_of(n, wanted)));
    free(wanted);
    if (++w->at == 3 && w->stop)
        return igd_fail(err, (igd_code)w->stop, "enough");
    return IGD_OK;
}

static void both_ways(void **state)
{
    static const size_t counts[] = {0, 1, 5, 30000};
    char *text = malloc(300001);
    (void)state;
    for (size_t c = 0; c < IGD_COUNT(counts); c++) {
        IGD_CLEANUP_PTR(igd_spool) igd_spool *spool = igd_spool_new();
        igd_error err = IGD_ERROR_INIT;
        for (size_t n = 0; n < counts[c]; n++)
            assert_int_equal(igd_spool_add(spool, text_of(n, text), &err), IGD_OK);
        walk forward = {.count = counts[c]}, backward = {.count = counts[c], .backward = true};
        assert_int_equal(igd_spool_forward(spool, check, &forward, &err), IGD_OK);
        assert_int_equal(igd_spool_backward(spool, check, &backward, &err), IGD_OK);
        assert_int_equal(forward.at, counts[c]);
        assert_int_equal(backward.at, counts[c]);
    }
    free(text);
}

static void a_walk_ends_early(void **state)
{
    char text[64];
    igd_error err = IGD_ERROR_INIT;
    IGD_CLEANUP_PTR(igd_spool) igd_spool *spool = igd_spool_new();
    (void)state;
    for (size_t n = 0; n < 3; n++)
        assert_int_equal(igd_spool_add(spool, text_of(n, text), &err), IGD_OK);
    walk w = {.count = 3, .stop = IGD_E_CONFLICT};
    assert_int_equal(igd_spool_forward(spool, check, &w, &err), IGD_E_CONFLICT);
    assert_int_equal(w.at, 3);
}

static void no_room_for_it(void **state)
{
    igd_error err = IGD_ERROR_INIT;
    IGD_CLEANUP_PTR(igd_spool) igd_spool *spool = igd_spool_new();
    char *text = calloc(1, 300000);
    (void)state;
    setenv("TMPDIR", "/nowhere/at/all", 1);
    assert_int_equal(igd_spool_add(spool, (igd_str){text, 300000}, &err), IGD_E_IO);
    assert_string_equal(err.hint, "TMPDIR says which directory is used");
    unsetenv("TMPDIR");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways),
        cmocka_unit_test(a_walk_ends_early),
        cmocka_unit_test(no_room_for_it),
    };
    return cmocka_run_group_tests_name("spool", tests, NULL, NULL);
}
