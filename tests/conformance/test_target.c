/*
 * Conformance: opening, the lock, the state and its fence.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "suite.h"
#include "tests.h"

void caps_and_functions_agree(void **state)
{
    suite *s = *state;
    igd_target *target = s->target = suite_open(s, IGD_OPEN_WRITE, "r");
    const igd_target_driver *driver = target->driver;
    assert_true(driver->open && driver->close && driver->lock && driver->unlock && driver->holder &&
                driver->break_lock && driver->state_read && driver->begin && driver->apply &&
                driver->commit && driver->rollback && driver->scan && driver->note_error);
    assert_int_equal(driver->load != NULL, (target->caps & IGD_CAP_LOAD) != 0);
    assert_int_equal(driver->schema_read != NULL, (target->caps & IGD_CAP_SCHEMA) != 0);
    assert_int_equal(driver->schema_apply != NULL, (target->caps & IGD_CAP_SCHEMA) != 0);
    assert_int_equal(driver->script_run != NULL, (target->caps & IGD_CAP_SCRIPT) != 0);
    assert_int_equal((driver->lookup != NULL) + (driver->script_touched != NULL),
                     (target->caps & IGD_CAP_SCRIPT) != 0);
    assert_int_equal(driver->migration_store != NULL, (target->caps & IGD_CAP_SCRIPT) != 0);
    assert_int_equal(driver->adopt != NULL, (target->caps & IGD_CAP_SCHEMA) != 0);
    assert_int_equal(target->caps & s->driver->mask_caps, 0);
    assert_true(target->server_version.len > 0 && target->database.len > 0);
}

void read_creates_nothing(void **state)
{
    suite *s = *state;
    igd_target *target = NULL;
    int rc = suite_try_open(s, IGD_OPEN_READ, "r", &target);
    if (rc == IGD_OK) {
        igd_state found;
        suite_ok(s, target->driver->state_read(target, s->mem, &found, &s->err));
        assert_false(found.present);
        igd_target_close(target);
    } else {
        assert_int_equal(rc, IGD_E_UNREACHABLE);
        assert_true(s->err.hint[0]);
    }
    assert_int_equal(suite_try_open(s, IGD_OPEN_READ, "r", &target), rc);
    igd_target_close(rc == IGD_OK ? target : NULL);
}

void lock_refuses_second(void **state)
{
    suite *s = *state;
    suite_ready(s);
    igd_target *other = suite_open(s, IGD_OPEN_WRITE, "run-of-other");
    suite_fails(s, IGD_E_LOCKED, other->driver->lock(other, 0, &s->err));
    suite_says(s, "run-of-suite");
    char pid[32];
    snprintf(pid, sizeof(pid), "%ld", (long)getpid());
    suite_says(s, pid);
    igd_lock_holder holder;
    suite_ok(s, other->driver->holder(other, s->mem, &holder, &s->err));
    assert_true(holder.held);
    assert_int_equal(holder.pid, getpid());
    assert_true(igd_str_is(holder.run_id, "run-of-suite"));
    assert_true(holder.since.len >= 20 && holder.host.len > 0);
    s->target->driver->unlock(s->target);
    suite_ok(s, other->driver->lock(other, 0, &s->err));
    suite_fails(s, IGD_E_LOCKED, s->target->driver->lock(s->target, 60, &s->err));
    igd_target_close(other);
    suite_ok(s, s->target->driver->holder(s->target, s->mem, &holder, &s->err));
    assert_false(holder.held);
}

void lock_waits(void **state)
{
    suite *s = *state;
    int pipe_fds[2];
    assert_int_equal(pipe(pipe_fds), 0);
    pid_t child = fork();
    if (child == 0) {
        igd_target *target = NULL;
        if (suite_try_open(s, IGD_OPEN_WRITE, "child", &target) ||
            target->driver->lock(target, 0, &s->err))
            _exit(1);
        if (write(pipe_fds[1], "x", 1) != 1)
            _exit(1);
        usleep(200000);
        target->driver->unlock(target);
        _exit(0);
    }
    char byte;
    assert_int_equal(read(pipe_fds[0], &byte, 1), 1);
    s->target = suite_open(s, IGD_OPEN_WRITE, "r");
    suite_ok(s, s->target->driver->lock(s->target, 5000, &s->err));
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
}

void lock_dies_with_holder(void **state)
{
    suite *s = *state;
    int pipe_fds[2];
    assert_int_equal(pipe(pipe_fds), 0);
    pid_t child = fork();
    if (child == 0) {
        igd_target *target = NULL;
        bool ok = !suite_try_open(s, IGD_OPEN_WRITE, "child", &target) &&
                  !target->driver->lock(target, 0, &s->err);
        if (write(pipe_fds[1], ok ? "y" : "n", 1) == 1)
            pause();
        _exit(1);
    }
    char byte;
    assert_int_equal(read(pipe_fds[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    s->target = suite_open(s, IGD_OPEN_WRITE, "r");
    suite_fails(s, IGD_E_LOCKED, s->target->driver->lock(s->target, 0, &s->err));
    suite_says(s, "child");
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    /* A server may take a moment to see that the connection is gone. */
    igd_lock_holder holder;
    for (int tries = 0; tries < 500; tries++) {
        suite_ok(s, s->target->driver->holder(s->target, s->mem, &holder, &s->err));
        if (!holder.held)
            break;
        usleep(10000);
    }
    assert_false(holder.held);
    if (suite_does_all(s, SUITE_LOCK_REMEMBERS))
        assert_true(igd_str_is(holder.run_id, "child"));
    suite_ok(s, s->target->driver->lock(s->target, 0, &s->err));
    close(pipe_fds[0]);
    close(pipe_fds[1]);
}

void broken_lock_is_noticed(void **state)
{
    suite *s = *state;
    suite_ready(s);
    igd_begin begin = {.source = IGD_STR("demo"), .mark = suite_mark(s, "demo", NULL)};
    igd_target *other = suite_open(s, IGD_OPEN_WRITE, "run-of-other");
    suite_ok(s, other->driver->break_lock(other, &s->err));
    suite_ok(s, other->driver->lock(other, 0, &s->err));
    suite_fails_ended(s, s->target->driver->begin(s->target, &begin, &s->err));
    /* The old holder's unlock is not the new one's. */
    s->target->driver->unlock(s->target);
    igd_target *third = suite_open(s, IGD_OPEN_WRITE, "run-of-third");
    suite_fails(s, IGD_E_LOCKED, third->driver->lock(third, 0, &s->err));
    suite_says(s, "run-of-other");
    igd_target_close(third);
    igd_target_close(other);
}

void state_round_trip(void **state)
{
    suite *s = *state;
    suite_ready(s);
    const igd_target_driver *driver = s->target->driver;
    assert_null(suite_read(s, "demo"));
    igd_table *table = suite_table(s, "it's", "id key, note string");
    igd_schema schema = suite_schema(s, 1, table);
    igd_source_state *put = suite_state(s, "demo", "run-1", "aaaa", &schema);
    put->ref = IGD_STR("refs/heads/main");
    put->repository_ids = IGD_STR("r1 r2");
    put->last_error = IGD_STR("it's \"so\"\n\xF0\x9F\x98\x80");
    put->journal = IGD_STR("{}");
    put->tables.items[0].adopted = true;
    put->tables.items[0].row_count = INT64_MAX;
    igd_held_state held = {.collection = table->collection,
                           .path = IGD_STR("a.yaml"),
                           .key = IGD_STR("[\"k\"]"),
                           .reason = IGD_STR("parse")};
    IGD_PUSH(s->mem, &put->held, held);
    suite_ok(s, suite_begin(s, "demo", NULL));
    suite_ok(s, driver->commit(s->target, put, &s->err));

    suite_reopen(s);
    const igd_source_state *got = suite_read(s, "demo");
    assert_non_null(got);
    assert_true(igd_str_eq(got->ref, put->ref) && igd_str_eq(got->run_id, put->run_id));
    assert_true(igd_str_eq(got->commit_id, put->commit_id));
    assert_true(igd_str_eq(got->last_error, put->last_error));
    assert_true(igd_str_eq(got->repository_ids, put->repository_ids));
    assert_int_equal(got->goal_commit_id.len, 0);
    assert_int_equal(got->format_version, IGD_STATE_FORMAT);
    assert_int_equal(got->tables.len, 1);
    assert_true(got->tables.items[0].adopted);
    assert_int_equal(got->tables.items[0].row_count, INT64_MAX);
    assert_true(igd_str_eq(got->tables.items[0].schema_json, put->tables.items[0].schema_json));
    assert_int_equal(got->held.len, 1);
    assert_true(igd_str_eq(got->held.items[0].key, held.key));
    assert_int_equal(got->held.items[0].blob_id.len, 0);
    assert_non_null(igd_state_table(got, IGD_STR("it's")));
}

void state_of_two_sources(void **state)
{
    suite *s = *state;
    suite_ready(s);
    igd_table *a = suite_table(s, "a", "id key"), *b = suite_table(s, "b", "id key");
    igd_schema one = suite_schema(s, 1, a), two = suite_schema(s, 1, b), none = {0};
    suite_ok(s, suite_run(s, "first", "c1", NULL, &one, NULL, 0));
    suite_ok(s, suite_run(s, "second", "c2", NULL, &two, NULL, 0));
    igd_change put = suite_put(b, suite_row(s, b, "x"));
    suite_ok(s, suite_run(s, "second", "c3", &two, &two, &put, 1));
    suite_ok(s, suite_run(s, "first", "c4", &one, &none, NULL, 0));
    assert_int_equal(suite_read(s, "first")->tables.len, 0);
    const igd_source_state *second = suite_read(s, "second");
    assert_true(igd_str_is(second->commit_id, "c3"));
    assert_int_equal(second->tables.len, 1);
    assert_true(igd_str_is(suite_dump(s, b), "x\n"));
}

void newer_format_is_refused(void **state)
{
    suite *s = *state;
    suite_ready(s);
    suite_ok(s, suite_begin(s, "demo", NULL));
    igd_source_state *put = suite_state(s, "demo", "run", "c1", NULL);
    put->format_version = IGD_STATE_FORMAT + 1;
    suite_ok(s, s->target->driver->commit(s->target, put, &s->err));
    igd_state found;
    suite_fails(s, IGD_E_FORMAT, s->target->driver->state_read(s->target, s->mem, &found, &s->err));
    igd_source_state mark = {.source = IGD_STR("demo")};
    igd_begin begin = {.source = IGD_STR("demo"), .mark = &mark};
    suite_fails(s, IGD_E_FORMAT, s->target->driver->begin(s->target, &begin, &s->err));
}

void begin_is_fenced(void **state)
{
    suite *s = *state;
    suite_ready(s);
    const igd_target_driver *driver = s->target->driver;
    const igd_source_state *mark = suite_mark(s, "demo", NULL);
    igd_begin none = {.source = IGD_STR("demo"), .mark = mark};
    suite_ok(s, driver->begin(s->target, &none, &s->err));
    suite_ok(s, driver->commit(s->target, suite_state(s, "demo", "run-1", "c1", NULL), &s->err));
    suite_fails(s, IGD_E_STALE_BASE, driver->begin(s->target, &none, &s->err));

    igd_begin old = {.source = IGD_STR("demo"), .expected = suite_read(s, "demo"), .mark = mark};
    suite_ok(s, driver->begin(s->target, &old, &s->err));
    suite_ok(s, driver->commit(s->target, suite_state(s, "demo", "run-2", "c1", NULL), &s->err));
    suite_fails(s, IGD_E_STALE_BASE, driver->begin(s->target, &old, &s->err));
    /* Another source's runs do not matter. */
    suite_ok(s, suite_begin(s, "other", NULL));
    suite_ok(s, driver->commit(s->target, suite_state(s, "other", "run-3", "c9", NULL), &s->err));
    suite_ok(s, suite_begin(s, "demo", NULL));
    driver->rollback(s->target);
    driver->rollback(s->target);
    /* A mark stays. */
    assert_true(igd_str_is(suite_read(s, "demo")->run_id, "run-2") == (mark == NULL));
}

void note_error_keeps_the_rest(void **state)
{
    suite *s = *state;
    suite_ready(s);
    const igd_target_driver *driver = s->target->driver;
    driver->note_error(s->target, IGD_STR("demo"), IGD_STR("it's broken"));
    const igd_source_state *got = suite_read(s, "demo");
    assert_non_null(got);
    assert_true(igd_str_is(got->last_error, "it's broken"));
    assert_true(igd_str_is(got->status, "failed"));
    suite_ok(s, suite_begin(s, "demo", NULL));
    igd_source_state *put = suite_state(s, "demo", "run-1", "c1", NULL);
    put->status = IGD_STR("in_progress");
    suite_ok(s, driver->commit(s->target, put, &s->err));
    driver->note_error(s->target, IGD_STR("demo"), IGD_STR("again"));
    got = suite_read(s, "demo");
    assert_true(igd_str_is(got->status, "in_progress"));
    assert_true(igd_str_is(got->last_error, "again"));
    assert_true(igd_str_is(got->commit_id, "c1"));
}

void a_run_in_steps_needs_a_mark(void **state)
{
    suite *s = *state;
    suite_ready(s);
    const igd_source_state *mark = suite_mark(s, "demo", NULL);
    igd_begin begin = {.source = IGD_STR("demo")};
    if (!mark) {
        suite_ok(s, s->target->driver->begin(s->target, &begin, &s->err));
        s->target->driver->rollback(s->target);
        assert_null(suite_read(s, "demo"));
        return;
    }
    suite_fails(s, IGD_E_BUG, s->target->driver->begin(s->target, &begin, &s->err));
    assert_null(suite_read(s, "demo"));
    begin.mark = mark;
    suite_ok(s, s->target->driver->begin(s->target, &begin, &s->err));
    s->target->driver->rollback(s->target);
    const igd_source_state *found = suite_read(s, "demo");
    assert_true(igd_state_in_progress(found) && igd_str_eq(found->run_id, mark->run_id));
    assert_true(igd_str_is(found->status, "in_progress"));
    assert_true(igd_str_is(found->base_commit_ids, "-"));
}

/* While a step is done somebody else takes over (a trigger does it here, to meet the instant): the
 * call fails, and nothing more is written. */
void every_step_is_fenced(void **state)
{
    suite *s = *state;
    suite_ready(s);
    const igd_target_driver *driver = s->target->driver;
    suite_needs_sql(s);
    if (s->target->caps & IGD_CAP_TRANSACTIONS)
        suite_skip(s, "rows do not go in steps");
    igd_table *table = suite_table(s, "t", "id key, n string");
    igd_schema schema = suite_schema(s, 1, table);
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &schema, NULL, 0));
    suite_sql(s, "$take_over_at_b");
    igd_change rows[] = {suite_put(table, suite_row(s, table, "a", "1")),
                         suite_put(table, suite_row(s, table, "b", "2")),
                         suite_put(table, suite_row(s, table, "c", "3"))};
    suite_reopen(s);
    driver = s->target->driver;
    suite_ok(s, suite_begin(s, "demo", NULL));
    suite_ok(s, driver->apply(s->target, table, &rows[0], 1, &s->err));
    suite_fails(s, IGD_E_STALE_BASE, driver->apply(s->target, table, &rows[1], 1, &s->err));
    driver->rollback(s->target);
    suite_fails(s, IGD_E_BUG, driver->apply(s->target, table, &rows[2], 1, &s->err));
    suite_fails(s, IGD_E_BUG,
                driver->commit(s->target, suite_state(s, "demo", "r", "c2", &schema), &s->err));
    assert_true(igd_str_is(suite_read(s, "demo")->run_id, "another"));
    assert_true(igd_str_is(suite_dump(s, table), "a|1\nb|2\n"));
}

/* What a run in steps has done stays when it is given up, and the columns that are to go are null
 * in the rows that it has written. */
void steps_stay(void **state)
{
    suite *s = *state;
    suite_ready(s);
    const igd_target_driver *driver = s->target->driver;
    igd_table *before = suite_table(s, "t", "id key, goes string, stays string");
    igd_table *after = suite_table(s, "t", "id key, stays string");
    igd_schema from = suite_schema(s, 1, before), to = suite_schema(s, 1, after);
    igd_change row = suite_put(before, suite_row(s, before, "a", "1", "x"));
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &from, &row, 1));
    igd_plan *plan = suite_plan(s, &from, &to);
    igd_change change = {.kind = IGD_UPDATE,
                         .base_known = true,
                         .table = plan->tables[0].to,
                         .base_table = before,
                         .base = row.now,
                         .now = suite_row(s, after, "a", "z")};
    suite_ok(s, suite_begin(s, "demo", plan));
    suite_ok(s, suite_schema_apply(s, plan, IGD_PART_EXPAND));
    suite_ok(s, driver->apply(s->target, change.table, &change, 1, &s->err));
    driver->rollback(s->target);
    bool stepped = !(s->target->caps & IGD_CAP_TRANSACTIONS);
    assert_true(igd_str_is(suite_dump(s, before), stepped ? "a|-|z\n" : "a|1|x\n"));
    const igd_source_state *found = suite_read(s, "demo");
    assert_true(igd_state_in_progress(found) == igd_goes_in_steps(s->target->caps, plan));
    assert_true(igd_str_is(found->commit_id, "c1"));
}

void url_parameters_are_checked(void **state)
{
    suite *s = *state;
    igd_str url = s->url;
    igd_target *target = NULL;
    s->url = igd_arena_printf(s->mem, "%.*s&no_such_parameter=1", IGD_STR_ARG(url));
    suite_fails(s, IGD_E_CONFIG, suite_try_open(s, IGD_OPEN_WRITE, "r", &target));
    suite_says(s, "no_such_parameter");
    assert_true(s->err.hint[0]);
    s->url = url;
}

/* What a dry run says of the locks that it took. */
void locks_are_told(void **state)
{
    suite *s = *state;
    suite_ready(s);
    const igd_target_driver *driver = s->target->driver;
    if (!driver->locks)
        suite_skip(s, "a writer has the database to itself, or locks of rows alone");
    igd_table *t = suite_table(s, "t", "id key, n int"),
              *more = suite_table(s, "t", "id key, n int, m int");
    igd_schema from = suite_schema(s, 1, t), to = suite_schema(s, 1, more);
    suite_ok(s, suite_run(s, "demo", "c1", NULL, &from, NULL, 0));
    igd_plan *plan = suite_plan(s, &from, &to);
    suite_ok(s, suite_begin(s, "demo", plan));
    suite_ok(s, driver->schema_apply(s->target, plan, IGD_PART_EXPAND, &s->err));
    igd_str_list locks = {0};
    suite_ok(s, driver->locks(s->target, s->mem, &locks, &s->err));
    driver->rollback(s->target);
    bool found = false;
    for (size_t n = 0; n < locks.len; n++)
        found |= igd_str_ends(locks.items[n], IGD_STR(" EXCLUSIVE on t"));
    assert_true(found);
}
