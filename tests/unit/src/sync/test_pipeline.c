/*
 * The pipeline: order, bounded memory, and every way to end early.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "cmocka.h"
#include "sync/pipeline.h"

typedef struct batch {
    size_t number;
    size_t answer; /* the work: its square */
    bool used;
} batch;

typedef struct job {
    size_t count;     /* batches to fill */
    size_t fail_fill; /* fill fails before this one; 0: never */
    size_t fail_deliver;
    size_t stop_at;    /* a signal arrives while this one is delivered */
    bool hold_one;     /* fill fails with a batch in its hands */
    bool uneven;       /* some batches are much more work than others */
    volatile int stop; /* set by deliver: the thread that reads it */

    size_t delivered;
    atomic_size_t filled, made, freed, cleared;
} job;

static void *make(void *payload)
{
    job *j = payload;
    j->made++;
    return calloc(1, sizeof(batch));
}

/* Batches do not know their job: the one that runs. */
static job *running;

static void clear(void *item)
{
    batch *b = item;
    running->cleared++;
    b->used = false;
}

static void destroy(void *item)
{
    running->freed++;
    free(item);
}

static int fill(igd_pipeline *pipeline, void *payload, igd_error *err)
{
    job *j = payload;
    for (size_t n = 1; n <= j->count; n++) {
        if (n == j->fail_fill && !j->hold_one)
            return igd_fail(err, IGD_E_REPOSITORY, "object %zu is gone", n);
        batch *b = igd_pipeline_take(pipeline);
        if (!b)
            return IGD_OK;
        if (b->used)
            abort(); /* not cleared before it came round */
        b->used = true;
        if (n == j->fail_fill)
            return igd_fail(err, IGD_E_REPOSITORY, "object %zu is gone", n);
        b->number = n;
        b->answer = 0;
        j->filled++;
        igd_pipeline_put(pipeline, b);
    }
    return IGD_OK;
}

static void work(void *item, void *payload)
{
    batch *b = item;
    const job *j = payload;
    if (j->uneven && b->number % 7 == 0)
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    b->answer = b->number * b->number;
}

static int deliver(void *item, void *payload, igd_error *err)
{
    const batch *b = item;
    job *j = payload;
    assert_int_equal(b->number, j->delivered + 1);
    assert_int_equal(b->answer, b->number * b->number);
    if (b->number == j->fail_deliver)
        return igd_fail(err, IGD_E_TARGET, "row %zu was refused", b->number);
    j->delivered++;
    if (b->number == j->stop_at)
        j->stop = SIGTERM;
    return IGD_OK;
}

static int run(job *j, size_t workers, igd_error *err)
{
    static const igd_pipeline_ops ops = {.batch_new = make,
                                         .batch_clear = clear,
                                         .batch_free = destroy,
                                         .fill = fill,
                                         .work = work,
                                         .deliver = deliver};
    running = j;
    int code = igd_pipeline_run(&ops, j, workers, &j->stop, err);
    assert_int_equal(j->made, j->freed);
    return code;
}

static const size_t crowds[] = {1, 2, 8};

static void order_is_kept(void **state)
{
    (void)state;
    for (size_t n = 0; n < IGD_COUNT(crowds); n++) {
        igd_error err = IGD_ERROR_INIT;
        job j = {.count = 500, .uneven = true};
        assert_int_equal(run(&j, crowds[n], &err), IGD_OK);
        assert_int_equal(j.delivered, 500);
    }
}

static void nothing_to_do(void **state)
{
    (void)state;
    igd_error err = IGD_ERROR_INIT;
    job j = {0};
    assert_int_equal(run(&j, 4, &err), IGD_OK);
    assert_int_equal(j.delivered, 0);
}

/* The batches go round: their number does not follow the input. */
static void memory_is_bounded(void **state)
{
    (void)state;
    for (size_t n = 0; n < IGD_COUNT(crowds); n++) {
        igd_error err = IGD_ERROR_INIT;
        job few = {.count = 1}, many = {.count = 5000};
        assert_int_equal(run(&few, crowds[n], &err), IGD_OK);
        assert_int_equal(run(&many, crowds[n], &err), IGD_OK);
        assert_int_equal(few.made, many.made);
        assert_true(many.made < 64);
        assert_true(many.cleared >= 5000);
    }
}

static void fill_fails(void **state)
{
    (void)state;
    for (size_t n = 0; n < IGD_COUNT(crowds); n++)
        for (int hold = 0; hold < 2; hold++) {
            igd_error err = IGD_ERROR_INIT;
            job j = {.count = 1000, .fail_fill = 300, .hold_one = hold};
            assert_int_equal(run(&j, crowds[n], &err), IGD_E_REPOSITORY);
            assert_string_equal(err.message, "object 300 is gone");
            assert_int_equal(j.delivered, 299); /* what came before is not lost */
        }
}

static void fill_fails_at_once(void **state)
{
    (void)state;
    igd_error err = IGD_ERROR_INIT;
    job j = {.count = 1000, .fail_fill = 1};
    assert_int_equal(run(&j, 2, &err), IGD_E_REPOSITORY);
    assert_int_equal(j.delivered, 0);
}

static void deliver_fails(void **state)
{
    (void)state;
    static const size_t places[] = {1, 2, 40, 1000};
    for (size_t n = 0; n < IGD_COUNT(crowds); n++)
        for (size_t p = 0; p < IGD_COUNT(places); p++) {
            igd_error err = IGD_ERROR_INIT;
            job j = {.count = 1000, .fail_deliver = places[p], .uneven = true};
            assert_int_equal(run(&j, crowds[n], &err), IGD_E_TARGET);
            assert_int_equal(j.delivered, places[p] - 1);
            /* No more is read than there are batches. */
            assert_true(j.filled <= places[p] + j.made);
        }
}

/* The first error wins: what fill says about the end that deliver brought is no news. */
static void both_fail(void **state)
{
    (void)state;
    igd_error err = IGD_ERROR_INIT;
    job j = {.count = 1000, .fail_deliver = 10, .fail_fill = 15};
    assert_int_equal(run(&j, 2, &err), IGD_E_TARGET);
    assert_string_equal(err.message, "row 10 was refused");
}

static void a_signal_stops_it(void **state)
{
    (void)state;
    for (size_t n = 0; n < IGD_COUNT(crowds); n++) {
        igd_error err = IGD_ERROR_INIT;
        job j = {.count = 1000, .stop_at = 100};
        assert_int_equal(run(&j, crowds[n], &err), IGD_E_TERMINATED);
        assert_int_equal(j.delivered, 100);
    }
    igd_error err = IGD_ERROR_INIT;
    job before = {.count = 10, .stop = SIGINT};
    assert_int_equal(run(&before, 2, &err), IGD_E_INTERRUPTED);
    assert_int_equal(before.delivered, 0);
}

static void what_a_stop_means(void **state)
{
    (void)state;
    igd_error err = IGD_ERROR_INIT;
    volatile int stop = 0;
    assert_int_equal(igd_stop_check(NULL, &err), IGD_OK);
    assert_int_equal(igd_stop_check(&stop, &err), IGD_OK);
    stop = SIGINT;
    assert_int_equal(igd_code_exit_status((igd_code)igd_stop_check(&stop, &err)), 130);
    stop = SIGTERM;
    assert_int_equal(igd_code_exit_status((igd_code)igd_stop_check(&stop, &err)), 143);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_is_kept),      cmocka_unit_test(nothing_to_do),
        cmocka_unit_test(memory_is_bounded),  cmocka_unit_test(fill_fails),
        cmocka_unit_test(fill_fails_at_once), cmocka_unit_test(deliver_fails),
        cmocka_unit_test(both_fail),          cmocka_unit_test(a_signal_stops_it),
        cmocka_unit_test(what_a_stop_means),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
