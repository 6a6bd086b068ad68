/*
 * The program, apart from main().
 */
#ifndef IGD_CLI_CLI_H
#define IGD_CLI_CLI_H

/* Runs a command line; returns the exit status (docs/contract.md 1.3). */
int igd_cli_main(int argc, char **argv);

#endif
