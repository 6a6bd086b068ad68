/*
 * TOML 1.0: tables over the grammar and over what may be added to what, valid and invalid, and the
 * record types.
 */
#include "parsed.h"

#define BOM "\xEF\xBB\xBF"

static void test_layout(void **state)
{
    (void)state;
    static const parsed_case cases[] = {
        CASE("", "{}"),
        CASE(BOM, "{}"),
        CASE("# only a comment", "{}"),
        CASE("\r\n \t\n#\xC3\xA9\ttab\r\n", "{}"),
        CASE(BOM "a=1", "{a=1}"),
        CASE(" a = 1 # one\r\nb=2", "{a=1 b=2}"),
        CASE("a = 1 b = 2", "!1:7 end of the line or a comment expected"),
        CASE("a = 1\rb = 2", "!1:6 end of the line or a comment expected"),
        CASE("a\n", "!1:2 '=' expected behind the key"),
        CASE("a\n= 1", "!1:2 '=' expected behind the key"),
        CASE("a =\n1", "!1:4 value expected"),
        CASE("a =", "!1:4 value expected, but the text ends"),
        CASE("= 1", "!1:1 key expected"),
        CASE("\xEF\xBB\xBF\xEF\xBB\xBFx=1", "!1:1 key expected"),
        CASE("# a\rb", "!1:4 control character in a comment"),
        CASE("# \x7F", "!1:3 control character in a comment"),
        CASE("a=1\n# \xFF", "!2:3 invalid UTF-8"),
        CASE("a=\"\xC3\"", "!1:4 invalid UTF-8"),
        CASE("a\0b=1", "!1:2 '=' expected behind the key"),
        CASE("a=\0", "!1:3 value expected"),
        CASE("\f", "!1:1 key expected"),
    };
    CHECK_CASES(igd_format_toml, IGD_RECORD_SINGLE, cases);
}

static void test_keys(void **state)
{
    (void)state;
    static const parsed_case cases[] = {
        CASE("A-1_b = 1", "{A-1_b=1}"),
        CASE("1234 = 1", "{1234=1}"),
        CASE("- = 1", "{-=1}"),
        CASE("\"a b\" = 1\n'c\"' = 2", "{a b=1 c\"=2}"),
        CASE("\"\" = 1", "{=1}"),
        CASE("\"\\u00e9\" = 1", "{\xC3\xA9=1}"),
        CASE("a.b.c = 1\na.b.d = 2\na . e = 3", "{a={b={c=1 d=2} e=3}}"),
        CASE("3.14 = 1", "{3={14=1}}"),
        CASE("a.\"b.c\" = 1", "{a={b.c=1}}"),
        CASE("\xC3\xA9 = 1", "!1:1 key expected"),
        CASE("a. = 1", "!1:4 key expected"),
        CASE(".a = 1", "!1:1 key expected"),
        CASE("a..b = 1", "!1:3 key expected"),
        CASE("a b = 1", "!1:3 '=' expected behind the key"),
        CASE("\"a = 1", "!1:1 string is not closed"),
        CASE("\"\"\"a\"\"\" = 1", "!1:1 a key cannot be a multi-line string"),
        CASE("a = 1\na = 2", "!2:1 key 'a' appears twice"),
        CASE("a = 1\n\"a\" = 2", "!2:1 key 'a' appears twice"),
        CASE("a = 1\na.b = 2", "!2:1 key 'a' is not a table"),
        CASE("a.b = 1\na = 2", "!2:1 key 'a' appears twice"),
        CASE("a.b = 1\na.b.c = 2", "!2:3 key 'b' is not a table"),
        CASE("a = [1]\na.b = 2", "!2:1 key 'a' is not a table"),
    };
    CHECK_CASES(igd_format_toml, IGD_RECORD_SINGLE, cases);
}

static void test_strings(void **state)
{
    (void)state;
    static const parsed_case cases[] = {
        CASE("a = \"\"", "{a=\"\"}"),
        CASE("a = ''", "{a=\"\"}"),
        CASE("a = \"x\ty # no comment\"", "{a=\"x\ty # no comment\"}"),
        CASE("a = \"\\b\\t\\n\\f\\r\\\"\\\\\"", "{a=\"\b\t\n\f\r\"\\\"}"),
        CASE("a = \"\\u00E9\\U0001F600\\u0041\"", "{a=\"\xC3\xA9\xF0\x9F\x98\x80"
                                                  "A\"}"),
        CASE("a = '\\n \"x\"'", "{a=\"\\n \"x\"\"}"),
        CASE("a = \"\"\"\"\"\"", "{a=\"\"}"),
        CASE("a = \"\"\"\nx\ny\n\"\"\"", "{a=\"x\ny\n\"}"),
        CASE("a = \"\"\"\r\nx\r\ny\"\"\"", "{a=\"x\r\ny\"}"),
        CASE("a = \"\"\"\n\nx\"\"\"", "{a=\"\nx\"}"),
        CASE("a = \"\"\"x \\\n\n  \t y\"\"\"", "{a=\"x y\"}"),
        CASE("a = \"\"\"x\\  \r\n  y\\\n\"\"\"", "{a=\"xy\"}"),
        CASE("a = \"\"\"x\"\"y\"\"\"", "{a=\"x\"\"y\"}"),
        CASE("a = \"\"\"x\"\"\"\"\"", "{a=\"x\"\"\"}"),
        CASE("a = \"\"\"x\\\"\"\"\"", "{a=\"x\"\"}"),
        CASE("a = '''\n'x''\\ '''''", "{a=\"'x''\\ ''\"}"),
        CASE("a = '''x\n\ny'''\nb=1", "{a=\"x\n\ny\" b=1}"),
        CASE("a = \"x", "!1:5 string is not closed"),
        CASE("a = \"x\ny\"", "!1:5 string is not closed"),
        CASE("a = 'x\r\ny'", "!1:5 string is not closed"),
        CASE("\na = \"\"\"x\ny\"\"", "!2:5 string is not closed"),
        CASE("a = '''x''", "!1:5 string is not closed"),
        CASE("a = \"\"\"x\"\"\"\"\"\"", "!1:14 end of the line or a comment expected"),
        CASE("a = \"\\x41\"", "!1:6 unknown escape"),
        CASE("a = \"\\e\"", "!1:6 unknown escape"),
        CASE("a = \"\\ \"", "!1:6 unknown escape"),
        CASE("a = \"\\", "!1:6 unknown escape"),
        CASE("a = \"\"\"\nx\\ y\"\"\"", "!2:2 unknown escape"),
        CASE("a = \"\\u12\"", "!1:6 four hex digits expected behind \\u"),
        CASE("a = \"\\U0001F60\"", "!1:6 eight hex digits expected behind \\U"),
        CASE("a = \"\\ud800\"", "!1:6 escape of what is not a character"),
        CASE("a = \"\\U00110000\"", "!1:6 escape of what is not a character"),
        CASE("a = \"\x01\"", "!1:6 control character in a string"),
        CASE("a = 'x\x7F'", "!1:7 control character in a string"),
        CASE("a = \"\"\"\nx\ry\"\"\"", "!2:2 control character in a string"),
        CASE("a = \"x\" y", "!1:9 end of the line or a comment expected"),
    };
    CHECK_CASES(igd_format_toml, IGD_RECORD_SINGLE, cases);
}

static void test_integers(void **state)
{
    (void)state;
    static const parsed_case cases[] = {
        CASE("a=0\nb=+0\nc=-0", "{a=0 b=0 c=0}"),
        CASE("a=+99\nb=-17\nc=1_000_000", "{a=99 b=-17 c=1000000}"),
        CASE("a=0xDEAD_beef\nb=0o0755\nc=0b1101", "{a=3735928559 b=493 c=13}"),
        CASE("a=9223372036854775807\nb=-9_223_372_036_854_775_808",
             "{a=9223372036854775807 b=-9223372036854775808}"),
        CASE("a=0x7fff_ffff_ffff_ffff\nb=0x0\nc=0x00000000000000000001",
             "{a=9223372036854775807 b=0 c=1}"),
        CASE("a=9223372036854775808", "!1:3 '9223372036854775808': integer beyond 64 bits"),
        CASE("a=-9223372036854775809", "!1:3 '-9223372036854775809': integer beyond 64 bits"),
        CASE("a=0x8000000000000000", "!1:3 '0x8000000000000000': integer beyond 64 bits"),
        CASE("a=01", "!1:3 '01': number with a leading zero"),
        CASE("a=-01", "!1:3 '-01': number with a leading zero"),
        CASE("a=0_0", "!1:3 '0_0': number with a leading zero"),
        CASE("a=1__0", "!1:3 '1__0': underscores stand between two digits"),
        CASE("a=1_", "!1:3 '1_': underscores stand between two digits"),
        CASE("a=_1", "!1:3 '_1' is not a value"),
        CASE("a=+", "!1:3 '+' is not a value"),
        CASE("a=++1", "!1:3 '++1' is not a value"),
        CASE("a=+0x1", "!1:3 '+0x1' is not a value"),
        CASE("a=0X1", "!1:3 '0X1' is not a value"),
        CASE("a=0x", "!1:3 '0x': not a number of this base"),
        CASE("a=0x_1", "!1:3 '0x_1': not a number of this base"),
        CASE("a=0o8", "!1:3 '0o8': not a number of this base"),
        CASE("a=0b2", "!1:3 '0b2': not a number of this base"),
        CASE("a=0xG", "!1:3 '0xG': not a number of this base"),
        CASE("a=1a", "!1:3 '1a' is not a value"),
        CASE("a=1 2", "!1:5 end of the line or a comment expected"),
    };
    CHECK_CASES(igd_format_toml, IGD_RECORD_SINGLE, cases);
}

static void test_floats_and_booleans(void **state)
{
    (void)state;
    static const parsed_case cases[] = {
        CASE("a=+1.0\nb=-0.01\nc=5e+22\nd=1e06\ne=-2E-2\nf=6.626e-34",
             "{a=1.0 b=-0.01 c=5e+22 d=1e06 e=-2E-2 f=6.626e-34}"),
        CASE("a=224_617.445_991_228\nb=1_0e1_0\nc=-0.0\nd=+0.0",
             "{a=224617.445991228 b=10e10 c=-0.0 "
             "d=0.0}"),
        CASE("a=12345678901234567890.5", "{a=12345678901234567890.5}"),
        CASE("a=true\nb=false", "{a=true b=false}"),
        CASE("a=1.", "!1:3 '1.': digits expected behind the point"),
        CASE("a=1.e1", "!1:3 '1.e1': digits expected behind the point"),
        CASE("a=1._2", "!1:3 '1._2': digits expected behind the point"),
        CASE("a=1.2_", "!1:3 '1.2_': digits expected behind the point"),
        CASE("a=1_.2", "!1:3 '1_.2': underscores stand between two digits"),
        CASE("a=.5", "!1:3 '.5' is not a value"),
        CASE("a=03.14", "!1:3 '03.14': number with a leading zero"),
        CASE("a=1e", "!1:3 '1e': digits expected in the exponent"),
        CASE("a=1e+-1", "!1:3 '1e+-1': digits expected in the exponent"),
        CASE("a=1e1.5", "!1:3 '1e1.5' is not a value"),
        CASE("a=1.2.3", "!1:3 '1.2.3' is not a value"),
        CASE("a=inf", "!1:3 'inf': infinity and nan have no value here"),
        CASE("a=-nan", "!1:3 '-nan': infinity and nan have no value here"),
        CASE("a=True", "!1:3 'True' is not a value"),
        CASE("a=truer", "!1:3 'truer' is not a value"),
        CASE("a=yes", "!1:3 'yes' is not a value"),
        CASE("a=null", "!1:3 'null' is not a value"),
    };
    CHECK_CASES(igd_format_toml, IGD_RECORD_SINGLE, cases);
}

static void test_dates(void **state)
{
    (void)state;
#define NO_DATE ": not a date, time or datetime that exists"
    static const parsed_case cases[] = {
        CASE("a=1979-05-27T07:32:00Z\nb=1979-05-27t00:32:00.999999-07:00\nc=1979-05-27 07:32:00z",
             "{a=@1979-05-27T07:32:00Z b=@1979-05-27t00:32:00.999999-07:00 c=@1979-05-27 "
             "07:32:00z}"),
        CASE("a=1979-05-27T07:32:00\nb=1979-05-27 # day\nc=07:32:00.5",
             "{a=@1979-05-27T07:32:00 b=@1979-05-27 c=@07:32:00.5}"),
        CASE("a=2000-02-29\nb=0000-01-01\nc=23:59:60", "{a=@2000-02-29 b=@0000-01-01 c=@23:59:60}"),
        CASE("a=[1979-05-27, 07:32:00]", "{a=[@1979-05-27 @07:32:00]}"),
        CASE("a=1979-05-27 x", "!1:14 end of the line or a comment expected"),
        CASE("a=1979-02-29", "!1:3 '1979-02-29'" NO_DATE),
        CASE("a=1900-02-29", "!1:3 '1900-02-29'" NO_DATE),
        CASE("a=1979-13-01", "!1:3 '1979-13-01'" NO_DATE),
        CASE("a=1979-00-01", "!1:3 '1979-00-01'" NO_DATE),
        CASE("a=1979-01-00", "!1:3 '1979-01-00'" NO_DATE),
        CASE("a=1979-1-1", "!1:3 '1979-1-1'" NO_DATE),
        CASE("a=1979-05-27T", "!1:3 '1979-05-27T'" NO_DATE),
        CASE("a=1979-05-27T07:32", "!1:3 '1979-05-27T07:32'" NO_DATE),
        CASE("a=1979-05-27_07:32:00", "!1:3 '1979-05-27_07:32:00'" NO_DATE),
        CASE("a=1979-05-2707:32:00", "!1:3 '1979-05-2707:32:00'" NO_DATE),
        CASE("a=1979-05-27T07:32:00.", "!1:3 '1979-05-27T07:32:00.'" NO_DATE),
        CASE("a=1979-05-27T07:32:00+24:00", "!1:3 '1979-05-27T07:32:00+24:00'" NO_DATE),
        CASE("a=1979-05-27T07:32:00+0700", "!1:3 '1979-05-27T07:32:00+0700'" NO_DATE),
        CASE("a=1979-05-27T07:32:00Zx", "!1:3 '1979-05-27T07:32:00Zx'" NO_DATE),
        CASE("a=24:00:00", "!1:3 '24:00:00'" NO_DATE),
        CASE("a=07:60:00", "!1:3 '07:60:00'" NO_DATE),
        CASE("a=07:32:61", "!1:3 '07:32:61'" NO_DATE),
        CASE("a=07:32", "!1:3 '07:32'" NO_DATE),
        CASE("a=07:32:00Z", "!1:3 '07:32:00Z'" NO_DATE),
        CASE("a=7:32:00", "!1:3 '7:32:00' is not a value"),
    };
    CHECK_CASES(igd_format_toml, IGD_RECORD_SINGLE, cases);
}

static void test_arrays_and_inline_tables(void **state)
{
    (void)state;
    static const parsed_case cases[] = {
        CASE("a=[]\nb=[ 1, 'x', [true], {c=1} ]", "{a=[] b=[1 \"x\" [true] {c=1}]}"),
        CASE("a=[ # one\n 1 , # two\r\n\n 2, # end\n]", "{a=[1 2]}"),
        CASE("a={}\nb={ c = 1, d.e = 2, d.f = 3 }", "{a={} b={c=1 d={e=2 f=3}}}"),
        CASE("a={b=[\n1,\n2\n], c=\"\"\"\nx\"\"\"}", "{a={b=[1 2] c=\"x\"}}"),
        CASE("a=[1 2]", "!1:6 ',' or ']' expected in the array"),
        CASE("a=[,]", "!1:4 value expected"),
        CASE("a=[1,,2]", "!1:6 value expected"),
        CASE("a=[1", "!1:5 ',' or ']' expected in the array"),
        CASE("a=[1,\n", "!2:1 value expected, but the text ends"),
        CASE("a=]", "!1:3 value expected"),
        CASE("a={b=1,}", "!1:8 key expected in the inline table"),
        CASE("a={,b=1}", "!1:4 key expected"),
        CASE("a={b=1 c=2}", "!1:8 ',' or '}' expected in the inline table"),
        CASE("a={\nb=1}", "!1:4 key expected in the inline table"),
        CASE("a={b=1\n}", "!1:7 ',' or '}' expected in the inline table"),
        CASE("a={b=1 # no\n}", "!1:8 ',' or '}' expected in the inline table"),
        CASE("a={b=1,", "!1:8 key expected in the inline table"),
        CASE("a={b=1,b=2}", "!1:8 key 'b' appears twice"),
        CASE("a={b={c=1},b.d=2}", "!1:12 key 'b' is an inline table, which is complete"),
        CASE("a={b=1}\na.c=2", "!2:1 key 'a' is an inline table, which is complete"),
        CASE("a={b.c=1}\na.b.d=2", "!2:1 key 'a' is an inline table, which is complete"),
        CASE("a={b=1}\n[a]", "!2:2 key 'a' is defined twice"),
        CASE("a={b=1}\n[a.c]", "!2:2 key 'a' is an inline table, which is complete"),
        CASE("a={b={}}\n[[a.c]]", "!2:3 key 'a' is an inline table, which is complete"),
        CASE("a=[{b=1}]\n[[a]]", "!2:3 key 'a' is not an array of tables"),
        CASE("a=[{b=1}]\n[a.c]", "!2:2 key 'a' is not a table"),
        CASE("a=[]\n[[a]]", "!2:3 key 'a' is not an array of tables"),
    };
    CHECK_CASES(igd_format_toml, IGD_RECORD_SINGLE, cases);
}

static void test_tables(void **state)
{
    (void)state;
    static const parsed_case cases[] = {
        CASE("[a]\nx=1\n[b]\n[a.c]\ny=2", "{a={x=1 c={y=2}} b={}}"),
        CASE("[ a . \"b c\" ] # header", "{a={b c={}}}"),
        CASE("[a.b]\nx=1\n[a]\ny=2", "{a={b={x=1} y=2}}"),
        CASE("x=1\n[a]\nx=2", "{x=1 a={x=2}}"),
        CASE("[a]\nb.c=1\n[a.b.d]\ny=2", "{a={b={c=1 d={y=2}}}}"),
        CASE("[a.b.c]\n[a]\nb.x=1", "{a={b={c={} x=1}}}"),
        CASE("[a]\n[a]", "!2:2 key 'a' is defined twice"),
        CASE("[a.b]\n[a]\n[a.b]", "!3:4 key 'b' is defined twice"),
        CASE("[a.b]\n[a]\n[a]", "!3:2 key 'a' is defined twice"),
        CASE("a=1\n[a]", "!2:2 key 'a' is defined twice"),
        CASE("a=1\n[a.b]", "!2:2 key 'a' is not a table"),
        CASE("a.b=1\n[a]", "!2:2 key 'a' is defined twice"),
        CASE("[a]\nb.c=1\n[a.b]", "!3:4 key 'b' is defined twice"),
        CASE("[a.b]\nx=1\n[a]\nb.y=2",
             "!4:1 key 'b' is defined by its header, dots cannot add to it"),
        CASE("[a.b.c]\n[a]\nb.c.d=1",
             "!3:3 key 'c' is defined by its header, dots cannot add to it"),
        CASE("[a.b.c]\n[a]\nb.x=1\n[a.b]", "!4:4 key 'b' is defined twice"),
        CASE("[a]\nb=1\n[a.b]", "!3:4 key 'b' is defined twice"),
        CASE("[]", "!1:2 key expected"),
        CASE("[a", "!1:3 ']' expected behind the header"),
        CASE("[a\n]", "!1:3 ']' expected behind the header"),
        CASE("[a]]", "!1:4 end of the line or a comment expected"),
        CASE("[a] x=1", "!1:5 end of the line or a comment expected"),
        CASE("[a.]", "!1:4 key expected"),
        CASE("[a b]", "!1:4 ']' expected behind the header"),
    };
    CHECK_CASES(igd_format_toml, IGD_RECORD_SINGLE, cases);
}

static void test_arrays_of_tables(void **state)
{
    (void)state;
    static const parsed_case cases[] = {
        CASE("[[a]]\nx=1\n[[a]]\n[[ a ]]\nx=3", "{a=[{x=1} {} {x=3}]}"),
        CASE("[[a]]\n[a.b]\nx=1\n[[a]]\n[a.b]\nx=2", "{a=[{b={x=1}} {b={x=2}}]}"),
        CASE("[[a]]\n[[a.b]]\nx=1\n[[a.b]]\nx=2\n[[a]]\n[[a.b]]",
             "{a=[{b=[{x=1} {x=2}]} {b=[{}]}]}"),
        CASE("[[a.b]]\nx=1\n[a]\ny=2", "{a={b=[{x=1}] y=2}}"),
        CASE("[a]\n[[a]]", "!2:3 key 'a' is not an array of tables"),
        CASE("[a.b]\n[[a]]", "!2:3 key 'a' is not an array of tables"),
        CASE("[[a]]\n[a]", "!2:2 key 'a' is defined twice"),
        CASE("[[a.b]]\n[a.b]", "!2:4 key 'b' is defined twice"),
        CASE("[[a.b]]\n[a]\nb.c=1", "!3:1 key 'b' is not a table"),
        CASE("[[a.b]]\n[a]\nb=1", "!3:1 key 'b' appears twice"),
        CASE("a.b=1\n[[a]]", "!2:3 key 'a' is not an array of tables"),
        CASE("[[a]\n", "!1:4 ']]' expected behind the header"),
        CASE("[[a] ]", "!1:4 ']]' expected behind the header"),
        CASE("[ [a]]", "!1:3 key expected"),
        CASE("[[]]", "!1:3 key expected"),
    };
    CHECK_CASES(igd_format_toml, IGD_RECORD_SINGLE, cases);
}

static void test_map(void **state)
{
    (void)state;
    static const parsed_case cases[] = {
        CASE("", "{}"),
        CASE("[x]\na=1\n[y.b]\nc=2", "{x={a=1} y={b={c=2}}}"),
        CASE("x.a=1\ny={b=2}", "{x={a=1} y={b=2}}"),
        CASE("[x]\n[[y]]\n", "!2:3 record 'y' has to be a table"),
        CASE("\n a=1\n[x]\n", "!2:2 record 'a' has to be a table"),
    };
    CHECK_CASES(igd_format_toml, IGD_RECORD_MAP, cases);
}

static void test_list(void **state)
{
    (void)state;
#define BESIDE " beside or in place of the one array of tables"
    static const parsed_case cases[] = {
        CASE("", "[]"),
        CASE("# nothing\n", "[]"),
        CASE("[[records]]\nid=1\n[[records]]\nid=2\n[records.m]\nx=1", "[{id=1} {id=2 m={x=1}}]"),
        CASE("rows = [{id=1}, {id=2}]", "[{id=1} {id=2}]"),
        CASE("rows = []", "[]"),
        CASE("[a]\nx=1", "!1:2 key 'a'" BESIDE),
        CASE("a=1\n[[records]]", "!1:1 key 'a'" BESIDE),
        CASE("[[records]]\n[[others]]", "!2:3 key 'others'" BESIDE),
        CASE("[[a.records]]", "!1:3 key 'a'" BESIDE),
    };
    CHECK_CASES(igd_format_toml, IGD_RECORD_LIST, cases);
}

static void test_places_and_hints(void **state)
{
    (void)state;
    IGD_CLEANUP(parsed)
    parsed p = parse_as(&igd_format_toml, 0,
                        IGD_STR("a = \"\"\"\n\n\"\"\"\n b = { c = 1 }\n\n[ d . e ]\nf = 1"));
    const igd_node *root = p.root;
    assert_int_equal(root->members[0].value->line, 1);
    assert_int_equal(root->members[0].value->column, 5);
    assert_int_equal(root->members[1].line, 4);
    assert_int_equal(root->members[1].column, 2);
    assert_int_equal(root->members[1].value->members[0].value->column, 12);
    const igd_node *e = root->members[2].value->members[0].value;
    assert_int_equal(root->members[2].value->members[0].column, 7);
    assert_int_equal(e->line, 6);
    assert_int_equal(e->members[0].value->line, 7);

    static const char *const hints[][2] = {
        {"a = x", "quotes"},
        {"a = 1\na = 2", "line 1, column 1"},
        {"a b = 1\n", ""},
        {"\xC3\xA9 = 1", "quotes"},
        {"a = \"C:\\dir\"", "single quotes"},
        {"a = \"x\ny\"", "\"\"\"three quotes\"\"\""},
        {"a = 007", "0o"},
        {"a = 1\n<<<<<<< HEAD\n", "merge conflict"},
        {"a = { b = 1, }", "one line"},
        {"a = 2020-02-30", "1979-05-27"},
        {"a = \"\x02\"", "\\u0002"},
    };
    for (size_t n = 0; n < IGD_COUNT(hints); n++) {
        IGD_CLEANUP(parsed)
        parsed q = parse_as(&igd_format_toml, 0, igd_str_from(hints[n][0]));
        if (!strstr(q.err.hint, hints[n][1]))
            fail_msg("'%s' has the hint '%s'", hints[n][0], q.err.hint);
    }
}

static void repeat(igd_buf *out, const char *text, size_t times)
{
    for (size_t n = 0; n < times; n++)
        igd_buf_puts(out, text);
}

/* Every way to nest stops at the same depth: that of a tree that others may walk recursively. */
static void test_depth(void **state)
{
    (void)state;
    static const struct {
        const char *before, *each, *between, *close, *after;
        size_t depth; /* how many of `each` fit */
    } shapes[] = {
        {"a=", "[", "", "]", "", 63},    {"a=", "{a=", "1", "}", "", 63},
        {"", "a.", "a=1", "", "", 63},   {"[", "a.", "a]", "", "", 62},
        {"[[", "a.", "a]]", "", "", 61}, {"[", "a.", "a]\n", "", "b.c=1", 61},
    };
    for (size_t s = 0; s < IGD_COUNT(shapes); s++) {
        for (size_t more = 0; more < 2; more++) {
            IGD_CLEANUP(igd_buf)
            igd_buf text = IGD_BUF_INIT;
            igd_buf_puts(&text, shapes[s].before);
            repeat(&text, shapes[s].each, shapes[s].depth + more);
            igd_buf_puts(&text, shapes[s].between);
            repeat(&text, shapes[s].close, shapes[s].depth + more);
            igd_buf_puts(&text, shapes[s].after);
            IGD_CLEANUP(parsed)
            parsed p = parse_as(&igd_format_toml, 0, igd_buf_view(&text));
            if ((p.err.code == IGD_OK) != (more == 0))
                fail_msg("shape %zu + %zu: %s", s, more, p.text.ptr);
            if (more > 0)
                assert_non_null(strstr(p.err.message, "nested too deeply"));
        }
    }
}

static void test_many_tables(void **state)
{
    (void)state;
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    for (size_t n = 0; n < 5000; n++)
        igd_buf_printf(&text, "[key%zu]\na.b=%zu\n", n, n);
    IGD_CLEANUP(parsed)
    parsed p = parse_as(&igd_format_toml, 2, igd_buf_view(&text));
    assert_int_equal(p.err.code, IGD_OK);
    assert_int_equal(p.root->count, 5000);
    igd_buf_puts(&text, "[key2500.c]\n[key17]\n");
    IGD_CLEANUP(parsed)
    parsed q = parse_as(&igd_format_toml, 2, igd_buf_view(&text));
    assert_string_equal(q.text.ptr, "!10002:2 key 'key17' is defined twice");
    assert_string_equal(q.err.hint, "it is already at line 35, column 2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_floats_and_booleans),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_arrays_and_inline_tables),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_arrays_of_tables),
        cmocka_unit_test(test_map),
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_places_and_hints),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_many_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
