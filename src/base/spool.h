/*
 * A list of texts in an unnamed temporary file: added one after the other, and read from either
 * end. For what has to be undone in the reverse order, however much it is.
 */
#ifndef IGD_BASE_SPOOL_H
#define IGD_BASE_SPOOL_H

#include "base/buf.h"
#include "base/error.h"

typedef struct igd_spool igd_spool;

/* The file is made when it is needed. */
igd_spool *igd_spool_new(void);
void igd_spool_free(igd_spool *spool); /* NULL is fine */
IGD_DEFINE_CLEANUP_PTR(igd_spool, igd_spool_free)

IGD_MUST_CHECK int igd_spool_add(igd_spool *spool, igd_str text, igd_error *err);

/* The text lives during the call; anything but IGD_OK ends the walk and is returned. */
typedef int igd_spool_callback(igd_str text, void *payload, igd_error *err);

IGD_MUST_CHECK int igd_spool_forward(igd_spool *spool, igd_spool_callback *callback, void *payload,
                                     igd_error *err);
IGD_MUST_CHECK int igd_spool_backward(igd_spool *spool, igd_spool_callback *callback, void *payload,
                                      igd_error *err);

#endif
