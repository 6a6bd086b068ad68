/*
 * Fingerprints: equal for definitions that read alike, different for all others.
 */
#include "ingitdb/fingerprint.h"
#include "tests/unit/ingitdb/read_definition.h"

static igd_digest print_of(const char *text)
{
    read_text(text);
    assert_int_equal(problems.schema_errors, 0);
    return igd_definition_fingerprint(&definition);
}

static void fingerprints_what_decides(void **state)
{
    (void)state;
    igd_digest same = print_of(RECORDS "columns: {a: {type: float, max_value: 3}, b: {type: int}}");
    static const char *alike[] = {
        RECORDS "columns: {b: {type: int}, a: {max_value: 3, type: number, title: A}}\n"
                "columns_order: [b]\ntitles: {en: x}\nmax_records_count: 3\nreadme: {}\n",
        RECORDS "columns: {b: {type: int, required: no}, a: {max_value: 3, type: float}}\n"
                "conflict_resolution: {}\ndefault_view: {}\n",
    };
    for (size_t n = 0; n < IGD_COUNT(alike); n++)
        assert_true(igd_digest_eq(same, print_of(alike[n])));
    input.base_dir = IGD_STR("moved");
    assert_true(igd_digest_eq(same, print_of(alike[0])));

    static const char *other[] = {
        RECORDS "columns: {a: {type: float, max_value: 4}, b: {type: int}}",
        RECORDS "columns: {a: {type: float, min_value: 3}, b: {type: int}}",
        RECORDS "columns: {a: {type: float, max_value: 3}, b: {type: any}}",
        RECORDS "columns: {a: {type: float, max_value: 3}, b: {type: int, required: yes}}",
        RECORDS "columns: {a: {type: float, max_value: 3}, b: {type: int, enum: [1]}}",
        RECORDS "columns: {a: {type: float, max_value: 3}, b: {type: int, formula: x}}",
        RECORDS "columns: {a: {type: float, max_value: 3}, c: {type: int}}",
        RECORDS "columns: {a: {type: float, max_value: 3}}",
        "record_file: {name: '{key}.yml', type: 'map[string]any', format: yaml}\n"
        "columns: {a: {type: float, max_value: 3}, b: {type: int}}",
        "record_file: {name: '{key}.yaml', type: 'map[string]any', format: json}\n"
        "columns: {a: {type: float, max_value: 3}, b: {type: int}}",
        "record_file: {name: '{key}.yaml', type: 'map[string]any', format: yaml, "
        "exclude_regex: x}\ncolumns: {a: {type: float, max_value: 3}, b: {type: int}}",
        LISTS "columns: {a: {type: float, max_value: 3}, b: {type: int}}",
        LISTS "columns: {a: {type: float, max_value: 3}, b: {type: int}}\nprimary_key: [a]\n",
    };
    igd_digest seen[IGD_COUNT(other) + 1] = {same};
    for (size_t n = 0; n < IGD_COUNT(other); n++) {
        seen[n + 1] = print_of(other[n]);
        for (size_t before = 0; before <= n; before++)
            if (igd_digest_eq(seen[before], seen[n + 1]))
                fail_msg("%zu and %zu have one fingerprint", before, n + 1);
    }
}

static void csv_counts_its_order(void **state)
{
    (void)state;
    const char *head = "record_file: {name: a.csv, type: '[]map[string]any', format: csv}\n"
                       "columns: {a: {type: int}, b: {type: int}}\ncolumns_order: ";
    igd_digest one = print_of(igd_arena_printf(scratch, "%s[a, b]\n", head).ptr);
    igd_digest two = print_of(igd_arena_printf(scratch, "%s[b, a]\n", head).ptr);
    assert_false(igd_digest_eq(one, two));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DEFINITION_TEST(fingerprints_what_decides),
        DEFINITION_TEST(csv_counts_its_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
