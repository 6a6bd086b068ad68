/*
 * What the two halves of the staging table share: names of its columns, and how they are written.
 * Private to the SQL family.
 */
#ifndef IGD_TARGETS_SQL_STAGE_PRIVATE_H
#define IGD_TARGETS_SQL_STAGE_PRIVATE_H

#include "targets/sql/stage.h"

/* Its columns: `n`, `how`, those that are written, the condition. */
enum { AT_NUMBER, AT_HOW, AT_WRITTEN };

static inline size_t proof_at(const igd_sql_stage *stage)
{
    return AT_WRITTEN + stage->writer->written->column_count;
}

static inline igd_str written_name(const igd_sql_stage *stage, size_t n)
{
    return stage->names[AT_WRITTEN + n];
}

static inline void put_name(const igd_sql_stage *stage, igd_str name, igd_buf *sql)
{
    igd_sql_name(stage->target->dialect, name, sql);
}

#endif
