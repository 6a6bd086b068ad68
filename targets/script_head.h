/*
 * The header of a script as text (targets/script.h).
 */
#ifndef IGD_TARGETS_SCRIPT_HEAD_H
#define IGD_TARGETS_SCRIPT_HEAD_H

#include "targets/script.h"

#define IGD_SCRIPT_HEAD_MAX (1 << 20) /* bytes */

/* All lines, the one before the body included. */
void igd_script_head_write(const igd_script_head *head, igd_buf *out);

/* Reads a header at the beginning of a text; *body is where the body begins and *line its line. The
 * checksum of the header is proven, that of the body is not. Fails as igd_script_open. */
IGD_MUST_CHECK int igd_script_head_parse(igd_str text, igd_arena *mem, igd_script_head *out,
                                         size_t *body, uint32_t *line, igd_error *err);

#endif
