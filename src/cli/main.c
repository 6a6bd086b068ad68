#include "cli/cli.h"

int main(int argc, char **argv)
{
    return igd_cli_main(argc, argv);
}
