/*
 * From collections to tables: names, columns, keys. Collections are handled ordered by id, so that
 * the result and the problems do not depend on the order in which they were given.
 */
#include "schema/mapping.h"

#include <stdlib.h>

#include "base/json_write.h"
#include "base/map.h"
#include "schema/mapped.h"
#include "schema/names.h"
#include "schema/order.h"

/* Raise it when the rules of this file or of mapping_constraints.c give rows another form. */
#define RULES_VERSION 1

static const igd_type text_type = {IGD_STRING, IGD_SCALAR, IGD_STRING};

igd_digest igd_mapping_digest(const igd_mapping *mapping)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_json json = igd_json_to(&text);
    igd_json_object(&json);
    igd_json_put_int(&json, "rules", RULES_VERSION);
    igd_json_put_string(&json, "key_column", mapping->key_column);
    if (mapping->layout.len > 0)
        igd_json_put_string(&json, "layout", mapping->layout);
    igd_json_end(&json);
    return igd_digest_of(igd_buf_view(&text));
}

static int item_against_id(const void *id, const void *item)
{
    return igd_str_cmp(*(const igd_str *)id, ((const igd_mapped *)item)->collection->id);
}

igd_mapped *igd_mapper_find(const igd_mapper *mapper, igd_str collection)
{
    if (mapper->count == 0)
        return NULL;
    return bsearch(&collection, mapper->items, mapper->count, sizeof(igd_mapped), item_against_id);
}

void igd_mapper_problem(const igd_mapper *mapper, const igd_collection *collection,
                        const igd_field *field, const char *code, igd_str reason, const char *hint)
{
    igd_problem problem = {
        .severity = IGD_PROBLEM_SCHEMA,
        .code = code,
        .path = collection->path,
        .collection = collection->id,
        .reason = reason,
        .hint = igd_str_from(hint),
    };
    if (field) {
        problem.line = field->line;
        problem.column = field->column;
        problem.field = field->name;
    }
    igd_problem_add(mapper->problems, &problem);
}

/* ---- table names ---- */

static igd_str table_name(const igd_mapper *mapper, const igd_collection *collection)
{
    char *name = igd_arena_cstr(mapper->mem, collection->id);
    for (size_t n = 0; n < collection->id.len; n++) {
        if (name[n] == '.' || name[n] == '/')
            name[n] = '_';
    }
    return igd_name_cut((igd_str){name, collection->id.len}, mapper->mapping->identifier_bytes,
                        mapper->mem);
}

/* Is the name free? Else says why not. `taken` holds the items by folded table name. */
static bool claim_table(const igd_mapper *mapper, igd_map *taken, igd_mapped *item)
{
    igd_str name = item->table.name;
    const igd_collection *collection = item->collection;
    const char *reserved = igd_name_reserved(name);
    if (reserved) {
        igd_str reason = igd_arena_printf(mapper->mem, "table '%.*s' of collection '%.*s' %s",
                                          IGD_STR_ARG(name), IGD_STR_ARG(collection->id), reserved);
        igd_mapper_problem(mapper, collection, NULL, "reserved", reason, "rename the collection");
        return false;
    }
    igd_str folded = igd_name_fold(name, mapper->mem);
    const igd_mapped *other = igd_map_get(taken, folded);
    if (other) {
        igd_str reason = igd_arena_printf(
            mapper->mem,
            "table '%.*s' of collection '%.*s' and table '%.*s' of collection '%.*s' "
            "have the same name",
            IGD_STR_ARG(other->table.name), IGD_STR_ARG(other->collection->id), IGD_STR_ARG(name),
            IGD_STR_ARG(collection->id));
        igd_mapper_problem(mapper, collection, NULL, "collision", reason,
                           "rename one of the two collections");
        return false;
    }
    igd_map_put(taken, folded, item);
    return true;
}

/* A subcollection has a table only where its parent has one. */
static bool find_parent(const igd_mapper *mapper, igd_mapped *item)
{
    const igd_collection *parent = item->collection->parent;
    if (!parent)
        return true;
    item->parent = igd_mapper_find(mapper, parent->id);
    if (item->parent)
        return item->parent->made;
    igd_str reason = igd_arena_printf(mapper->mem, "its parent collection '%.*s' is not there",
                                      IGD_STR_ARG(parent->id));
    igd_mapper_problem(mapper, item->collection, NULL, "parent", reason, NULL);
    return false;
}

/* ---- columns ---- */

bool igd_field_is_reference(const igd_field *field)
{
    return field->foreign_key.len > 0 &&
           (field->type.shape == IGD_SCALAR || field->type.shape == IGD_ANY);
}

static igd_str field_name(const igd_field *field)
{
    bool strip = field->name.len > 1 && field->name.ptr[0] == '$';
    return strip ? igd_str_sub(field->name, 1, field->name.len) : field->name;
}

/* The field that is stored as an ordinary column of that name, or -1. */
static ptrdiff_t ordinary_field(const igd_collection *collection, ptrdiff_t key_field, igd_str name)
{
    for (size_t n = 0; n < collection->field_count; n++) {
        const igd_field *field = &collection->fields[n];
        if (!field->computed && (ptrdiff_t)n != key_field && igd_str_eq(field_name(field), name))
            return (ptrdiff_t)n;
    }
    return -1;
}

typedef struct key_choice {
    ptrdiff_t field; /* that holds the record's key, or -1 */
    igd_str name;    /* of the key column, uncut */
} key_choice;

static key_choice choose_list_key(const igd_collection *collection, igd_str key_column)
{
    bool missing = false;
    ptrdiff_t at = igd_collection_list_key(collection, &missing);
    if (at < 0) /* of several columns, or of `$ID`s that nobody declared */
        return (key_choice){-1, collection->primary_key.len > 1 ? IGD_STR("_key") : key_column};
    const igd_field *field = &collection->fields[at];
    bool generic = igd_str_is(field->name, "$ID") || igd_str_is(field->name, "$id");
    return (key_choice){at, generic ? key_column : field_name(field)};
}

static key_choice choose_record_key(const igd_collection *collection, igd_str key_column)
{
    ptrdiff_t at = igd_collection_field(collection, IGD_STR("$ID"));
    if (at < 0) {
        at = igd_collection_field(collection, key_column);
        if (at >= 0 && collection->fields[at].type.kind != IGD_STRING)
            at = -1;
    }
    if (at >= 0 && collection->fields[at].computed)
        at = -1;
    return (key_choice){at, key_column};
}

static key_choice choose_key(const igd_collection *collection, igd_str key_column)
{
    key_choice key = collection->record_type == IGD_RECORD_LIST
                         ? choose_list_key(collection, key_column)
                         : choose_record_key(collection, key_column);
    if (ordinary_field(collection, key.field, key.name) >= 0)
        key.name = IGD_STR("_key");
    return key;
}

/* What follows the last '/' or '.' of a collection's id. */
static igd_str last_part(igd_str id)
{
    ptrdiff_t slash = igd_str_rfind(id, '/'), dot = igd_str_rfind(id, '.');
    ptrdiff_t last = slash > dot ? slash : dot;
    return igd_str_sub(id, (size_t)(last + 1), id.len);
}

static void add_column(const igd_mapper *mapper, igd_table *table, igd_column column)
{
    column.name = igd_name_cut(column.name, mapper->mapping->identifier_bytes, mapper->mem);
    table->columns[table->column_count++] = column;
}

/* From the root down; `ancestor` is the innermost that is still to be added. */
static void add_ancestor_keys(const igd_mapper *mapper, const igd_mapped *item,
                              const igd_collection *ancestor, key_choice key, igd_table *table)
{
    size_t depth = igd_collection_depth(ancestor);
    const igd_collection **chain = IGD_NEW_ARRAY(mapper->mem, const igd_collection *, depth + 1);
    for (size_t n = depth + 1; n-- > 0; ancestor = ancestor->parent)
        chain[n] = ancestor;
    for (size_t n = 0; n <= depth; n++) {
        igd_str part = last_part(chain[n]->id);
        igd_str name = igd_arena_printf(mapper->mem, "%.*s_id", IGD_STR_ARG(part));
        igd_str cut = igd_name_cut(name, mapper->mapping->identifier_bytes, mapper->mem);
        if (igd_str_eq(name, key.name) || igd_table_column(table, cut) >= 0 ||
            ordinary_field(item->collection, key.field, name) >= 0)
            name = igd_arena_printf(mapper->mem, "_%.*s_id", IGD_STR_ARG(part));
        add_column(mapper, table,
                   (igd_column){.name = name,
                                .type = text_type,
                                .not_null = true,
                                .key_text = true,
                                .field = IGD_FIELD_NONE});
    }
}

static int64_t longest(const igd_field *field)
{
    int64_t chars = 0;
    if (field->length.set && field->length.value > 0)
        chars = field->length.value;
    if (field->max_length.set && field->max_length.value > 0 &&
        (chars == 0 || field->max_length.value < chars))
        chars = field->max_length.value;
    return chars;
}

static igd_column field_column(const igd_field *field, size_t index)
{
    igd_column column = {
        .name = field_name(field),
        .type = field->type,
        .not_null = field->required,
        .field = (int32_t)index,
    };
    if (igd_field_is_reference(field)) {
        /* The same type as the key that it refers to, whatever is said of its length. */
        column.type = text_type;
        column.key_text = true;
    } else if (field->type.kind == IGD_STRING) {
        column.max_chars = longest(field);
    }
    return column;
}

static void add_columns(const igd_mapper *mapper, igd_mapped *item)
{
    const igd_collection *collection = item->collection;
    igd_table *table = &item->table;
    key_choice key = choose_key(collection, mapper->mapping->key_column);
    size_t most = igd_collection_depth(collection) + 1 + collection->field_count;
    table->columns = IGD_NEW_ARRAY(mapper->mem, igd_column, most);
    if (collection->parent)
        add_ancestor_keys(mapper, item, collection->parent, key, table);
    add_column(mapper, table,
               (igd_column){.name = key.name,
                            .type = text_type,
                            .not_null = true,
                            .key_text = true,
                            .field = (int32_t)key.field});
    table->key_count = table->column_count;
    for (size_t n = 0; n < collection->field_count; n++) {
        if ((ptrdiff_t)n != key.field && !collection->fields[n].computed)
            add_column(mapper, table, field_column(&collection->fields[n], n));
    }
}

/* "column 'Name'", "key column 'id'": for messages. */
static igd_str describe_column(const igd_mapper *mapper, const igd_table *table, size_t at)
{
    return igd_arena_printf(mapper->mem, "%scolumn '%.*s'", at < table->key_count ? "key " : "",
                            IGD_STR_ARG(table->columns[at].name));
}

/* Checks one column against those before it. `taken` holds columns by folded name. */
static bool claim_column(const igd_mapper *mapper, const igd_mapped *item, igd_map *taken,
                         size_t at)
{
    const igd_table *table = &item->table;
    igd_column *column = &table->columns[at];
    const igd_field *field = column->field >= 0 ? &item->collection->fields[column->field] : NULL;
    igd_str what = describe_column(mapper, table, at);
    const char *reserved = igd_name_reserved(column->name);
    if (reserved) {
        igd_str reason =
            igd_arena_printf(mapper->mem, "%.*s of collection '%.*s' %s", IGD_STR_ARG(what),
                             IGD_STR_ARG(item->collection->id), reserved);
        igd_mapper_problem(mapper, item->collection, field, "reserved", reason,
                           "rename the column");
        return false;
    }
    igd_str folded = igd_name_fold(column->name, mapper->mem);
    const igd_column *other = igd_map_get(taken, folded);
    if (!other) {
        igd_map_put(taken, folded, column);
        return true;
    }
    size_t other_at = (size_t)(other - table->columns);
    igd_str other_what = describe_column(mapper, table, other_at);
    igd_str reason =
        igd_arena_printf(mapper->mem, "%.*s and %.*s of table '%.*s' have the same name",
                         IGD_STR_ARG(other_what), IGD_STR_ARG(what), IGD_STR_ARG(table->name));
    igd_mapper_problem(mapper, item->collection, field, "collision", reason,
                       other_at < table->key_count
                           ? "rename the column, or name the key column with --key-column"
                           : "rename one of the two columns");
    return false;
}

/* Leaves out ordinary columns whose names cannot be used; reports all of them. */
static void claim_columns(const igd_mapper *mapper, igd_mapped *item)
{
    IGD_CLEANUP_PTR(igd_map) igd_map *taken = igd_map_new();
    igd_table *table = &item->table;
    bool *bad = IGD_NEW_ARRAY(mapper->mem, bool, table->column_count);
    for (size_t n = 0; n < table->column_count; n++)
        bad[n] = !claim_column(mapper, item, taken, n) && n >= table->key_count;
    size_t kept = 0;
    for (size_t n = 0; n < table->column_count; n++) {
        if (!bad[n])
            table->columns[kept++] = table->columns[n];
    }
    table->column_count = kept;
}

/* ---- the whole ---- */

static int by_id(const void *a, const void *b)
{
    return igd_str_cmp(((const igd_mapped *)a)->collection->id,
                       ((const igd_mapped *)b)->collection->id);
}

static int by_table_name(const void *a, const void *b)
{
    return igd_str_cmp(((const igd_table *)a)->name, ((const igd_table *)b)->name);
}

/* Puts the tables that were made in the order in which they can be filled. */
static void order_tables(const igd_mapper *mapper, igd_schema *out)
{
    igd_table *tables = IGD_NEW_ARRAY(mapper->mem, igd_table, mapper->count);
    size_t count = 0;
    for (size_t n = 0; n < mapper->count; n++) {
        if (mapper->items[n].made)
            tables[count++] = mapper->items[n].table;
    }
    qsort(tables, count, sizeof(*tables), by_table_name);

    igd_node_list *needs = IGD_NEW_ARRAY(mapper->mem, igd_node_list, count);
    for (size_t n = 0; n < count; n++) {
        for (size_t k = 0; k < tables[n].foreign_keys.len; k++) {
            igd_table wanted = {.name = tables[n].foreign_keys.items[k].ref_table};
            const igd_table *found =
                bsearch(&wanted, tables, count, sizeof(*tables), by_table_name);
            IGD_PUSH(mapper->mem, &needs[n], (uint32_t)(found - tables));
        }
    }
    uint32_t *order = IGD_NEW_ARRAY(mapper->mem, uint32_t, count);
    igd_order(needs, count, mapper->mem, order);
    out->tables = IGD_NEW_ARRAY(mapper->mem, igd_table, count);
    out->table_count = count;
    for (size_t n = 0; n < count; n++)
        out->tables[n] = tables[order[n]];
}

void igd_map_schema(const igd_collection *const *collections, size_t count,
                    const igd_mapping *mapping, igd_arena *mem, igd_problems *problems,
                    igd_schema *out)
{
    igd_mapper mapper = {
        .mapping = mapping,
        .mem = mem,
        .problems = problems,
        .items = IGD_NEW_ARRAY(mem, igd_mapped, count),
        .count = count,
    };
    for (size_t n = 0; n < count; n++)
        mapper.items[n].collection = collections[n];
    qsort(mapper.items, count, sizeof(igd_mapped), by_id);

    IGD_CLEANUP_PTR(igd_map) igd_map *taken = igd_map_new();
    for (size_t n = 0; n < count; n++) {
        igd_mapped *item = &mapper.items[n];
        item->table.collection = item->collection->id;
        item->table.name = table_name(&mapper, item->collection);
        /* A parent's id is the start of its subcollections' ids, so it was decided before. */
        item->made = claim_table(&mapper, taken, item) && find_parent(&mapper, item);
        if (!item->made)
            continue;
        add_columns(&mapper, item);
        claim_columns(&mapper, item);
        igd_table_finish(&item->table, mem);
    }
    for (size_t n = 0; n < count; n++) {
        if (mapper.items[n].made)
            igd_map_constraints(&mapper, &mapper.items[n]);
    }
    order_tables(&mapper, out);
}
