/*
 * Looking things up in the bookkeeping.
 */
#include "targets/state.h"

#include "base/buf.h"

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

static int add_form(igd_str json, const char *what, igd_str name, igd_arena *mem, igd_schema *out,
                    igd_error *err)
{
    int code = igd_table_from_json(json, mem, &out->tables[out->table_count], err);
    if (code != IGD_OK)
        return igd_error_prefix(err, "the target's bookkeeping of %s'%.*s'", what,
                                IGD_STR_ARG(name));
    out->table_count++;
    return IGD_OK;
}

int igd_state_forms(const igd_source_state *source, igd_arena *mem, igd_schema *out, igd_error *err)
{
    igd_str rest = source->journal, line;
    size_t most = source->tables.len;
    while (igd_str_split(&rest, '\n', &line))
        most++;
    igd_schema forms = {.tables = IGD_NEW_ARRAY(mem, igd_table, most)};
    int code = IGD_OK;
    for (size_t n = 0; n < source->tables.len && code == IGD_OK; n++)
        code = add_form(source->tables.items[n].schema_json, "", source->tables.items[n].collection,
                        mem, &forms, err);
    rest = igd_state_in_progress(source) ? source->journal : (igd_str){0};
    while (code == IGD_OK && igd_str_split(&rest, '\n', &line))
        code = add_form(line, "the run of ", source->started_at, mem, &forms, err);
    for (size_t n = 0; n < forms.table_count; n++) {
        const igd_table_state *table = igd_state_table(source, forms.tables[n].collection);
        forms.tables[n].adopted = table && table->adopted;
    }
    if (code == IGD_OK)
        *out = forms;
    return code;
}

igd_str igd_state_fence(const igd_source_state *state, igd_arena *mem)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    /* A row that only says that a run failed before its first commit is as good as none. */
    if (!state || (state->run_id.len == 0 && state->tables.len == 0))
        return IGD_STR("");
    igd_str parts[] = {state->run_id, state->commit_id, state->goal_commit_id,
                       state->base_commit_ids, state->journal};
    for (size_t n = 0; n < IGD_COUNT(parts); n++) {
        igd_buf_str(&text, parts[n]);
        igd_buf_byte(&text, '\n');
    }
    for (size_t n = 0; n < state->tables.len; n++) {
        const igd_table_state *table = &state->tables.items[n];
        igd_buf_printf(&text, "%.*s\t%.*s\t%.*s\n", IGD_STR_ARG(table->collection),
                       IGD_STR_ARG(table->table_name), IGD_STR_ARG(table->commit_id));
    }
    return igd_arena_str(mem, igd_buf_view(&text));
}

/* A kind that we do not know has no word; such a column goes, and only its name matters. */
static igd_str form_text(const igd_table *table, bool columns_only, igd_arena *mem)
{
    igd_table form = *table;
    form.columns = IGD_NEW_ARRAY(mem, igd_column, form.column_count);
    for (size_t n = 0; n < form.column_count; n++) {
        form.columns[n] = table->columns[n];
        if (form.columns[n].type.kind == IGD_RAW)
            form.columns[n].type =
                (igd_type){.kind = IGD_STRING, .shape = IGD_SCALAR, .element = IGD_STRING};
    }
    if (columns_only) {
        memset(&form.checks, 0, sizeof(form.checks));
        memset(&form.foreign_keys, 0, sizeof(form.foreign_keys));
        memset(&form.indexes, 0, sizeof(form.indexes));
    }
    return igd_table_to_json(&form, mem);
}

igd_str igd_state_journal(igd_str before, const igd_plan *plan, bool columns_only, igd_arena *mem)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_buf_str(&text, before);
    for (size_t n = 0; n < plan->table_count; n++) {
        const igd_table_plan *table = &plan->tables[n];
        if (table->adopted)
            continue;
        igd_buf_word(&text, form_text(table->between, columns_only, mem), '\n');
        if (table->to)
            igd_buf_word(&text, form_text(table->to, columns_only, mem), '\n');
    }
    return igd_arena_str(mem, igd_buf_view(&text));
}
