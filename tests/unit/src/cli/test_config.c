/*
 * The configuration file: what it may hold, targets by name, variables, relative paths.
 */
#include "tests/unit/src/cli/cli_fixture.h"

static void names_and_targets(void **state)
{
    cli *c = *state;
    assert_int_equal(configure(c, "name: shop\ntarget: local\ntargets: {local: 'sqlite:a.db'}\n"),
                     IGD_OK);
    assert_str(c->config.name, "shop");
    assert_str(c->config.target, "local");
    assert_int_equal(c->config.targets->count, 1);
    assert_int_equal(configure(c, "# nothing\n"), IGD_OK);
    assert_int_equal(configure(c, ""), IGD_OK);
    assert_int_equal(c->config.name.len, 0);
}

static void what_is_wrong_has_a_place(void **state)
{
    cli *c = *state;
    static const struct {
        const char *text, *message;
        uint32_t line, column;
    } cases[] = {
        {"name: shop\n\nnames: x\n", "'names' is not known here", 3, 1},
        {"name: [a]\n", "'name' has to be a text", 1, 1},
        {"target:\n", "'target' has to be a text", 1, 1},
        {"name: ''\n", "'name' has to be a text", 1, 1},
        {"targets: sqlite:x\n", "'targets' has to map names to urls", 1, 1},
        {"- a\n", "the configuration has to be a map", 1, 1},
        {"source: .\n", "'source' is not known here", 1, 1},
        {"root: x\n", "'root' is not known here", 1, 1},
        {"ref: main\n", "'ref' is not known here", 1, 1},
        {"config: x\n", "'config' is not known here", 1, 1},
    };
    for (size_t n = 0; n < IGD_COUNT(cases); n++) {
        c->err = IGD_ERROR_INIT;
        if (configure(c, cases[n].text) != IGD_E_CONFIG)
            fail_msg("accepted: %s", cases[n].text);
        assert_string_equal(c->err.message, cases[n].message);
        assert_string_equal(c->err.place.path, "migrate.yaml");
        assert_int_equal(c->err.place.line, cases[n].line);
        assert_int_equal(c->err.place.column, cases[n].column);
    }
    assert_int_equal(configure(c, "name: shop\ntarget: [\n"), IGD_E_CONFIG);
    assert_string_equal(c->err.place.path, "migrate.yaml");
    assert_true(c->err.place.line >= 2);
    assert_int_equal(settle_settings(c, "sync", "name: x\njobs: [1]\n"), IGD_E_CONFIG);
    assert_int_equal(c->err.place.line, 2);
}

static const char *target(cli *c, const char *given)
{
    igd_str url = {0};
    c->err = IGD_ERROR_INIT;
    int code = given ? igd_config_target(&c->config, igd_str_from(given), "/data/shop", c->mem,
                                         &url, &c->err)
                     : igd_config_default_target(&c->config, "/data/shop", c->mem, &url, &c->err);
    return code == IGD_OK ? igd_arena_cstr(c->mem, url) : c->err.message;
}

static void targets_by_name(void **state)
{
    cli *c = *state;
    assert_int_equal(configure(c, "target: local\n"
                                  "targets:\n"
                                  "  local: sqlite:db/shop.db\n"
                                  "  fixed: sqlite:///var/shop.db\n"
                                  "  far: postgres://me@host/shop\n"
                                  "  none: []\n"),
                     IGD_OK);
    /* In the file relative paths are the database's, on the command line the user's. */
    assert_string_equal(target(c, "local"), "sqlite:///data/shop/db/shop.db");
    assert_string_equal(target(c, "sqlite:db/shop.db"), "sqlite:db/shop.db");
    assert_string_equal(target(c, "fixed"), "sqlite:///var/shop.db");
    assert_string_equal(target(c, "far"), "postgres://me@host/shop");
    assert_string_equal(target(c, NULL), "sqlite:///data/shop/db/shop.db");
    assert_string_equal(target(c, "none"), "'none' has to be a text");
    assert_string_equal(target(c, "nowhere"),
                        "'nowhere' is neither a url nor a target of the configuration");
    assert_string_equal(c->err.hint, "the configuration has: local, fixed, far, none");
}

static void without_targets(void **state)
{
    cli *c = *state;
    assert_int_equal(configure(c, "name: x\n"), IGD_OK);
    assert_string_equal(target(c, NULL), "");
    assert_string_equal(target(c, "local"),
                        "'local' is neither a url nor a target of the configuration");
    assert_non_null(strstr(c->err.hint, "sqlite:shop.db"));
    assert_int_equal(configure(c, "target: sqlite:x.db\n"), IGD_OK);
    assert_string_equal(target(c, NULL), "sqlite:///data/shop/x.db");
    assert_int_equal(configure(c, "target: nowhere\n"), IGD_OK);
    assert_string_equal(target(c, NULL),
                        "'nowhere' is neither a url nor a target of the configuration");
}

/* What is special in a URL is nothing special in a directory's name. */
static void directories_with_odd_names(void **state)
{
    cli *c = *state;
    igd_str text = {0};
    igd_url url;
    assert_int_equal(configure(c, "target: sqlite:x.db?timeout=5\n"), IGD_OK);
    assert_int_equal(igd_config_default_target(&c->config, "/data/100% mine? #1", c->mem, &text,
                                               &c->err),
                     IGD_OK);
    assert_int_equal(igd_url_parse(text, c->mem, &url, &c->err), IGD_OK);
    assert_str(url.path, "/data/100% mine? #1/x.db");
    assert_str(igd_url_param_get(&url, "timeout"), "5");
}

static void variables(void **state)
{
    cli *c = *state;
    setenv("INGITDB_TEST_DIR", "sub", 1);
    setenv("INGITDB_TEST_URL", "sqlite:whole.db", 1);
    unsetenv("INGITDB_TEST_NONE");
    assert_int_equal(configure(c, "target: ${INGITDB_TEST_URL}\n"
                                  "targets:\n"
                                  "  part: sqlite:${INGITDB_TEST_DIR}/x$y.db\n"
                                  "  whole: ${INGITDB_TEST_URL}\n"
                                  "  none: sqlite:${INGITDB_TEST_NONE}\n"
                                  "  open: sqlite:${INGITDB_TEST_DIR\n"
                                  "  nameless: sqlite:${}.db\n"),
                     IGD_OK);
    assert_string_equal(target(c, "part"), "sqlite:///data/shop/sub/x$y.db");
    assert_string_equal(target(c, "whole"), "sqlite:///data/shop/whole.db");
    assert_string_equal(target(c, NULL), "sqlite:///data/shop/whole.db");
    assert_string_equal(target(c, "none"),
                        "the environment variable 'INGITDB_TEST_NONE' is not set");
    assert_true(c->err.hint[0] != '\0');
    assert_string_equal(target(c, "open"), "sqlite:///data/shop/${INGITDB_TEST_DIR");
    assert_string_equal(target(c, "nameless"), "the environment variable '' is not set");
    /* What a user types is taken as it is. */
    assert_string_equal(target(c, "sqlite:${INGITDB_TEST_DIR}"), "sqlite:${INGITDB_TEST_DIR}");
    /* A variable may hold a name. */
    setenv("INGITDB_TEST_URL", "part", 1);
    assert_string_equal(target(c, NULL), "sqlite:///data/shop/sub/x$y.db");
}

/* The alias of an option is not overlooked. */
static void no_key_is_ignored(void **state)
{
    cli *c = *state;
    assert_int_equal(configure(c, "database: sqlite:x.db\n"), IGD_OK);
    assert_string_equal(target(c, NULL), "sqlite:///data/shop/x.db");
    /* Twice the same is a mistake. */
    assert_int_equal(configure(c, "target: sqlite:x.db\ndatabase: sqlite:y.db\n"), IGD_E_CONFIG);
    assert_int_equal(c->err.place.line, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLI_TEST(names_and_targets),
        CLI_TEST(what_is_wrong_has_a_place),
        CLI_TEST(targets_by_name),
        CLI_TEST(without_targets),
        CLI_TEST(directories_with_odd_names),
        CLI_TEST(variables),
        CLI_TEST(no_key_is_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
