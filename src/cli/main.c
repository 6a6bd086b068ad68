/*
 * The program. Everything is in the library, where tests can reach it.
 */
#include "cli/cli.h"

int main(int argc, char **argv)
{
    return igd_cli_main(argc, argv);
}
