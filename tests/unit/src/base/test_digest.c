/*
 * Digests: known answers, the laws of their sums, hex, and one context per thread.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include "base/digest.h"
#include "cmocka.h"

#define ABC   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void known_answers(void **state)
{
    (void)state;
    char hex[65];
    igd_sha256_hex(IGD_STR("abc"), hex);
    assert_string_equal(hex, ABC);
    igd_sha256_hex((igd_str){NULL, 0}, hex);
    assert_string_equal(hex, EMPTY);
    igd_sha256_hex(IGD_STR("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), hex);
    assert_string_equal(hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");

    igd_digest digest = igd_digest_of(IGD_STR("abc"));
    assert_true(digest.high == 0xba7816bf8f01cfea && digest.low == 0x414140de5dae2223);
    char short_hex[IGD_DIGEST_HEX];
    igd_digest_hex(digest, short_hex);
    assert_memory_equal(short_hex, ABC, 32);
    assert_int_equal(short_hex[32], '\0');
}

static void piece_by_piece(void **state)
{
    (void)state;
    IGD_CLEANUP_PTR(igd_hash) igd_hash *hash = igd_hash_new();
    char hex[65];
    igd_hash_add(hash, IGD_STR("a"));
    igd_hash_add(hash, (igd_str){NULL, 0});
    igd_hash_add(hash, IGD_STR("bc"));
    igd_hash_take(hash, hex);
    assert_string_equal(hex, ABC);
    igd_hash_take(hash, hex);
    assert_string_equal(hex, EMPTY);
}

static igd_digest numbered(uint32_t number)
{
    return igd_digest_of((igd_str){(const char *)&number, sizeof(number)});
}

static void sums_are_a_group(void **state)
{
    (void)state;
    const igd_digest zero = {0, 0};
    igd_digest up = zero, down = zero;
    for (uint32_t n = 0; n < 1000; n++) {
        up = igd_digest_add(up, numbered(n));
        down = igd_digest_add(down, numbered(999 - n));
        igd_digest a = numbered(n), b = numbered(n + 1), c = numbered(n + 2);
        assert_true(igd_digest_eq(igd_digest_add(a, b), igd_digest_add(b, a)));
        assert_true(igd_digest_eq(igd_digest_add(igd_digest_add(a, b), c),
                                  igd_digest_add(a, igd_digest_add(b, c))));
        assert_true(igd_digest_eq(igd_digest_sub(igd_digest_add(a, b), b), a));
        assert_true(igd_digest_eq(igd_digest_add(igd_digest_sub(a, b), b), a));
        assert_true(igd_digest_eq(igd_digest_sub(a, a), zero));
    }
    assert_true(igd_digest_eq(up, down));
    for (uint32_t n = 0; n < 1000; n++)
        up = igd_digest_sub(up, numbered(n * 7 % 1000));
    assert_true(igd_digest_eq(up, zero));
}

static void carries_reach_the_high_half(void **state)
{
    (void)state;
    igd_digest most = {UINT64_MAX, UINT64_MAX}, one = {0, 1}, zero = {0, 0};
    assert_true(igd_digest_eq(igd_digest_add(most, one), zero));
    assert_true(igd_digest_eq(igd_digest_sub(zero, one), most));
    igd_digest carried = igd_digest_add((igd_digest){0, UINT64_MAX}, one);
    assert_true(carried.high == 1 && carried.low == 0);
    igd_digest borrowed = igd_digest_sub((igd_digest){1, 0}, one);
    assert_true(borrowed.high == 0 && borrowed.low == UINT64_MAX);
    assert_int_equal(igd_digest_cmp(one, carried), -1);
    assert_int_equal(igd_digest_cmp(carried, one), 1);
    assert_int_equal(igd_digest_cmp(zero, one), -1);
    assert_int_equal(igd_digest_cmp(one, zero), 1);
    assert_int_equal(igd_digest_cmp(one, one), 0);
}

static void parsing_hex(void **state)
{
    (void)state;
    igd_digest digest = {1, 2};
    assert_false(igd_digest_parse(IGD_STR(""), &digest));
    assert_false(igd_digest_parse((igd_str){ABC, 31}, &digest));
    assert_false(igd_digest_parse((igd_str){ABC, 33}, &digest));
    assert_false(igd_digest_parse(IGD_STR("ba7816bf8f01cfea414140de5dae222g"), &digest));
    assert_false(igd_digest_parse(IGD_STR(" a7816bf8f01cfea414140de5dae2223"), &digest));
    assert_true(digest.high == 1 && digest.low == 2);
    assert_true(igd_digest_parse((igd_str){ABC, 32}, &digest));
    assert_true(igd_digest_eq(digest, igd_digest_of(IGD_STR("abc"))));
    assert_true(igd_digest_parse(IGD_STR("BA7816BF8F01CFEA414140DE5DAE2223"), &digest));
    assert_true(igd_digest_eq(digest, igd_digest_of(IGD_STR("abc"))));
}

static void *digest_often(void *sum)
{
    igd_digest total = {0, 0};
    for (uint32_t n = 0; n < 2000; n++)
        total = igd_digest_add(total, numbered(n));
    *(igd_digest *)sum = total;
    return NULL;
}

static void threads_do_not_share(void **state)
{
    (void)state;
    pthread_t threads[4];
    igd_digest sums[4], expected;
    for (size_t n = 0; n < 4; n++)
        assert_int_equal(pthread_create(&threads[n], NULL, digest_often, &sums[n]), 0);
    digest_often(&expected);
    for (size_t n = 0; n < 4; n++) {
        pthread_join(threads[n], NULL);
        assert_true(igd_digest_eq(sums[n], expected));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),    cmocka_unit_test(piece_by_piece),
        cmocka_unit_test(sums_are_a_group), cmocka_unit_test(carries_reach_the_high_half),
        cmocka_unit_test(parsing_hex),      cmocka_unit_test(threads_do_not_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
