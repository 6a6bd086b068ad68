/*
 * Runs every test with every driver: conformance [DRIVER]. Exit 77 when there is no server for the
 * driver that was asked for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"
#include "tests.h"

int suite_setup(void **state)
{
    suite *s = calloc(1, sizeof(*s));
    s->driver = *state;
    s->mem = igd_arena_new();
    *state = s;
    return s->driver->create(s->driver->engine, s->mem, &s->url) ? 0 : -1;
}

int suite_teardown(void **state)
{
    suite *s = *state;
    igd_target_close(s->target);
    s->driver->destroy(s->driver->engine, s->url);
    igd_arena_free(s->mem);
    free(s);
    return 0;
}

int suite_try_open(suite *s, igd_open_mode mode, const char *run_id, igd_target **out)
{
    igd_target_config config = {
        .mode = mode, .mask_caps = s->driver->mask_caps, .batch_rows = 100, .run_id = run_id};
    int rc = igd_url_parse(s->url, s->mem, &config.url, &s->err);
    return rc ? rc : igd_target_open(&config, out, &s->err);
}

igd_target *suite_open(suite *s, igd_open_mode mode, const char *run_id)
{
    igd_target *target = NULL;
    suite_ok(s, suite_try_open(s, mode, run_id, &target));
    return target;
}

void suite_ready(suite *s)
{
    s->target = suite_open(s, IGD_OPEN_WRITE, "run-of-suite");
    suite_ok(s, s->target->driver->lock(s->target, 0, &s->err));
}

void suite_reopen(suite *s)
{
    igd_target_close(s->target);
    suite_ready(s);
}

void suite_check_ended(suite *s, const char *call, int rc)
{
    const igd_target_driver *driver = s->target->driver;
    if (rc && s->err.transient && driver->recover) {
        driver->rollback(s->target);
        s->err = IGD_ERROR_INIT;
        rc = driver->recover(s->target, &s->err);
    }
    if (rc != IGD_E_STALE_BASE)
        fail_msg("%s: %d, not %d: %s", call, rc, IGD_E_STALE_BASE, s->err.message);
    assert_true(s->err.message[0]);
}

static int run_driver(const suite_driver *driver)
{
    struct CMUnitTest *tests = calloc(suite_test_count, sizeof(*tests));
    for (size_t n = 0; n < suite_test_count; n++)
        tests[n] = (struct CMUnitTest){.name = suite_tests[n].name,
                                       .test_func = suite_tests[n].function,
                                       .setup_func = suite_setup,
                                       .teardown_func = suite_teardown,
                                       .initial_state = (void *)(uintptr_t)driver};
    int failed = _cmocka_run_group_tests(driver->name, tests, suite_test_count, NULL, NULL);
    free(tests);
    return failed;
}

/* Runs the drivers of one engine that have the name (NULL: any); *ran counts. */
static int run_engine(const suite_driver *driver, const char *name, size_t *ran)
{
    int failed = 0;
    for (; driver->name; driver++) {
        if (name && strcmp(name, driver->name) != 0)
            continue;
        igd_arena *mem = igd_arena_new();
        igd_str url;
        bool there = driver->create(driver->engine, mem, &url);
        if (there) {
            driver->destroy(driver->engine, url);
            failed += run_driver(driver);
            ++*ran;
        } else {
            fprintf(stderr, "SKIPPED: no server for %s\n", driver->name);
        }
        igd_arena_free(mem);
    }
    return failed;
}

int main(int argc, char **argv)
{
    static const suite_driver *const engines[] = {suite_sqlite_drivers, suite_postgres_drivers,
                                                  suite_mysql_drivers,  suite_redis_drivers,
                                                  suite_etcd_drivers,   suite_consul_drivers};
    int failed = 0;
    size_t ran = 0;
    for (size_t n = 0; n < IGD_COUNT(engines); n++)
        failed += run_engine(engines[n], argc > 1 ? argv[1] : NULL, &ran);
    return failed ? 1 : ran ? 0 : 77;
}
