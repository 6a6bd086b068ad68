/*
 * Progress: phases are reported at once, records at most some times a second, and nobody has to
 * look.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "cmocka.h"
#include "sync/meter.h"

typedef struct seen {
    size_t reports;
    igd_progress last;
} seen;

static void look(const igd_progress *progress, void *payload)
{
    seen *s = payload;
    s->reports++;
    s->last = *progress;
}

static void phases_start_at_nothing(void **state)
{
    (void)state;
    seen s = {0};
    igd_meter meter = {.callback = look, .payload = &s};
    igd_meter_phase(&meter, "reading", 7);
    assert_int_equal(s.reports, 1);
    assert_string_equal(s.last.phase, "reading");
    assert_int_equal(s.last.total, 7);
    igd_meter_add(&meter, 5);
    igd_meter_phase(&meter, "writing", 0);
    assert_int_equal(s.reports, 2);
    assert_string_equal(s.last.phase, "writing");
    assert_int_equal(s.last.done, 0);
    assert_int_equal(s.last.total, 0);
}

/* A phase that reads files counts both. */
static void records_and_files(void **state)
{
    (void)state;
    seen s = {0};
    igd_meter meter = {.callback = look, .payload = &s};
    igd_meter_files(&meter, "reading", 9);
    assert_int_equal(s.last.total_files, 9);
    igd_meter_read(&meter, 20, 2);
    assert_int_equal(meter.now.done, 20);
    assert_int_equal(meter.now.files, 2);
    igd_meter_phase(&meter, "writing", 7);
    assert_int_equal(s.last.files + s.last.total_files, 0);
}

static void a_few_reports_a_second(void **state)
{
    (void)state;
    seen s = {0};
    igd_meter meter = {.callback = look, .payload = &s};
    igd_meter_phase(&meter, "writing", 100000);
    for (int n = 0; n < 50000; n++)
        igd_meter_add(&meter, 2);
    assert_int_equal(meter.now.done, 100000);
    assert_true(s.reports < 100);
    size_t before = s.reports;
    nanosleep(&(struct timespec){.tv_nsec = 120000000}, NULL);
    igd_meter_add(&meter, 1);
    assert_int_equal(s.reports, before + 1);
    assert_int_equal(s.last.done, 100001);
}

static void nobody_looks(void **state)
{
    (void)state;
    igd_meter meter = {0};
    igd_meter_phase(&meter, "reading", 1);
    igd_meter_add(&meter, 3);
    assert_int_equal(meter.now.done, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phases_start_at_nothing),
        cmocka_unit_test(records_and_files),
        cmocka_unit_test(a_few_reports_a_second),
        cmocka_unit_test(nobody_looks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
