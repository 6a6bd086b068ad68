/*
 * Mapping: names, keys, columns, order and collisions (docs/contract.md 2).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmocka.h"
#include "schema/mapping.h"

#define MOST 12

/* A database as a test writes it down. */
typedef struct source {
    igd_arena *mem;
    igd_collection *collections[MOST];
    size_t count;
    igd_mapping mapping;
    igd_problems problems;
    igd_schema schema;
} source;

static int setup(void **state)
{
    source *s = calloc(1, sizeof(*s));
    s->mem = igd_arena_new();
    s->mapping.key_column = IGD_STR("id");
    s->problems = IGD_PROBLEMS_INIT(s->mem);
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    igd_arena_free(((source *)*state)->mem);
    free(*state);
    return 0;
}

static igd_collection *collection(source *s, const char *id, igd_collection *parent)
{
    igd_collection *c = IGD_NEW(s->mem, igd_collection);
    c->id = igd_str_from(id);
    c->parent = parent;
    c->fields = IGD_NEW_ARRAY(s->mem, igd_field, MOST);
    c->path = igd_arena_printf(s->mem, "%s/definition.yaml", id);
    s->collections[s->count++] = c;
    return c;
}

static igd_field *field(igd_collection *c, const char *name, const char *type)
{
    igd_field *f = &c->fields[c->field_count++];
    f->name = igd_str_from(name);
    f->line = (uint32_t)c->field_count;
    assert_int_equal(igd_type_parse(igd_str_from(type), &f->type, NULL), IGD_TYPE_OK);
    return f;
}

static igd_field *reference(igd_collection *c, const char *name, const char *to)
{
    igd_field *f = field(c, name, "string");
    f->foreign_key = igd_str_from(to);
    return f;
}

static void map(source *s)
{
    igd_map_schema((const igd_collection *const *)s->collections, s->count, &s->mapping, s->mem,
                   &s->problems, &s->schema);
}

static const igd_table *table(source *s, const char *name)
{
    const igd_table *found = igd_schema_table(&s->schema, igd_str_from(name));
    if (!found)
        fail_msg("no table '%s'", name);
    return found;
}

static void assert_text(igd_str is, const char *wanted)
{
    if (!igd_str_is(is, wanted))
        fail_msg("'%.*s' is not '%s'", IGD_STR_ARG(is), wanted);
}

/* "orders_id, id | name, total!": keys, columns, ! for NOT NULL. */
static void assert_columns(source *s, const char *name, const char *wanted)
{
    const igd_table *t = table(s, name);
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    for (size_t n = 0; n < t->column_count; n++) {
        if (n == t->key_count)
            igd_buf_puts(&text, " | ");
        else if (n > 0)
            igd_buf_puts(&text, ", ");
        igd_buf_str(&text, t->columns[n].name);
        if (n < t->key_count) {
            assert_true(t->columns[n].not_null && t->columns[n].key_text);
            assert_int_equal(t->columns[n].type.kind, IGD_STRING);
        } else if (t->columns[n].not_null) {
            igd_buf_byte(&text, '!');
        }
    }
    assert_text(igd_buf_view(&text), wanted);
}

static void assert_one_problem(source *s, const char *code, const char *reason)
{
    map(s);
    assert_int_equal(s->problems.len, 1);
    assert_int_equal(s->problems.schema_errors, 1);
    assert_text(s->problems.items[0].reason, reason);
    assert_string_equal(s->problems.items[0].code, code);
}

/* ---- tables ---- */

static void table_names(void **state)
{
    source *s = *state;
    igd_collection *orders = collection(s, "commerce.orders", NULL);
    field(collection(s, "commerce.orders/order.details", orders), "n", "int");
    map(s);
    assert_int_equal(s->problems.len, 0);
    assert_columns(s, "commerce_orders", "id");
    assert_columns(s, "commerce_orders_order_details", "orders_id, id | n");
    assert_text(table(s, "commerce_orders")->collection, "commerce.orders");
}

static void tables_of_one_name(void **state)
{
    source *s = *state;
    collection(s, "Geo_Cities", NULL);
    collection(s, "geo.cities", NULL);
    assert_one_problem(s, "collision",
                       "table 'Geo_Cities' of collection 'Geo_Cities' and table 'geo_cities' of "
                       "collection 'geo.cities' have the same name");
    assert_int_equal(s->schema.table_count, 1);
    assert_text(s->problems.items[0].path, "geo.cities/definition.yaml");
}

static void reserved_tables(void **state)
{
    source *s = *state;
    collection(s, "SQLite.x", NULL);
    collection(s, "Schema.Migrations", NULL);
    igd_collection *ours = collection(s, "ingitdb.x", NULL);
    collection(s, "ingitdbx", NULL);
    reference(collection(s, "refers", NULL), "x", "ingitdb.x");
    collection(s, "ingitdb.x/sub", ours);
    map(s);
    /* ingitdb.x/sub starts alike and is a problem of its own. */
    assert_int_equal(s->problems.schema_errors, 4);
    assert_text(s->problems.items[0].reason,
                "table 'SQLite_x' of collection 'SQLite.x' starts with 'sqlite_', which is "
                "reserved by SQLite");
    assert_int_equal(s->schema.table_count, 2);
    assert_int_equal(table(s, "refers")->foreign_keys.len, 0);
}

static void long_names_are_cut(void **state)
{
    source *s = *state;
    s->mapping.identifier_bytes = 24;
    igd_collection *c = collection(s, "a_rather_long_name_of_a_table_1", NULL);
    collection(s, "a_rather_long_name_of_a_table_2", NULL);
    field(c, "twenty_four_bytes_exact_", "int");
    field(c, "fourteen_bytes\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4", "int");
    map(s);
    assert_int_equal(s->problems.len, 0);
    for (size_t n = 0; n < 2; n++) {
        assert_int_equal(s->schema.tables[n].name.len, 24);
        assert_memory_equal(s->schema.tables[n].name.ptr, "a_rather_long_n_", 16);
    }
    const igd_table *t = igd_schema_collection(&s->schema, c->id);
    assert_text(t->columns[1].name, "twenty_four_bytes_exact_");
    assert_true(igd_str_is_utf8(t->columns[2].name));
    assert_int_equal(t->columns[2].name.len, 23);
}

/* ---- keys ---- */

static void keys_of_records(void **state)
{
    source *s = *state;
    field(collection(s, "none", NULL), "n", "int");
    field(collection(s, "dollar", NULL), "$ID", "int");
    igd_collection *text = collection(s, "text", NULL);
    field(text, "a", "int");
    field(text, "id", "string");
    text->record_type = IGD_RECORD_MAP;
    field(collection(s, "number", NULL), "id", "int")->required = true;
    igd_collection *both = collection(s, "both", NULL);
    field(both, "$ID", "string");
    field(both, "id", "string");
    field(collection(s, "computed", NULL), "id", "string")->computed = true;
    map(s);
    assert_int_equal(s->problems.len, 0);
    assert_columns(s, "none", "id | n");
    assert_int_equal(table(s, "none")->columns[0].field, IGD_FIELD_NONE);
    assert_columns(s, "dollar", "id");
    assert_int_equal(table(s, "dollar")->columns[0].field, 0);
    assert_columns(s, "text", "id | a");
    assert_int_equal(table(s, "text")->columns[0].field, 1);
    assert_columns(s, "number", "_key | id!");
    assert_int_equal(table(s, "number")->columns[0].field, IGD_FIELD_NONE);
    assert_columns(s, "both", "_key | id");
    assert_columns(s, "computed", "id");
    assert_int_equal(table(s, "computed")->columns[0].field, IGD_FIELD_NONE);
}

static void keys_by_another_name(void **state)
{
    source *s = *state;
    s->mapping.key_column = IGD_STR("code");
    field(collection(s, "plain", NULL), "id", "string");
    field(collection(s, "declared", NULL), "code", "string");
    field(collection(s, "number", NULL), "code", "int");
    field(collection(s, "dollar", NULL), "$ID", "string");
    map(s);
    assert_columns(s, "plain", "code | id");
    assert_columns(s, "declared", "code");
    assert_columns(s, "number", "_key | code");
    assert_columns(s, "dollar", "code");
}

static igd_collection *list(source *s, const char *id, const char *key1, const char *key2)
{
    igd_collection *c = collection(s, id, NULL);
    c->record_type = IGD_RECORD_LIST;
    if (key1)
        IGD_PUSH(s->mem, &c->primary_key, igd_str_from(key1));
    if (key2)
        IGD_PUSH(s->mem, &c->primary_key, igd_str_from(key2));
    return c;
}

static void keys_of_lists(void **state)
{
    source *s = *state;
    igd_collection *one = list(s, "one", "code", NULL);
    field(one, "a", "int");
    field(one, "code", "int");
    igd_collection *two = list(s, "two", "a", "b");
    field(two, "a", "int");
    field(two, "b", "string");
    field(list(s, "dollar", NULL, NULL), "$id", "string");
    field(list(s, "id", NULL, NULL), "id", "int");
    field(list(s, "nobody", NULL, NULL), "n", "int");
    igd_collection *taken = list(s, "taken", "$ID", NULL);
    field(taken, "$ID", "string");
    field(taken, "id", "int");
    s->mapping.key_column = IGD_STR("pk");
    map(s);
    assert_int_equal(s->problems.len, 0);
    assert_columns(s, "one", "code | a");
    assert_int_equal(table(s, "one")->columns[0].field, 1);
    assert_columns(s, "two", "_key | a, b");
    assert_columns(s, "dollar", "pk");
    assert_columns(s, "id", "id");
    assert_columns(s, "nobody", "pk | n");
    assert_columns(s, "taken", "pk | id");
}

static void keys_of_ancestors(void **state)
{
    source *s = *state;
    igd_collection *a = collection(s, "x.orders", NULL);
    igd_collection *b = collection(s, "x.orders/items", a);
    igd_collection *c = collection(s, "x.orders/items/orders", b);
    igd_collection *d = collection(s, "x.orders/items/orders/last", c);
    field(b, "orders_id", "int");
    field(c, "$items_id", "int");
    map(s);
    assert_int_equal(s->problems.len, 0);
    assert_columns(s, "x_orders_items", "_orders_id, id | orders_id");
    assert_columns(s, "x_orders_items_orders", "orders_id, _items_id, id | items_id");
    assert_columns(s, "x_orders_items_orders_last", "orders_id, items_id, _orders_id, id");
    const igd_foreign_key *key = &table(s, "x_orders_items_orders")->foreign_keys.items[0];
    assert_true(key->cascade);
    assert_text(key->ref_table, "x_orders_items");
    assert_int_equal(key->columns.len, 2);
    assert_text(key->columns.items[0], "orders_id");
    assert_text(key->ref_columns.items[0], "_orders_id");
    assert_text(key->ref_columns.items[1], "id");
    assert_int_equal(table(s, "x_orders_items_orders")->indexes.len, 0);
    (void)d;
}

static void parent_that_is_not_there(void **state)
{
    source *s = *state;
    igd_collection lost = {.id = IGD_STR("a")};
    collection(s, "a/b", &lost);
    assert_one_problem(s, "parent", "its parent collection 'a' is not there");
    assert_int_equal(s->schema.table_count, 0);
}

/* ---- columns ---- */

static void types_of_columns(void **state)
{
    source *s = *state;
    igd_collection *c = collection(s, "c", NULL);
    field(c, "s", "string")->max_length = (igd_limit){true, 40};
    igd_field *both = field(c, "both", "string");
    both->max_length = (igd_limit){true, 40};
    both->length = (igd_limit){true, 3};
    field(c, "empty", "string")->max_length = (igd_limit){true, 0};
    field(c, "list", "[]string")->max_length = (igd_limit){true, 5};
    field(c, "formula", "int")->computed = true;
    field(c, "when", "datetime")->locale = IGD_STR("en");
    field(c, "number", "int")->foreign_key = IGD_STR("c");
    map(s);
    const igd_table *t = table(s, "c");
    assert_columns(s, "c", "id | s, both, empty, list, when, number");
    assert_int_equal(t->columns[1].max_chars, 40);
    assert_int_equal(t->columns[2].max_chars, 3);
    assert_int_equal(t->columns[3].max_chars, 0);
    assert_int_equal(t->columns[4].max_chars, 0);
    assert_int_equal(t->columns[4].type.kind, IGD_JSON);
    assert_int_equal(t->columns[5].field, 5);
    assert_int_equal(t->columns[6].type.kind, IGD_STRING);
    assert_true(t->columns[6].key_text);
    assert_int_equal(t->digest_order[0], 2); /* both, empty, list, number, s, when */
    assert_int_equal(t->digest_order[5], 5);
}

static void columns_of_one_name(void **state)
{
    source *s = *state;
    igd_collection *c = collection(s, "c", NULL);
    field(c, "Name", "int");
    field(c, "other", "int");
    field(c, "name", "int");
    assert_one_problem(s, "collision",
                       "column 'Name' and column 'name' of table 'c' have the same name");
    assert_int_equal(s->problems.items[0].line, 3);
    assert_columns(s, "c", "id | Name, other");
}

static void column_named_like_the_key(void **state)
{
    source *s = *state;
    field(collection(s, "c", NULL), "ID", "int");
    assert_one_problem(s, "collision",
                       "key column 'id' and column 'ID' of table 'c' have the same name");
    assert_text(s->problems.items[0].hint,
                "rename the column, or name the key column with --key-column");
}

static void reserved_columns(void **state)
{
    source *s = *state;
    field(collection(s, "c", NULL), "$ingitdb_old_x", "int");
    assert_one_problem(s, "reserved",
                       "column 'ingitdb_old_x' of collection 'c' starts with 'ingitdb_', which is "
                       "reserved for the bookkeeping");
}

/* ---- order ---- */

static void assert_order(source *s, const char *wanted)
{
    map(s);
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    for (size_t n = 0; n < s->schema.table_count; n++)
        igd_buf_printf(&text, "%s%.*s", n > 0 ? " " : "", IGD_STR_ARG(s->schema.tables[n].name));
    assert_text(igd_buf_view(&text), wanted);
}

static void referenced_tables_come_first(void **state)
{
    source *s = *state;
    reference(collection(s, "a", NULL), "x", "z");
    igd_collection *z = collection(s, "z", NULL);
    igd_collection *child = collection(s, "z/child", z);
    reference(child, "b", "b");
    reference(z, "self", "z");
    collection(s, "b", NULL);
    assert_order(s, "b z a z_child");
}

static void cycles_are_ordered_by_name(void **state)
{
    source *s = *state;
    /* d -> f -> e -> d; c needs the cycle, g is needed by it. */
    reference(collection(s, "f", NULL), "x", "e");
    igd_collection *e = collection(s, "e", NULL);
    reference(e, "x", "d");
    reference(e, "g", "g");
    reference(collection(s, "d", NULL), "x", "f");
    reference(collection(s, "c", NULL), "x", "e");
    collection(s, "g", NULL);
    assert_order(s, "g d e f c");
}

static void order_of_collections_does_not_matter(void **state)
{
    source *s = *state;
    collection(s, "b", NULL);
    reference(collection(s, "a", NULL), "b", "b");
    map(s);
    igd_str one = igd_table_to_json(&s->schema.tables[1], s->mem);
    igd_collection *swap = s->collections[0];
    s->collections[0] = s->collections[1];
    s->collections[1] = swap;
    map(s);
    assert_true(igd_str_eq(one, igd_table_to_json(&s->schema.tables[1], s->mem)));
}

static void digest_covers_what_decides_about_rows(void **state)
{
    (void)state;
    igd_mapping a = {.key_column = IGD_STR("id"), .identifier_bytes = 63};
    igd_mapping b = {.key_column = IGD_STR("id")};
    igd_mapping c = {.key_column = IGD_STR("pk")};
    assert_true(igd_digest_eq(igd_mapping_digest(&a), igd_mapping_digest(&b)));
    assert_false(igd_digest_eq(igd_mapping_digest(&a), igd_mapping_digest(&c)));
}

static void no_collections(void **state)
{
    source *s = *state;
    map(s);
    assert_int_equal(s->schema.table_count, 0);
    assert_null(igd_schema_table(&s->schema, IGD_STR("x")));
    assert_null(igd_schema_collection(&s->schema, IGD_STR("x")));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(table_names),
        TEST(tables_of_one_name),
        TEST(reserved_tables),
        TEST(long_names_are_cut),
        TEST(keys_of_records),
        TEST(keys_by_another_name),
        TEST(keys_of_lists),
        TEST(keys_of_ancestors),
        TEST(parent_that_is_not_there),
        TEST(types_of_columns),
        TEST(columns_of_one_name),
        TEST(column_named_like_the_key),
        TEST(reserved_columns),
        TEST(referenced_tables_come_first),
        TEST(cycles_are_ordered_by_name),
        TEST(order_of_collections_does_not_matter),
        TEST(digest_covers_what_decides_about_rows),
        TEST(no_collections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
