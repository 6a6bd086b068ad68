/*
 * Records in each of the eight formats.
 */
#include <stdlib.h>

#include "tests/support/random_model.h"

/* ---- YAML, Markdown ---- */

static void write_yaml(const rm_collection *c, const rm_entry_list *entries, igd_buf *out)
{
    uint64_t file = c->style;
    if (entries->len == 0)
        igd_buf_puts(out, c->shape == RM_ROWS ? "[]\n" : "{}\n");
    if (rm_draw(&file, 4) == 0)
        igd_buf_puts(out, "# written by hand\n");
    for (size_t n = 0; n < entries->len; n++) {
        const rm_entry *entry = &entries->items[n];
        uint64_t style = entry->style;
        if (c->shape == RM_SINGLE) {
            rm_yaml_members(out, entry, 0, &style);
        } else if (c->shape == RM_ROWS) {
            igd_buf_puts(out, entry->count ? "- " : "- {}\n");
            rm_yaml_members(out, entry, 2, &style);
        } else {
            rm_yaml_key(out, entry->key, &style);
            igd_buf_puts(out, entry->count ? ":\n  " : ": {}\n");
            rm_yaml_members(out, entry, 2, &style);
        }
    }
}

static void write_markdown(const rm_collection *c, const rm_entry *entry, igd_buf *out)
{
    rm_entry front = {.key = entry->key, .style = entry->style};
    const char *body = "# free text\n";
    uint64_t style = entry->style;
    for (size_t n = 0; n < entry->count; n++) {
        ptrdiff_t at = rm_column_at(c, entry->members[n].name);
        if (at >= 0 && c->columns[at].content)
            body = entry->members[n].value->text;
        else
            front.members[front.count++] = entry->members[n];
    }
    igd_buf_puts(out, "---\n");
    rm_yaml_members(out, &front, 0, &style);
    if (rm_draw(&style, 8) == 0)
        igd_buf_puts(out, "not_a_column: dropped\n");
    igd_buf_printf(out, "---\n%s", body);
}

/* ---- JSON ---- */

static void json_object(igd_buf *out, const rm_entry *entry, uint64_t *style)
{
    bool lines = rm_draw(style, 2);
    igd_buf_byte(out, '{');
    for (size_t n = 0; n < entry->count; n++) {
        igd_buf_puts(out, n ? "," : "");
        igd_buf_puts(out, lines ? " " : "");
        rm_quote(out, entry->members[n].name);
        igd_buf_puts(out, lines ? ": " : ":");
        rm_json(out, entry->members[n].value, false, style);
    }
    igd_buf_byte(out, '}');
}

static void write_json(const rm_collection *c, const rm_entry_list *entries, igd_buf *out)
{
    bool rows = c->shape == RM_ROWS, keyed = c->shape == RM_KEYED;
    igd_buf_puts(out, rows ? "[" : keyed ? "{" : "");
    for (size_t n = 0; n < entries->len; n++) {
        const rm_entry *entry = &entries->items[n];
        uint64_t style = entry->style;
        igd_buf_puts(out, n ? ",\n" : "");
        if (keyed) {
            rm_quote(out, entry->key);
            igd_buf_puts(out, ": ");
        }
        json_object(out, entry, &style);
    }
    igd_buf_puts(out, rows ? "]\n" : keyed ? "}\n" : "\n");
}

static void write_jsonl(const rm_entry_list *entries, igd_buf *out)
{
    for (size_t n = 0; n < entries->len; n++) {
        uint64_t style = entries->items[n].style;
        json_object(out, &entries->items[n], &style);
        igd_buf_puts(out, rm_draw(&style, 8) ? "\n" : "\r\n\n");
    }
}

/* ---- TOML ---- */

static void write_toml(const rm_collection *c, const rm_entry_list *entries, igd_buf *out)
{
    for (size_t n = 0; n < entries->len; n++) {
        const rm_entry *entry = &entries->items[n];
        uint64_t style = entry->style;
        if (c->shape == RM_ROWS)
            igd_buf_puts(out, "[[records]]\n");
        if (c->shape == RM_KEYED) {
            igd_buf_byte(out, '[');
            rm_toml_key(out, entry->key, &style);
            igd_buf_puts(out, "]\n");
        }
        for (size_t k = 0; k < entry->count; k++) {
            rm_toml_key(out, entry->members[k].name, &style);
            igd_buf_puts(out, rm_draw(&style, 2) ? " = " : "=");
            rm_toml(out, entry->members[k].value, entry->members[k].type, &style);
            igd_buf_puts(out, rm_draw(&style, 8) ? "\n" : " # why\n");
        }
    }
}

/* ---- CSV, INGR ---- */

static const rm_member *member_of(const rm_entry *entry, igd_str name)
{
    for (size_t n = 0; n < entry->count; n++)
        if (igd_str_is(name, entry->members[n].name))
            return &entry->members[n];
    return NULL;
}

static void csv_cell(igd_buf *out, const char *text, uint64_t *style)
{
    bool must = strpbrk(text, "\",\r\n") != NULL;
    if (!must && rm_draw(style, 4)) {
        igd_buf_puts(out, text);
        return;
    }
    igd_buf_byte(out, '"');
    for (; *text; text++)
        igd_buf_puts(out, *text == '"' ? "\"\"" : (const char[]){*text, '\0'});
    igd_buf_byte(out, '"');
}

static void write_csv(rm_model *m, const rm_collection *c, const rm_entry_list *entries,
                      igd_buf *out)
{
    igd_str_list names = {0};
    uint64_t file = c->style;
    rm_columns_order(m, c, &names);
    size_t start = rm_draw(&file, 4) ? 0 : rm_draw(&file, names.len); /* a permutation will do */
    for (size_t row = 0; row < entries->len + 1; row++) {
        uint64_t style = row ? entries->items[row - 1].style : file;
        for (size_t n = 0; n < names.len; n++) {
            igd_str name = names.items[(start + n) % names.len];
            const rm_member *member = row ? member_of(&entries->items[row - 1], name) : NULL;
            IGD_CLEANUP(igd_buf)
            igd_buf cell = IGD_BUF_INIT;
            char moment[48];
            igd_buf_puts(out, n ? "," : "");
            if (row == 0)
                igd_buf_str(&cell, name);
            else if (member && member->value->kind == RM_TEXT)
                igd_buf_puts(&cell,
                             member->type >= RM_T_DATE && member->type <= RM_T_DATETIME
                                 ? rm_moment(member->value->text, member->type, &style, moment)
                                 : member->value->text);
            else if (member && member->value->kind != RM_NULL)
                rm_json(&cell, member->value, false, &style);
            csv_cell(out, cell.ptr, &style);
        }
        igd_buf_puts(out, rm_draw(&file, 8) ? "\n" : "\r\n");
    }
}

/* One column or all of a record's; $ID may stand anywhere. */
static void ingr_names(rm_model *m, const rm_collection *c, igd_str_list *names)
{
    if (rm_column_at(c, "$ID") < 0 && (c->shape == RM_KEYED || c->key == RM_KEY_NONE))
        IGD_PUSH(m->mem, names, IGD_STR("$ID"));
    for (size_t n = 0; n < c->column_count; n++)
        IGD_PUSH(m->mem, names, igd_str_from(c->columns[n].name));
}

static void write_ingr(rm_model *m, const rm_collection *c, const rm_entry_list *entries,
                       igd_buf *out)
{
    igd_str_list names = {0};
    uint64_t file = c->style;
    bool delimited = rm_draw(&file, 2), counted = rm_draw(&file, 4);
    ingr_names(m, c, &names);
    igd_buf_printf(out, "# INGR.io | %s: ", c->name);
    for (size_t n = 0; n < names.len; n++)
        igd_buf_printf(out, "%s%.*s%s", n ? ", " : "", IGD_STR_ARG(names.items[n]),
                       rm_draw(&file, 3) ? "" : ":text");
    igd_buf_byte(out, '\n');
    for (size_t row = 0; row < entries->len; row++) {
        const rm_entry *entry = &entries->items[row];
        uint64_t style = entry->style;
        for (size_t n = 0; n < names.len; n++) {
            const rm_member *member = member_of(entry, names.items[n]);
            if (igd_str_is(names.items[n], "$ID") && c->shape == RM_KEYED)
                rm_quote(out, entry->key);
            else if (member && member->value->kind != RM_NULL)
                rm_json(out, member->value, false, &style);
            else
                igd_buf_puts(out, counted && rm_draw(&style, 2) ? "" : "null");
            igd_buf_byte(out, '\n');
        }
        igd_buf_puts(out, delimited ? "#-\n" : "");
    }
    if (counted)
        igd_buf_printf(out, "# %zu record%s", entries->len, entries->len == 1 ? "" : "s");
}

void rm_write_records(rm_model *m, const rm_collection *c, const rm_entry_list *entries,
                      igd_buf *out)
{
    switch (c->format) {
    case RM_YAML:
    case RM_YML:
        write_yaml(c, entries, out);
        break;
    case RM_JSON:
        write_json(c, entries, out);
        break;
    case RM_JSONL:
        write_jsonl(entries, out);
        break;
    case RM_CSV:
        write_csv(m, c, entries, out);
        break;
    case RM_TOML:
        write_toml(c, entries, out);
        break;
    case RM_MARKDOWN:
        write_markdown(c, &entries->items[0], out);
        break;
    case RM_INGR:
        write_ingr(m, c, entries, out);
        break;
    case RM_FORMATS:
        break;
    }
}
