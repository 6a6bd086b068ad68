/*
 * unlock.
 */
#include <unistd.h>

#include "cli/context.h"

/* The one question that the program ever asks. */
static bool ask(const igd_lock_holder *holder, igd_arena *mem)
{
    char answer[16] = "";
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return false;
    fprintf(stderr, "%.*s is still running; take the lock away? [y/N] ",
            IGD_STR_ARG(igd_report_holder(holder, mem)));
    return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

int igd_cmd_unlock(igd_invocation *invocation, igd_error *err)
{
    igd_target *target = invocation->context->target;
    igd_lock_holder *holder = IGD_NEW(invocation->mem, igd_lock_holder);
    int code = target->driver->holder(target, invocation->mem, holder, err);
    if (code != IGD_OK)
        return code;
    invocation->report.holder = holder;
    if (holder->held && !invocation->settings.force && !ask(holder, invocation->mem)) {
        (void)igd_fail(err, IGD_E_LOCKED, "the lock is held by %.*s",
                       IGD_STR_ARG(igd_report_holder(holder, invocation->mem)));
        return igd_hint(err, "wait for it, or take the lock away with --force");
    }
    bool stale = holder->held || holder->pid != 0;
    code = stale ? target->driver->break_lock(target, err) : IGD_OK;
    invocation->report.unlocked = stale && code == IGD_OK;
    return code;
}
