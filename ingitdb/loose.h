/*
 * A guard in front of libgit2's reader of loose objects, which (1.5) reads a file that was cut
 * short for ever: such a file is an error here. Private to repo_open.c.
 */
#ifndef IGD_INGITDB_LOOSE_H
#define IGD_INGITDB_LOOSE_H

#include <git2.h>

/* Makes every later read of a loose object go through the guard; `objects` is the directory of the
 * repository's objects. The object database takes the guard over. Yields libgit2's code. */
int igd_loose_guard(git_odb *odb, const char *objects);

#endif
