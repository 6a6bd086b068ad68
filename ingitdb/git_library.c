/*
 * The library behind repo.h: how it is started, and what it is told.
 *
 * A libgit2 that does TLS by mbedTLS reads all certificates of the system when it starts: four of
 * the ten milliseconds of a sync that finds nothing to do. No repository is fetched here, so they
 * are left out: the function that reads them is taken over while libgit2 starts, and passes every
 * other call on. With another TLS library, or none, it is never called.
 */
#include <dlfcn.h>

#include "ingitdb/repo_private.h"

/* Packs are mapped in pieces of this size, and no more of them at a time: libgit2 maps whole packs
 * otherwise, and what was read counts as memory of the process. */
#define PACK_WINDOW ((size_t)4 << 20)
#define PACK_MAPPED ((size_t)32 << 20)

/* mbedTLS's answer to a file without certificates; libgit2 goes on without them. */
#define NO_CERTIFICATES (-1)

typedef int parse_file(void *chain, const char *path);

static _Thread_local bool starting;

/* Weak, so that it gives way where everything is linked statically. */
int __attribute__((weak)) mbedtls_x509_crt_parse_file(void *chain, const char *path);

int mbedtls_x509_crt_parse_file(void *chain, const char *path)
{
    if (starting)
        return NO_CERTIFICATES;
    void *found = dlsym(RTLD_NEXT, "mbedtls_x509_crt_parse_file");
    parse_file *next;
    memcpy(&next, &found, sizeof(next));
    return next ? next(chain, path) : NO_CERTIFICATES;
}

void igd_git_start(void)
{
    starting = true;
    git_libgit2_init();
    starting = false;
}

void igd_git_options(bool verify_objects)
{
    git_libgit2_opts(GIT_OPT_ENABLE_CACHING, 0);
    git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, PACK_WINDOW);
    git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, PACK_MAPPED);
    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, verify_objects ? 1 : 0);
    /* These change nothing about the objects that are there; an object that a partial clone left
     * out is reported as missing. */
    const char *harmless[] = {"partialclone", "worktreeconfig", "preciousobjects"};
    git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, harmless, IGD_COUNT(harmless));
}
