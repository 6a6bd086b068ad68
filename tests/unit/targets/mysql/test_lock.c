/*
 * The writers' lock when its holder dies without a word.
 */
#include <signal.h>
#include <sys/wait.h>

#include "server.h"

/* Its session has a statement to go on with, during which the server does not look for the client:
 * who comes next waits for that. */
static void holder_that_was_killed(void **state IGD_UNUSED)
{
    int ends[2];
    char byte;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        igd_target *target = NULL;
        if (try_open("", IGD_OPEN_WRITE, &target) || target->driver->lock(target, 0, &err) ||
            write(ends[1], "x", 1) != 1)
            _exit(1);
        (void)igd_mysql_exec((igd_sql_target *)target, "SELECT sleep(1)", &err);
        pause();
        _exit(1);
    }
    assert_int_equal(read(ends[0], &byte, 1), 1);
    igd_target *target = &opened(IGD_OPEN_WRITE)->sql.base;
    usleep(100000);
    assert_int_equal(target->driver->lock(target, 0, &err), IGD_E_LOCKED);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    need(target->driver->lock(target, 0, &err));
    igd_target_close(target);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holder_that_was_killed),
    };
    SERVER_RUN_GROUP("mysql lock", tests);
}
