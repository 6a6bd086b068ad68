/*
 * The context of a run: where source, configuration and target come from, and that no password is
 * shown.
 */
#include "cli/context.h"
#include "tests/support/repo_builder.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/src/cli/cli_fixture.h"

/* Opens what a command line asks for; the report and the error stay in the fixture. */
static int open_context(cli *c, const char *line, igd_context *context)
{
    const igd_command *command =
        igd_command_find(igd_arena_cstr(c->mem, (igd_str){line, strcspn(line, " ")}));
    memset(c->given, 0, sizeof(*c->given) * igd_option_count);
    memset(&c->invocation, 0, sizeof(c->invocation));
    c->invocation.mem = c->mem;
    c->invocation.settings = igd_default_settings();
    c->err = IGD_ERROR_INIT;
    int code = parse(c, line);
    if (code == IGD_OK)
        code = igd_parse_environment(command, c->mem, c->given, &c->err);
    if (code == IGD_OK)
        code = igd_apply_options(command, c->given, &c->invocation.settings, &c->err);
    c->invocation.settings.quiet = true;
    if (code == IGD_OK)
        code = igd_context_open(&c->invocation, command, c->given, context, &c->err);
    return code;
}

static const char *line_for(cli *c, const char *command, const repo_builder *b, const char *rest)
{
    return igd_arena_printf(c->mem, "%s --quiet --source %s%s", command, repo_path(b), rest).ptr;
}

static repo_builder *build(const char *config)
{
    repo_builder *b = repo_builder_new();
    repo_put(b, ".ingitdb/root-collections.yaml", "tags: tags\n");
    if (config)
        repo_put(b, ".ingitdb/migrate.yaml", config);
    repo_commit(b, "first");
    return b;
}

static void target_from_the_file(void **state)
{
    cli *c = *state;
    repo_builder *b = build("name: shop\ntarget: sqlite:here.db\njobs: 3\n");
    IGD_CLEANUP(igd_context)
    igd_context context = {0};
    if (open_context(c, line_for(c, "sync", b, ""), &context) != IGD_OK)
        fail_msg("%s", c->err.message);
    const char *expected = igd_arena_printf(c->mem, "sqlite://%s/here.db", repo_path(b)).ptr;
    assert_str(c->invocation.report.target, expected);
    assert_str(c->invocation.report.source, "shop");
    assert_str(c->invocation.report.engine, "sqlite");
    assert_int_equal(c->invocation.settings.sync.jobs, 3);
    assert_non_null(context.target);
    repo_builder_free(b);
}

/* Command line, INGITDB_TARGET, the file, DATABASE_URL. */
static void which_target(void **state)
{
    cli *c = *state;
    repo_builder *b = build(NULL);
    char *dir = temp_dir_new();
    const char *names[] = {"line", "variable", "file", "fallback"};
    const char *url[4];
    for (size_t n = 0; n < 4; n++)
        url[n] = igd_arena_printf(c->mem, "sqlite://%s/%s.db", dir, names[n]).ptr;
    setenv("DATABASE_URL", url[3], 1);
    for (int n = 3; n >= 0; n--) {
        IGD_CLEANUP(igd_context)
        igd_context context = {0};
        if (n == 2)
            repo_put(b, ".ingitdb/migrate.yaml",
                     igd_arena_printf(c->mem, "target: %s\n", url[2]).ptr);
        if (n == 1)
            setenv("INGITDB_TARGET", url[1], 1);
        const char *option = n == 0 ? igd_arena_printf(c->mem, " --target %s", url[0]).ptr : "";
        if (open_context(c, line_for(c, "sync", b, option), &context) != IGD_OK)
            fail_msg("%s", c->err.message);
        assert_str(c->invocation.report.target, url[n]);
    }
    unsetenv("DATABASE_URL");
    temp_dir_free(dir);
    repo_builder_free(b);
}

static void passwords_are_masked(void **state)
{
    static const char *const urls[] = {"postgres://me:hunter2@host/shop",
                                       "sqlite://me:hunter2@host/shop.db", "what:me:hunter2@host/x",
                                       "sqlite:x.db?password=hunter2"};
    cli *c = *state;
    repo_builder *b = build(NULL);
    for (size_t n = 0; n < IGD_COUNT(urls); n++) {
        IGD_CLEANUP(igd_context)
        igd_context context = {0};
        const char *option = igd_arena_printf(c->mem, " --target %s", urls[n]).ptr;
        assert_int_not_equal(open_context(c, line_for(c, "sync", b, option), &context), IGD_OK);
        if (strstr(c->err.message, "hunter2") || strstr(c->err.hint, "hunter2") ||
            memmem(c->invocation.report.target.ptr, c->invocation.report.target.len, "hunter2", 7))
            fail_msg("%s: the password is shown: %s", urls[n], c->err.message);
    }
    repo_builder_free(b);
}

static void what_is_missing(void **state)
{
    cli *c = *state;
    repo_builder *b = build(NULL);
    char *dir = temp_dir_new();
    IGD_CLEANUP(igd_context)
    igd_context context = {0};
    unsetenv("DATABASE_URL");
    assert_int_equal(open_context(c, line_for(c, "sync", b, ""), &context), IGD_E_USAGE);
    assert_string_equal(c->err.message, "no target is given");
    igd_context_free(&context);
    assert_int_equal(open_context(c, line_for(c, "sync", b, " --config none.yaml"), &context),
                     IGD_E_CONFIG);
    assert_non_null(strstr(c->err.message, "none.yaml"));
    igd_context_free(&context);
    assert_int_equal(open_context(c, line_for(c, "validate", b, " --ref nothing"), &context),
                     IGD_E_REPOSITORY);
    igd_context_free(&context);
    const char *outside = igd_arena_printf(c->mem, "sync --source %s", dir).ptr;
    assert_int_equal(open_context(c, outside, &context), IGD_E_REPOSITORY);
    igd_context_free(&context);
    /* A status of a target that is not there creates none. */
    const char *option = igd_arena_printf(c->mem, " --target sqlite://%s/x.db", dir).ptr;
    assert_int_equal(open_context(c, line_for(c, "status", b, option), &context),
                     IGD_E_UNREACHABLE);
    char *file = path_join(dir, "x.db");
    assert_int_not_equal(access(file, F_OK), 0);
    free(file);
    temp_dir_free(dir);
    repo_builder_free(b);
}

/* A lock can be taken away without the source at hand. */
static void unlock_needs_no_source(void **state)
{
    cli *c = *state;
    char *dir = temp_dir_new();
    char *file = path_join(dir, "x.db");
    write_file(file, "");
    IGD_CLEANUP(igd_context)
    igd_context context = {0};
    const char *line =
        igd_arena_printf(c->mem, "unlock --source %s --target sqlite://%s", dir, file).ptr;
    if (open_context(c, line, &context) != IGD_OK)
        fail_msg("%s", c->err.message);
    assert_null(context.repo);
    assert_non_null(context.target);
    igd_context_free(&context);
    line = igd_arena_printf(c->mem, "unlock --source %s", dir).ptr;
    assert_int_equal(open_context(c, line, &context), IGD_E_REPOSITORY);
    free(file);
    temp_dir_free(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLI_TEST(target_from_the_file),   CLI_TEST(which_target),
        CLI_TEST(passwords_are_masked),   CLI_TEST(what_is_missing),
        CLI_TEST(unlock_needs_no_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
