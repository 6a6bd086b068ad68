/*
 * SIGINT and SIGTERM: the first one asks the run to stop, the second one kills as usual.
 */
#ifndef IGD_CLI_SIGNALS_H
#define IGD_CLI_SIGNALS_H

/* 0, or the number of the signal that came. */
extern volatile int igd_stop_signal;

void igd_signals_catch(void);

#endif
