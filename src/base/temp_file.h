/*
 * Temporary files that nobody sees: gone with their last descriptor, however the program ends.
 */
#ifndef IGD_BASE_TEMP_FILE_H
#define IGD_BASE_TEMP_FILE_H

#include "base/error.h"

/* The directory that TMPDIR names, else /tmp. */
const char *igd_temp_dir(void);

/* An empty file without a name, open to read and to write, not inherited. IGD_E_IO. */
IGD_MUST_CHECK int igd_temp_file(int *fd, igd_error *err);

/* What went wrong with one, by errno: IGD_E_IO, with the hint where it is. */
int igd_temp_fail(igd_error *err, const char *what);

#endif
