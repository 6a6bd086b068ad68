/*
 * Looking things up in the bookkeeping.
 */
#include "targets/state.h"

const igd_source_state *igd_state_source(const igd_state *state, igd_str source)
{
    for (size_t n = 0; n < state->count; n++)
        if (igd_str_eq(state->sources[n].source, source))
            return &state->sources[n];
    return NULL;
}

const igd_table_state *igd_state_table(const igd_source_state *source, igd_str collection)
{
    for (size_t n = 0; n < source->tables.len; n++)
        if (igd_str_eq(source->tables.items[n].collection, collection))
            return &source->tables.items[n];
    return NULL;
}

const igd_source_state *igd_state_owner(const igd_state *state, igd_str table, igd_str except)
{
    for (size_t n = 0; n < state->count; n++) {
        const igd_source_state *source = &state->sources[n];
        if (igd_str_eq(source->source, except))
            continue;
        /* Without case, as docs/contract.md 2 compares names of tables. */
        for (size_t t = 0; t < source->tables.len; t++)
            if (igd_str_eq_nocase(source->tables.items[t].table_name, table))
                return source;
    }
    return NULL;
}
