/*
 * INGR: headers, values, delimiters, commented-out records, footers.
 */
#include "base/digest.h"
#include "parsed.h"

#define BOM  "\xEF\xBB\xBF"
#define HEAD "# INGR.io | t: $ID, n\n"

static void test_header(void **state)
{
    (void)state;
    static const parsed_case cases[] = {
        CASE("# INGR.io | t: $ID", "[]"),
        CASE("#INGR.io|t:a,b\n1\n2", "[{a=1 b=2}]"),
        CASE("#\tINGR.io\t|\t t : a : map[string]int , b:x:y \r\n1\r\n2\r\n", "[{a=1 b=2}]"),
        CASE(BOM "# INGR.io | t: a\n1\n", "[{a=1}]"),
        CASE("# INGR.io | orders/2024: a\n", "[]"),
        CASE("", "!1:1 file is empty, a header expected"),
        CASE("\n", "!1:1 not an INGR header"),
        CASE("INGR.io | t: a\n", "!1:1 not an INGR header"),
        CASE(" # INGR.io | t: a\n", "!1:1 not an INGR header"),
        CASE("# INGR.io t: a\n", "!1:1 not an INGR header"),
        CASE("# ingr.io | t: a\n", "!1:1 not an INGR header"),
        CASE("# INGR.io | t\n", "!1:1 not an INGR header"),
        CASE("# INGR.io | : a\n", "!1:1 header without a name in front of ':'"),
        CASE("# INGR.io | t:\n", "!1:1 column without a name in the header"),
        CASE("# INGR.io | t: a,,b\n", "!1:1 column without a name in the header"),
        CASE("# INGR.io | t: a,\n", "!1:1 column without a name in the header"),
        CASE("# INGR.io | t: a, :int\n", "!1:1 column without a name in the header"),
        CASE("# INGR.io | t: a, b, a:int\n", "!1:1 column 'a' appears twice in the header"),
        CASE("# INGR.io | t: \xFF\n", "!1:16 invalid UTF-8"),
    };
    CHECK_CASES(igd_format_ingr, IGD_RECORD_LIST, cases);
}

static void test_values(void **state)
{
    (void)state;
    static const parsed_case cases[] = {
        CASE(HEAD "\"a\"\n1\n\"b\"\n2.50\n# 2 records", "[{$ID=\"a\" n=1} {$ID=\"b\" n=2.50}]"),
        CASE(HEAD "\"a\"\n\n  \n\t\r\n", "[{$ID=\"a\" n=null} {$ID=null n=null}]"),
        CASE(HEAD "\"a # b\" # c\n{\"x\":[1,\"#\"]}#d\n", "[{$ID=\"a # b\" n={x=[1 \"#\"]}}]"),
        CASE(HEAD "  true  \nfalse\t# no\n", "[{$ID=true n=false}]"),
        CASE(HEAD "1\n2 3\n",
             "!3:3 column 'n': text behind the value, only a '#' comment may follow"),
        CASE(HEAD "1\n2,\n",
             "!3:2 column 'n': text behind the value, only a '#' comment may follow"),
        CASE(HEAD "1\n[1,\n", "!3:4 column 'n': value expected, but the text ends"),
        CASE(HEAD "x\n2\n", "!2:1 column '$ID': value expected"),
        CASE(HEAD "1\n  {\"a\":1,\"a\":2}\n",
             "!3:10 column 'n': key 'a' appears twice in one object"),
        CASE(HEAD "1\n" BOM "2\n", "!3:1 column 'n': byte order mark inside the file"),
        CASE(HEAD "1\n\"\xFF\"\n", "!3:2 invalid UTF-8"),
        CASE(HEAD "1\n", "!2:1 record has 1 of 2 values"),
        CASE(HEAD "1\n2\n\n", "!4:1 record has 1 of 2 values"),
        CASE(HEAD "1\n# 1 record\n", "!3:1 record has 1 of 2 values"),
        CASE(HEAD "1\n#-\n", "!3:1 record has 1 of 2 values"),
        CASE(HEAD "1\n#\n", "!3:1 record has 1 of 2 values"),
        CASE(HEAD "1\n# note\n2\n", "!3:1 column 'n': value expected"),
        CASE(HEAD "# \"a\"\n# 1\n", "!2:1 column '$ID': value expected"),
    };
    CHECK_CASES(igd_format_ingr, IGD_RECORD_LIST, cases);
}

static void test_delimiters(void **state)
{
    (void)state;
    static const parsed_case cases[] = {
        CASE(HEAD "1\n2\n#-\n3\n4\n#-----\n# 2 records\n", "[{$ID=1 n=2} {$ID=3 n=4}]"),
        CASE(HEAD "1\n2\n#\r\n3\n4\n#\n# 2 records\n", "[{$ID=1 n=2} {$ID=3 n=4}]"),
        CASE(HEAD "1\n2\n#-\n3\n4", "[{$ID=1 n=2} {$ID=3 n=4}]"),
        CASE(HEAD "-1\n-2\n", "[{$ID=-1 n=-2}]"),
        CASE(HEAD "#-\n1\n2\n", "!3:1 record is commented out in part: 1 of 2 lines"),
        CASE("# INGR.io | t: a\n1\n#\n2\n#\n", "[{a=1} {a=2}]"),
    };
    CHECK_CASES(igd_format_ingr, IGD_RECORD_LIST, cases);
}

static void test_commented_records(void **state)
{
    (void)state;
#define ONE(line)  " ~commented-records " line " 1 commented-out record is not read"
#define MANY(line) " ~commented-records " line " 2 commented-out records are not read"
    static const parsed_case cases[] = {
        CASE(HEAD "1\n2\n#3\n#4\n5\n6\n", "[{$ID=1 n=2} {$ID=5 n=6}]" ONE("4:1")),
        CASE(HEAD "#\"a\"\n#\n", "[]" ONE("2:1")),
        CASE(HEAD "#1\n#2\n#-\n#-3\n#-4\n# 0 records\n", "[]" MANY("2:1")),
        CASE(HEAD "#1\n#2\n3\n4\n# 1 record\n", "[{$ID=3 n=4}]" ONE("2:1")),
        /* Go's writer counts them. */
        CASE(HEAD "#1\n#2\n3\n4\n# 2 records\n", "[{$ID=3 n=4}]" ONE("2:1")),
        CASE(HEAD "#not json\n#\"x\n", "[]" ONE("2:1")),
        CASE(HEAD "1\n2\n#\n#3\n#4\n", "[{$ID=1 n=2}]" ONE("5:1")),
        CASE(HEAD "#1\n2\n", "!3:1 record is commented out in part: 1 of 2 lines"),
        CASE(HEAD "1\n#2\n", "!3:1 column 'n': value expected"),
        CASE(HEAD "#1\n", "!2:1 record has 1 of 2 values"),
    };
    CHECK_CASES(igd_format_ingr, IGD_RECORD_LIST, cases);
}

static void test_footer(void **state)
{
    (void)state;
    static const parsed_case cases[] = {
        CASE(HEAD "# 0 records", "[]"),
        CASE(HEAD "1\n2\n# 1 record", "[{$ID=1 n=2}]"),
        CASE(HEAD "1\n2\n#1\trecords \r\n# by hand\n#\n\n", "[{$ID=1 n=2}]"),
        CASE(HEAD "1\n2\n# 2 records", "!4:1 the footer counts 2 records, the file has 1"),
        CASE(HEAD "# 99999999999999999999999999 records",
             "!2:1 the footer counts 99999999999999999999999999 records, the file has 0"),
        CASE(HEAD "1\n2\n# 1 record\n3\n4\n",
             "[{$ID=1 n=2}] ~text-after-footer 5:1 text behind the footer is ignored"),
        CASE(HEAD "1\n2\n# 1 records!\n", "!4:1 column '$ID': value expected"),
        CASE(HEAD "1\n2\n# 1records\n", "!4:1 column '$ID': value expected"),
        CASE(HEAD "1\n2\n# 1 record\n# sha256:3a7b...\n",
             "!5:1 the sha256 of the footer is not that of the file"),
        CASE(HEAD "1\n2\n# 1 record\n#sha256:\n",
             "!5:1 the sha256 of the footer is not that of the file"),
    };
    CHECK_CASES(igd_format_ingr, IGD_RECORD_LIST, cases);
}

static void test_digest(void **state)
{
    (void)state;
    static const igd_str bodies[] = {
        {HEAD "1\n2\n# 1 record\n", sizeof(HEAD "1\n2\n# 1 record\n") - 1},
        {BOM HEAD "# 0 records\r\n", sizeof(BOM HEAD "# 0 records\r\n") - 1},
    };
    for (size_t n = 0; n < IGD_COUNT(bodies); n++) {
        char hex[65];
        igd_sha256_hex(bodies[n], hex);
        IGD_CLEANUP(igd_buf)
        igd_buf text = IGD_BUF_INIT;
        igd_buf_str(&text, bodies[n]);
        igd_buf_printf(&text, "# note\n# sha256:%s\n", hex);
        IGD_CLEANUP(parsed)
        parsed right = parse_as(&igd_format_ingr, 1, igd_buf_view(&text));
        assert_int_equal(right.err.code, IGD_OK);
        char *digit = &text.ptr[text.len - 2];
        *digit = *digit == '0' ? '1' : '0';
        IGD_CLEANUP(parsed)
        parsed wrong = parse_as(&igd_format_ingr, 1, igd_buf_view(&text));
        assert_int_equal(wrong.err.code, IGD_E_INVALID);
        assert_non_null(strstr(wrong.err.hint, hex));
    }
}

static void test_map(void **state)
{
    (void)state;
    static const parsed_case cases[] = {
        CASE("# INGR.io | t: n, $ID:string\n1\n\"a\"\n2\n\"b\"\n",
             "{a={n=1 $ID=\"a\"} b={n=2 $ID=\"b\"}}"),
        CASE(HEAD "# 0 records", "{}"),
        CASE(HEAD "\"\\u0061\"\n1\n\"b\"\n2\n\"a\"\n3\n", "!6:1 $ID 'a' appears twice"),
        CASE(HEAD "1\n2\n", "!2:1 $ID has to be a string"),
        CASE(HEAD "\"a\"\n2\n\n3\n", "!4:1 $ID has to be a string"),
        CASE("# INGR.io | t: $id\n", "!1:1 the header has no column $ID"),
        CASE(HEAD "\"a\"\n1\n#\"a\"\n#1\n", "{a={$ID=\"a\" n=1}} ~commented-records 4:1 1 "
                                            "commented-out record is not read"),
    };
    CHECK_CASES(igd_format_ingr, IGD_RECORD_MAP, cases);
}

static void test_no_line_limit(void **state)
{
    (void)state;
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_buf_puts(&text, HEAD "\"");
    for (size_t n = 0; n < 100000; n++)
        igd_buf_byte(&text, 'x');
    igd_buf_puts(&text, "\"\n1\n# 1 record");
    IGD_CLEANUP(parsed)
    parsed p = parse_as(&igd_format_ingr, 1, igd_buf_view(&text));
    assert_int_equal(p.err.code, IGD_OK);
    assert_int_equal(p.root->items[0]->members[0].value->text.len, 100000);
}

static void test_places_and_hints(void **state)
{
    (void)state;
    IGD_CLEANUP(parsed)
    parsed p = parse_as(&igd_format_ingr, 1, IGD_STR(HEAD "1\n  [2]\n"));
    const igd_node *row = p.root->items[0];
    assert_int_equal(row->line, 2);
    assert_int_equal(row->members[1].line, 3);
    assert_int_equal(row->members[1].value->column, 3);
    assert_int_equal(row->members[1].value->items[0]->line, 3);
    assert_int_equal(row->members[1].value->items[0]->column, 4);

    static const char *const hints[][2] = {
        {"x", "INGR.io | NAME"},
        {HEAD "# \"a\"\n# 1\n", "without a space"},
        {HEAD "1\n", "empty line is a null"},
        {HEAD "# 5 records\n", "footer"},
        {HEAD "1\n<<<<<<< HEAD\n", "merge conflict"},
    };
    for (size_t n = 0; n < IGD_COUNT(hints); n++) {
        IGD_CLEANUP(parsed)
        parsed q = parse_as(&igd_format_ingr, 1, igd_str_from(hints[n][0]));
        if (!strstr(q.err.hint, hints[n][1]))
            fail_msg("'%s' has the hint '%s'", hints[n][0], q.err.hint);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_delimiters),
        cmocka_unit_test(test_commented_records),
        cmocka_unit_test(test_footer),
        cmocka_unit_test(test_digest),
        cmocka_unit_test(test_map),
        cmocka_unit_test(test_no_line_limit),
        cmocka_unit_test(test_places_and_hints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
