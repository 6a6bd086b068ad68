/*
 * Paths inside a repository: parts joined with '/', relative to its top, "" for the top itself.
 * They come from definitions, so nothing may lead out of the tree.
 */
#ifndef IGD_INGITDB_PATHS_H
#define IGD_INGITDB_PATHS_H

#include "base/arena.h"

/* dir/rest, either of which may be empty. */
igd_str igd_path_join(igd_arena *mem, igd_str dir, igd_str rest);

/*
 * rest as seen from dir, with ".", ".." and empty parts resolved. False when it leads above the
 * first `floor` bytes of dir (the length of a directory that dir is in; 0 is the top).
 */
bool igd_path_resolve(igd_arena *mem, igd_str dir, igd_str rest, size_t floor, igd_str *out);

igd_str igd_path_parent(igd_str path); /* "" for a path of one part */
igd_str igd_path_base(igd_str path);   /* the last part */

/* Why a path of a definition is refused wherever it stands: it is empty, absolute, begins with '~',
 * or holds a NUL byte. NULL when it is fine. */
const char *igd_path_refusal(igd_str path);

/* Whether any part is "..". */
bool igd_path_has_dotdot(igd_str path);

#endif
