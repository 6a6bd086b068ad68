/*
 * Catching signals.
 */
#include "cli/signals.h"

#include <signal.h>
#include <stddef.h>

volatile int igd_stop_signal;

static void on_signal(int number)
{
    igd_stop_signal = number;
}

void igd_signals_catch(void)
{
    /* The handler is used once: a run that does not stop can still be ended by hand. */
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    /* A reader that went away is an error of the write, not the end of a transaction. */
    signal(SIGPIPE, SIG_IGN);
}
