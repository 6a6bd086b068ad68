/*
 * What the two halves of the mapping share: columns and names (mapping.c), constraints
 * (mapping_constraints.c). Private to this room.
 */
#ifndef IGD_SCHEMA_MAPPED_H
#define IGD_SCHEMA_MAPPED_H

#include "schema/mapping.h"

typedef struct igd_mapped {
    const igd_collection *collection;
    const struct igd_mapped *parent;
    igd_table table;
    bool made; /* it has a table; the reasons why not are among the problems */
} igd_mapped;

typedef struct igd_mapper {
    const igd_mapping *mapping;
    igd_arena *mem;
    igd_problems *problems;
    igd_mapped *items; /* by collection id */
    size_t count;
} igd_mapper;

/* The collection of that id, or NULL. */
igd_mapped *igd_mapper_find(const igd_mapper *mapper, igd_str collection);

/* A schema error about the collection, at the field unless that is NULL. */
void igd_mapper_problem(const igd_mapper *mapper, const igd_collection *collection,
                        const igd_field *field, const char *code, igd_str reason, const char *hint);

/* Fills checks, foreign keys and indexes of a table whose columns are there. */
void igd_map_constraints(const igd_mapper *mapper, igd_mapped *item);

/* Is the field a reference: a scalar with a foreign key? Its column has the type of a key. */
bool igd_field_is_reference(const igd_field *field);

#endif
