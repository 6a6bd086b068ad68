/*
 * For the tests of compare, found and analyze: a target that is opened for reading, and an analysis
 * of it as text.
 */
#ifndef IGD_TESTS_LOOKED_H
#define IGD_TESTS_LOOKED_H

#include "sync/analyze.h"
#include "tests/unit/src/sync/sync_fixture.h"

IGD_UNUSED static igd_target *open_target(shop *s)
{
    igd_target_config config = {.mode = IGD_OPEN_READ, .run_id = "look"};
    igd_target *target = NULL;
    igd_str url = igd_arena_printf(s->mem, "sqlite://%s", s->db);
    if (igd_url_parse(url, s->mem, &config.url, &s->err) != IGD_OK ||
        igd_target_open(&config, &target, &s->err) != IGD_OK)
        fail_msg("%s", s->err.message);
    return target;
}

/* Of a commit; NULL: verify. The code is in s->err.code. */
IGD_UNUSED static igd_analysis look(shop *s, const char *ref, igd_detail detail)
{
    IGD_CLEANUP_PTR(igd_target) igd_target *target = open_target(s);
    igd_sync_options options = sync_run_options(ref ? ref : "HEAD");
    igd_analysis out = {0};
    s->err = IGD_ERROR_INIT;
    int code = ref ? igd_analyze(shop_repo(s), target, &options, detail, s->mem, &out, &s->err)
                   : igd_verify(shop_repo(s), target, &options, detail, s->mem, &out, &s->err);
    assert_int_equal(code, s->err.code);
    return out;
}

/* "people/ann update drift" and a line for each field: " name Ann,Anna,Ann". */
IGD_UNUSED static const char *said(shop *s, const igd_analysis *analysis)
{
    static const char *const kinds[] = {"insert", "update", "delete"};
    IGD_CLEANUP(igd_buf)
    igd_buf out = IGD_BUF_INIT;
    for (size_t n = 0; n < analysis->table_count; n++)
        for (size_t r = 0; r < analysis->tables[n].records.len; r++) {
            const igd_record_difference *record = &analysis->tables[n].records.items[r];
            igd_buf_printf(&out, "%.*s/%.*s %s %s\n",
                           IGD_STR_ARG(analysis->tables[n].counts.collection),
                           IGD_STR_ARG(record->key), kinds[record->change],
                           igd_cause_word(record->cause));
            for (size_t f = 0; f < record->fields.len; f++) {
                const igd_field_difference *field = &record->fields.items[f];
                igd_buf_printf(&out, " %.*s ", IGD_STR_ARG(field->name));
                igd_value_write(&field->base, &out);
                igd_buf_byte(&out, ',');
                igd_value_write(&field->old_value, &out);
                igd_buf_byte(&out, ',');
                igd_value_write(&field->new_value, &out);
                igd_buf_byte(&out, '\n');
            }
        }
    return igd_arena_cstr(s->mem, igd_buf_view(&out));
}

#endif
