/*
 * A deterministic serialisation of what decides about records. Every text carries its length and
 * every part its name, so that no two definitions have the same bytes by accident.
 */
#include "ingitdb/fingerprint.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "ingitdb/exclude.h"

#define VERSION 1 /* counted up when the serialisation changes: everything is then read again */

static void put_text(igd_buf *out, const char *name, igd_str text)
{
    igd_buf_printf(out, "%s %zu ", name, text.len);
    igd_buf_str(out, text);
    igd_buf_byte(out, '\n');
}

static void put_names(igd_buf *out, const char *name, const igd_str_list *list)
{
    igd_buf_printf(out, "%s [%zu]\n", name, list->len);
    for (size_t n = 0; n < list->len; n++)
        put_text(out, "-", list->items[n]);
}

static void put_limit(igd_buf *out, const char *name, igd_limit limit)
{
    if (limit.set)
        igd_buf_printf(out, "%s %" PRId64 "\n", name, limit.value);
}

static void put_field(igd_buf *out, const igd_field *field)
{
    put_text(out, "column", field->name);
    igd_buf_printf(out, "type %d %d %d\nrequired %d computed %d\n", (int)field->type.kind,
                   (int)field->type.shape, (int)field->type.element, field->required,
                   field->computed);
    put_limit(out, "length", field->length);
    put_limit(out, "min_length", field->min_length);
    put_limit(out, "max_length", field->max_length);
    put_text(out, "min_value", field->min_value);
    put_text(out, "max_value", field->max_value);
    put_text(out, "foreign_key", field->foreign_key);
    put_text(out, "locale", field->locale);
    igd_buf_printf(out, "enum [%zu]\n", field->allowed.len);
    for (size_t n = 0; n < field->allowed.len; n++) {
        IGD_CLEANUP(igd_buf)
        igd_buf value = IGD_BUF_INIT;
        igd_value_write(&field->allowed.items[n], &value);
        put_text(out, "-", igd_buf_view(&value));
    }
}

static int by_name(const void *a, const void *b)
{
    const igd_field *left = *(const igd_field *const *)a, *right = *(const igd_field *const *)b;
    return igd_str_cmp(left->name, right->name);
}

static void put_fields(igd_buf *out, const igd_collection *model)
{
    if (model->field_count == 0)
        return;
    const igd_field **fields = igd_xmalloc(model->field_count * sizeof(*fields));
    for (size_t n = 0; n < model->field_count; n++)
        fields[n] = &model->fields[n];
    qsort(fields, model->field_count, sizeof(*fields), by_name);
    for (size_t n = 0; n < model->field_count; n++)
        put_field(out, fields[n]);
    free(fields);
}

igd_digest igd_definition_fingerprint(const igd_definition *definition)
{
    IGD_CLEANUP(igd_buf)
    igd_buf out = IGD_BUF_INIT;
    igd_buf_printf(&out, "definition %d\nrecords %d\n", VERSION,
                   (int)definition->model.record_type);
    put_text(&out, "format", igd_str_from(definition->format->name));
    put_text(&out, "name", definition->file_name);
    put_text(&out, "content_field", definition->content_field);
    if (definition->exclude)
        put_text(&out, "exclude", igd_exclude_pattern(definition->exclude));
    if (definition->format == &igd_format_csv)
        put_names(&out, "header", &definition->columns_order);
    put_names(&out, "primary_key", &definition->model.primary_key);
    put_fields(&out, &definition->model);
    return igd_digest_of(igd_buf_view(&out));
}
