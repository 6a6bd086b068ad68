/*
 * Statements of scripts: the server runs them as its client would, under some supervision.
 */
#include <strings.h>

#include "targets/mysql/mysql.h"

static int refuse(const char *what, igd_error *err)
{
    (void)igd_fail(err, IGD_E_FORMAT, "%s", what);
    return igd_hint(err, "this is no script of this program: run it by a client of the database");
}

int igd_mysql_script(igd_sql_target *target IGD_UNUSED,
                     const igd_script_statement *statement IGD_UNUSED,
                     igd_script_output *output IGD_UNUSED, void *payload IGD_UNUSED, igd_error *err)
{
    return refuse("scripts are not run on this engine yet", err);
}
