/*
 * Private to script_*.c: scripts for the mysql client (targets/stand_in/style.h).
 */
#ifndef IGD_TARGETS_MYSQL_SCRIPT_STYLE_H
#define IGD_TARGETS_MYSQL_SCRIPT_STYLE_H

#include "targets/mysql/mysql.h"
#include "targets/stand_in/style.h"

/* The condition that a table has something of that name, or has not: by a view of
 * information_schema and the column of it that has the name. */
igd_str igd_mysql_has_part(const char *view, const char *column, igd_str table, igd_str name,
                           bool wanted, igd_arena *mem);

/* As igd_script_style.others. */
int igd_mysql_others(const igd_sql_target *target, const igd_table *table, igd_arena *mem,
                     igd_str_list *columns, igd_script_step_list *rest, igd_error *err);

#endif
