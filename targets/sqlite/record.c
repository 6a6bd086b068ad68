/*
 * Recording a run: from BEGIN to the moment before COMMIT, and the script of what it does.
 */
#include "targets/sqlite/record.h"

#include <stdlib.h>

#include "base/arena.h"

#define ROWS_BYTES ((size_t)48 * 1024) /* of one INSERT of several rows */

/* ---- begin, end ---- */

void igd_sqlite_recorder_free(igd_sqlite_recorder *r)
{
    if (!r)
        return;
    igd_error ignored;
    if (r->watching)
        (void)igd_record_unwatch(r, &ignored);
    for (size_t n = 0; n < r->tables.len; n++)
        igd_spool_free(r->tables.items[n].rows);
    for (size_t n = 0; n < r->value_count; n++)
        sqlite3_value_free(r->values[n]);
    free(r->values);
    igd_map_free(r->by_name);
    igd_map_free(r->loaded);
    igd_script_file_free(r->up);
    igd_script_file_free(r->down);
    sqlite3_finalize(r->meet);
    sqlite3_close(r->met);
    igd_buf_free(&r->head);
    igd_buf_free(&r->tail);
    igd_buf_free(&r->rows);
    igd_buf_free(&r->names);
    igd_buf_free(&r->scratch);
    igd_buf_free(&r->own);
    igd_spool_free(r->undo);
    igd_spool_free(r->redo);
    igd_arena_free(r->scratch_mem);
    igd_arena_free(r->mem);
    free(r);
}

/* Nothing of ours is there, and no table of others becomes ours. */
static bool is_blank(const igd_sqlite_recorder *r, const igd_plan *plan)
{
    for (size_t n = 0; plan && n < plan->table_count; n++)
        if (plan->tables[n].from)
            return false;
    return r->it->rehearsal;
}

static int prepare(igd_sqlite_recorder *r, igd_error *err)
{
    const igd_plan *plan = r->it->sql.tables;
    int rc = igd_script_file_new(IGD_SCRIPT_SQLITE, &r->down, err);
    if (!rc && r->wants_up)
        rc = igd_script_file_new(IGD_SCRIPT_SQLITE, &r->up, err);
    if (!rc)
        rc = igd_record_make_function(r, err);
    if (!rc)
        rc = igd_record_read_schema(r, r->mem, &r->objects, err);
    if (!rc)
        rc = igd_record_read_tables(r, plan, err);
    r->blank = is_blank(r, plan);
    igd_error ignored;
    r->checks_references = igd_sqlite_number(r->it, "SELECT count(*) FROM pragma_foreign_key_check",
                                             (igd_str){0}, &r->dangling, &ignored) == IGD_OK;
    if (!rc && r->wants_up)
        rc = igd_record_up_begin(r, err);
    return rc;
}

int igd_sqlite_record_begin(igd_sqlite *it, igd_error *err)
{
    igd_sqlite_recorder *r = igd_xmalloc(sizeof(*r));
    *r = (igd_sqlite_recorder){.it = it,
                               .mem = igd_arena_new(),
                               .scratch_mem = igd_arena_new(),
                               .keys = !it->off,
                               .plain = it->sql.script->plain,
                               .wants_up = it->rehearsal,
                               .by_name = igd_map_new(),
                               .loaded = igd_map_new(),
                               .head = IGD_BUF_INIT,
                               .tail = IGD_BUF_INIT,
                               .rows = IGD_BUF_INIT,
                               .names = IGD_BUF_INIT,
                               .scratch = IGD_BUF_INIT,
                               .own = IGD_BUF_INIT,
                               .undo = igd_spool_new(),
                               .redo = igd_spool_new()};
    int rc = prepare(r, err);
    if (rc)
        igd_sqlite_recorder_free(r);
    else
        it->recorder = r;
    return rc;
}

int igd_sqlite_record_schema(igd_sqlite_recorder *r, igd_part part, bool before, igd_error *err)
{
    const igd_plan *plan = r->it->sql.tables;
    int rc = IGD_OK;
    if (part == IGD_PART_EXPAND && before)
        return igd_record_save_rows(r, err);
    if (part == IGD_PART_CONTRACT && before)
        return igd_record_unwatch(r, err);
    if (part == IGD_PART_EXPAND)
        rc = igd_record_look_again(r, plan, err);
    if (!rc && part == IGD_PART_EXPAND && r->up && !r->plain)
        rc = igd_record_name_tables(r, err);
    return rc ? rc : igd_record_watch(r, part == IGD_PART_CONTRACT, err);
}

int igd_sqlite_record_finish(igd_sqlite_recorder *r, igd_error *err)
{
    const igd_sql_target *target = &r->it->sql;
    int rc = igd_record_unwatch(r, err);
    if (!rc && r->up)
        rc = igd_record_up_end(r, err);
    if (!rc)
        rc = igd_record_write_down(r, err);
    if (rc)
        return rc;
    igd_recorded done = igd_recorded_run(target->base.driver->name, target->from, target->to);
    done.up = r->up;
    done.down = r->down;
    done.up_head.row_count = r->row_count;
    done.up_head.rows = r->row_sum;
    return target->script->finished(&done, target->script->payload, err);
}

/* ---- what a statement is about ---- */

/* A quoted name; where it ends. NULL when there is none. */
static const char *take_name(const char *at, igd_arena *mem, igd_str *out)
{
    IGD_CLEANUP(igd_buf)
    igd_buf name = IGD_BUF_INIT;
    if (*at++ != '"')
        return NULL;
    for (; *at; at++) {
        if (*at == '"' && *++at != '"') {
            *out = igd_arena_str(mem, igd_buf_view(&name));
            return at;
        }
        igd_buf_byte(&name, *at);
    }
    return NULL;
}

static const char *skip(const char *sql, const char *word)
{
    size_t len = strlen(word);
    return strncmp(sql, word, len) == 0 ? sql + len : NULL;
}

static void look_at(igd_sqlite_recorder *r, const char *sql)
{
    const char *at;
    r->kind = 0;
    r->seen = false;
    igd_buf_clear(&r->own);
    if ((at = skip(sql, "INSERT INTO ")))
        r->kind = 'i';
    else if ((at = skip(sql, "UPDATE ")))
        r->kind = 'u';
    else if ((at = skip(sql, "DELETE FROM ")))
        r->kind = 'd';
    igd_arena_reset(r->scratch_mem);
    if (!at || !take_name(at, r->scratch_mem, &r->target))
        r->kind = 0;
}

static bool is_book(igd_str name)
{
    return igd_str_starts(name, IGD_STR("ingitdb_sync_"));
}

bool igd_sqlite_record_only(igd_sqlite_recorder *r, const char *sql, uint64_t *rows)
{
    look_at(r, sql);
    r->many = !rows;
    if (!rows || !r->blank || r->kind != 'i' || is_book(r->target) ||
        igd_record_table(r, r->target))
        return false;
    *rows = 1;
    const char *at = strstr(sql, ") VALUES (");
    for (; at && (at = strstr(at + 1, "), ("));)
        (*rows)++;
    uintptr_t known = (uintptr_t)igd_map_get(r->loaded, r->target);
    igd_map_put(r->loaded, r->target, (void *)(known + *rows));
    return true;
}

/* ---- the script ---- */

static int put_names(igd_sqlite_recorder *r, igd_error *err)
{
    if (r->names.len == 0)
        return IGD_OK;
    igd_buf_byte(&r->names, '\n');
    int rc = igd_script_put(r->up, igd_buf_view(&r->names), err);
    igd_buf_clear(&r->names);
    r->named = NULL;
    r->line = 0;
    return rc;
}

int igd_record_flush(igd_sqlite_recorder *r, igd_error *err)
{
    int rc = put_names(r, err);
    if (r->rows.len == 0)
        return rc;
    if (!rc)
        rc = igd_script_put(r->up, igd_buf_view(&r->head), err);
    if (!rc)
        rc = igd_script_put(r->up, IGD_STR(" VALUES\n"), err);
    if (!rc)
        rc = igd_script_put(r->up, igd_buf_view(&r->rows), err);
    if (!rc)
        rc = igd_script_put(r->up, igd_buf_view(&r->tail), err);
    igd_buf_clear(&r->rows);
    return rc ? rc : igd_script_put(r->up, IGD_STR(";\n"), err);
}

int igd_record_put(igd_sqlite_recorder *r, igd_str sql, igd_error *err)
{
    int rc = igd_record_flush(r, err);
    if (!rc)
        rc = igd_script_put(r->up, sql, err);
    return rc ? rc : igd_script_put(r->up, IGD_STR(";\n"), err);
}

int igd_sqlite_record_exec(igd_sqlite_recorder *r, const char *sql, igd_error *err)
{
    /* Steps that only this run needs, and what the beginning of the script says already. */
    static const char *const not_for_scripts[] = {"SAVEPOINT ", "RELEASE ", "ROLLBACK ",
                                                  "CREATE TABLE IF NOT EXISTS \"ingitdb_sync_"};
    for (size_t n = 0; n < IGD_COUNT(not_for_scripts); n++)
        if (skip(sql, not_for_scripts[n]))
            return IGD_OK;
    return r->up ? igd_record_put(r, igd_str_from(sql), err) : IGD_OK;
}

/* Parameters ?1, ?2, ... of a statement of ours become what they stand for. */
static void expand(const char *sql, void (*put)(size_t n, void *payload, igd_buf *to),
                   void *payload, igd_buf *to)
{
    bool quoted = false;
    char quote = 0;
    for (const char *at = sql; *at; at++) {
        if (quoted) {
            quoted = *at != quote;
        } else if (*at == '"' || *at == '\'') {
            quoted = true;
            quote = *at;
        } else if (*at == '?') {
            char *end;
            put((size_t)strtoul(at + 1, &end, 10) - 1, payload, to);
            at = end - 1;
            continue;
        }
        igd_buf_byte(to, *at);
    }
}

typedef struct params {
    const igd_sqlite_recorder *r;
    const igd_value *values;
    sqlite3_value *const *found;
    bool book;
} params;

static void put_param(size_t n, void *payload, igd_buf *to)
{
    const params *p = payload;
    if (p->found)
        igd_record_value(p->found[n], to);
    else
        igd_record_param(p->r, &p->values[n], p->book, to);
}

static int put_expanded(igd_sqlite_recorder *r, const char *sql, params *p, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    p->r = r;
    expand(sql, put_param, p, &text);
    return igd_record_put(r, igd_buf_view(&text), err);
}

/* ---- INSERT ---- */

/* What makes an INSERT into a table that was there before overwrite what stands in its way. */
static void add_tail(const igd_sqlite_recorder *r, const igd_str_list *columns)
{
    const record_table *table = igd_record_table(r, r->target);
    igd_buf *tail = &((igd_sqlite_recorder *)r)->tail;
    igd_buf_clear(tail);
    if (!table || table->book || table->current.key.len == 0)
        return;
    igd_buf_puts(tail, "\nON CONFLICT (");
    igd_sql_names(&igd_sqlite_dialect, &table->current.key, tail);
    const char *glue = ") DO UPDATE SET ";
    for (size_t n = 0; n < columns->len; n++) {
        bool in_key = false;
        for (size_t k = 0; k < table->current.key.len; k++)
            in_key |= igd_str_eq_nocase(table->current.key.items[k], columns->items[n]);
        if (in_key)
            continue;
        igd_buf_puts(tail, glue);
        igd_sqlite_name(columns->items[n], tail);
        igd_buf_puts(tail, " = excluded.");
        igd_sqlite_name(columns->items[n], tail);
        glue = ", ";
    }
    if (*glue == ')')
        igd_buf_puts(tail, ") DO NOTHING");
}

/* The part of an INSERT in front of VALUES; the same as of the last one, mostly. */
static int take_head(igd_sqlite_recorder *r, const char *sql, igd_error *err)
{
    if (r->head.len && strncmp(sql, r->head.ptr, r->head.len) == 0 &&
        skip(sql + r->head.len, " VALUES ("))
        return IGD_OK;
    int rc = igd_record_flush(r, err);
    igd_str_list columns = {0};
    igd_str name;
    const char *at = take_name(sql + strlen("INSERT INTO "), r->scratch_mem, &name);
    for (at = at ? skip(at, " (") : NULL; at && *at != ')'; at = *at == ',' ? at + 2 : at) {
        at = take_name(at, r->scratch_mem, &name);
        if (at)
            IGD_PUSH(r->scratch_mem, &columns, name);
    }
    if (!at)
        return igd_fail(err, IGD_E_BUG, "a statement that cannot be recorded: %.80s", sql);
    igd_buf_clear(&r->head);
    igd_buf_add(&r->head, sql, (size_t)(at + 1 - sql));
    r->columns = columns.len;
    add_tail(r, &columns);
    return rc;
}

static int put_rows(igd_sqlite_recorder *r, const char *sql, const igd_value *values, size_t count,
                    igd_error *err)
{
    bool book = is_book(r->target);
    int rc = take_head(r, sql, err);
    for (size_t n = 0; !rc && n < count; n++) {
        if (n % r->columns == 0) {
            if (r->rows.len > ROWS_BYTES)
                rc = igd_record_flush(r, err);
            igd_buf_puts(&r->rows, r->rows.len ? ",\n(" : "(");
        }
        igd_record_param(r, &values[n], book, &r->rows);
        igd_buf_byte(&r->rows, (n + 1) % r->columns ? ',' : ')');
    }
    return rc;
}

int igd_sqlite_record_run(igd_sqlite_recorder *r, const char *sql, const igd_value *values,
                          size_t count, uint64_t rows, igd_error *err)
{
    bool book = r->kind && is_book(r->target);
    if (!r->up || (book && r->plain) || (rows == 0 && !(book && r->kind == 'd')))
        return IGD_OK;
    if (r->kind == 'i')
        return put_rows(r, sql, values, count, err);
    bool keyed = r->seen && igd_record_table(r, r->target)->current.key.len > 0;
    if (keyed && !book)
        return r->own.len ? igd_record_put(r, igd_buf_view(&r->own), err) : IGD_OK;
    params all = {.values = values, .book = book};
    return put_expanded(r, sql, &all, err);
}

int igd_sqlite_record_action(igd_sqlite_recorder *r, const char *sql, sqlite3_value *const *found,
                             bool follows, igd_error *err)
{
    if (!r->up)
        return IGD_OK;
    if (!follows && r->seen && r->own.len)
        return igd_record_put(r, igd_buf_view(&r->own), err);
    params all = {.found = found};
    return put_expanded(r, sql, &all, err);
}
