/*
 * Selecting collections by pattern.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "cmocka.h"
#include "sync/selection.h"

static igd_arena *mem;
static igd_error err;

static int setup(void **state)
{
    (void)state;
    mem = igd_arena_new();
    err = IGD_ERROR_INIT;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    igd_arena_free(mem);
    return 0;
}

/* As the reader and the target have them: in no order, some twice. */
static const char *const there[] = {"commerce.orders/order_details/notes",
                                    "tags",
                                    "commerce.orders",
                                    "commerce.orders/order_details",
                                    "commerce.orders",
                                    "commerce.products",
                                    "tags",
                                    "commerce.orders/taxes"};

static int choose(const char *collections, const char *exclude, igd_chosen *out)
{
    igd_str_list all = {0};
    igd_selection selection = {igd_str_from(collections), igd_str_from(exclude)};
    for (size_t n = 0; n < IGD_COUNT(there); n++)
        IGD_PUSH(mem, &all, igd_str_from(there[n]));
    return igd_selection_choose(&selection, &all, mem, out, &err);
}

/* The ids, without "commerce." and with o for orders, d for details. */
static void need(const char *collections, const char *exclude, const char *wanted)
{
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_chosen chosen = {0};
    if (choose(collections, exclude, &chosen) != IGD_OK)
        fail_msg("%s", err.message);
    assert_true(chosen.some);
    for (size_t n = 0; n < chosen.ids.len; n++) {
        igd_buf_printf(&text, "%s%.*s", n ? " " : "", IGD_STR_ARG(chosen.ids.items[n]));
        assert_true(igd_chosen_has(&chosen, chosen.ids.items[n]));
    }
    assert_string_equal(text.ptr, wanted);
}

static void by_id(void **state)
{
    (void)state;
    need("tags", NULL, "tags");
    need("tags,commerce.products", NULL, "commerce.products tags");
    need(" commerce.products , tags,", NULL, "commerce.products tags");
    need("commerce.orders", NULL, "commerce.orders");
}

static void by_glob(void **state)
{
    (void)state;
    need("commerce.p*", NULL, "commerce.products");
    need("tag?,*.[p]roducts", NULL, "commerce.products tags");
    need("commerce.orders/*", NULL,
         "commerce.orders commerce.orders/order_details commerce.orders/order_details/notes "
         "commerce.orders/taxes");
    need("commerce.*", "*/*", "commerce.orders commerce.products");
}

static void ancestors_come_along(void **state)
{
    (void)state;
    need("commerce.orders/order_details/notes", NULL,
         "commerce.orders commerce.orders/order_details commerce.orders/order_details/notes");
    need("*/taxes,tags", NULL, "commerce.orders commerce.orders/taxes tags");
}

static void what_is_excluded_is_out(void **state)
{
    (void)state;
    need(NULL, "commerce.*", "tags");
    need(NULL, "commerce.orders", "commerce.products tags");
    need(NULL, "*/order_details", "commerce.orders commerce.orders/taxes commerce.products tags");
    /* Naming what is below does not help against it. */
    need("commerce.orders/order_details/notes,tags", "*/order_details", "tags");
}

static void all(void **state)
{
    (void)state;
    igd_chosen chosen = {.some = true};
    assert_int_equal(choose(NULL, NULL, &chosen), IGD_OK);
    assert_false(chosen.some);
    assert_true(igd_chosen_has(&chosen, IGD_STR("whatever")));
    chosen = igd_chosen_only(&(igd_str_list){0}, mem);
    assert_false(igd_chosen_has(&chosen, IGD_STR("tags")));
}

static void need_error(const char *collections, const char *exclude, const char *message,
                       const char *hint)
{
    igd_chosen chosen = {0};
    assert_int_equal(choose(collections, exclude, &chosen), IGD_E_USAGE);
    if (!strstr(err.message, message) || !strstr(err.hint, hint))
        fail_msg("%s: %s", err.message, err.hint);
}

static void what_matches_nothing(void **state)
{
    (void)state;
    need_error("tag", NULL, "'tag' matches no collection", "'tags'");
    need_error("tags,orders", NULL, "'orders' matches", "'commerce.orders'");
    need_error("sales.orders", NULL, "'sales.orders'", "'commerce.orders'");
    need_error("order_details", NULL, "'order_details'", "'commerce.orders/order_details'");
    need_error("x*", NULL, "'x*'", "'commerce.products', 'tags'");
    need_error(NULL, "tagz", "'tagz'", "'tags'");
    need_error("TAGS", NULL, "'TAGS'", "'tags'");
    need_error("tags", "t*", "no collection is selected", "--exclude");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(by_id),
        TEST(by_glob),
        TEST(ancestors_come_along),
        TEST(what_is_excluded_is_out),
        TEST(all),
        TEST(what_matches_nothing),
    };
    return cmocka_run_group_tests_name("selection", tests, NULL, NULL);
}
