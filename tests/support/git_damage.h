/*
 * Harm done to the loose objects of a repository, for tests of what happens then.
 */
#ifndef IGD_TESTS_GIT_DAMAGE_H
#define IGD_TESTS_GIT_DAMAGE_H

#include "tests/support/repo_builder.h"

/* Removes an object, as gc or a shallow or partial clone would have it. */
void lose_object(const repo_builder *b, const char *hex);

/* Gives an object the bytes of another one: readable, but not what its id says. */
void forge_object(const repo_builder *b, const char *hex, const char *other_hex);

/* Leaves the first bytes of an object's file, as a crash or a full disk may. */
void cut_object(const repo_builder *b, const char *hex, size_t bytes);
size_t object_file_size(const repo_builder *b, const char *hex);

/* Makes a shallow clone of it: the parents of the commit are gone, and said to be. */
void make_shallow(const repo_builder *b, const char *commit, const char *lost_parent);

#endif
