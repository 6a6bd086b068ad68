/*
 * Reading the configuration file.
 */
#include "cli/config.h"

#include <stdlib.h>

#include "base/buf.h"
#include "ingitdb/yaml.h"

static int at(const igd_config *config, uint32_t line, uint32_t column, igd_error *err)
{
    snprintf(err->place.path, sizeof(err->place.path), "%s", config->path);
    err->place.line = line;
    err->place.column = column;
    return (int)err->code;
}

static int want_text(const igd_config *config, const igd_member *member, igd_str *out,
                     igd_error *err)
{
    const igd_node *value = member->value;
    if (value->kind == IGD_NODE_MAP || value->kind == IGD_NODE_LIST ||
        value->kind == IGD_NODE_NULL || value->text.len == 0) {
        (void)igd_fail(err, IGD_E_CONFIG, "'%.*s' has to be a text", IGD_STR_ARG(member->key));
        return at(config, member->line, member->column, err);
    }
    *out = value->text;
    return IGD_OK;
}

/* Also under its other name. */
static int read_target(igd_config *config, const igd_member *member, igd_error *err)
{
    if (config->target.len == 0)
        return want_text(config, member, &config->target, err);
    (void)igd_fail(err, IGD_E_CONFIG, "'target' and 'database' are the same: one is enough");
    return at(config, member->line, member->column, err);
}

/* What says where the configuration is cannot come from the configuration; what names commits and
 * files of one run belongs to that run. */
static bool is_of_one_run(const char *key)
{
    static const char *const names[] = {"source", "root", "ref",      "config",
                                        "from",   "to",   "rollback", "output-dir"};
    for (size_t n = 0; n < IGD_COUNT(names); n++)
        if (strcmp(key, names[n]) == 0)
            return true;
    return false;
}

static int read_member(igd_config *config, const igd_member *member, igd_arena *mem, igd_error *err)
{
    if (igd_str_is(member->key, "name"))
        return want_text(config, member, &config->name, err);
    if (igd_str_is(member->key, "targets")) {
        if (member->value->kind != IGD_NODE_MAP) {
            (void)igd_fail(err, IGD_E_CONFIG, "'targets' has to map names to urls");
            return at(config, member->line, member->column, err);
        }
        config->targets = member->value;
        return IGD_OK;
    }
    const char *key = igd_arena_cstr(mem, member->key);
    const igd_option *option = igd_option_find(key);
    if (option && strcmp(option->name, "target") == 0)
        return read_target(config, member, err);
    if (option && !is_of_one_run(key))
        return IGD_OK;
    (void)igd_fail(err, IGD_E_CONFIG, "'%s' is not known here", key);
    (void)igd_hint(err, "known are name, target, targets and the options of the commands "
                        "(without source, root, ref, config, from, to, rollback and output-dir)");
    return at(config, member->line, member->column, err);
}

int igd_config_parse(igd_str text, const char *path, igd_arena *mem, igd_config *out,
                     igd_error *err)
{
    igd_config config = {.path = igd_arena_cstr(mem, igd_str_from(path))};
    igd_node *root = NULL;
    int code = igd_yaml_parse(igd_arena_str(mem, text), mem, &root, err);
    if (code != IGD_OK) {
        err->code = IGD_E_CONFIG;
        return at(&config, err->place.line, err->place.column, err);
    }
    config.root = root;
    if (root && root->kind != IGD_NODE_MAP) {
        (void)igd_fail(err, IGD_E_CONFIG, "the configuration has to be a map");
        return at(&config, root->line, root->column, err);
    }
    for (size_t n = 0; root && n < root->count; n++) {
        code = read_member(&config, &root->members[n], mem, err);
        if (code != IGD_OK)
            return code;
    }
    *out = config;
    return IGD_OK;
}

int igd_config_options(const igd_config *config, const igd_command *command, igd_arena *mem,
                       igd_given *given, igd_error *err)
{
    for (size_t n = 0; config->root && n < igd_option_count; n++) {
        const igd_option *option = &igd_options[n];
        const igd_member *member = igd_node_member(config->root, igd_str_from(option->name));
        if (!member || !(option->commands & command->mask) || given[n].origin ||
            strcmp(option->name, "target") == 0)
            continue;
        igd_str text = {0};
        const char *origin =
            igd_arena_printf(mem, "%s:%u: %s", config->path, member->line, option->name).ptr;
        int code = want_text(config, member, &text, err);
        if (code == IGD_OK)
            code = igd_given_from_text(option, origin, igd_arena_cstr(mem, text), &given[n], err);
        if (code != IGD_OK)
            return code;
    }
    return IGD_OK;
}

/* Replaces ${NAME}. */
static int expand(igd_str text, igd_arena *mem, igd_str *out, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf done = IGD_BUF_INIT;
    for (size_t n = 0; n < text.len; n++) {
        bool variable = text.ptr[n] == '$' && n + 1 < text.len && text.ptr[n + 1] == '{';
        ptrdiff_t end = variable ? igd_str_find(igd_str_sub(text, n, text.len), '}') : -1;
        if (end < 0) {
            igd_buf_byte(&done, text.ptr[n]);
            continue;
        }
        const char *name = igd_arena_cstr(mem, igd_str_sub(text, n + 2, (size_t)end - 2));
        const char *value = getenv(name);
        if (!value) {
            (void)igd_fail(err, IGD_E_CONFIG, "the environment variable '%s' is not set", name);
            return igd_hint(err, "the configured target needs it");
        }
        igd_buf_puts(&done, value);
        n += (size_t)end;
    }
    *out = igd_arena_str(mem, igd_buf_view(&done));
    return IGD_OK;
}

static bool is_url(igd_str text)
{
    return igd_str_find(text, ':') > 0;
}

/* A directory as part of a URL. */
static void put_directory(const char *dir, igd_buf *out)
{
    for (; *dir; dir++)
        if (strchr("%?#", *dir))
            igd_buf_printf(out, "%%%02X", (unsigned char)*dir);
        else
            igd_buf_byte(out, *dir);
}

static void make_absolute(igd_str *url, const char *base_dir, igd_arena *mem)
{
    static const char sqlite[] = "sqlite:";
    igd_str file = igd_str_sub(*url, sizeof(sqlite) - 1, url->len);
    if (!igd_str_starts(*url, igd_str_from(sqlite)) || igd_str_starts(file, IGD_STR("/")))
        return;
    IGD_CLEANUP(igd_buf)
    igd_buf text = IGD_BUF_INIT;
    igd_buf_puts(&text, "sqlite://");
    put_directory(base_dir, &text);
    igd_buf_byte(&text, '/');
    igd_buf_str(&text, file);
    *url = igd_arena_str(mem, igd_buf_view(&text));
}

static int unknown_target(const igd_config *config, igd_str name, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf names = IGD_BUF_INIT;
    for (size_t n = 0; config->targets && n < config->targets->count; n++) {
        igd_buf_puts(&names, n ? ", " : "");
        igd_buf_str(&names, config->targets->members[n].key);
    }
    (void)igd_fail(err, IGD_E_CONFIG, "'%.*s' is neither a url nor a target of the configuration",
                   IGD_STR_ARG(name));
    if (igd_str_find(name, '/') >= 0 || igd_str_ends(name, IGD_STR(".db")))
        return igd_hint(err, "a SQLite file is sqlite:%.*s", IGD_STR_ARG(name));
    if (names.len > 0)
        return igd_hint(err, "the configuration has: %s", names.ptr);
    return igd_hint(err, "a url looks like sqlite:shop.db; names are defined under `targets:` in "
                         ".ingitdb/migrate.yaml");
}

int igd_config_target(const igd_config *config, igd_str given, const char *base_dir, igd_arena *mem,
                      igd_str *url, igd_error *err)
{
    if (is_url(given)) {
        *url = given;
        return IGD_OK;
    }
    const igd_member *member = config->targets ? igd_node_member(config->targets, given) : NULL;
    if (!member)
        return unknown_target(config, given, err);
    igd_str text = {0};
    int code = want_text(config, member, &text, err);
    if (code == IGD_OK)
        code = expand(text, mem, url, err);
    if (code == IGD_OK)
        make_absolute(url, base_dir, mem);
    return code;
}

int igd_config_default_target(const igd_config *config, const char *base_dir, igd_arena *mem,
                              igd_str *url, igd_error *err)
{
    igd_str text = {0};
    if (config->target.len == 0)
        return IGD_OK;
    int code = expand(config->target, mem, &text, err);
    if (code != IGD_OK)
        return code;
    if (!is_url(text))
        return igd_config_target(config, text, base_dir, mem, url, err);
    make_absolute(&text, base_dir, mem);
    *url = text;
    return IGD_OK;
}
