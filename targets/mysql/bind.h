/*
 * Values to and from the binary protocol of prepared statements. Private to this folder.
 */
#ifndef IGD_TARGETS_MYSQL_BIND_H
#define IGD_TARGETS_MYSQL_BIND_H

#include "targets/mysql/mysql.h"

/* What a parameter is made of where the value itself cannot be bound. */
typedef union igd_mysql_cell {
    long long integer;
    double number;
    signed char boolean;
    MYSQL_TIME time;
} igd_mysql_cell;

/* Texts stay the caller's. */
void igd_mysql_bind(const igd_value *value, igd_mysql_cell *cell, MYSQL_BIND *bind);

/* A column of a result. */
typedef struct igd_mysql_column {
    igd_kind kind; /* wanted */
    enum enum_field_types type;
    bool binary; /* bytes, no text */
    enum { IGD_MYSQL_AS_INT, IGD_MYSQL_AS_FLOAT, IGD_MYSQL_AS_TIME, IGD_MYSQL_AS_TEXT } as;
    igd_mysql_cell cell;
    bool is_unsigned;
    char *text; /* of malloc */
    unsigned long cap, len;
    my_bool null, cut;
} igd_mysql_column;

void igd_mysql_column_init(igd_mysql_column *column, igd_kind kind, const MYSQL_FIELD *field,
                           MYSQL_BIND *bind);
/* After a row was fetched; texts are of the column or of mem. */
igd_value igd_mysql_column_value(const igd_mysql_column *column, igd_arena *mem);

#endif
