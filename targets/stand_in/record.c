/*
 * The two scripts of a run, when it has ended.
 */
#include "base/arena.h"
#include "targets/stand_in/stand_in.h"

static int name_tables(igd_stand_in *it, igd_error *err)
{
    int rc = IGD_OK;
    for (size_t n = 0; !rc && it->from && n < it->from->tables.len; n++) {
        const igd_table_state *state = &it->from->tables.items[n];
        for (size_t t = 0; !rc && t < it->plan->table_count; t++) {
            stand_in_table *table = &it->tables[t];
            const igd_table *form = table->before.form;
            if (!form || !igd_str_eq(form->name, state->table_name) || state->schema_json.len == 0)
                continue;
            igd_table *recorded = IGD_NEW(it->mem, igd_table);
            rc = igd_table_from_json(state->schema_json, it->mem, recorded, err);
            if (rc)
                break;
            table->places = IGD_NEW_ARRAY(it->mem, ptrdiff_t, recorded->column_count);
            for (size_t c = 0; c < recorded->column_count; c++)
                table->places[c] = igd_table_column(form, recorded->columns[c].name);
            table->recorded = recorded;
        }
    }
    return rc;
}

static void view_after(igd_stand_in *it)
{
    for (size_t n = 0; n < it->plan->table_count; n++) {
        const igd_table *form = it->plan->tables[n].to;
        stand_in_view *view = &it->tables[n].after;
        if (!form)
            continue;
        *view = (stand_in_view){.form = form, .table = form->name};
        view->columns = IGD_NEW_ARRAY(it->mem, igd_str, form->column_count);
        for (size_t c = 0; c < form->column_count; c++)
            view->columns[c] = form->columns[c].name;
    }
}

static int write_up(stand_in_way *way, igd_error *err)
{
    igd_stand_in *it = way->it;
    way->plan = it->plan;
    way->pairs = IGD_NEW_ARRAY(it->mem, stand_in_pair, it->plan->table_count);
    for (size_t n = 0; n < it->plan->table_count; n++)
        way->pairs[n] = (stand_in_pair){.plan = &it->plan->tables[n],
                                        .old = &it->tables[n].before,
                                        .now = &it->tables[n].after,
                                        .table = &it->tables[n]};
    return igd_stand_in_write(way, err);
}

static int write_down(stand_in_way *way, igd_error *err)
{
    way->pairs = igd_stand_in_back(way->it, &way->plan);
    return igd_stand_in_write(way, err);
}

static igd_recorded heads(const stand_in_way *up, const stand_in_way *down)
{
    igd_recorded done = igd_recorded_run(up->it->driver.name, up->from, up->to);
    done.up = up->file;
    done.down = down->file;
    done.up_head.steps = up->step;
    done.up_head.row_count = up->row_count;
    done.up_head.rows = up->row_sum;
    done.down_head.steps = down->step;
    return done;
}

static stand_in_way new_way(igd_stand_in *it, bool up, const igd_source_state *to,
                            igd_script_file *file)
{
    return (stand_in_way){.it = it,
                          .dialect = stand_in_sql(it->real)->dialect,
                          .up = up,
                          .plain = it->recording->plain,
                          .from = up ? it->from : to,
                          .to = up ? to : it->from,
                          .run_id = to->run_id,
                          .file = file,
                          .sql = IGD_BUF_INIT};
}

int igd_stand_in_record(igd_stand_in *it, const igd_source_state *to, igd_error *err)
{
    static const igd_plan nothing;
    IGD_CLEANUP_PTR(igd_script_file) igd_script_file *up_file = NULL, *down_file = NULL;
    int rc = igd_script_file_new(it->driver.script_syntax, &up_file, err);
    if (!rc)
        rc = igd_script_file_new(it->driver.script_syntax, &down_file, err);
    if (rc)
        return rc;
    if (!it->plan)
        it->plan = &nothing;
    view_after(it);
    stand_in_way up = new_way(it, true, to, up_file), down = new_way(it, false, to, down_file);
    rc = name_tables(it, err);
    if (!rc)
        rc = write_up(&up, err);
    if (!rc)
        rc = write_down(&down, err);
    if (!rc) {
        igd_recorded done = heads(&up, &down);
        rc = it->recording->finished(&done, it->recording->payload, err);
    }
    igd_buf_free(&up.sql);
    igd_buf_free(&down.sql);
    return rc;
}
