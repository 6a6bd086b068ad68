/*
 * What the repository's surroundings say: the source's name, and work that is not committed.
 */
#include "ingitdb/repo_private.h"

/* The last part of a path or URL without `.git`, `.bundle` and slashes at its end. The part before
 * it when nothing is left ("shop/.git", "shop/."); empty when there is none. */
static igd_str last_part(igd_str text)
{
    while (text.len > 0) {
        while (text.len > 0 && text.ptr[text.len - 1] == '/')
            text.len--;
        size_t end = text.len;
        while (end > 0 && text.ptr[end - 1] != '/' && text.ptr[end - 1] != ':')
            end--;
        igd_str part = igd_str_sub(text, end, text.len);
        if (igd_str_ends(part, IGD_STR(".git")))
            part.len -= strlen(".git");
        else if (igd_str_ends(part, IGD_STR(".bundle")))
            part.len -= strlen(".bundle");
        if (part.len > 0 && !igd_str_is(part, ".") && !igd_str_is(part, ".."))
            return part;
        text.len = end > 0 && text.ptr[end - 1] == ':' ? end - 1 : end;
    }
    return (igd_str){0};
}

/* The URL as it is written, so that it names the same source whatever insteadOf a user has. */
static igd_str origin_name(igd_repo *repo, igd_arena *mem)
{
    git_config *config = NULL;
    const char *url = NULL;
    igd_str name = {0};
    if (git_repository_config_snapshot(&config, repo->git) < 0)
        return name;
    if (git_config_get_string(&url, config, "remote.origin.url") == 0)
        name = igd_arena_str(mem, last_part(igd_str_from(url)));
    git_config_free(config);
    return name;
}

igd_str igd_repo_default_name(igd_repo *repo, igd_arena *mem, bool *from_origin)
{
    igd_str name = origin_name(repo, mem);
    if (from_origin)
        *from_origin = name.len > 0;
    if (name.len == 0) {
        /* A linked work tree is named after the main one, so that both are the same source. */
        bool linked = git_repository_is_worktree(repo->git) == 1;
        const char *place = linked           ? git_repository_commondir(repo->git)
                            : repo->work_dir ? repo->work_dir
                                             : repo->git_dir;
        name = last_part(igd_str_from(place));
    }
    if (name.len == 0)
        name = IGD_STR("database"); /* a repository at '/' has no name */
    if (repo->root[0] != '\0')
        return igd_arena_printf(mem, "%.*s/%s", IGD_STR_ARG(name), repo->root);
    return igd_arena_str(mem, name);
}

int64_t igd_repo_uncommitted(igd_repo *repo)
{
    if (!repo->work_dir)
        return -1;
    git_status_options options;
    git_status_options_init(&options, GIT_STATUS_OPTIONS_VERSION);
    options.show = GIT_STATUS_SHOW_INDEX_AND_WORKDIR;
    options.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED | GIT_STATUS_OPT_RECURSE_UNTRACKED_DIRS |
                    GIT_STATUS_OPT_EXCLUDE_SUBMODULES | GIT_STATUS_OPT_DISABLE_PATHSPEC_MATCH;
    char *below[1];
    memcpy(below, &repo->root, sizeof(below)); /* git_strarray is not const */
    if (repo->root[0] != '\0')
        options.pathspec = (git_strarray){below, 1};
    git_status_list *list = NULL;
    if (git_status_list_new(&list, repo->git, &options) < 0)
        return -1;
    int64_t count = (int64_t)git_status_list_entrycount(list);
    git_status_list_free(list);
    return count;
}
