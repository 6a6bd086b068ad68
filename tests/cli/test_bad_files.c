/*
 * Record files that are wrong in every way that we know: each has a place, a reason and something
 * to do about it; all are told at once, the sound ones are not lost, and the target stays as it
 * was.
 */
#include "tests/cli/cli.h"

#define SINGLE "map[string]any"
#define LIST   "[]map[string]any"
#define MAP    "map[$record_id]map[$field_name]any"

typedef struct bad_file {
    const char *collection, *format, *type, *file; /* below the collection */
    const char *bytes;
    size_t len;       /* 0: a text */
    unsigned line;    /* where */
    const char *says; /* part of the reason */
    const char *hint; /* part of the hint */
} bad_file;

#define BYTES(literal) literal, sizeof(literal) - 1
#define R              "$records/"
#define LFS            "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"

static const bad_file files[] = {
    /* YAML */
    {"y", "yaml", SINGLE, R "tab.yaml", BYTES("title: a\n\tn: 1\n"), 2, "tab character", "spaces"},
    {"y", "yaml", SINGLE, R "open.yaml", BYTES("title: \"a\n"), 2, "end of stream", "quote"},
    {"y", "yaml", SINGLE, R "twice.yaml", BYTES("title: a\ntitle: b\n"), 2, "key 'title'",
     "remove"},
    {"y", "yaml", SINGLE, R "two.yaml", BYTES("n: 1\n---\nn: 2\n"), 2, "second document", "split"},
    {"y", "yaml", SINGLE, R "bracket.yaml", BYTES("any: [\n"), 2, "expected", "brackets"},
    {"y", "yaml", SINGLE, R "list.yaml", BYTES("- title: a\n"), 1, "a list instead",
     "field: value"},
    {"y", "yaml", SINGLE, R "self.yaml", BYTES("any: &a [*a]\n"), 1, "inside of what",
     "write it out"},
    {"y", "yaml", SINGLE, R "latin.yaml", BYTES("title: caf\xE9\n"), 1, "UTF-8", "UTF-8"},
    {"y", "yaml", SINGLE, R "nul.yaml", BYTES("title: a\0b\n"), 1, "control characters", "remove"},
    {"y", "yaml", SINGLE, R "escaped.yaml", BYTES("title: \"a\\0b\"\n"), 1, "NUL", "no target"},
    {"y", "yaml", SINGLE, R "lfs.yaml", BYTES(LFS), 1, "Git LFS pointer", "git lfs migrate export"},
    {"y", "yaml", SINGLE, R "type.yaml", BYTES("title: a\nn: abc\n"), 2, "'n' is of type int",
     "type"},
    {"y", "yaml", SINGLE, R "stray.yaml", BYTES("titel: a\n"), 1, "not declared", "declare it"},
    {"yl", "yaml", LIST, "all.yaml", BYTES("- id: a\n- id: b\n title: y\n"), 3, "expected",
     "indent"},
    {"ym", "yaml", MAP, "all.yaml", BYTES("a: {n: 1}\nb: {title: [}\n"), 2, "expected", "brackets"},
    /* JSON */
    {"j", "json", SINGLE, R "open.json", BYTES("{\"n\": 1"), 1, "not closed", "completely"},
    {"j", "json", SINGLE, R "comma.json", BYTES("{\"n\": 1,}"), 1, "follows the comma", ""},
    {"j", "json", SINGLE, R "empty.json", "", 0, 1, "empty", "{}"},
    {"j", "json", SINGLE, R "twice.json", BYTES("{\"n\":1,\"n\":2}"), 1, "appears twice", "line 1"},
    {"j", "json", SINGLE, R "nul.json", BYTES("{\"title\": \"\\u0000\"}"), 1, "NUL", "no target"},
    {"j", "json", SINGLE, R "half.json", BYTES("{\"title\": \"\\ud800\"}"), 1, "surrogate", "pair"},
    {"j", "json", SINGLE, R "latin.json", BYTES("{\"title\": \"\xE9\"}"), 1, "UTF-8", "UTF-8"},
    {"j", "json", SINGLE, R "wide.json", BYTES("\xFF\xFE{\0}\0"), 1, "value expected", "UTF-16"},
    {"j", "json", SINGLE, R "list.json", BYTES("[{\"n\": 1}]"), 1, "has to be an object",
     "write it"},
    {"jl", "json", LIST, "all.json", BYTES("[{\"id\":\"a\"},\n{\"id\" \"b\"}]"), 2, "':'", ""},
    {"jm", "json", MAP, "all.json", BYTES("{\"a\":{\"n\":1},\n\"b\":{\"n\":}}"), 2, "expected", ""},
    {"jj", "jsonl", LIST, "all.jsonl", BYTES("{\"id\":\"a\"}\n{\"id\":\n"), 2, "value",
     "completely"},
    /* CSV */
    {"c", "csv", LIST, "all.csv", BYTES("id,title\na,x\nb,\"y\n"), 3, "not closed", "twice"},
    {"ch", "csv", LIST, "all.csv", BYTES("id,name\na,x\n"), 1, "name", "columns_order"},
    /* TOML */
    {"t", "toml", SINGLE, R "bad.toml", BYTES("title = \n"), 1, "value expected", ""},
    {"t", "toml", SINGLE, R "open.toml", BYTES("title = \"x\n"), 1, "not closed", "\"\"\""},
    {"t", "toml", SINGLE, R "twice.toml", BYTES("n = 1\nn = 2\n"), 2, "appears twice", "line 1"},
    {"t", "toml", SINGLE, R "latin.toml", BYTES("title = \"\xE9\"\n"), 1, "UTF-8", "UTF-8"},
    {"tl", "toml", LIST, "all.toml", BYTES("[[x]]\nid=\"a\"\n[[x]\n"), 3, "']]'", ""},
    {"tm", "toml", MAP, "all.toml", BYTES("[a]\nn=1\n[b\n"), 3, "']'", ""},
    /* INGR */
    {"i", "ingr", LIST, "all.ingr", BYTES("# INGR.io | i: $ID, title, n, any\n\"a\"\n"), 2, "of 4",
     ""},
    {"im", "ingr", MAP, "all.ingr", BYTES("garbage\n"), 1, "not an INGR header", "first line"},
    /* Markdown */
    {"m", "markdown", SINGLE, R "open.md", BYTES("---\ntitle: x\nno end\n"), 1, "no end", "'---'"},
    {"m", "markdown", SINGLE, R "yaml.md", BYTES("---\ntitle: [\n---\n"), 3, "front matter", ""},
    {"m", "markdown", SINGLE, R "latin.md", BYTES("caf\xE9\n"), 1, "UTF-8", "UTF-8"},
};

#define COUNT (sizeof(files) / sizeof(files[0]))

static const char *columns_of(const char *format)
{
    if (strcmp(format, "csv") == 0)
        return "columns_order: [id, title]\ncolumns: {id: {type: string}, title: {type: string}}\n";
    if (strcmp(format, "markdown") == 0)
        return "columns: {title: {type: string}, $content: {type: string}}\n";
    return "columns: {title: {type: string}, n: {type: int}, any: {type: any}}\n";
}

static void put_collection(const char *name, const char *format, const char *type, const char *file)
{
    const char *template = file;
    if (strcmp(type, SINGLE) == 0)
        template = cli_text("{key}%s", strrchr(file, '.'));
    repo_put(shop, cli_text("%s/.collection/definition.yaml", name),
             cli_text("record_file: {name: '%s', format: %s, type: '%s'}\n%s", template, format,
                      type, columns_of(format)));
}

/* The shop with all of them beside it. */
static void break_files(void)
{
    char roots[1024] = "brands: brands\nproducts: products\n";
    const char *last = "";
    for (size_t n = 0; n < COUNT; n++) {
        const bad_file *f = &files[n];
        if (strcmp(f->collection, last) != 0) {
            put_collection(f->collection, f->format, f->type, f->file);
            strcat(roots, cli_text("%s: %s\n", f->collection, f->collection));
        }
        last = f->collection;
        repo_put_bytes(shop, cli_text("%s/%s", f->collection, f->file), f->bytes, f->len);
    }
    repo_put(shop, "y/$records/sound.yaml", "title: sound\n");
    repo_put(shop, ".ingitdb/root-collections.yaml", roots);
    repo_commit(shop, "broken in every way");
}

static const cJSON *problem_of(const cJSON *list, const char *path)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        if (strcmp(json_text(item, "path"), path) == 0)
            return item;
    }
    fail_msg("nothing is said about %s", path);
    return NULL;
}

static void need_problem(const cJSON *list, const char *path, const char *collection, unsigned line,
                         const char *says, const char *hint)
{
    const cJSON *item = problem_of(list, path);
    const char *reason = json_text(item, "reason"), *todo = json_text(item, "hint");
    if (!strstr(reason, says) || !strstr(todo, hint) || strcmp(todo, "(null)") == 0 ||
        json_number(item, "line") != line || json_number(item, "column") < 1)
        fail_msg("%s:%g: %s\nhint: %s\nwanted: line %u, '%s', '%s'", path,
                 json_number(item, "line"), reason, todo, line, says, hint);
    assert_string_equal(json_text(item, "collection"), collection);
}

static void every_format(void **state)
{
    (void)state;
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    char *before = db_dump(cli_database(), 1);
    break_files();
    const process_result *got = CLI("migrate", "sync", "--target", TARGET, "--format", "json");
    need_status(got, 3);
    const cJSON *list = json_at(need_json(got), "invalid");
    for (size_t n = 0; n < COUNT; n++)
        need_problem(list, cli_text("%s/%s", files[n].collection, files[n].file),
                     files[n].collection, files[n].line, files[n].says, files[n].hint);
    assert_int_equal(cJSON_GetArraySize(list), COUNT);
    char *after = db_dump(cli_database(), 1);
    db_assert_equal(after, before, "after files that cannot be read");
    got = CLI("migrate", "validate");
    need_status(got, 3);
    need_out(got, cli_text("%zu invalid records\n", COUNT));
    /* What is sound is there all the same. */
    need_status(CLI("migrate", "sync", "--target", "sqlite:some.db", "--on-invalid", "skip"), 0);
    char *title = db_query(cli_text("%s/some.db", cli_directory), "SELECT id, title FROM y");
    assert_non_null(strstr(title, "sound"));
    free(title);
    free(before);
    free(after);
}

/* Small files that would be large in memory, or deep on the stack. */
static void bombs(void **state)
{
    (void)state;
    char *nested = malloc(200000), bomb[1024] = "any:\n  a: &a [x,x,x,x,x,x,x,x,x,x]\n";
    assert_non_null(nested);
    memset(nested, '[', 100000);
    memset(nested + 100000, ']', 99999);
    nested[199999] = '\0';
    for (char c = 'b'; c < 'k'; c++)
        strcat(bomb, cli_text("  %c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", c, c, c - 1,
                              c - 1, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1));
    put_collection("y", "yaml", SINGLE, R "a.yaml");
    put_collection("j", "json", SINGLE, R "a.json");
    put_collection("t", "toml", SINGLE, R "a.toml");
    repo_put(shop, ".ingitdb/root-collections.yaml", "y: y\nj: j\nt: t\n");
    repo_put(shop, "y/$records/bomb.yaml", bomb);
    size_t room = 200100;
    char *text = malloc(room);
    assert_non_null(text);
    static const struct {
        const char *path, *format;
    } deep[] = {{"y/$records/deep.yaml", "any: %s]\n"},
                {"j/$records/deep.json", "{\"any\": %s]}\n"},
                {"t/$records/deep.toml", "any = %s]\n"}};
    for (size_t n = 0; n < 3; n++) {
        /* The formats are ours, above. */
        const char *mark = strstr(deep[n].format, "%s");
        snprintf(text, room, "%.*s%s%s", (int)(mark - deep[n].format), deep[n].format, nested,
                 mark + 2);
        repo_put(shop, deep[n].path, text);
    }
    free(text);
    free(nested);
    repo_commit(shop, "bombs");
    const process_result *got = CLI("migrate", "sync", "--target", TARGET, "--format", "json");
    need_status(got, 3);
    const cJSON *list = json_at(need_json(got), "invalid");
    need_problem(list, "y/$records/bomb.yaml", "y", 7, "aliases stand for more than 1000000",
                 "write");
    need_problem(list, "y/$records/deep.yaml", "y", 1, "nested more than 64", "flatten");
    need_problem(list, "j/$records/deep.json", "j", 1, "nested too deeply", "flatten");
    need_problem(list, "t/$records/deep.toml", "t", 1, "nested too deeply", "flatten");
}

/* One record of 100 MB is held in memory a few times, and is written. */
static void a_huge_record(void **state)
{
    (void)state;
    size_t len = 100 * 1000 * 1000;
    char *text = malloc(len + 16);
    assert_non_null(text);
    memcpy(text, "title: \"", 8);
    memset(text + 8, 'x', len);
    memcpy(text + 8 + len, "\"\n", 3);
    repo_put(shop, "products/$records/huge.yaml", text);
    free(text);
    repo_commit(shop, "huge");
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    need_value("SELECT length(title) FROM products WHERE id = 'huge'", "100000000");
}

static void unusual_keys(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "it's", "say \"hi\"", "a%2Fb", "\xF0\x9F\x98\x80", "new\nline", "back\\slash",
        "a b",  "A",          "a",
    };
    char many[256] = "";
    memset(many, 'k', 249);
    for (size_t n = 0; n < sizeof(keys) / sizeof(keys[0]); n++)
        repo_put(shop, cli_text("brands/$records/%s.yaml", keys[n]), "title: x\n");
    repo_put(shop, cli_text("brands/$records/%s.yaml", many), "title: x\n");
    put_collection("m", "json", MAP, "all.json");
    char longest[301] = "";
    memset(longest, 'k', 300);
    repo_put(
        shop, "m/all.json",
        cli_text("{\"a/b\": {}, \"%s\": {}, \"it's\": {}, \"\xC3\xA9\": {}, \"e\xCC\x81\": {}}",
                 longest));
    repo_put(shop, ".ingitdb/root-collections.yaml", "brands: brands\nproducts: products\nm: m\n");
    repo_commit(shop, "keys");
    need_status(CLI("migrate", "sync", "--target", TARGET), 0);
    need_value("SELECT count(*) FROM brands", "11"); /* and acme */
    need_value("SELECT count(*) FROM brands WHERE id = 'new' || char(10) || 'line'", "1");
    need_value("SELECT count(*) FROM brands WHERE id = 'a%2Fb'", "1"); /* as it is written */
    need_value("SELECT count(*) FROM m", "5");
    need_value("SELECT max(length(id)) FROM m", "300");
    need_status(CLI("migrate", "verify", "--target", TARGET), 0);
    /* And those that nobody could use. */
    repo_put(shop, "brands/$records/caf\xE9.yaml", "title: x\n");
    repo_put(shop, "brands/$records/th\xE9.yaml", "title: \"x\n");
    repo_put(shop, "m/all.json", "{\"\": {},\n\"a\\u0000\": {}}");
    repo_commit(shop, "bad keys");
    const process_result *got = CLI("migrate", "sync", "--target", TARGET, "--format", "json");
    need_status(got, 3);
    const cJSON *list = json_at(need_json(got), "invalid");
    need_problem(list, "brands/$records/caf\xEF\xBF\xBD.yaml", "brands", 1,
                 "the key is not valid UTF-8", "rename the file");
    need_problem(list, "brands/$records/th\xEF\xBF\xBD.yaml", "brands", 2, "end of stream",
                 "quote");
    need_problem(list, "m/all.json", "m", 1, "the key is empty", "key of its own");
    assert_int_equal(cJSON_GetArraySize(list), 4);
    need_value("SELECT count(*) FROM brands", "11");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, cli_setup, cli_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_format),
        TEST(bombs),
        TEST(a_huge_record),
        TEST(unusual_keys),
    };
    return cmocka_run_group_tests_name("files that cannot be used", tests, NULL, NULL);
}
