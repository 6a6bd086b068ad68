/*
 * Summing up the rows that a script touches, line by line of what it says of them.
 */
#include "sync/apply_rows.h"

#include "base/buf.h"
#include "base/json_read.h"
#include "schema/canonical.h"

#define KEYS_AT_ONCE 1024

void igd_touched_init(igd_touched *touched, igd_target *target, const igd_source_state *state)
{
    *touched = (igd_touched){.target = target,
                             .state = state,
                             .table_mem = igd_arena_new(),
                             .mem = igd_arena_new(),
                             .scratch = IGD_BUF_INIT};
}

void igd_touched_free(igd_touched *touched)
{
    igd_arena_free(touched->table_mem);
    igd_arena_free(touched->mem);
    igd_buf_free(&touched->scratch);
}

static int add_row(const igd_value *row, void *payload, igd_error *err IGD_UNUSED)
{
    igd_touched *to = payload;
    to->count++;
    to->sum = igd_digest_add(to->sum, igd_row_digest(&to->table, row, &to->scratch));
    return IGD_OK;
}

int igd_touched_finish(igd_touched *touched, igd_error *err)
{
    if (touched->keys.len == 0)
        return IGD_OK;
    int code =
        touched->target->driver->lookup(touched->target, &touched->table, touched->keys.items,
                                        touched->keys.len / touched->table.key_count, add_row,
                                        touched, err);
    touched->keys = (typeof(touched->keys)){0};
    igd_arena_reset(touched->mem);
    return code;
}

static int fail_line(const char *why, igd_error *err)
{
    (void)igd_fail(err, IGD_E_FORMAT, "what the script says of its rows cannot be read: %s", why);
    return igd_hint(err, "generate it again");
}

/* One JSON value at the beginning of a text, which it is taken off. */
static bool begin_value(igd_json_reader *reader, igd_str text, igd_arena *mem)
{
    igd_json_reader_init(reader, text, mem, 2);
    igd_json_allow_rest(reader);
    igd_json_next(reader);
    return reader->event != IGD_JSON_ERROR;
}

static bool end_value(igd_json_reader *reader, igd_str *rest)
{
    igd_json_next(reader);
    *rest = igd_json_rest(reader);
    return reader->event == IGD_JSON_END;
}

/* ["a", "b"] */
static bool take_key(igd_str *rest, igd_value *values, size_t count, igd_arena *mem)
{
    igd_json_reader reader;
    if (!begin_value(&reader, *rest, mem) || reader.event != IGD_JSON_ARRAY_START)
        return false;
    for (size_t n = 0; n < count; n++) {
        if (igd_json_next(&reader) != IGD_JSON_STRING)
            return false;
        values[n] = igd_value_string(reader.text);
    }
    return igd_json_next(&reader) == IGD_JSON_ARRAY_END && end_value(&reader, rest);
}

/* Goes on with another table, unless it is the one at hand. */
static int switch_table(igd_touched *touched, igd_str name, igd_error *err)
{
    if (igd_str_eq(name, touched->name))
        return IGD_OK;
    name = igd_arena_str(touched->table_mem, name); /* finish takes its memory away */
    int code = igd_touched_finish(touched, err);
    const igd_source_state *state = touched->state;
    touched->name = (igd_str){0};
    for (size_t n = 0; code == IGD_OK && state && n < state->tables.len; n++) {
        if (!igd_str_eq(state->tables.items[n].table_name, name))
            continue;
        touched->name = state->tables.items[n].table_name;
        igd_arena_reset(touched->table_mem);
        return igd_table_from_json(state->tables.items[n].schema_json, touched->table_mem,
                                   &touched->table, err);
    }
    if (code != IGD_OK)
        return code;
    (void)igd_fail(err, IGD_E_STALE_BASE,
                   "the script touches rows of table '%.*s', which the target does not record as "
                   "this source's",
                   IGD_STR_ARG(name));
    return igd_hint(err, "generate the script again, from this target");
}

static int add_keys(igd_touched *touched, igd_str rest, igd_error *err)
{
    size_t count = touched->table.key_count;
    for (rest = igd_str_trim(rest); rest.len > 0; rest = igd_str_trim(rest)) {
        igd_value *values = IGD_NEW_ARRAY(touched->mem, igd_value, count);
        if (!take_key(&rest, values, count, touched->mem))
            return fail_line("a key", err);
        for (size_t n = 0; n < count; n++)
            IGD_PUSH(touched->mem, &touched->keys, values[n]);
    }
    return IGD_OK;
}

/* The text does not outlive the call, and the keys do. */
static int add_line(igd_touched *touched, igd_str given, igd_error *err)
{
    igd_json_reader reader;
    igd_str rest, line = igd_arena_str(touched->mem, given);
    if (!begin_value(&reader, line, touched->mem) || reader.event != IGD_JSON_STRING)
        return fail_line("no table", err);
    igd_str name = reader.text;
    if (!end_value(&reader, &rest) || rest.len == 0 || rest.ptr[0] != ':')
        return fail_line("no ':' behind the table", err);
    bool other = !igd_str_eq(name, touched->name);
    int code = switch_table(touched, name, err);
    if (code != IGD_OK)
        return code;
    /* What was read is gone with the keys of the other table. */
    return other ? add_line(touched, given, err)
                 : add_keys(touched, igd_str_sub(rest, 1, rest.len - 1), err);
}

int igd_touched_add(igd_touched *touched, igd_str rows, igd_error *err)
{
    igd_str line;
    int code = IGD_OK;
    while (code == IGD_OK && igd_str_split(&rows, '\n', &line)) {
        code = add_line(touched, line, err);
        if (code == IGD_OK && touched->keys.len >= KEYS_AT_ONCE)
            code = igd_touched_finish(touched, err);
    }
    return code;
}
