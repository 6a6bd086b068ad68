/*
 * Slots of names, the slot table as nodes tell it, and where they send us.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "cmocka.h"
#include "targets/redis/redis.h"

/* ---- slots ---- */

static void slots_of_names(void **state IGD_UNUSED)
{
    /* As CLUSTER KEYSLOT of Redis 7.0.15 has them. */
    static const struct {
        igd_str name;
        unsigned slot;
    } rows[] = {
        {{"123456789", 9}, 0x31C3},
        {{"", 0}, 0},
        {{"foo", 3}, 12182},
        {{"foo{}{bar}", 10}, 8363},
        {{"{user1000}.x", 12}, 3443},
        {{"user1000", 8}, 3443},
        {{"foo{{bar}}zap", 13}, 4015},
        {{"foo{bar}{zap}", 13}, 5061},
        {{"bar", 3}, 5061},
        {{"{}", 2}, 15257},
        {{"a{b", 3}, 13340},
        {{"\xFFx", 2}, 15456},
    };
    for (size_t n = 0; n < IGD_COUNT(rows); n++)
        if (igd_redis_slot(rows[n].name) != rows[n].slot)
            fail_msg("%s: slot %u", rows[n].name.ptr, igd_redis_slot(rows[n].name));
}

static void names_of_slots(void **state IGD_UNUSED)
{
    static const char *const begins[] = {
        "shop:.ingitdb:fence:", "a{b:.ingitdb:fence:", "a{}b:.ingitdb:fence:"};
    static uint32_t numbers[IGD_REDIS_SLOTS];
    char name[64];
    for (size_t n = 0; n < IGD_COUNT(begins); n++) {
        igd_redis_slot_names(igd_str_from(begins[n]), numbers);
        for (unsigned slot = 0; slot < IGD_REDIS_SLOTS; slot++) {
            snprintf(name, sizeof(name), "%s%u", begins[n], numbers[slot]);
            assert_int_equal(igd_redis_slot(igd_str_from(name)), slot);
        }
    }
    igd_redis_slot_names(IGD_STR("{shop}:.ingitdb:fence:"), numbers);
    assert_int_equal(numbers[0], 0);
    assert_int_equal(numbers[IGD_REDIS_SLOTS - 1], 0);
}

/* ---- the table ---- */

typedef struct fixture {
    igd_redis it;
    redisReader *reader;
    igd_redis_node *from;
    igd_error err;
} fixture;

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof(*f));
    f->reader = redisReaderCreate();
    f->it.cluster = igd_redis_cluster_new();
    f->from = igd_redis_node_at(&f->it, IGD_STR("10.0.0.9"), IGD_STR("7000"));
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    for (size_t n = 0; n < f->it.node_count; n++)
        igd_redis_node_free(f->it.nodes[n]);
    free(f->it.nodes);
    igd_redis_cluster_free(f->it.cluster);
    redisReaderFree(f->reader);
    free(f);
    return 0;
}

static int read_table(fixture *f, const char *text)
{
    void *reply = NULL;
    redisReaderFeed(f->reader, text, strlen(text));
    assert_int_equal(redisReaderGetReply(f->reader, &reply), REDIS_OK);
    assert_non_null(reply);
    f->err = IGD_ERROR_INIT;
    int rc = igd_redis_read_slots(&f->it, reply, f->from, &f->err);
    freeReplyObject(reply);
    return rc;
}

static void check_slot(fixture *f, unsigned slot, const char *host, const char *port,
                       size_t replicas)
{
    const igd_redis_node *node = igd_redis_slot_node(&f->it, slot);
    assert_non_null(node);
    assert_string_equal(node->host, host);
    assert_string_equal(node->port, port);
    assert_int_equal(node->replicas, replicas);
}

static void tables(void **state)
{
    fixture *f = *state;
    /* With a replica, with the metadata of Redis 7, and a node that does not know its address. */
    assert_int_equal(
        read_table(f, "*3\r\n"
                      "*4\r\n:0\r\n:99\r\n*4\r\n$8\r\n10.0.0.1\r\n:7001\r\n$1\r\na\r\n*0\r\n"
                      "*3\r\n$8\r\n10.0.0.4\r\n:7004\r\n$1\r\nd\r\n"
                      "*3\r\n:100\r\n:100\r\n*3\r\n$-1\r\n:7002\r\n$1\r\nb\r\n"
                      "*3\r\n:16383\r\n:16383\r\n*3\r\n$0\r\n\r\n:7000\r\n$1\r\nc\r\n"),
        IGD_OK);
    check_slot(f, 0, "10.0.0.1", "7001", 1);
    check_slot(f, 99, "10.0.0.1", "7001", 1);
    check_slot(f, 100, "10.0.0.9", "7002", 0);
    check_slot(f, 16383, "10.0.0.9", "7000", 0);
    assert_null(igd_redis_slot_node(&f->it, 101));
    assert_ptr_equal(igd_redis_slot_node(&f->it, 16383), f->from);
    /* The next table replaces it. */
    assert_int_equal(read_table(f, "*1\r\n*3\r\n:5\r\n:6\r\n*2\r\n$2\r\n::\r\n:1\r\n"), IGD_OK);
    check_slot(f, 5, "::", "1", 0);
    assert_null(igd_redis_slot_node(&f->it, 0));
    assert_int_equal(f->from->slots, 0);
}

static void what_is_no_table(void **state)
{
    static const char *const texts[] = {
        "+OK\r\n",
        "*1\r\n:1\r\n",
        "*1\r\n*2\r\n:0\r\n:1\r\n",
        "*1\r\n*3\r\n:0\r\n:16384\r\n*2\r\n$1\r\na\r\n:1\r\n",
        "*1\r\n*3\r\n:-1\r\n:5\r\n*2\r\n$1\r\na\r\n:1\r\n",
        "*1\r\n*3\r\n:9\r\n:5\r\n*2\r\n$1\r\na\r\n:1\r\n",
        "*1\r\n*3\r\n:0\r\n:5\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n",
        "*1\r\n*3\r\n:0\r\n:5\r\n*1\r\n$1\r\na\r\n",
        "*1\r\n*3\r\n:0\r\n:5\r\n*2\r\n$1\r\n?\r\n:1\r\n",
    };
    for (size_t n = 0; n < IGD_COUNT(texts); n++)
        if (read_table(*state, texts[n]) == IGD_OK)
            fail_msg("taken for a table: %s", texts[n]);
}

/* ---- redirections ---- */

static void redirections(void **state IGD_UNUSED)
{
    igd_str host, port;
    assert_true(
        igd_redis_read_redirect(IGD_STR("MOVED 3999 127.0.0.1:6381"), "MOVED", &host, &port));
    assert_true(igd_str_is(host, "127.0.0.1") && igd_str_is(port, "6381"));
    assert_true(igd_redis_read_redirect(IGD_STR("ASK 1 [::1]:7000"), "ASK", &host, &port));
    assert_true(igd_str_is(host, "::1") && igd_str_is(port, "7000"));
    assert_true(igd_redis_read_redirect(IGD_STR("MOVED 1 fe80::1:7000"), "MOVED", &host, &port));
    assert_true(igd_str_is(host, "fe80::1") && igd_str_is(port, "7000"));
    /* The same host as before. */
    assert_true(igd_redis_read_redirect(IGD_STR("MOVED 1 :7000"), "MOVED", &host, &port));
    assert_true(host.len == 0 && igd_str_is(port, "7000"));
    static const char *const others[] = {"",           "MOVED",          "MOVED 1",
                                         "MOVED 1 a",  "ASK 1 a:1",      "MOVEDX 1 a:1",
                                         "MOVED 1 a:", "ERR MOVED 1 a:1"};
    for (size_t n = 0; n < IGD_COUNT(others); n++)
        if (igd_redis_read_redirect(igd_str_from(others[n]), "MOVED", &host, &port))
            fail_msg("taken for MOVED: %s", others[n]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_of_names),
        cmocka_unit_test(names_of_slots),
        cmocka_unit_test_setup_teardown(tables, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_table, setup, teardown),
        cmocka_unit_test(redirections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
